"""Names of people: those that are known, those that are introduced, and those that lists of names or a network know.

A name that was heard once in a call is masked in all of it. Companies, places and products are no names of people.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from functools import cache, partial
from itertools import groupby
from typing import Any

from analyser.masking.introductions import abbreviated, base, belongs, introduced, is_word
from analyser.masking.tokens import Found, Token, tokens
from analyser.masking.words import Words

SPELLED = 4
"""letters said one by one that are taken for a name that is spelled"""
NETWORKS = {
    "nl": ("nl_core_news_lg", "nl_core_news_md", "nl_core_news_sm"),
    "en": ("en_core_web_lg", "en_core_web_md", "en_core_web_sm"),
}
PERSON = frozenset({"PERSON", "PER"})
Network = Callable[[str], Sequence[tuple[int, int]]]
"""finds the people in a text: where each name begins and ends"""


def learn(text: str, known: Words, *, opening: bool, network: Network | None = None) -> frozenset[str]:
    """The words in a text that are names of people, in lower case. ``opening``: people still introduce themselves."""
    found: set[str] = set()
    said = tokens(text)
    for first, last in introduced(said, known, opening=opening):
        found.update(token.low for token in said[first : last + 1] if token.low not in known.particles)
    for place, token in enumerate(said):
        if _bare(said, place, known):
            found.add(base(token.low, known))
    if network is not None:
        for start, end in network(text):
            found.update(
                token.low
                for token in tokens(text[start:end])
                if token.capital and token.low not in known.particles | known.never
            )
    return frozenset(name for name in found if len(name) > 1 and not name.isdigit())


def given(names: Sequence[str | None], known: Words) -> frozenset[str]:
    """The words of names that somebody gave, such as a client's; what is no name in them ("de", "BV") is left out."""
    found: set[str] = set()
    for name in names:
        for token in tokens(name or ""):
            skipped = known.particles | known.stop | {"bv", "nv", "b.v", "ltd", "vof"}
            if len(token.low) > 1 and token.low not in skipped and not token.text.isdigit():
                found.add(token.low)
    return frozenset(found)


def find_names(
    text: str, said: Sequence[Token], names: frozenset[str], known: Words, *, opening: bool
) -> Iterator[Found]:
    """Every name in a text: of ``names``, introduced in it, or spelled letter by letter."""
    marked = {place for place, token in enumerate(said) if _is_one_of(token, names, known)}
    for first, last in introduced(said, known, opening=opening):
        marked.update(range(first, last + 1))
    place = 0
    while place < len(said):
        if place in marked:
            first, last = _widened(said, place, marked, known)
            yield Found(said[first].start, said[last].end, "name")
            place = last
        place += 1
    yield from _spelled(said)


def _is_one_of(token: Token, names: frozenset[str], known: Words) -> bool:
    low = token.low
    if low in names or base(low, known) in names:
        # Written small it is only a name when it can be nothing else.
        if token.text[0].isupper():
            return True
        return (low in known.first or low in known.last) and low not in known.ordinary | known.stop and len(low) > 3
    return "-" in low and token.text[0].isupper() and any(part in names for part in low.split("-") if len(part) > 2)


def _bare(said: Sequence[Token], place: int, known: Words) -> bool:
    """Whether a word is a name by itself, because it stands in a list of names and is written with a capital."""
    token = said[place]
    low = base(token.low, known)
    if not token.capital or {low, token.low} & known.never:
        return False
    parts = [part for part in low.split("-") if part]
    if low in known.first or (len(parts) > 1 and parts[0] in known.first):
        return not (token.opens and (low in known.ordinary or is_word(token, known)))
    if token.opens or low in known.ordinary or is_word(token, known):
        return False
    before = [one.low for one in said[max(0, place - 2) : place]]
    phrases = {low, " ".join([*before[-1:], low]), " ".join([*before, low])}
    return bool(phrases & known.last)


def _widened(said: Sequence[Token], place: int, marked: set[int], known: Words) -> tuple[int, int]:
    """A name with its other words: those that are marked too, particles between, a last name behind a first."""
    first = last = place
    while (
        first > 0
        and said[first - 1].low in known.particles
        and said[first - 1].text[0].isupper()
        and not said[first - 1].closes
    ):
        first -= 1
    while last + 1 < len(said) and (not said[last].closes or abbreviated(said[last])):
        following = said[last + 1]
        if last + 1 in marked or (
            following.capital
            and following.low not in known.never
            and not is_word(following, known)
            and not following.opens
            and said[last].low in known.first
        ):
            last += 1
            continue
        if following.low in known.particles and belongs(said, last + 1, known):
            last += 1
            while said[last].low in known.particles:
                last += 1
            continue
        break
    return first, last


def _spelled(said: Sequence[Token]) -> Iterator[Found]:
    """Letters said one by one: "J, A, N, S, E, N" or "J-A-N-S-E-N"."""
    for token in said:
        if re.fullmatch(r"[A-Za-z](?:[-.][A-Za-z]){3,}\.?", token.text):
            yield Found(token.start, token.end, "name")
    for letters, group in groupby(said, key=lambda token: bool(re.fullmatch(r"[A-Z]\.?", token.text))):
        run = list(group)
        if letters and len(run) >= SPELLED:
            yield Found(run[0].start, run[-1].end, "name")


@cache
def network_for(language: str) -> Network | None:
    """The installed spaCy network that finds people in a language, the best of them; None where there is none."""
    import spacy

    installed = set(spacy.util.get_installed_models())
    for name in NETWORKS.get(language, ()):
        if name in installed:
            return partial(_people, spacy.load(name))
    return None


def _people(pipeline: Any, text: str) -> Sequence[tuple[int, int]]:
    return [(one.start_char, one.end_char) for one in pipeline(text).ents if one.label_ in PERSON]
