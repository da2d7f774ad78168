"""The overview as records of text: what the page says is decided here, and the template only prints it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Literal
from urllib.parse import quote

from analyser.overview import charts
from analyser.overview.choice import best, example
from analyser.overview.figures import FEWEST, Figure, Group, Point, Share, course, figures, group_figures
from analyser.report.wording import Wording, clean, clock

if TYPE_CHECKING:
    import pandas as pd

By = Literal["week", "month", "seller"]


@dataclass(frozen=True)
class Cell:
    """A figure with, in small, what surrounds it."""

    value: str
    detail: str = ""


@dataclass(frozen=True)
class Row:
    """One group in the table of figures."""

    name: str
    calls: str
    balance: Cell
    standing: str
    summaries: Cell
    premature: Cell
    talk: Cell
    missing: Cell
    enough: bool


@dataclass(frozen=True)
class MomentCard:
    """A moment worth an ear, with where to hear it."""

    tone: str
    name: str
    quote: str
    why: str
    who: str
    where: str
    link: str


@dataclass(frozen=True)
class Coaching:
    """What to keep and what to work on with one seller."""

    name: str
    calls: str
    keep: str
    keep_card: MomentCard | None
    work: str
    work_card: MomentCard | None
    missing: str
    hint: str


@dataclass(frozen=True)
class Page:
    """The whole overview."""

    language: str
    title: str
    period: str
    facts: tuple[tuple[str, str], ...]
    team: Row
    rows: tuple[Row, ...]
    by: str
    few: str
    chart: str
    chart_rest: str
    trend: str
    learn: tuple[MomentCard, ...]
    work: tuple[MomentCard, ...]
    moments_from: str
    coaching: tuple[Coaching, ...]
    calls: tuple[tuple[Any, ...], ...]
    sellers: tuple[str, ...]
    guessed: str
    written: str


def build(calls: pd.DataFrame, moments: pd.DataFrame, wording: Wording, by: By = "seller") -> Page:
    """The overview of the calls and moments of ``tables``."""
    team = figures(wording.say("week.all"), calls)
    groups = group_figures(calls[calls[by] != ""] if by != "seller" else calls, by)
    if by == "week":
        groups = [replace(group, name=_period(group.name, wording)) for group in groups]
    weeks = charts.periods_of(calls, "week")
    # Moments of the last week that has any calls: what is fresh can still be talked about.
    latest = moments[moments["week"] == weeks[-1]] if weeks else moments
    period = "month" if by == "month" else "week"
    sellers = groups if by == "seller" else group_figures(calls, "seller")
    guessed = int((calls["dated"] == "file").sum())
    written = int((~calls["timed"].astype(bool)).sum())
    return Page(
        language=wording.pack.code,
        title=wording.say("week.title"),
        period=_span(calls, wording),
        facts=(
            (wording.say("week.calls"), wording.number(len(calls))),
            (wording.say("week.sellers"), wording.number(sum(group.name != "" for group in sellers))),
            (wording.say("week.length"), wording.duration(team.seconds)),
        ),
        team=_row(team, wording),
        rows=tuple(_row(group, wording) for group in groups),
        by=wording.say(f"week.by_{by}"),
        few=wording.say("week.few", n=str(FEWEST)) if any(not group.enough for group in groups) else "",
        chart=charts.comparison(groups, team, wording) if groups else "",
        chart_rest=wording.say("week.rest", n=str(charts.MOST_ROWS)) if len(groups) > charts.MOST_ROWS else "",
        trend=_trend(calls, period, wording),
        learn=tuple(_card(moment, wording) for moment in best(latest, good=True)),
        work=tuple(_card(moment, wording) for moment in best(latest, good=False)),
        moments_from=wording.say("week.from", week=_period(weeks[-1], wording)) if len(weeks) > 1 else "",
        coaching=tuple(_coaching(group, moments, wording) for group in sellers if group.name),
        calls=tuple(_call(call) for call in calls.sort_values(["date", "folder"], ascending=False).to_dict("records")),
        sellers=tuple(clean(group.name) for group in sellers if group.name),
        guessed=wording.count("week.guessed", guessed) if guessed else "",
        written=wording.count("week.written", written) if written else "",
    )


def link(folder: str, number: int | None = None) -> str:
    """The address of a call's report from the page beside its folder, at a moment when one is given."""
    return f"./{quote(folder)}/report.html" + (f"#m{number}" if number is not None else "")


