"""The team's overview and search, over the calls that the asker may see."""

from __future__ import annotations

import datetime as dt
from typing import get_args

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import HTMLResponse, RedirectResponse, Response
from starlette.routing import Route

from analyser.moments.families import KINDS
from analyser.overview.files import to_csv, within
from analyser.overview.view import By
from analyser.search import Wanted
from analyser.search import search as find
from analyser.summaries import Call, calls
from analyser.web.access import record, visible_keys
from analyser.web.guard import POLICY
from analyser.web.identity import who
from analyser.web.site import language, page, site

TABLES = ("calls", "moments")
MOST_HITS = 100
SIDES = ("seller", "client")
FRAMED = "; ".join(part for part in POLICY.split("; ") if part.startswith("frame-ancestors"))
"""the overview's own page says what it may do; ours adds who may show it"""


def overview_page(request: Request) -> Response:
    """The overview in the app, with what may be chosen."""
    by, since, until, seller = _chosen(request)
    chosen = _calls(request, since, until, "")
    names = sorted({call.seller for call in chosen if call.seller}, key=str.casefold)
    return page(
        request,
        "overview.html",
        by=by,
        kinds=get_args(By),
        since=since or "",
        until=until or "",
        seller=seller,
        sellers=names,
        count=len([call for call in chosen if not seller or call.seller == seller]),
        query=request.url.query,
    )


def overview_frame(request: Request) -> Response:
    """The overview itself, as the page that `analyser overview` writes."""
    from analyser.overview.page import render
    from analyser.overview.tables import calls_table, moments_table

    by, since, until, seller = _chosen(request)
    chosen = _calls(request, since, until, seller)
    if not chosen:
        raise HTTPException(404)
    code = language(request)
    key = (code, by, tuple((call.folder, call.summary.stamp, call.info) for call in chosen))

    def make() -> str:
        return render(calls_table(chosen), moments_table(chosen), language=code, by=by)

    made = site(request).overviews.page(key, make)
    with site(request).database.write() as session:
        record(session, request, "overview.open")
    return HTMLResponse(made, headers={"content-security-policy": FRAMED})


def overview_table(request: Request) -> Response:
    """The calls or moments of the overview as a table for spreadsheets."""
    from analyser.overview.tables import calls_table, moments_table

    name = request.path_params["name"]
    if name not in TABLES:
        raise HTTPException(404)
    chosen = _calls(request, *_chosen(request)[1:])
    table = (calls_table if name == "calls" else moments_table)(chosen)
    with site(request).database.write() as session:
        record(session, request, "overview.export", detail=name)
    headers = {"content-disposition": f'attachment; filename="{name}.csv"'}
    return Response(to_csv(table), media_type="text/csv; charset=utf-8", headers=headers)


def to_call(request: Request) -> Response:
    """From a link in the overview to the call's page; the browser keeps which moment was meant."""
    return RedirectResponse(f"/calls/{request.path_params['key']}", 303)


def search_page(request: Request) -> Response:
    """What was said, in all calls that the asker may see."""
    asked = request.query_params
    text = asked.get("q", "").strip()[:200]
    moment = asked.get("moment", "") if asked.get("moment", "") in KINDS else ""
    side = asked.get("side", "") if asked.get("side", "") in SIDES else ""
    hits = None
    if text or moment:
        with site(request).database.read() as session:
            keys = visible_keys(session, who(request))
        wanted = Wanted(
            texts=(text,) if text else (),
            moment=moment or None,
            side=side or None,
            seller=asked.get("seller", "").strip()[:120] or None,
            since=_day(asked.get("since", "")),
            until=_day(asked.get("until", "")),
            most=MOST_HITS,
            folders=None if keys is None else tuple(sorted(keys)),
        )
        hits = find(site(request).config.calls, wanted)
        with site(request).database.write() as session:
            record(session, request, "search")
    return page(request, "search.html", asked=asked, hits=hits, kinds=KINDS, most=MOST_HITS, labels=_labels(request))


def _labels(request: Request) -> dict[str, str]:
    from analyser.languages import load_pack

    pack = load_pack(language(request))
    return {kind: pack.coaching(kind).name for kind in KINDS}


def _chosen(request: Request) -> tuple[By, str | None, str | None, str]:
    asked = request.query_params
    by: By = next((kind for kind in get_args(By) if kind == asked.get("by")), "seller")
    return by, _day(asked.get("since", "")), _day(asked.get("until", "")), asked.get("seller", "")[:120]


def _calls(request: Request, since: str | None, until: str | None, seller: str) -> list[Call]:
    """The analysed calls of those days that the asker may see."""
    with site(request).database.read() as session:
        keys = visible_keys(session, who(request))
    first, last = (dt.date.fromisoformat(day) if day else None for day in (since, until))
    return [
        call
        for call in calls(site(request).config.calls)
        if (keys is None or call.folder in keys)
        and within(call.date, first, last)
        and (not seller or call.seller == seller)
    ]


def _day(text: str) -> str | None:
    """An ISO 8601 day, or None for anything else."""
    try:
        return dt.date.fromisoformat(text).isoformat()
    except ValueError:
        return None


routes = [
    Route("/overview", overview_page),
    Route("/overview/{name}.csv", overview_table),
    Route("/calls/overview", overview_frame),
    Route("/calls/{key}/report.html", to_call),
    Route("/search", search_page),
]
