"""Text as the words that patterns look at, with where each stands."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cached_property
from typing import Literal

Kind = Literal["name", "email", "phone", "iban", "bsn", "address"]
_AROUND = ".,;:!?\"'()[]{}<>‘’“”„«»…-–—/*_"


@dataclass(frozen=True)
class Token:
    """A word without the punctuation around it; ``start`` and ``end`` are places in the text.

    ``opens`` tells that a sentence begins with it, ``closes`` that a comma, full stop or the like follows.
    """

    text: str
    start: int
    end: int
    opens: bool
    closes: bool

    @cached_property
    def low(self) -> str:
        """In lower case, with a straight apostrophe."""
        return self.text.casefold().replace("’", "'")

    @cached_property
    def capital(self) -> bool:
        """Whether it is written as names are: a capital and then something that is none."""
        letters = [sign for sign in self.text if sign.isalpha()]
        return len(letters) > 1 and self.text[0].isupper() and any(sign.islower() for sign in letters)


@dataclass(frozen=True)
class Found:
    """A stretch of a text that tells who somebody is, or where they can be found."""

    start: int
    end: int
    kind: Kind


def tokens(text: str) -> list[Token]:
    """The words of a text in order; signs that stand alone are none."""
    found: list[Token] = []
    opens = True
    for match in re.finditer(r"\S+", text):
        raw = match.group()
        core = raw.strip(_AROUND)
        left = len(raw) - len(raw.lstrip(_AROUND))
        ended = bool(re.search(r"[.!?…][\"'”’)]*$", raw))
        # A plus or bracket before a number is part of it.
        if core:
            start = match.start() + left
            if raw[:left].endswith("(") and core[0].isdigit():
                start -= 1
            found.append(Token(core, start, start + len(text[start : match.start() + left]) + len(core), opens, False))
            closes = len(raw) > left + len(core)
            found[-1] = Token(core, found[-1].start, found[-1].end, opens, closes)
            opens = ended
        elif ended:
            opens = True
    return found


def merged(found: list[Found]) -> list[Found]:
    """The stretches in order, those that overlap as one: the longest says of which kind it is."""
    kept: list[Found] = []
    for one in sorted(found, key=lambda one: (one.start, -one.end)):
        if kept and one.start < kept[-1].end:
            last = kept[-1]
            longest = max((last, one), key=lambda each: each.end - each.start)
            kept[-1] = Found(last.start, max(last.end, one.end), longest.kind)
        else:
            kept.append(one)
    return kept
