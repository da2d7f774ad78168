"""The page of one call: its report, and beside it what people say of it."""

from __future__ import annotations

from typing import Any

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from analyser.acts.labels import MOMENTS
from analyser.report.wording import Wording
from analyser.web.access import find_call, record
from analyser.web.earlier import day_of
from analyser.web.identity import who
from analyser.web.intentions import TakenUp, sentence, taken_up
from analyser.web.reviewing import alone, chosen_side
from analyser.web.site import language, page, site
from analyser.web.tables import COMMENT_KINDS, Call


def call_page(request: Request) -> Response:
    """What there is of the call: its report and review, how far it is, or why it failed."""
    config, code = site(request).config, language(request)
    with site(request).database.write() as session:
        call = find_call(session, who(request), request.path_params["key"])
        record(session, request, "call.open", call=call.key)
    ready = call.state == "done" and call.words_deleted is None
    last: TakenUp | None = None
    if ready:
        with site(request).database.read() as session:
            last = taken_up(session, config, who(request), call)
    return page(
        request,
        "call.html",
        call=call,
        ready=ready,
        title=_title(call),
        day=day_of(call),
        facts=_facts(call),
        side=chosen_side(request, call),
        may_switch=alone(request),
        last=last,
        last_said=sentence(code, last.this) if last else "",
        kinds=COMMENT_KINDS,
        moment_kinds=_kinds(code),
    )


def _title(call: Call) -> str:
    return call.client or call.name


def _facts(call: Call) -> list[Any]:
    return [fact for fact in (call.seller or (call.owner.shown if call.owner else ""), day_of(call)) if fact]


def _kinds(code: str) -> list[tuple[str, str]]:
    wording = Wording.of(code)
    return sorted(((kind, wording.kind(kind)) for kind in MOMENTS), key=lambda pair: pair[1].casefold())


routes = [Route("/calls/{key}", call_page)]
