"""What the recogniser wrote and nobody said: loops, guesses over noise, the phrases that films end with."""

from __future__ import annotations

import re
from collections.abc import Sequence

from analyser.records import Dropped, Segment
from analyser.transcribe.recogniser import Heard

COMPRESSION = 2.4
"""length over compressed length above which a text repeats itself (Whisper's own bound)"""
REPEATS = 4
"""times in a row that a phrase is said at most"""
UNSURE = -1.0
"""mean log probability below which a window is a guess (Whisper's own bound)"""
SILENT = 0.6
"""no-speech probability from which a window that is not sure is silence (Whisper's own bound)"""


def loops(heard: Heard) -> bool:
    """Whether a window's text repeats itself as nobody does."""
    return heard.compression > COMPRESSION or repeated(heard.text) > REPEATS


def repeated(text: str) -> int:
    """The most times in a row that any phrase of one to eight words is repeated in ``text``."""
    words = re.findall(r"\w+", text.lower())
    most = 1 if words else 0
    for length in range(1, 9):
        most = max(most, _longest_run(words, length))
    return most


def _longest_run(words: Sequence[str], length: int) -> int:
    best = min(1, len(words))
    for offset in range(length):
        run = 1
        for place in range(offset + length, len(words) - length + 1, length):
            run = run + 1 if words[place : place + length] == words[place - length : place] else 1
            best = max(best, run)
    return best


def sift(segments: Sequence[Segment], heard: Heard) -> tuple[list[Segment], list[Dropped]]:
    """Segments to keep, and those dropped with the reason."""
    kept: list[Segment] = []
    dropped: list[Dropped] = []
    for segment in segments:
        reason = _reason(segment, heard)
        if reason:
            dropped.append(Dropped(segment.start, segment.end, segment.text, reason))
        else:
            kept.append(segment)
    return kept, dropped


def _reason(segment: Segment, heard: Heard) -> str:
    if heard.no_speech > SILENT and heard.logprob < UNSURE:
        return "no speech"
    if loops(heard):
        return "repeats itself"
    return ""
