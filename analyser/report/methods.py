"""One page for each of the five methods: what of it is in this call, with the lines that show it."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

from analyser.records import Analysis, Moment, Utterance
from analyser.report.dialogue import Dialogue, Line
from analyser.report.stories import span_of
from analyser.report.wording import Wording, clock, place

STEPS = (
    ("situation", "ask_situation", "situation"),
    ("problem", "ask_problem", "need"),
    ("cause", "ask_cause", "cause"),
    ("tried", "ask_tried", "tried"),
    ("result", "ask_result", "desired_result"),
)
"""The steps of the diagnosis: name, act that asks for it, act that answers it."""
ANSWER_WITHIN = 3
"""lines after a line in which the other's answer is looked for"""


@dataclass(frozen=True)
class Item:
    """An exchange that shows something of the method, with its verdict, and the number of the moment that it is."""

    lines: tuple[Line, ...]
    badge: str
    tone: str
    clock: str
    start: str
    end: str
    moment: str = ""


@dataclass(frozen=True)
class Group:
    """What was found under one heading, or the kind word that says that nothing was."""

    title: str
    items: tuple[Item, ...]
    empty: str


@dataclass(frozen=True)
class Rung:
    """A step of the diagnosis: where it was asked for and told, ``order`` saying the how-manieth it came up."""

    name: str
    order: str
    asked: Line | None
    answered: Line | None
    unasked: bool


@dataclass(frozen=True)
class MethodPage:
    """A method's page."""

    key: str
    name: str
    short: str
    say: str
    lead: str
    rungs: tuple[Rung, ...]
    groups: tuple[Group, ...]


class _Finder:
    """Lines by act and moments by kind, as items."""

    def __init__(self, analysis: Analysis, dialogue: Dialogue, wording: Wording) -> None:
        self.utterances = analysis.conversation.utterances
        self.moments = analysis.moments
        self.lines = dialogue.lines
        self.wording = wording

    def acting(self, side: str, *acts: str) -> list[int]:
        """Places of one side's utterances with one of the acts."""
        return [
            number
            for number, utterance in enumerate(self.utterances)
            if utterance.side == side and utterance.does(*acts)
        ]

    def answer(self, number: int, wanted: Callable[[Utterance], bool]) -> int | None:
        """Place of the first line of the other side shortly after a line that is as wanted."""
        for ahead in range(number + 1, min(number + 1 + ANSWER_WITHIN, len(self.utterances))):
            said = self.utterances[ahead]
            if said.side != self.utterances[number].side and wanted(said):
                return ahead
        return None

    def item(self, places: Sequence[int], badge: str = "", tone: str = "", moment: str = "") -> Item:
        """Lines as an item; ``badge`` is a label key."""
        first, last = self.utterances[places[0]], self.utterances[places[-1]]
        return Item(
            lines=tuple(self.lines[number] for number in places),
            badge=self.wording.say(f"method.{badge}") if badge else "",
            tone=tone,
            clock=clock(first.start),
            start=place(first.start),
            end=place(max(first.end, last.end)),
            moment=moment,
        )

    def of_kinds(self, kinds: dict[str, tuple[str, str]]) -> list[Item]:
        """Moments of the kinds, each with its badge and tone."""
        return [self.of_moment(moment, *kinds[moment.kind]) for moment in self.moments if moment.kind in kinds]

    def of_moment(self, moment: Moment, badge: str, tone: str) -> Item:
        """A moment as an item."""
        first, last = span_of(moment, len(self.lines))
        return self.item(range(first, last + 1), badge, tone, str(self.moments.index(moment)))

    def covered(self, *kinds: str) -> set[int]:
        """Places that lie in a moment of the kinds."""
        spans = (span_of(moment, len(self.lines)) for moment in self.moments if moment.kind in kinds)
        return {number for first, last in spans for number in range(first, last + 1)}

    def group(self, title: str, items: Iterable[Item], empty: str) -> Group:
        """Items in order of time under a heading."""
        ordered = tuple(sorted(items, key=lambda item: float(item.start)))
        return Group(self.wording.say(f"method.{title}"), ordered, self.wording.say(f"method.{empty}"))


def pages(analysis: Analysis, dialogue: Dialogue, wording: Wording) -> tuple[MethodPage, ...]:
    """The five pages, in order."""
    finder = _Finder(analysis, dialogue, wording)
    builders = {"M1": _diagnose, "M2": _own_half, "M3": _promises, "M4": _listen, "M5": _trust}
    found = []
    for key, build in builders.items():
        lead, rungs, groups = build(finder)
        found.append(
            MethodPage(
                key=key,
                name=wording.say(f"method.{key}"),
                short=wording.say(f"method.{key}_short"),
                say=wording.say(f"method.{key}_say"),
                lead=lead,
                rungs=rungs,
                groups=groups,
            )
        )
    return tuple(found)


Parts = tuple[str, tuple[Rung, ...], tuple[Group, ...]]