def _row(group: Group, wording: Wording) -> Row:
    talk = Cell("–")
    if group.talk is not None:
        low, median, high = (wording.percent(share) for share in (group.talk.low, group.talk.median, group.talk.high))
        talk = Cell(median, wording.say("week.between", low=low, high=high) if group.talk.count > 1 else "")
    summaries = Cell("–")
    if group.summaries.total:
        text = wording.say("week.of", n=str(group.summaries.count), total=str(group.summaries.total))
        summaries = Cell(text, _percents(group.summaries, wording))
    missing = Cell("–")
    if group.missing is not None:
        step = wording.pack.step(group.missing.kind)
        missing = Cell(step, wording.say("week.in_calls", n=str(group.missing.count), total=str(group.calls)))
    return Row(
        name=clean(group.name) or wording.say("week.nobody"),
        calls=wording.number(group.calls),
        balance=_cell(group.balance, wording, digits=0, signed=True),
        standing=wording.say(f"week.{group.standing}") if group.standing else "",
        summaries=summaries,
        premature=_cell(group.premature, wording, digits=1),
        talk=talk,
        missing=missing,
        enough=group.enough,
    )


def _cell(figure: Figure | None, wording: Wording, *, digits: int, signed: bool = False) -> Cell:
    if figure is None:
        return Cell("–")
    value = wording.number(figure.value, digits, signed=signed)
    if figure.low is None or figure.high is None:
        return Cell(value)
    low, high = (wording.number(edge, digits, signed=signed) for edge in (figure.low, figure.high))
    return Cell(value, wording.say("week.between", low=low, high=high))


def _percents(share: Share, wording: Wording) -> str:
    low, high = wording.percent(share.low), wording.percent(share.high)
    return wording.say("week.between", low=low, high=high)


def _card(moment: dict[str, Any], wording: Wording) -> MomentCard:
    facts = [clean(moment["seller"]), clean(moment["client"]), wording.date(moment["date"]) if moment["date"] else ""]
    return MomentCard(
        tone="good" if moment["good"] else "attention",
        name=wording.kind(moment["kind"]),
        quote=clean(moment["quote"]),
        why=clean(moment["why"]),
        who=" · ".join(fact for fact in facts if fact) or clean(moment["call"]),
        where=clock(moment["start"]),
        link=link(moment["folder"], int(moment["number"])),
    )


def _coaching(group: Group, moments: pd.DataFrame, wording: Wording) -> Coaching:
    def said(share: Share | None) -> str:
        if share is None:
            return ""
        times = wording.say("week.in_calls", n=str(share.count), total=str(share.total))
        return f"{wording.kind(share.kind)}: {times}"

    def card(share: Share | None) -> MomentCard | None:
        found = example(moments, group.name, share.kind) if share is not None else None
        return _card(found, wording) if found is not None else None

    missing = ""
    if group.missing is not None:
        times = wording.say("week.in_calls", n=str(group.missing.count), total=str(group.missing.total))
        missing = f"{wording.pack.step(group.missing.kind)}: {times}"
    return Coaching(
        name=clean(group.name),
        calls=wording.count("week.number", group.calls),
        keep=said(group.strength),
        keep_card=card(group.strength),
        work=said(group.habit),
        work_card=card(group.habit),
        missing=missing,
        hint="" if group.enough else wording.count("week.hint", group.calls),
    )


def _trend(calls: pd.DataFrame, period: str, wording: Wording) -> str:
    every = charts.periods_of(calls, period)
    if len(every) < 2:
        return ""
    dated = calls[calls[period] != ""]
    parts: list[tuple[str, Sequence[Point]]] = [(wording.say("week.all"), course(dated, period))]
    by_size = dated[dated["seller"] != ""]["seller"].value_counts()
    for seller in sorted(by_size.index[: charts.MOST_PANELS - 1]):
        parts.append((seller, course(dated[dated["seller"] == seller], period)))
    return charts.trend(parts, every, wording)


def _span(calls: pd.DataFrame, wording: Wording) -> str:
    days = sorted(day for day in calls["date"] if day)
    if not days:
        return ""
    first, last = wording.date(days[0]), wording.date(days[-1])
    return first if first == last else f"{first} – {last}"


def _period(week: str, wording: Wording) -> str:
    year, _, number = week.partition("-W")
    return wording.say("week.week", n=str(int(number)), year=year)


def _call(call: dict[Any, Any]) -> tuple[Any, ...]:
    """A row of the calls' table, for the page's script: texts and figures as they are sorted."""
    balance, talk = call["listening_balance"], call["talk_ratio"]
    return (
        call["date"],
        clean(call["seller"]),
        clean(call["client"]),
        clean(call["call"]),
        link(call["folder"]),
        round(call["seconds"]),
        None if balance is None or balance != balance else round(float(balance), 1),
        int(call["moment_confirmed_summary"]),
        int(call["moment_premature_pitch"]),
        None if talk is None or talk != talk else round(100 * float(talk)),
    )
