"""The figures of a call as records for the page: each with its definition, and a norm only with its source."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from analyser.records import Analysis, SideTally, Tally
from analyser.report.wording import Wording, clock, place


@dataclass(frozen=True)
class Meter:
    """A share as a bar, all in percent of its width; ``low`` and ``high`` bound what is sure, ``norm`` is a mark."""

    value: str
    low: str = ""
    width: str = ""
    norm: str = ""


@dataclass(frozen=True)
class Measure:
    """A figure: what it is, its value, what it says, how it is measured, and what to hold it against."""

    key: str
    name: str
    value: str
    detail: str
    how: str
    unit: str = ""
    norm: str = ""
    earlier: str = ""
    tone: str = ""
    meter: Meter | None = None


@dataclass(frozen=True)
class Figure:
    """A lesser figure: a row of the table, played where it points to a place."""

    name: str
    value: str
    how: str
    norm: str = ""
    start: str = ""
    clock: str = ""


NORM_TALK = 0.43
"""Gong Labs, 25,537 calls of American software sales: shown with that source, and never as a law"""


def headline(analysis: Analysis, earlier: Sequence[Tally], wording: Wording) -> tuple[Measure, ...]:
    """The four figures of the first screen; ``earlier`` are tallies of the same seller's earlier calls."""
    past = sum(earlier, Tally())

    def compared(value: Callable[[Tally], str | None]) -> str:
        then = value(past) if earlier else None
        return wording.count("measure.earlier", len(earlier), value=then) if then else ""

    return (
        _balance(analysis.tally, compared, wording),
        _summaries(analysis.tally, compared, wording),
        _premature(analysis.tally, compared, wording),
        _talk(analysis, compared, wording),
    )


Compared = Callable[[Callable[[Tally], str | None]], str]


def _balance(tally: Tally, compared: Compared, wording: Wording) -> Measure:
    def shown(of: Tally) -> str | None:
        balance = of.listening_balance
        return None if balance is None else wording.number(balance, signed=True)

    acts, balance = tally.seller.acts, tally.listening_balance
    return Measure(
        key="balance",
        name=wording.say("measure.balance"),
        value=shown(tally) or wording.say("measure.no_data"),
        unit=wording.say("measure.balance_unit"),
        detail=wording.say(
            "measure.balance_detail",
            heard=str(acts.get("summary", 0) + acts.get("empathy", 0)),
            delivered=str(acts.get("pitch", 0) + acts.get("price", 0)),
        ),
        how=wording.say("measure.balance_how"),
        earlier=compared(shown),
        tone="" if balance is None else "good" if balance > 0 else "attention" if balance < 0 else "",
    )


def _summaries(tally: Tally, compared: Compared, wording: Wording) -> Measure:
    def parts(of: Tally) -> tuple[int, int]:
        confirmed = of.moments.get("confirmed_summary", 0)
        return confirmed, confirmed + of.moments.get("unconfirmed_summary", 0)

    return _of_total("summaries", parts, tally, compared, wording, good_when_high=True)


def _premature(tally: Tally, compared: Compared, wording: Wording) -> Measure:
    def parts(of: Tally) -> tuple[int, int]:
        early = of.moments.get("premature_pitch", 0)
        return early, early + of.moments.get("timely_pitch", 0)

    return _of_total("premature", parts, tally, compared, wording, good_when_high=False)


def _of_total(
    key: str,
    parts: Callable[[Tally], tuple[int, int]],
    tally: Tally,
    compared: Compared,
    wording: Wording,
    *,
    good_when_high: bool,
) -> Measure:
    """A figure of the form "3 of 4"."""

    def shown(of: Tally) -> str | None:
        some, total = parts(of)
        return wording.say(f"measure.{key}_value", n=str(some), total=str(total)) if total else None

    some, total = parts(tally)
    good = some > 0 if good_when_high else some == 0
    return Measure(
        key=key,
        name=wording.say(f"measure.{key}"),
        value=shown(tally) or wording.say(f"measure.{key}_none"),
        detail=wording.say(f"measure.{key}_detail" if total else f"measure.{key}_empty"),
        how=wording.say(f"measure.{key}_how"),
        earlier=compared(shown),
        tone=("good" if good else "attention") if total else "",
        meter=Meter(place(100 * some / total)) if total else None,
    )


