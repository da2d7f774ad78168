"""The call drawn true to time: lanes of speech, overlap, acts, moments, and readiness with what was delivered.

Drawn by hand, since this picture is the product. Everything here is a place or a path as text, ready for the template;
horizontal places are percentages of the call, so that the picture stretches without JavaScript.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import groupby

from analyser.moments.readiness import READY
from analyser.records import Analysis, Conversation, Moment, Side, Span, Utterance
from analyser.report.readiness_curve import RATE, Milestone, area, curve, level_at, milestones, percent
from analyser.report.wording import Wording, clock, place

FAMILIES: dict[str, frozenset[str]] = {
    "deliver": frozenset({"pitch", "price", "alternatives", "reframe", "own_solution", "invite"}),
    "stand": frozenset(
        {"power_play", "price_pressure", "objection", "boundary", "concession", "decline", "promise", "ask_capability"}
    ),
    "listen": frozenset({"summary", "empathy", "confirm", "correct", "insight"}),
    "explore": frozenset(
        {"open_question", "closed_question", "follow_up", "ask_situation", "ask_problem", "ask_cause", "ask_tried"}
        | {"ask_result", "situation", "need", "cause", "tried", "desired_result"}
    ),
    "bond": frozenset({"common_goal", "optimism", "own_wish", "agenda", "next_step"}),
}
"""Acts of both sides by what they are for, each family one colour; the first family that fits an utterance wins."""

DELIVERING = ("pitch", "price", "alternatives")
GOOD = frozenset(
    {"timely_pitch", "confirmed_summary", "insight", "timely_reframe", "honest_decline", "power_play_met"}
    | {"timely_own_wish"}
)
"""kinds of moment to build on; every other kind is one to work on"""

JOIN = 4.0
"""seconds between utterances of one delivery that still belong together"""
MARK_APART = 2.4
"""percent of the width that two marks of moments need to stand side by side on an ordinary screen"""
MARK_ROWS = 3
TAG_APART = 7.0
"""percent of the width between the middles of two tags over the curve"""
TICKS = (1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1800)
"""seconds between ticks"""


@dataclass(frozen=True)
class Path:
    """One path of the picture: its colour class and its line."""

    look: str
    d: str


@dataclass(frozen=True)
class Tick:
    """A place on the time axis; ``level`` says from which zoom on it shows."""

    x: str
    label: str
    level: str


@dataclass(frozen=True)
class Mark:
    """A moment on the timeline: place, row, tone (good or attention) and method."""

    x: str
    row: str
    tone: str
    method: str
    number: str


@dataclass(frozen=True)
class Delivery:
    """A stretch of pitching or pricing over the readiness curve: ``gap`` is what was not yet understood.

    ``tag`` names it in the picture, at its ``middle``; empty where a tag before it stands too near.
    """

    x: str
    width: str
    look: str
    top: str
    height: str
    gap_top: str
    gap_height: str
    middle: str
    tag: str
    tag_at: str


@dataclass(frozen=True)
class Timeline:
    """The whole picture, and in words what it shows."""

    span: str
    lanes: tuple[Path, ...]
    acts_seller: tuple[Path, ...]
    acts_client: tuple[Path, ...]
    overlap: str
    ticks: tuple[Tick, ...]
    marks: tuple[Mark, ...]
    curve: str
    area: str
    ready: str
    deliveries: tuple[Delivery, ...]
    milestones: tuple[Milestone, ...]
    summary: str
    verdict: str
    families: tuple[tuple[str, str], ...]


def family(utterance: Utterance) -> str:
    """The family of acts that an utterance belongs to, or ``rest``."""
    names = utterance.act_names
    return next((name for name, acts in FAMILIES.items() if names & acts), "rest")


def family_of(act: str) -> str:
    """The family of one act, or ``rest``."""
    return next((name for name, acts in FAMILIES.items() if act in acts), "rest")


def tone(moment: Moment) -> str:
    """Whether a moment is one to build on (``good``) or to work on (``attention``)."""
    return "good" if moment.kind in GOOD else "attention"


def timeline(analysis: Analysis, wording: Wording) -> Timeline:
    """The picture of a call."""
    conversation = analysis.conversation
    length = max(analysis.recording.duration, conversation.end, 0.1)
    sides = {side: speech_of(conversation, side) for side in ("seller", "client")}
    deliveries = _deliveries(analysis, length, wording)
    good = sum(tone(moment) == "good" for moment in analysis.moments)
    return Timeline(
        span=str(round(RATE * length)),
        lanes=tuple(Path(side, bars(spans)) for side, spans in sides.items()),
        acts_seller=_acts(conversation, "seller", sides["seller"]),
        acts_client=_acts(conversation, "client", sides["client"]),
        overlap=bars(overlap(sides["seller"], sides["client"])),
        ticks=tuple(_ticks(length)),
        marks=tuple(_marks(analysis.moments, length)),
        curve=curve(analysis.readiness, length),
        area=area(analysis.readiness, length),
        ready=place(100 * (1 - READY)),
        deliveries=deliveries,
        milestones=tuple(milestones(analysis.readiness, length)),
        summary=wording.say(
            "chart.summary",
            length=wording.duration(length),
            good=str(good),
            attention=str(len(analysis.moments) - good),
        ),
        verdict=_verdict(analysis, deliveries, wording),
        families=tuple((name, wording.say(f"chart.{name}")) for name in (*FAMILIES, "rest")),
    )


def speech_of(conversation: Conversation, side: Side) -> list[Span]:
    """Where a side speaks, joined where its spans touch; from the turns where no speech was measured."""
    sides = {speaker.label: speaker.side for speaker in conversation.speakers}
    heard: Iterable[Span] = (span for span in conversation.speech if sides.get(span.speaker) == side)
    if not conversation.speech:
        heard = (turn for turn in conversation.turns if sides.get(turn.speaker) == side)
    joined: list[Span] = []
    for span in sorted(heard, key=lambda span: span.start):
        if joined and span.start <= joined[-1].end + 0.05:
            joined[-1] = Span(joined[-1].start, max(joined[-1].end, span.end))
        else:
            joined.append(Span(span.start, span.end))
    return joined


def overlap(left: Sequence[Span], right: Sequence[Span]) -> list[Span]:
    """The stretches that two sorted rows of spans share."""
    shared: list[Span] = []
    i = j = 0
    while i < len(left) and j < len(right):
        start, end = max(left[i].start, right[j].start), min(left[i].end, right[j].end)
        if start < end:
            shared.append(Span(start, end))
        if left[i].end <= right[j].end:
            i += 1
        else:
            j += 1
    return shared


def bars(spans: Iterable[Span]) -> str:
    """Spans as one path along a line, in twentieths of a second: drawn with a stroke as high as the lane."""
    steps: list[str] = []
    here = 0
    for span in spans:
        start = round(RATE * span.start)
        width = max(1, round(RATE * span.end) - start)
        steps.append(f"m{start - here} 0h{width}")
        here = start + width
    return ("M0 .5" + "".join(steps)) if steps else ""


def _acts(conversation: Conversation, side: Side, speech: list[Span]) -> tuple[Path, ...]:
    """A path for each family of acts of one side, cut to where the side is heard."""
    said: dict[str, list[Span]] = {}
    for utterance in conversation.utterances:
        if utterance.side == side:
            said.setdefault(family(utterance), []).append(utterance)
    found = ((name, overlap(sorted(spans, key=lambda span: span.start), speech)) for name, spans in said.items())
    return tuple(Path(name, bars(spans)) for name, spans in found if name != "rest" and spans)


def _ticks(length: float) -> Iterable[Tick]:
    """Ticks for three zooms, about 6, 18 and 60 over the call, none at the very end where it would be cut off."""
    steps = [next((step for step in TICKS if length / step <= many), 3600) for many in (7, 20, 60)]
    places: dict[float, int] = {}
    for level, step in enumerate(steps):
        for number in range(int(length // step) + 1):
            places.setdefault(number * step, level)
    for seconds, level in sorted(places.items()):
        if seconds <= 0.97 * length:
            yield Tick(percent(seconds, length), clock(seconds), str(level))


def _marks(moments: Sequence[Moment], length: float) -> Iterable[Mark]:
    """Marks of moments, on the first row where they do not hide another."""
    free = [-MARK_APART] * MARK_ROWS
    for number, moment in enumerate(moments):
        x = 100 * moment.start / length
        fits = (row for row in range(MARK_ROWS) if x - free[row] >= MARK_APART)
        row = next(fits, min(range(MARK_ROWS), key=free.__getitem__))
        free[row] = x
        method = moment.methods[0] if moment.methods else "M4"
        yield Mark(percent(moment.start, length), str(row), tone(moment), method, str(number))


def _delivered(conversation: Conversation) -> list[list[int]]:
    """Places of the seller's delivering utterances, those of one delivery together."""
    runs: list[list[int]] = []
    for number, utterance in enumerate(conversation.utterances):
        if utterance.side != "seller" or not utterance.does(*DELIVERING):
            continue
        if runs and utterance.start - conversation.utterances[runs[-1][-1]].end <= JOIN:
            runs[-1].append(number)
        else:
            runs.append([number])
    return runs


