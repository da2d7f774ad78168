"""The talk ratio of a call with the interval that holds the true value nine times in ten.

The figure is the tally's. Its interval rests on two things that can be wrong. A span may belong to the other voice:
its confidence says how likely that is (``SHARPNESS``), and such errors go together, since a voice that is heard badly
is heard badly all through (``TOGETHER``). And speech is not found to the tenth of a second: a side's seconds are off
by a share of their own (``EDGES``, ``GRAIN``). ``tests/benchmarks/README-talk-ratio.md`` tells how all were measured.
"""

from __future__ import annotations

from collections.abc import Iterable
from math import sqrt

from analyser.records import Conversation, Side, SpeakerSpan, TalkRatio
from analyser.tallies import SIDES, united

Z = 1.645
"""standard deviations either side that hold 90 % of a normal distribution"""
TOGETHER = 0.3
"""correlation between the errors of spans of one side, 0–1"""
SHARPNESS = 3.0
"""a span is the other's with half the chance that is its doubt, scaled to 0–1, to this power: a diariser that is sure
by nine tenths is hardly ever wrong, and one that is sure by half guesses"""
EDGES = 0.02
"""standard deviation of a side's seconds of speech as found, as a share of them, in a long call"""
GRAIN = 0.08
"""what each side's variance has beside that in a short call: this many seconds over its seconds of speech"""
ESTIMATED_EDGES = 0.15
"""the same where times are estimated from a text: people's rates of speech differ by that much"""


def talk_ratio(conversation: Conversation) -> TalkRatio | None:
    """The seller's share of both sides' speech (0–1) with its 90 % interval; None where nobody speaks.

    Where only one voice was found there is nothing to divide: the interval is then everything from 0 to 1, and the
    figure is not to be trusted.
    """
    by_side = {side: _spans(conversation, side) for side in SIDES}
    seconds = {side: sum(span.duration for span in united(spans)) for side, spans in by_side.items()}
    total = seconds["seller"] + seconds["client"]
    if not total:
        return None
    value = seconds["seller"] / total
    if not all(by_side.values()):
        return TalkRatio(value, 0.0, 1.0)
    edges = EDGES if conversation.timed else ESTIMATED_EDGES
    shares = sum(edges**2 + GRAIN / max(1.0, found) for found in seconds.values())
    # Each side's seconds are off by their own share: the ratio moves by value * (1 - value) for each share.
    variance = shares * (value * (1 - value)) ** 2
    variance += sum(_mislabelled(spans) for spans in by_side.values()) / total**2
    reach = Z * sqrt(variance)
    return TalkRatio(value, max(0.0, value - reach), min(1.0, value + reach))


def _spans(conversation: Conversation, side: Side) -> list[SpeakerSpan]:
    spans = conversation.speech or tuple(SpeakerSpan(one.start, one.end, one.speaker) for one in conversation.turns)
    return [span for span in spans if span.duration and conversation.side(span.speaker) == side]


def _mislabelled(spans: Iterable[SpeakerSpan]) -> float:
    """Variance of the seconds of these spans that are the other side's, in seconds squared."""
    chances = [(span.duration, _wrong(span.confidence)) for span in spans]
    deviations = [seconds * sqrt(chance * (1 - chance)) for seconds, chance in chances]
    apart = sum(deviation**2 for deviation in deviations)
    return (1 - TOGETHER) * apart + TOGETHER * sum(deviations) ** 2


def _wrong(confidence: float) -> float:
    """The chance (0–0.5) that a span of this confidence (0–1) is another voice's."""
    doubt = 2 * (1 - min(1.0, max(0.5, confidence)))
    return 0.5 * float(doubt**SHARPNESS)