def _diagnose(finder: _Finder) -> Parts:
    """The diagnosis ladder, reframes, and work turned down."""
    wording = finder.wording
    first: dict[str, tuple[int | None, int | None]] = {}
    for name, ask, tell in STEPS:
        asked, told = finder.acting("seller", ask), finder.acting("client", tell)
        first[name] = (asked[0] if asked else None, told[0] if told else None)
    came_up = sorted(
        (min(number for number in places if number is not None), name)
        for name, places in first.items()
        if any(number is not None for number in places)
    )
    order = {name: str(rank) for rank, (_, name) in enumerate(came_up, 1)}
    rungs = tuple(
        Rung(
            name=wording.pack.step(name),
            order=wording.say("method.ladder_order", n=order[name]) if name in order else "",
            asked=None if asked is None else finder.lines[asked],
            answered=None if told is None else finder.lines[told],
            unasked=told is not None and (asked is None or told < asked),
        )
        for name, (asked, told) in first.items()
    )
    missing = [name for name in first if name not in order]
    if not order:
        lead = wording.say("method.ladder_none")
    elif missing:
        lead = wording.say("method.ladder_part", n=str(len(order)), missing=wording.pack.listing(missing))
    else:
        lead = wording.say("method.ladder_full")
    judged = {"early_reframe": ("early", "attention"), "timely_reframe": ("timely", "good")}
    covered = finder.covered(*judged)
    reframes = finder.of_kinds(judged) + [
        finder.item([number]) for number in finder.acting("seller", "reframe") if number not in covered
    ]
    declined = finder.of_kinds({"honest_decline": ("declines", "good")})
    groups = [finder.group("reframes", reframes, "reframes_none")]
    if declined:
        groups.append(finder.group("turned_down", declined, "declines_none"))
    return lead, rungs, tuple(groups)


def _own_half(finder: _Finder) -> Parts:
    """Shows of strength and price pressure, each with how the seller answered."""
    judged = {"power_play_met": ("met", "good"), "power_play_yielded": ("yielded", "attention")}
    covered = finder.covered(*judged)
    items = finder.of_kinds(judged)
    for number in finder.acting("client", "power_play", "price_pressure"):
        if number not in covered:
            answer = finder.answer(number, lambda said: not said.does("backchannel"))
            items.append(finder.item([number] if answer is None else range(number, answer + 1), "open"))
    return "", (), (finder.group("strength", items, "strength_none"),)


def _promises(finder: _Finder) -> Parts:
    """Promises, with the question that called for them, and declines."""
    over, honest = finder.covered("over_promise"), finder.covered("honest_decline")
    promised = finder.of_kinds({"over_promise": ("over", "attention")})
    for number in finder.acting("seller", "promise"):
        if number not in over:
            asked = number - 1 if number and finder.utterances[number - 1].does("ask_capability") else number
            promised.append(finder.item(range(asked, number + 1), "promise"))
    declined = finder.of_kinds({"honest_decline": ("declines", "good")})
    declined += [finder.item([number]) for number in finder.acting("seller", "decline") if number not in honest]
    return (
        "",
        (),
        (finder.group("promises", promised, "promises_none"), finder.group("declines", declined, "declines_none")),
    )


def _listen(finder: _Finder) -> Parts:
    """Summaries with the client's answer, needs passed over, insights, feelings recognised."""
    covered = finder.covered("confirmed_summary", "unconfirmed_summary")
    summaries = finder.of_kinds({"confirmed_summary": ("confirmed", "good")})
    for moment in finder.moments:
        if moment.kind == "unconfirmed_summary":
            first, last = span_of(moment, len(finder.lines))
            said = finder.utterances[first : min(last + 2, len(finder.utterances))]
            corrected = any(utterance.side == "client" and utterance.does("correct") for utterance in said)
            summaries.append(finder.of_moment(moment, "corrected" if corrected else "unanswered", "attention"))
    for number in finder.acting("seller", "summary"):
        if number not in covered:
            answer = finder.answer(number, lambda said: said.does("confirm", "correct"))
            badge = "" if answer is None else "confirmed" if finder.utterances[answer].does("confirm") else "corrected"
            summaries.append(finder.item([number] if answer is None else range(number, answer + 1), badge))
    feelings = [finder.item([number]) for number in finder.acting("seller", "empathy")]
    return (
        "",
        (),
        (
            finder.group("summaries", summaries, "summaries_none"),
            finder.group("missed", finder.of_kinds({"missed_need": ("missed", "attention")}), "missed_none"),
            finder.group("insights", finder.of_kinds({"insight": ("insights", "good")}), "insights_none"),
            finder.group("feelings", feelings, "feelings_none"),
        ),
    )


def _trust(finder: _Finder) -> Parts:
    """What built trust against what the seller wants, and which came first."""
    trust = finder.acting("seller", "common_goal", "optimism")
    wishes = finder.acting("seller", "own_wish")
    judged = {"early_own_wish": ("early", "attention"), "timely_own_wish": ("timely", "good")}
    covered = finder.covered(*judged)
    wished = finder.of_kinds(judged) + [finder.item([number]) for number in wishes if number not in covered]
    if wishes:
        phase = "phase_late" if trust and trust[0] < wishes[0] else "phase_early"
        lead = finder.wording.say(f"method.{phase}", time=clock(finder.utterances[wishes[0]].start))
    else:
        lead = finder.wording.say("method.phase_trust" if trust else "method.phase_none")
    return (
        lead,
        (),
        (
            finder.group("trust", [finder.item([number]) for number in trust], "trust_none"),
            finder.group("wishes", wished, "wishes_none"),
        ),
    )
