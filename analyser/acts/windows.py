"""Lay a conversation out in windows of tokens that the encoder can take in at once.

Every utterance is judged in one window, with utterances before and after it in sight. The first window of a
conversation opens with ``<s>`` and the last one ends with ``</s>``, so the model knows where it is.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

START, STOP = 0, 2
"""ids of ``<s>`` and ``</s>``"""
LONGEST = 96
"""tokens of an utterance that are looked at: its first three quarters from the front, the rest from its end"""


@dataclass(frozen=True)
class Window:
    """Utterances ``first`` to ``last`` are seen, of which those from ``begin`` to ``end`` are judged (half-open)."""

    first: int
    last: int
    begin: int
    end: int


@dataclass(frozen=True)
class Tokens:
    """A window as token ids, and for each utterance in it where its marker stands and where its text ends."""

    ids: tuple[int, ...]
    spans: tuple[tuple[int, int], ...]


def clip(ids: Sequence[int]) -> list[int]:
    """Shorten the tokens of an utterance to the longest that is looked at."""
    if len(ids) <= LONGEST:
        return list(ids)
    front = LONGEST * 3 // 4
    return [*ids[:front], *ids[len(ids) - (LONGEST - front) :]]


def lay_windows(lengths: Sequence[int], *, budget: int, before: int = 0, after: int = 0) -> list[Window]:
    """Cut utterances with these lengths (tokens, marker included) into windows of at most ``budget`` tokens.

    ``before`` and ``after`` tokens at least of each window's edges are there to be seen only, except at the ends of
    the conversation. Every utterance is judged exactly once.
    """
    windows: list[Window] = []
    count, begin = len(lengths), 0
    while begin < count:
        first, used = begin, 0
        while first > 0 and used < before:
            first -= 1
            used += lengths[first]
        last, used = begin, used + 2
        while last < count and (last == begin or used + lengths[last] <= budget):
            used += lengths[last]
            last += 1
        end = last
        if last < count:
            ahead = 0
            while end - 1 > begin and ahead < after:
                end -= 1
                ahead += lengths[end]
        windows.append(Window(first, last, begin, end))
        begin = end
    return windows


def join(texts: Sequence[Sequence[int]], markers: Sequence[int], window: Window) -> Tokens:
    """Join utterances' token ids (clipped, without marker) to the tokens of one window."""
    ids: list[int] = [START] if window.first == 0 else []
    spans: list[tuple[int, int]] = []
    for place in range(window.first, window.last):
        begin = len(ids)
        ids.append(markers[place])
        ids.extend(texts[place])
        spans.append((begin, len(ids)))
    if window.last == len(texts):
        ids.append(STOP)
    return Tokens(tuple(ids), tuple(spans))
