"""The list of calls: what came in, how far it is, and the way to each report."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from sqlalchemy import ColumnElement, String, and_, func, or_, select
from sqlalchemy.orm import Session
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Route

from analyser.web import intake
from analyser.web.access import find_call, record, visible
from analyser.web.identity import who
from analyser.web.queue import ORDER
from analyser.web.site import page, site
from analyser.web.tables import STATES, Call

PER_PAGE = 50
SORTS = {
    "added": Call.created,
    "date": Call.date,
    "name": func.lower(Call.name),
    "seller": func.lower(Call.seller),
    "client": func.lower(Call.client),
    "state": Call.state,
}
MOST_SELLERS = 500
"""names offered to choose from"""


@dataclass(frozen=True)
class Wanted:
    """What was asked of the list: a text to find, filters, an order, a page from 1."""

    find: str = ""
    state: str = ""
    seller: str = ""
    since: str = ""
    until: str = ""
    sort: str = "-added"
    number: int = 1

    @classmethod
    def of(cls, given: Any) -> Wanted:
        """From the query of an address; what makes no sense is passed over."""
        sort = given.get("sort", "-added")
        number = given.get("page", "1")
        return cls(
            find=given.get("q", "").replace("\x00", "").strip()[:200],
            state=given.get("state", "") if given.get("state", "") in STATES else "",
            seller=given.get("seller", "").replace("\x00", "")[:120],
            since=_day(given.get("since", "")),
            until=_day(given.get("until", "")),
            sort=sort if sort.removeprefix("-") in SORTS else "-added",
            number=int(number) if number.isdecimal() and 0 < int(number[:9]) < 10**6 else 1,
        )

    @property
    def filtered(self) -> bool:
        """Whether it asks for less than everything."""
        return bool(self.find or self.state or self.seller or self.since or self.until)

    def query(self, **changes: Any) -> str:
        """The query of an address that asks for this with ``changes``."""
        fields: dict[str, Any] = {"q": self.find, "state": self.state, "seller": self.seller}
        fields |= {"since": self.since, "until": self.until}
        fields |= {"sort": "" if self.sort == "-added" else self.sort, "page": "" if self.number == 1 else self.number}
        found = {name: value for name, value in {**fields, **changes}.items() if value}
        return "?" + urlencode(found) if found else "/"

    def sorted_by(self, name: str) -> str:
        """The query that sorts by ``name``, the other way round when it does so already."""
        return self.query(sort=f"-{name}" if self.sort == name else name, page="")

    @property
    def conditions(self) -> list[ColumnElement[bool]]:
        """On ``Call``."""
        found: list[ColumnElement[bool]] = []
        for word in self.find.lower().split():
            columns = (Call.name, Call.client, Call.seller)
            found.append(or_(*(func.lower(column, type_=String).contains(word, autoescape=True) for column in columns)))
        if self.state:
            found.append(Call.state == self.state)
        if self.seller:
            found.append(Call.seller == self.seller)
        if self.since:
            found.append(Call.date >= self.since)
        if self.until:
            found.append(and_(Call.date <= self.until, Call.date != ""))
        return found


def show(request: Request) -> Response:
    """The list, or with the header ``x-part`` its table alone, for a page that brings itself up to date."""
    asker, here = who(request), site(request)
    wanted = Wanted.of(request.query_params)
    with here.database.read() as session:
        mine = select(Call).where(visible(asker))
        asked = mine.where(*wanted.conditions)
        count = session.scalar(select(func.count()).select_from(asked.subquery())) or 0
        order = SORTS[wanted.sort.removeprefix("-")]
        newest = order.desc() if wanted.sort.startswith("-") else order.asc()
        rows = asked.order_by(newest, Call.id.desc()).offset((wanted.number - 1) * PER_PAGE).limit(PER_PAGE)
        calls = session.scalars(rows).unique().all()
        values: dict[str, Any] = {
            "calls": calls,
            "count": count,
            "pages": max(1, -(-count // PER_PAGE)),
            "wanted": wanted,
            "ahead": _ahead(session, [call for call in calls if call.state == "queued"]),
            "full": intake.room(here.config) <= 0,
            "any": bool(count) or session.scalar(mine.with_only_columns(Call.id).limit(1)) is not None,
            "sellers": [] if "x-part" in request.headers else _sellers(session, request),
        }
    return page(request, "calls_table.html" if "x-part" in request.headers else "calls.html", states=STATES, **values)


async def act(request: Request) -> Response:
    """Try a call again, or stop it; then back to the list as it was."""
    form = await request.form(max_files=0, max_fields=3, max_part_size=4000)
    return await run_in_threadpool(_act, request, str(form.get("back", "")))


def _act(request: Request, back: str) -> Response:
    action = request.url.path.rsplit("/", 1)[-1]
    with site(request).database.write() as session:
        call = find_call(session, who(request), request.path_params["key"])
        done = intake.retry(session, call) if action == "retry" else intake.cancel(session, call)
        if done:
            record(session, request, f"call.{action}", call=call.key)
    if back == "call":
        return RedirectResponse(f"/calls/{call.key}", 303)
    return RedirectResponse("/" + back if back.startswith("?") else "/", 303)


def _ahead(session: Session, queued: list[Call]) -> dict[str, int]:
    """How many calls go before each of these."""
    if not queued:
        return {}
    order = session.scalars(select(Call.key).where(Call.state == "queued").order_by(*ORDER))
    places = {key: place for place, key in enumerate(order)}
    return {call.key: places.get(call.key, 0) for call in queued}


def _sellers(session: Session, request: Request) -> list[str]:
    named = select(Call.seller).where(visible(who(request)), Call.seller != "").distinct()
    return list(session.scalars(named.order_by(Call.seller).limit(MOST_SELLERS)))


def _day(text: str) -> str:
    try:
        return dt.date.fromisoformat(text).isoformat()
    except ValueError:
        return ""


routes = [
    Route("/", show),
    Route("/calls/{key}/retry", act, methods=["POST"]),
    Route("/calls/{key}/cancel", act, methods=["POST"]),
]
