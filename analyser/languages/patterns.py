"""Phrases matched on tokens, written so that a trainer can read and extend them.

A phrase is words with spaces between. ``(mijn|onze)`` gives alternatives, each of one or more words, and
``(mijn|onze)?`` may be absent; ``*`` is a gap of at most three words; ``^`` at the start and ``$`` at the end tie the
phrase to the first or the last word of the text. Case and punctuation are ignored, but no match runs across the end of
a sentence.
"""

from __future__ import annotations

import re
from functools import cache, cached_property
from itertools import chain, product
from typing import TYPE_CHECKING, Any, NamedTuple

if TYPE_CHECKING:
    from spacy.language import Language

GAP = 3
_SENTENCE_ENDS = [".", "?", "!", "…", "..."]
_PARTS = re.compile(r"\(([^()]+)\)(\?)?|(\S+)")


class Pattern(NamedTuple):
    """Token conditions for spaCy's Matcher, and whether they are tied to the start or the end of the text."""

    tokens: list[dict[str, Any]]
    at_start: bool
    at_end: bool


def normalise(text: str) -> str:
    """The text with typographic quotes made plain, so that "da’s" and "da's" are the same token."""
    return text.replace("’", "'").replace("‘", "'").replace("ʼ", "'")


def words(nlp: Language, text: str) -> list[str]:
    """Lower-cased tokens, white space left out."""
    return [token.lower_ for token in nlp.make_doc(normalise(text)) if not token.is_space]


def spoken(nlp: Language, text: str) -> list[str]:
    """Lower-cased tokens that are no punctuation."""
    return [token.lower_ for token in nlp.make_doc(normalise(text)) if _is_word(token.text)]


def check_phrase(phrase: str) -> None:
    """Raises ValueError for a phrase that holds no word or leaves a bracket open."""
    if not _is_word(phrase):
        raise ValueError(f"phrase without words: {phrase!r}")
    if re.search(r"[()]", _PARTS.sub(lambda part: part[3] or "", phrase.strip().removeprefix("^"))):
        raise ValueError(f"brackets do not match in {phrase!r}; write choices as (one|two)")


def compile_phrase(nlp: Language, phrase: str) -> list[Pattern]:
    """The patterns that together stand for one phrase that ``check_phrase`` passes."""
    body = phrase.strip()
    at_start, at_end = body.startswith("^"), body.endswith("$")
    body = body.removeprefix("^").removesuffix("$").strip()
    slots = [_slot(nlp, group or word, bool(optional)) for group, optional, word in _PARTS.findall(body)]
    return [Pattern(list(chain.from_iterable(choice)), at_start, at_end) for choice in product(*slots)]


def _slot(nlp: Language, written: str, optional: bool) -> list[list[dict[str, Any]]]:
    """The token conditions that may stand at one place of a phrase; choices of one word are one condition together."""
    if written == "*":
        return [[{"ORTH": {"NOT_IN": _SENTENCE_ENDS}, "OP": "?"}] * GAP]
    choices = [spoken(nlp, choice) for choice in written.split("|")]
    single = sorted({choice[0] for choice in choices if len(choice) == 1})
    longer = [choice for choice in choices if len(choice) > 1]
    conditions: list[list[dict[str, Any]]] = [[{"LOWER": word} for word in choice] for choice in longer]
    if single:
        conditions.append([{"LOWER": {"IN": single} if len(single) > 1 else single[0]}])
    return conditions + ([[]] if optional else [])


class Tokeniser:
    """A language's tokens: spaCy's blank pipeline, imported and built when the first text comes."""

    def __init__(self, code: str) -> None:
        self.code = code

    @cached_property
    def nlp(self) -> Language:
        """The blank pipeline."""
        return _blank(self.code)


@cache
def _blank(code: str) -> Language:
    # Building one takes up to half a second, and a batch opens a pack for each call.
    import spacy

    return spacy.blank(code)


class Cues:
    """The cues of one group, compiled when first asked for."""

    def __init__(self, nlp: Language, phrases: dict[str, tuple[str, ...]]) -> None:
        from spacy.matcher import Matcher

        self._nlp = nlp
        self._empty = not phrases
        self._matcher = Matcher(nlp.vocab)
        self._ties: dict[str, tuple[str, bool, bool]] = {}
        for name, written in phrases.items():
            patterns = [pattern for phrase in written for pattern in compile_phrase(nlp, phrase)]
            for at_start, at_end in product((False, True), repeat=2):
                tokens = [p.tokens for p in patterns if (p.at_start, p.at_end) == (at_start, at_end)]
                if tokens:
                    key = f"{name}\t{at_start}\t{at_end}"
                    self._ties[key] = (name, at_start, at_end)
                    self._matcher.add(key, tokens)

    def hits(self, text: str) -> tuple[str, ...]:
        """Names of the cues that match, in order of their first match, each once."""
        from spacy.tokens import Doc

        if self._empty:
            return ()
        kept = [word for word in words(self._nlp, text) if word in _SENTENCE_ENDS or _is_word(word)]
        while kept and kept[-1] in _SENTENCE_ENDS:
            kept.pop()
        doc = Doc(self._nlp.vocab, words=kept)
        found: dict[str, int] = {}
        for key, start, end in sorted(self._matcher(doc), key=lambda match: (match[1], match[2])):
            name, at_start, at_end = self._ties[self._nlp.vocab.strings[key]]
            if (at_start and start > 0) or (at_end and end < len(doc)):
                continue
            found.setdefault(name, start)
        return tuple(found)


def _is_word(token: str) -> bool:
    return any(letter.isalnum() for letter in token)
