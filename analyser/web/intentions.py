"""The one thing that a seller means to do otherwise, and what became of it in their next call."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Literal

from sqlalchemy import select
from sqlalchemy.orm import Session
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from analyser.errors import StorageError
from analyser.records import Tally
from analyser.summaries import summary
from analyser.web.access import changed, record
from analyser.web.config import WebConfig
from analyser.web.earlier import day_of, earlier_calls
from analyser.web.identity import Identity, who
from analyser.web.reviewing import Given, Text, find, hold, shown, taking
from analyser.web.site import language, say, site
from analyser.web.tables import Call, Intention, User, now

Fields = dict[str, Any]


@dataclass(frozen=True)
class Outcome:
    """What a call shows of a measure: the fields of its sentence, or None where the call had no occasion for it."""

    measure: str
    fields: Fields | None


def _share(wanted: str, other: str) -> Callable[[Tally], Fields | None]:
    def counted(tally: Tally) -> Fields | None:
        some, rest = tally.moments.get(wanted, 0), tally.moments.get(other, 0)
        return {"some": some, "all": some + rest} if some + rest else None

    return counted


def _count(kind: str) -> Callable[[Tally], Fields | None]:
    return lambda tally: {"some": tally.moments.get(kind, 0)}


def _acts(name: str) -> Callable[[Tally], Fields | None]:
    return lambda tally: {"some": tally.seller.acts.get(name, 0)}


def _open_questions(tally: Tally) -> Fields | None:
    acts = tally.seller.acts
    some = acts.get("open_question", 0)
    count = some + acts.get("closed_question", 0)
    return {"some": some, "all": count} if count else None


def _talk_ratio(tally: Tally) -> Fields | None:
    return None if tally.talk_ratio is None else {"some": round(100 * tally.talk_ratio)}


def _listening_balance(tally: Tally) -> Fields | None:
    balance = tally.listening_balance
    return None if balance is None else {"some": f"{balance:+.0f}".replace("-", "−")}


def _monologue(tally: Tally) -> Fields | None:
    return {"some": round(tally.seller.longest_turn)} if tally.seller.longest_turn else None


MEASURES: Mapping[str, Callable[[Tally], Fields | None]] = {
    "confirmed_summary": _share("confirmed_summary", "unconfirmed_summary"),
    "premature_pitch": _share("premature_pitch", "timely_pitch"),
    "missed_need": _count("missed_need"),
    "power_play_met": _share("power_play_met", "power_play_yielded"),
    "over_promise": _count("over_promise"),
    "timely_reframe": _share("timely_reframe", "early_reframe"),
    "timely_own_wish": _share("timely_own_wish", "early_own_wish"),
    "open_question": _open_questions,
    "follow_up": _acts("follow_up"),
    "empathy": _acts("empathy"),
    "talk_ratio": _talk_ratio,
    "listening_balance": _listening_balance,
    "longest_monologue": _monologue,
}
"""what an intention can be measured by, each counted from a call's tally"""
OF_KIND = {
    "unconfirmed_summary": "confirmed_summary",
    "power_play_yielded": "power_play_met",
    "early_reframe": "timely_reframe",
    "early_own_wish": "timely_own_wish",
    "timely_pitch": "premature_pitch",
}
"""the measure that fits a kind of moment, where it is not called like it"""


class Chosen(Given):
    """An intention, with what the next call is measured by; without words it is taken back."""

    text: Text = ""
    measure: Literal[
        "",
        "confirmed_summary",
        "premature_pitch",
        "missed_need",
        "power_play_met",
        "over_promise",
        "timely_reframe",
        "timely_own_wish",
        "open_question",
        "follow_up",
        "empathy",
        "talk_ratio",
        "listening_balance",
        "longest_monologue",
    ] = ""


@dataclass(frozen=True)
class TakenUp:
    """The last intention of a seller before a call, and what this call and that one show of it."""

    key: str
    day: str
    text: str
    then: Outcome
    this: Outcome


def outcome(config: WebConfig, call: Call, measure: str) -> Outcome:
    """What a call shows of a measure; nothing where its figures are gone."""
    if measure not in MEASURES:
        return Outcome("", None)
    try:
        return Outcome(measure, MEASURES[measure](summary(config.calls / call.key).tally))
    except StorageError:
        return Outcome(measure, None)


def taken_up(session: Session, config: WebConfig, asker: Identity, call: Call) -> TakenUp | None:
    """The last intention of the same seller before this call; None where there is none that the asker may see."""
    before = {one.id: one for one in earlier_calls(session, asker, call)}
    kept = {one.call_id: one for one in session.scalars(select(Intention).where(Intention.call_id.in_(before)))}
    last = next((one for one in reversed(before.values()) if one.id in kept), None)
    if last is None:
        return None
    chosen = kept[last.id]
    return TakenUp(
        last.key,
        day_of(last),
        chosen.text,
        outcome(config, last, chosen.measure),
        outcome(config, call, chosen.measure),
    )


def sentence(code: str, found: Outcome) -> str:
    """An outcome in words; empty where nothing is measured."""
    if not found.measure:
        return ""
    if found.fields is None:
        return say(code, "review.measured_none")
    return say(code, f"review.measured_{found.measure}", **found.fields)


def read_intention(request: Request) -> Response:
    """This call's intention, what it can be measured by, and what became of the last one."""
    config, code = site(request).config, language(request)
    with site(request).database.read() as session:
        call = find(session, request)
        kept = session.scalar(select(Intention).where(Intention.call_id == call.id))
        author = session.get(User, kept.author_id) if kept is not None and kept.author_id is not None else None
        last = taken_up(session, config, who(request), call)
    return JSONResponse(
        {
            "text": kept.text if kept else "",
            "measure": kept.measure if kept else "",
            "author": shown(author),
            "measures": [[name, say(code, f"review.measure_{name}")] for name in MEASURES],
            "of_kind": OF_KIND,
            "last": None
            if last is None
            else {
                "key": last.key,
                "day": last.day,
                "text": last.text,
                "then": sentence(code, last.then),
                "this": sentence(code, last.this),
            },
        }
    )


def choose(request: Request, given: Chosen) -> Response:
    """Keep the intention of this call in place of what was there."""
    with site(request).database.write() as session:
        call = find(session, request)
        hold(session, call)
        kept = session.scalar(select(Intention).where(Intention.call_id == call.id))
        if not given.text:
            if kept is not None:
                session.delete(kept)
        else:
            if kept is None:
                kept = Intention(call_id=call.id)
                session.add(kept)
            kept.text, kept.measure = given.text, given.measure
            kept.author_id, kept.created = who(request).id, now()
        record(session, request, "intention.change", call=call.key)
        changed(session, call, "intention")
    return Response(status_code=204)


routes = [
    Route("/calls/{key}/intention", read_intention),
    Route("/calls/{key}/intention", taking(Chosen, choose), methods=["POST"]),
]
