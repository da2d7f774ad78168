"""Tokens with which other programs act for a user: made, shown once, and revoked. An admin sees all."""

from __future__ import annotations

import secrets

from sqlalchemy import ColumnElement, func, select, true
from starlette.concurrency import run_in_threadpool
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Route

from analyser.web.access import record
from analyser.web.identity import Identity, hash_token, who
from analyser.web.site import page, site
from analyser.web.tables import ApiToken

MOST = 20
"""tokens that one user has"""


def tokens_page(request: Request) -> Response:
    """One's own tokens; for an admin everybody's."""
    _need_browser(request)
    return _page(request)


async def change_tokens(request: Request) -> Response:
    """Make or revoke a token."""
    form = await request.form(max_files=0, max_fields=5, max_part_size=1_000)
    return await run_in_threadpool(_change, request, {key: str(value) for key, value in form.items()})


def _change(request: Request, form: dict[str, str]) -> Response:
    asker = _need_browser(request)
    match form.get("action"):
        case "make":
            return _make(request, asker, form.get("name", "").strip()[:120])
        case "revoke":
            with site(request).database.write() as session:
                kept = session.scalar(select(ApiToken).where(ApiToken.key == form.get("key", ""), _mine(asker)))
                if kept is None:
                    raise HTTPException(404)
                session.delete(kept)
                record(session, request, "token.revoke", detail=kept.key)
            return RedirectResponse("/tokens", 303)
        case _:
            raise HTTPException(400)


def _make(request: Request, asker: Identity, name: str) -> Response:
    if not name:
        return _page(request, 400, wrong="no_name")
    with site(request).database.write() as session:
        has = session.scalar(select(func.count()).where(ApiToken.user_id == asker.id)) or 0
        if has >= MOST:
            return _page(request, 400, wrong="too_many")
        token = f"analyser_{secrets.token_urlsafe(32)}"
        made = ApiToken(user_id=asker.id, name=name, token=hash_token(token))
        session.add(made)
        session.flush()
        record(session, request, "token.make", detail=made.key)
    # Shown at once and never again: a redirect would have to carry it.
    return _page(request, made=token)


def _page(request: Request, status: int = 200, *, made: str = "", wrong: str = "") -> Response:
    asker = who(request)
    with site(request).database.read() as session:
        tokens = session.scalars(select(ApiToken).where(_mine(asker)).order_by(ApiToken.created.desc())).all()
    return page(request, "tokens.html", status, tokens=tokens, made=made, wrong=wrong)


def _mine(asker: Identity) -> ColumnElement[bool]:
    return true() if asker.admin else ApiToken.user_id == asker.id


def _need_browser(request: Request) -> Identity:
    """Who asks; a program cannot give itself or others more tokens (HTTPException 404)."""
    asker = who(request)
    if asker.token:
        raise HTTPException(404)
    return asker


routes = [
    Route("/tokens", tokens_page),
    Route("/tokens", change_tokens, methods=["POST"]),
]
