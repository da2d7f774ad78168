"""Counts of one call, by the definitions of the measures; ratios are properties of the records.

Speech counts for everyone who speaks: overlapped seconds for both sides, silence for none. Two voices of one side
that speak at once fill one second of that side's time. A backchannel takes no turn, so it is in no measure of turns,
and what is said wholly within another's turn takes no floor and makes no switch.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from itertools import pairwise

from analyser.languages import Pack
from analyser.records import Conversation, Moment, Side, SideTally, Span, Tally, Turn
from analyser.turns import holds_floor

INTERRUPTION_SECONDS = 0.5
"""a turn that starts less than this before the other's end is ordinary turn-taking, and within what times are off by"""
SIDES: tuple[Side, Side] = ("seller", "client")


def tally(conversation: Conversation, moments: Sequence[Moment], pack: Pack) -> Tally:
    """The counts of one call. Times are seconds; those of an untimed conversation rest on its estimated times."""
    speech = {side: united(_speech(conversation, side)) for side in SIDES}
    floor = [turn for turn, holds in zip(conversation.turns, holds_floor(conversation.turns), strict=True) if holds]
    sides = [conversation.side(turn.speaker) for turn in floor]
    return Tally(
        calls=1,
        duration=conversation.end,
        overlap=shared(speech["seller"], speech["client"]),
        switches=sum(one != other for one, other in pairwise(sides)),
        response_gaps=tuple(
            after.start - before.end
            for before, after in pairwise(floor)
            if conversation.side(before.speaker) == "client" and conversation.side(after.speaker) == "seller"
        ),
        seller=_side(conversation, pack, "seller", speech["seller"]),
        client=_side(conversation, pack, "client", speech["client"]),
        moments=dict(sorted(Counter(moment.kind for moment in moments).items())),
    )


def united(spans: Iterable[Span]) -> tuple[Span, ...]:
    """The time that the spans cover, as spans that do not meet, in order."""
    merged: list[Span] = []
    for span in sorted(spans, key=lambda span: span.start):
        if merged and span.start <= merged[-1].end:
            merged[-1] = Span(merged[-1].start, max(merged[-1].end, span.end))
        elif span.duration:
            merged.append(Span(span.start, span.end))
    return tuple(merged)


def shared(one: Sequence[Span], other: Sequence[Span]) -> float:
    """Seconds that lie in both; each is united."""
    seconds, left, right = 0.0, 0, 0
    while left < len(one) and right < len(other):
        seconds += one[left].overlap(other[right])
        if one[left].end < other[right].end:
            left += 1
        else:
            right += 1
    return seconds


def _speech(conversation: Conversation, side: Side) -> list[Span]:
    spans: Sequence[Span] = conversation.speech or conversation.turns
    return [span for span in spans if conversation.side(getattr(span, "speaker", "")) == side]


def _side(conversation: Conversation, pack: Pack, side: Side, speech: Sequence[Span]) -> SideTally:
    said = [turn for turn in conversation.turns if conversation.side(turn.speaker) == side]
    turns = [turn for turn in said if not turn.backchannel]
    longest = max(turns, key=lambda turn: turn.duration, default=None)
    utterances = [utterance for utterance in conversation.utterances if utterance.side == side]
    return SideTally(
        speech=sum(span.duration for span in speech),
        turns=len(turns),
        words=sum(len(pack.words(turn.text)) for turn in said),
        fillers=sum(pack.filler_count(turn.text) for turn in said),
        backchannels=len(said) - len(turns),
        interruptions=_interruptions(conversation, side),
        utterances=len(utterances),
        longest_turn=longest.duration if longest else 0.0,
        longest_turn_start=longest.start if longest else 0.0,
        acts=dict(sorted(Counter(name for utterance in utterances for name in utterance.act_names).items())),
    )


def _interruptions(conversation: Conversation, side: Side) -> int:
    """Turns of a side that start while the other side is speaking and has more to say, backchannels excluded."""
    count = 0
    running: list[Turn] = []
    for turn in conversation.turns:
        if not turn.backchannel:
            running = [held for held in running if held.end > turn.start]
            if conversation.side(turn.speaker) == side:
                count += any(conversation.side(held.speaker) != side and _breaks_in(turn, held) for held in running)
            running.append(turn)
    return count


def _breaks_in(turn: Turn, held: Turn) -> bool:
    """Whether ``turn`` starts amid the words of ``held``, and not while its speaker paused."""
    if not held.start < turn.start <= held.end - INTERRUPTION_SECONDS:
        return False
    before = max((word.end for word in held.words if word.start <= turn.start), default=held.start)
    after = min((word.start for word in held.words if word.start > turn.start), default=held.end)
    return before > turn.start or after - before < INTERRUPTION_SECONDS
