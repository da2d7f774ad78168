"""Masking: what tells who somebody is, or where they can be found, gives way to what kind of thing it was.

E-mail addresses, telephone numbers, bank accounts, citizen service numbers, addresses and names of people, as they are
written and as they are said, in Dutch and English. It lowers what a reader can tell; it makes nobody anonymous: a
voice, a company or a story can still tell who it was. What it finds and misses is measured in
``tests/benchmarks/README-privacy.md``.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

from analyser.masking.addresses import find_addresses
from analyser.masking.mail import find_mail
from analyser.masking.names import Network, find_names, given, learn, network_for
from analyser.masking.numbers import find_numbers
from analyser.masking.tokens import Found, merged, tokens
from analyser.masking.words import labels, words

__all__ = ["Masker", "mask_analysis", "mask_text"]
OPENING = 4
"""turns in which people introduce themselves"""


@dataclass(frozen=True)
class Masker:
    """Masks the texts of one call by all names that were heard in it. ``names`` are words of names in lower case."""

    language: str = "nl"
    names: frozenset[str] = frozenset()
    network: Network | None = field(default=None, compare=False)

    @classmethod
    def of(cls, texts: Iterable[str], *, language: str = "nl", names: Iterable[str | None] = ()) -> Masker:
        """A masker that knows ``names`` and those that are learned from ``texts``, the turns of a call in order."""
        known = words()
        network = network_for(language)
        found = set(given(list(names), known))
        for number, text in enumerate(texts):
            found |= learn(text, known, opening=number < OPENING, network=network)
        return cls(language, frozenset(found), network)

    def find(self, text: str, *, opening: bool = True) -> list[Found]:
        """What is to be masked in a text, in order; raises SettingsError when a package is missing."""
        known = words()
        said = tokens(text)
        found = [
            *find_mail(text, said, known),
            *find_numbers(text, said, known),
            *find_addresses(text, said, known),
            *find_names(text, said, self.names, known, opening=opening),
        ]
        return merged(found)

    def mask(self, text: str, *, opening: bool = True) -> str:
        """The text with a mask for each thing that was found."""
        masks = labels(self.language)
        for one in reversed(self.find(text, opening=opening)):
            text = text[: one.start] + masks[one.kind] + text[one.end :]
        return text


def mask_text(text: str, *, language: str = "nl", names: Iterable[str | None] = ()) -> str:
    """A text by itself, masked; ``names`` are of people that are known beforehand. Raises SettingsError."""
    return Masker.of([text], language=language, names=names).mask(text)


from analyser.masking.calls import mask_analysis  # noqa: E402 - it needs the Masker