def _deliveries(analysis: Analysis, length: float, wording: Wording) -> tuple[Delivery, ...]:
    """What was delivered, split where the judgement of it changes."""
    utterances = analysis.conversation.utterances
    found: list[Delivery] = []
    tagged = -TAG_APART
    for run in _delivered(analysis.conversation):
        for look, numbers in groupby(run, lambda number: _judged(analysis.moments, number)):
            places = list(numbers)
            span = Span(utterances[places[0]].start, utterances[places[-1]].end)
            level = level_at(analysis.readiness, span.start)
            # Above the line something else was still missing, such as the client's yes: the gap is then to the top.
            goal = READY if level < READY else 1.0
            middle = 100 * span.middle / length
            named = look != "offered" and middle - tagged >= TAG_APART
            tagged = middle if named else tagged
            found.append(
                Delivery(
                    x=percent(span.start, length),
                    width=percent(max(span.duration, length / 300), length),
                    look=look,
                    top=place(100 * (1 - level)),
                    height=place(100 * level),
                    gap_top=place(100 * (1 - goal)),
                    gap_height=place(100 * (goal - level)),
                    middle=percent(span.middle, length),
                    tag=wording.say(f"chart.tag_{look}") if named else "",
                    tag_at=place(100 * (1 - (goal if look == "premature" else max(level, READY)))),
                )
            )
    return tuple(found)


def _judged(moments: Sequence[Moment], number: int) -> str:
    """Whether the utterance was delivered too early, in time, or was no moment at all."""
    for kind, look in (("premature_pitch", "premature"), ("timely_pitch", "timely")):
        if any(moment.kind == kind and moment.first <= number <= moment.last for moment in moments):
            return look
    return "offered"


def _verdict(analysis: Analysis, deliveries: Sequence[Delivery], wording: Wording) -> str:
    """What the curve shows, in a sentence."""
    if not analysis.readiness:
        return wording.say("chart.no_readiness")
    early = [
        f"{clock(moment.start)} ({wording.percent(level_at(analysis.readiness, moment.start))})"
        for moment in analysis.moments
        if moment.kind == "premature_pitch"
    ]
    if early:
        return wording.count("chart.verdict_premature", len(early), places=wording.listing(early))
    if any(delivery.look == "timely" for delivery in deliveries):
        return wording.say("chart.verdict_timely")
    return wording.say("chart.verdict_offered" if deliveries else "chart.verdict_none")
