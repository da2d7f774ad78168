"""The audit trail, for admins: who opened, changed, exported and deleted what."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from urllib.parse import urlencode

from sqlalchemy import Select, func, select
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from analyser.web.access import need_admin, record
from analyser.web.site import page, site
from analyser.web.subject import audit_csv
from analyser.web.tables import Audit, Call

PAGE = 100
"""rows of a page"""
MOST = 100_000
"""rows of a table"""
FIELDS = ("user", "action", "call", "since", "until")


def chosen(asked: Mapping[str, str]) -> Select[Audit]:
    """The rows that were asked for, the latest first: of a user, a call, an action or all below it (``call``), days."""
    found = select(Audit).order_by(Audit.id.desc())
    if asked.get("user"):
        found = found.where(Audit.user == asked["user"].strip().casefold()[:80])
    if asked.get("call"):
        found = found.where(Audit.call == asked["call"].strip()[:32])
    if asked.get("action"):
        action = asked["action"].strip()[:40]
        found = found.where((Audit.action == action) | Audit.action.startswith(f"{action}.", autoescape=True))
    for name in ("since", "until"):
        try:
            day = dt.datetime.combine(dt.date.fromisoformat(asked.get(name, "")), dt.time(), dt.UTC)
        except ValueError:
            continue
        found = found.where(Audit.at >= day if name == "since" else Audit.at < day + dt.timedelta(days=1))
    return found


def audit_page(request: Request) -> Response:
    """The trail, a page at a time."""
    need_admin(request)
    asked = {name: request.query_params.get(name, "") for name in FIELDS}
    number = request.query_params.get("page", "1")
    place = min(max(1, int(number)), 10_000) if number.isascii() and number.isdigit() and len(number) < 6 else 1
    with site(request).database.write() as session:
        count = session.scalar(select(func.count()).select_from(chosen(asked).order_by(None).subquery())) or 0
        rows = session.scalars(chosen(asked).limit(PAGE).offset((place - 1) * PAGE)).all()
        keys = {row.call for row in rows if row.call}
        there = set(session.scalars(select(Call.key).where(Call.key.in_(keys))))
        actions = session.scalars(select(Audit.action).distinct().order_by(Audit.action)).all()
        record(session, request, "audit.open")
    given = {name: text for name, text in asked.items() if text}
    return page(
        request,
        "audit.html",
        rows=rows,
        there=there,
        actions=actions,
        asked=asked,
        count=count,
        place=place,
        last=max(1, -(-count // PAGE)),
        query=urlencode(given),
        link=lambda number: "/audit?" + urlencode({**given, "page": number}),
    )


def audit_table(request: Request) -> Response:
    """The trail for a spreadsheet."""
    need_admin(request)
    with site(request).database.write() as session:
        rows = session.scalars(chosen(request.query_params).limit(MOST)).all()
        text = audit_csv(rows)
        record(session, request, "audit.export")
    headers = {"content-disposition": 'attachment; filename="audit.csv"'}
    return Response(text, media_type="text/csv; charset=utf-8", headers=headers)


routes = [Route("/audit", audit_page), Route("/audit.csv", audit_table)]