def _talk(analysis: Analysis, compared: Compared, wording: Wording) -> Measure:
    """The talk ratio with its interval, or why there is none."""
    ratio, written = analysis.talk_ratio, not analysis.conversation.timed

    def shown(of: Tally) -> str | None:
        return None if of.talk_ratio is None else wording.percent(of.talk_ratio)

    name, how = wording.say("measure.talk"), wording.say("measure.talk_how")
    if ratio is None:
        share = analysis.tally.talk_ratio if written else None
        return Measure(
            key="talk",
            name=name,
            value=wording.say("measure.no_data") if share is None else wording.percent(share),
            detail=wording.say("measure.talk_none_detail" if share is None else "measure.talk_estimated"),
            how=how,
            earlier=compared(shown),
            meter=None if share is None else Meter(place(100 * share), norm=place(100 * NORM_TALK)),
        )
    low, high = wording.percent(ratio.low), wording.percent(ratio.high)
    bounds = Meter("", place(100 * ratio.low), place(100 * (ratio.high - ratio.low)), place(100 * NORM_TALK))
    if not ratio.trusted:
        return Measure(
            key="talk",
            name=name,
            value=wording.say("measure.talk_unsure"),
            detail=wording.say("measure.talk_unsure_detail", low=low, high=high),
            how=how,
        )
    return Measure(
        key="talk",
        name=name,
        value=wording.percent(ratio.value),
        detail=wording.say("measure.talk_estimated")
        if written
        else wording.say("measure.talk_interval", low=low, high=high),
        how=how,
        norm=wording.say("measure.talk_norm"),
        earlier=compared(shown),
        meter=Meter(place(100 * ratio.value), bounds.low, bounds.width, bounds.norm),
    )


def table(analysis: Analysis, wording: Wording) -> tuple[Figure, ...]:
    """The other figures; what rests on times is left out of a written conversation."""
    tally, timed = analysis.tally, analysis.conversation.timed

    def figure(key: str, value: str, *, norm: str = "") -> Figure:
        return Figure(wording.say(f"measure.{key}"), value, wording.say(f"measure.{key}_how"), norm)

    def both(key: str, value: Callable[[SideTally], str]) -> Figure:
        return figure(key, wording.say(f"measure.{key}_value", seller=value(tally.seller), client=value(tally.client)))

    def longest(key: str, side: SideTally) -> Figure:
        return Figure(
            wording.say(f"measure.{key}"),
            wording.duration(side.longest_turn),
            wording.say(f"measure.{key}_how"),
            start=place(side.longest_turn_start) if timed else "",
            clock=clock(side.longest_turn_start),
        )

    acts = tally.seller.acts
    questions = figure(
        "questions",
        wording.say(
            "measure.questions_value",
            open=str(acts.get("open_question", 0)),
            closed=str(acts.get("closed_question", 0)),
            follow=str(acts.get("follow_up", 0)),
        ),
        norm=wording.say("measure.questions_norm"),
    )
    words = (questions, both("fillers", lambda side: wording.number(side.fillers)))
    if not timed:
        return (questions, words[1])
    none = wording.say("measure.no_data")
    gap, switches = tally.response_gap, tally.switches_per_minute
    pace: Callable[[SideTally], str] = lambda side: (  # noqa: E731
        none if side.words_per_minute is None else wording.number(side.words_per_minute)
    )
    return (
        questions,
        longest("longest_seller", tally.seller),
        longest("longest_client", tally.client),
        figure("switches", none if switches is None else wording.number(switches, 1)),
        figure("gap", none if gap is None else wording.say("number.seconds", n=wording.number(gap, 1, signed=True))),
        both("interruptions", lambda side: wording.number(side.interruptions)),
        figure("overlap", wording.duration(tally.overlap)),
        both("pace", pace),
        words[1],
    )
