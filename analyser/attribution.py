"""Words to speakers: by the times of each word, by what is written around it, never by the recogniser's segment.

The recogniser places a word within a few tenths of a second, and so does the diariser. Where both are sure, the
speaker who is heard during a word said it. At a boundary, and where two speak at once, a change of speaker is more
likely after the end of a sentence or a pause than within a clause; the cheapest path over all words decides.
"""

from __future__ import annotations

import math
from bisect import bisect_left
from collections.abc import Sequence
from dataclasses import replace

from analyser.records import SpeakerSpan, Transcript, Word

CHANNELS = ("left", "right")
"""labels of the sides of a two-channel call, by channel"""
LEEWAY = 0.1
"""seconds by which a word's times may be off; it is looked for that much wider"""
FAINT = 0.03
"""chance (before scaling) of a speaker who is not heard during the word"""
REACH = 0.5
"""seconds from a span over which its speaker becomes e times less likely to have said a word outside of it"""
CHANGE_WITHIN = 2.5
"""cost (log-odds) of a change of speaker in the middle of a clause"""
CHANGE_AT_COMMA = 1.2
CHANGE_AT_END = 0.2
"""cost of a change after a full stop, question mark or exclamation mark"""
PAUSE = 0.5
"""seconds between two words from which the cost of a change is halved"""


def attribute(transcript: Transcript, spans: Sequence[SpeakerSpan]) -> tuple[Word, ...]:
    """All words of the transcript in order of start, each with its speaker.

    Words that were recognised on a channel of their own belong to that channel's side. Without spans the speaker
    stays as it was. ``spans`` need no order; spans of different speakers may overlap.
    """
    apart = [
        replace(word, speaker=CHANNELS[segment.channel])
        for segment in transcript.segments
        if segment.channel is not None
        for word in segment.words
    ]
    together = sorted(
        (word for segment in transcript.segments if segment.channel is None for word in segment.words),
        key=lambda word: (word.start, word.end),
    )
    return tuple(sorted((*apart, *_by_time(together, spans)), key=lambda word: (word.start, word.end)))


def _by_time(words: Sequence[Word], spans: Sequence[SpeakerSpan]) -> list[Word]:
    """The cheapest path through the speakers of each word."""
    speakers = sorted({span.speaker for span in spans})
    if not speakers or not words:
        return list(words)
    tracks = [_Track([span for span in spans if span.speaker == speaker]) for speaker in speakers]
    costs = [0.0] * len(speakers)
    steps: list[list[int]] = []
    before: Word | None = None
    for word in words:
        here = _word_costs(word, tracks)
        change = _change_cost(before, word) if before is not None else 0.0
        cheapest = min(range(len(speakers)), key=costs.__getitem__)
        came = [speaker if costs[speaker] <= costs[cheapest] + change else cheapest for speaker in range(len(speakers))]
        costs = [
            here[speaker] + costs[origin] + (change if origin != speaker else 0.0)
            for speaker, origin in enumerate(came)
        ]
        steps.append(came)
        before = word
    path = [min(range(len(speakers)), key=costs.__getitem__)]
    for came in reversed(steps[1:]):
        path.append(came[path[-1]])
    return [replace(word, speaker=speakers[speaker]) for word, speaker in zip(words, reversed(path), strict=True)]


class _Track:
    """The spans of one speaker, quick to look up."""

    def __init__(self, spans: Sequence[SpeakerSpan]) -> None:
        self._spans = sorted(spans, key=lambda span: span.start)
        self._ends: list[float] = []
        for span in self._spans:
            self._ends.append(max(span.end, self._ends[-1] if self._ends else span.end))

    def heard(self, start: float, end: float) -> tuple[float, float]:
        """Seconds heard between the two times, weighed by confidence; and seconds to the nearest span."""
        total, nearest = 0.0, math.inf
        place = bisect_left(self._ends, start)
        if place:
            nearest = start - self._ends[place - 1]
        for span in self._spans[place:]:
            if span.start >= end:
                nearest = min(nearest, span.start - end)
                break
            shared = min(end, span.end) - max(start, span.start)
            if shared > 0:
                total, nearest = total + shared * max(span.confidence, 0.05), 0.0
        return total, max(0.0, nearest)


def _word_costs(word: Word, tracks: Sequence[_Track]) -> list[float]:
    """How unlikely each speaker is to have said the word: −log of a chance."""
    start, end = max(0.0, word.start - LEEWAY), max(word.end, word.start) + LEEWAY
    chances = []
    for track in tracks:
        heard, away = track.heard(start, end)
        chances.append(heard / (end - start) + FAINT * math.exp(-away / REACH) + 1e-6)
    whole = sum(chances)
    return [-math.log(chance / whole) for chance in chances]


def _change_cost(before: Word, word: Word) -> float:
    """What a change of speaker between two words costs."""
    text = before.text.rstrip("\"'”’)»")
    if text.endswith((".", "?", "!", "…")):
        cost = CHANGE_AT_END
    elif text.endswith((",", ";", ":", "-", "–")):
        cost = CHANGE_AT_COMMA
    else:
        cost = CHANGE_WITHIN
    return cost / 2 if word.start - before.end >= PAUSE else cost
