"""Moments as records for the page, and the two that come first."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from analyser.records import Analysis, Conversation, Moment, Utterance
from analyser.report.charts import tone
from analyser.report.dialogue import Dialogue, Line
from analyser.report.wording import Wording, clean, clock, place

CONTEXT = 3
"""lines shown of the turn before and of the turn after a moment"""
PRINTED = 6
"""moments that fit a print of four pages; the weightiest come first"""

WEIGHT = {
    "premature_pitch": 1.0,
    "unconfirmed_summary": 0.8,
    "missed_need": 0.9,
    "power_play_yielded": 0.6,
    "over_promise": 0.6,
    "early_reframe": 0.6,
    "early_own_wish": 0.5,
    "confirmed_summary": 1.0,
    "insight": 0.9,
    "timely_pitch": 0.7,
    "power_play_met": 0.8,
    "honest_decline": 0.8,
    "timely_reframe": 0.8,
    "timely_own_wish": 0.4,
}
"""How soon a trainer would bring a kind up. Delivering before listening comes first: reflections minus advice is what
best tells good from poor conversations (DESIGN.md, "The five methods")."""

SMALL_GOOD = ("empathy", "follow_up", "open_question", "summary", "common_goal", "boundary", "optimism")
"""acts to hold up where no moment went well, the best first"""
SURE = 0.6
"""confidence of an act and of its words from which a single utterance is held up"""
ENOUGH = 5
"""utterances of the seller from which it means something that a habit of listening is absent"""


@dataclass(frozen=True)
class Story:
    """A moment as it is read: the exchange, what happened, why it matters, what was missing, what to try."""

    number: str
    key: str
    kind: str
    name: str
    tone: str
    methods: tuple[str, ...]
    method_names: tuple[tuple[str, str], ...]
    clock: str
    start: str
    end: str
    until: str
    quote: str
    why: str
    importance: str
    missing: tuple[str, ...]
    advice: str
    certainty: str
    before: tuple[Line, ...]
    exchange: tuple[Line, ...]
    after: tuple[Line, ...]
    evidence: frozenset[str]
    printed: bool
    first_of_kind: bool


@dataclass(frozen=True)
class Lead:
    """One of the two moments of the first screen, with how often its kind was found.

    Where there is no such moment ``story`` is None, ``text`` says so, and ``line`` may be a small thing that went well,
    ``what`` naming its act.
    """

    tone: str
    story: Story | None
    title: str
    text: str
    times: str
    line: Line | None = None
    what: str = ""


def stories(analysis: Analysis, dialogue: Dialogue, wording: Wording) -> tuple[Story, ...]:
    """All moments in order of time."""
    first: dict[str, int] = {}
    for number, moment in enumerate(analysis.moments):
        first.setdefault(f"{moment.kind} {moment.importance}", number)
    firsts = frozenset(first.values())
    weightiest = sorted(analysis.moments, key=_weight, reverse=True)[:PRINTED]
    return tuple(
        _story(number, moment, moment in weightiest, number in firsts, dialogue, wording)
        for number, moment in enumerate(analysis.moments)
    )


def leads(analysis: Analysis, told: Sequence[Story], dialogue: Dialogue, wording: Wording) -> tuple[Lead, Lead]:
    """What to work on next and what went well: of the weightiest kind, the clearest moment.

    Where no moment went well, a single act is held up instead: there is always something to build on.
    """
    good = _lead("good", analysis, told, wording)
    small = None if good.story else _small_good(analysis)
    if small is not None:
        number, act = small
        good = replace(
            good,
            title=wording.say("glance.small"),
            text=wording.say("glance.small_text"),
            line=dialogue.lines[number],
            what=wording.act(act),
        )
    return _lead("attention", analysis, told, wording), good


def _small_good(analysis: Analysis) -> tuple[int, str] | None:
    """Place and act of the seller's surest utterance with the best act that there is, outside moments to work on.

    Only where act and words are sure: praise for a word that was misheard would cost the report its credit.
    """
    count = len(analysis.conversation.utterances)
    spans = (span_of(moment, count) for moment in analysis.moments if tone(moment) == "attention")
    blemished = {number for first, last in spans for number in range(first, last + 1)}
    for wanted in SMALL_GOOD:
        found = [
            (act.confidence, -number)
            for number, said in enumerate(analysis.conversation.utterances)
            if said.side == "seller" and number not in blemished and _understood(said)
            for act in said.acts
            if act.name == wanted and act.confidence >= SURE
        ]
        if found:
            return -max(found)[1], wanted
    return None


def _understood(said: Utterance) -> bool:
    """Whether the words of an utterance were heard well enough to be quoted as an example."""
    return bool(said.words) and sum(word.confidence for word in said.words) / len(said.words) >= SURE


def _small_step(analysis: Analysis) -> str | None:
    """What to work on where no moment asks for it: the first habit of listening that the call lacks."""
    seller = analysis.tally.seller
    if seller.utterances < ENOUGH:
        return None
    acts = analysis.tally.seller.acts
    lacking = {"summary": ("summary",), "question": ("open_question",), "follow_up": ("follow_up",)}
    return next((habit for habit, names in lacking.items() if not any(acts.get(name) for name in names)), None)


def _lead(wanted: str, analysis: Analysis, told: Sequence[Story], wording: Wording) -> Lead:
    title = wording.say("glance.next" if wanted == "attention" else "glance.well")
    candidates = [(moment, story) for moment, story in zip(analysis.moments, told, strict=True) if story.tone == wanted]
    if not candidates:
        habit = _small_step(analysis) if wanted == "attention" else None
        if habit is not None:
            return Lead(wanted, None, title, wording.say(f"glance.step_{habit}"), "")
        empty = "no_next" if wanted == "attention" else "no_well"
        return Lead("good", None, wording.say(f"glance.{empty}"), wording.say(f"glance.{empty}_text"), "")
    kinds: dict[str, float] = {}
    for moment, _ in candidates:
        kinds[moment.kind] = kinds.get(moment.kind, 0.0) + _weight(moment)
    kind = max(kinds, key=kinds.__getitem__)
    chosen = [pair for pair in candidates if pair[0].kind == kind]
    best = max(chosen, key=lambda pair: pair[0].confidence)[1]
    return Lead(wanted, best, title, "", wording.count("glance.times", len(chosen)))


def _weight(moment: Moment) -> float:
    # Rounded, so that the last digits of a model's confidence never decide what a page shows.
    return round(WEIGHT.get(moment.kind, 0.5) * moment.confidence, 2)


def _story(
    number: int, moment: Moment, printed: bool, first_of_kind: bool, dialogue: Dialogue, wording: Wording
) -> Story:
    first, last = span_of(moment, len(dialogue.lines))
    lines = dialogue.lines
    before, after = _around(dialogue.conversation, first, last)
    return Story(
        number=str(number),
        key=key_of(moment),
        kind=moment.kind,
        name=wording.kind(moment.kind),
        tone=tone(moment),
        methods=moment.methods,
        method_names=tuple((method, wording.say(f"method.{method}_short")) for method in moment.methods),
        clock=clock(moment.start),
        start=place(moment.start),
        end=place(moment.end),
        until=clock(moment.end),
        quote=clean(moment.quote),
        why=clean(moment.why),
        importance=clean(moment.importance),
        missing=tuple(wording.pack.step(step) for step in moment.missing),
        advice=clean(moment.advice),
        certainty=wording.say(f"moment.{_certainty(moment.confidence)}"),
        before=lines[before:first],
        exchange=lines[first : last + 1],
        after=lines[last + 1 : after + 1],
        evidence=frozenset(str(place) for place in moment.evidence),
        printed=printed,
        first_of_kind=first_of_kind,
    )


def key_of(moment: Moment) -> str:
    """What a review calls a moment by: it stays the same when the call is analysed again with other names."""
    return f"{clean(moment.kind)}@{round(10 * moment.start)}"


def span_of(moment: Moment, count: int) -> tuple[int, int]:
    """Places of a moment's first and last utterance, kept within the ``count`` that there are."""
    first = max(0, min(moment.first, count - 1))
    return first, max(first, min(moment.last, count - 1))


def _certainty(confidence: float) -> str:
    return "certain" if confidence >= 0.75 else "probable" if confidence >= 0.5 else "possible"


def _around(conversation: Conversation, first: int, last: int) -> tuple[int, int]:
    """Places of the first line of the turn before a moment and of the last line of the turn after it."""
    utterances = conversation.utterances
    if not utterances:
        return 0, -1

    def walk(start: int, step: int) -> int:
        """As far as one turn of the other, backchannels passed over, and no more than CONTEXT lines."""
        place, turns = start, {utterances[start].turn}
        for _ in range(CONTEXT):
            ahead = place + step
            if not 0 <= ahead < len(utterances):
                break
            turn = utterances[ahead].turn
            floor = {t for t in turns | {turn} if not _backchannel(conversation, t)}
            if len(floor) > 2:
                break
            turns.add(turn)
            place = ahead
        return place

    return walk(first, -1), walk(last, 1)


def _backchannel(conversation: Conversation, turn: int) -> bool:
    return 0 <= turn < len(conversation.turns) and conversation.turns[turn].backchannel
