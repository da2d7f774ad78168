"""The words by which names and numbers are known: ours, in ``<language>.toml``, and a library's lists of names."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from functools import cache
from importlib import import_module, resources
from typing import Any

LANGUAGES = ("nl", "en")
LOCALES = ("nl_NL", "nl_BE", "en_GB", "en_US", "en_IE", "tr_TR", "pl_PL")
"""whose first and last names are known, where the library is installed: those who call here"""
SURE_LAST = ("nl_NL", "nl_BE")
"""whose last names are taken for one by themselves: English ones are too often ordinary words"""


@dataclass(frozen=True)
class Words:
    """The words of all languages together: in a Dutch call English is spoken too. All are in lower case."""

    numbers: dict[str, str]
    """spoken numbers with their digits"""
    weak: frozenset[str]
    double: frozenset[str]
    fillers: frozenset[str]
    at: frozenset[str]
    dot: frozenset[str]
    dash: frozenset[str]
    cues: dict[str, tuple[tuple[str, ...], ...]]
    """kind of number: what is said before one"""
    streets: tuple[str, ...]
    street_words: frozenset[str]
    """words that stand apart after a street's name"""
    number_words: frozenset[str]
    particles: frozenset[str]
    titles: frozenset[str]
    strong: dict[str, tuple[tuple[str, ...], ...]]
    soft: dict[str, tuple[tuple[str, ...], ...]]
    opening: dict[str, tuple[tuple[str, ...], ...]]
    """what stands before names, by its first word"""
    after: frozenset[str]
    never: frozenset[str]
    ordinary: frozenset[str]
    first: frozenset[str]
    last: frozenset[str]
    stop: frozenset[str]
    """words that are never a name when they are written small"""


def _by_first(phrases: tuple[tuple[str, ...], ...]) -> dict[str, tuple[tuple[str, ...], ...]]:
    """Phrases by their first word, the longest first."""
    return {first: tuple(one for one in phrases if one[0] == first) for first in {one[0] for one in phrases}}


@cache
def labels(language: str) -> dict[str, str]:
    """What stands in place of what was masked; English for a language without words of ours."""
    return dict(_file(language if language in LANGUAGES else "en")["labels"])


@cache
def words() -> Words:
    """All words; made once."""
    files = [_file(code) for code in LANGUAGES]

    def joined(part: str, key: str) -> frozenset[str]:
        return frozenset(word for file in files for word in file[part].get(key, ()))

    def phrases(part: str, key: str) -> tuple[tuple[str, ...], ...]:
        return tuple(sorted((tuple(phrase.split()) for phrase in joined(part, key)), key=len, reverse=True))

    first, last = _library()
    return Words(
        numbers=_numbers(files),
        weak=joined("spoken", "weak"),
        double=joined("spoken", "double"),
        fillers=joined("spoken", "fillers"),
        at=joined("spoken", "at"),
        dot=joined("spoken", "dot"),
        dash=joined("spoken", "dash"),
        cues={kind: phrases("cues", kind) for kind in ("phone", "iban", "bsn", "postcode")},
        streets=tuple(_file("nl")["address"]["streets"]),
        street_words=frozenset(_file("en")["address"]["streets"]),
        number_words=joined("address", "number"),
        particles=joined("names", "particles"),
        titles=joined("names", "titles"),
        strong=_by_first(phrases("names", "strong")),
        soft=_by_first(phrases("names", "soft")),
        opening=_by_first(phrases("names", "opening")),
        after=joined("names", "after"),
        never=joined("names", "never"),
        ordinary=joined("names", "ordinary"),
        first=joined("names", "first") | first,
        last=last,
        stop=_stop_words(),
    )


def _file(code: str) -> dict[str, Any]:
    return tomllib.loads((resources.files("analyser.masking") / f"{code}.toml").read_text(encoding="utf-8"))


def _numbers(files: list[dict[str, Any]]) -> dict[str, str]:
    """Every spoken number below a hundred with its digits."""
    found = {word: digits for file in files for digits, said in file["numbers"].items() for word in said}
    for file in files:
        for digits, ten in file["tens"].items():
            found[ten] = digits
            for unit, said in file["numbers"].items():
                if len(unit) != 1 or unit == "0":
                    continue
                for word in said:
                    plain = word.replace("é", "e")
                    for joint in ("en", "ën", "-", " en "):
                        found[f"{plain}{joint}{ten}"] = digits[0] + unit
                    found[f"{ten}-{word}"] = digits[0] + unit
    return found


def _library() -> tuple[frozenset[str], frozenset[str]]:
    first: set[str] = set()
    last: set[str] = set()
    for locale in LOCALES:
        try:
            provider = import_module(f"faker.providers.person.{locale}").Provider
        except ModuleNotFoundError:
            break  # the list of ours has the commonest
        for key in ("first_names", "first_names_male", "first_names_female"):
            first.update(name.casefold() for name in getattr(provider, key, ()) if len(name) > 1)
        if locale in SURE_LAST:
            last.update(name.casefold() for name in getattr(provider, "last_names", ()))
    return frozenset(first), frozenset(last)


def _stop_words() -> frozenset[str]:
    found: set[str] = set()
    for code in LANGUAGES:
        found |= set(import_module(f"spacy.lang.{code}.stop_words").STOP_WORDS)
    return frozenset(found)
