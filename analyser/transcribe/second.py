"""A second look at speech without words: the "ja" and "hm" that recognisers skip, and that confirmation hangs on."""

from __future__ import annotations

import re
from collections.abc import Sequence

from analyser.records import Dropped, Segment, Span
from analyser.transcribe.doubts import is_phantom, loops
from analyser.transcribe.recogniser import Heard
from analyser.transcribe.windows import RATE, Window

LEAST = 0.2
"""seconds of speech worth a second look"""
MOST = 20.0
"""seconds: a longer span without words is a window that failed, and is cut before it is looked at again"""
MARGIN = 0.35
"""seconds of sound kept around a span"""
WORDLESS = 0.1
"""share of a span that words may cover for it to count as without words"""
CERTAIN = 0.5
"""mean probability of the words from which the second look is believed"""
FASTEST = 7.0
"""words for each second that a second look may bring"""


def missed(spans: Sequence[Span], kept: Sequence[Segment], dropped: Sequence[Dropped]) -> tuple[Span, ...]:
    """Spans of speech of one channel in which no word was recognised, and nothing was dropped as no speech."""
    found: list[Span] = []
    words = sorted((word for segment in kept for word in segment.words), key=lambda word: word.start)
    first = 0
    for span in spans:
        while first < len(words) and words[first].end <= span.start:
            first += 1
        place, covered = first, 0.0
        while place < len(words) and words[place].start < span.end:
            covered += words[place].overlap(span)
            place += 1
        silent = any(one.overlap(span) > 0 and not one.reason.startswith("repeats") for one in dropped)
        if span.duration >= LEAST and covered < WORDLESS * span.duration and not silent:
            found.append(span)
    return tuple(found)


def window_around(span: Span, channel: int, length: int) -> Window:
    """The window in which a span is looked at again; ``length`` is the recording's, in samples."""
    first = max(0, round((span.start - MARGIN) * RATE))
    last = min(length, round((min(span.end, span.start + MOST) + MARGIN) * RATE))
    return Window(((first, last),), channel)


def believed(heard: Heard, span: Span, near: Sequence[str], phrases: frozenset[tuple[str, ...]]) -> bool:
    """Whether a second look found something that was said in ``span``.

    ``near`` are the words beside it: those are heard again at the edges of the window, and are no news.
    """
    if not heard.words or loops(heard) or is_phantom(heard.text, phrases):
        return False
    certainty = sum(word.probability for word in heard.words) / len(heard.words)
    said = [plain(word.text) for word in heard.words]
    return certainty >= CERTAIN and len(said) <= 1 + FASTEST * span.duration and not set(said) <= set(near)


def plain(text: str) -> str:
    """A word without case and punctuation."""
    return "".join(re.findall(r"\w+", text.lower()))
