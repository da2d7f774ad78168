"""Utterances as token ids in the form that the encoder was trained on."""

from __future__ import annotations

from collections.abc import Sequence

START, STOP = 0, 2
"""ids of ``<s>`` and ``</s>``"""
LONGEST = 96
"""tokens of an utterance that are looked at: its first three quarters from the front, the rest from its end"""


def clip(ids: Sequence[int]) -> list[int]:
    """Shorten the tokens of an utterance to the longest that is looked at."""
    if len(ids) <= LONGEST:
        return list(ids)
    front = LONGEST * 3 // 4
    return [*ids[:front], *ids[len(ids) - (LONGEST - front) :]]


def wrap(ids: Sequence[int]) -> list[int]:
    """Clip, and put the marks of beginning and end around."""
    return [START, *clip(ids), STOP]


def by_length(lengths: Sequence[int], *, tokens: int = 1024) -> list[list[int]]:
    """Deal places over batches of like length, each of at most so many tokens with its padding."""
    batches: list[list[int]] = []
    for place in sorted(range(len(lengths)), key=lambda place: lengths[place]):
        if batches and lengths[place] * (len(batches[-1]) + 1) <= tokens:
            batches[-1].append(place)
        else:
            batches.append([place])
    return batches
