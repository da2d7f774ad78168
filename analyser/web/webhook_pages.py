"""An admin's page of webhooks: where to tell of calls, and what became of the messages."""

from __future__ import annotations

import asyncio
import json
import secrets

from sqlalchemy import select
from sqlalchemy.orm import Session
from starlette.concurrency import run_in_threadpool
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Route

from analyser.errors import SettingsError
from analyser.web.access import need_admin, record
from analyser.web.site import page, site
from analyser.web.tables import Call, Delivery, Webhook, now
from analyser.web.webhook_sending import check_url, send
from analyser.web.webhooks import SIGNATURE, sign

SHOWN = 50


def webhooks_page(request: Request) -> Response:
    """All webhooks and the latest deliveries."""
    need_admin(request)
    return _page(request)


async def change_webhooks(request: Request) -> Response:
    """Add, pause, resume, try or remove a webhook."""
    form = await request.form(max_files=0, max_fields=5, max_part_size=2_000)
    return await run_in_threadpool(_change, request, {key: str(value) for key, value in form.items()})


def _change(request: Request, form: dict[str, str]) -> Response:
    need_admin(request)
    action, secret, tried = form.get("action", ""), "", ""
    with site(request).database.write() as session:
        if action == "add":
            url, team = form.get("url", "").strip(), form.get("team", "").strip()[:80]
            try:
                check_url(url, site(request).config.webhook_hosts)
            except SettingsError as error:
                return _page(request, 400, wrong=str(error))
            secret = secrets.token_urlsafe(32)
            hook = Webhook(url=url, team=team, secret=secret)
            session.add(hook)
            session.flush()
        else:
            hook = _find(session, form.get("key", ""))
            if action == "remove":
                session.delete(hook)
            elif action in ("pause", "resume"):
                hook.active = action == "resume"
            elif action != "try":
                raise HTTPException(400)
        record(session, request, f"webhook.{action}", detail=hook.key)
    if action == "try":
        tried = _try(request, hook) or "ok"
    if action in ("add", "try"):
        # Shown at once and never again: a redirect would have to carry it.
        return _page(request, secret=secret, tried=tried, of=hook.key)
    return RedirectResponse("/webhooks", 303)


def _try(request: Request, hook: Webhook) -> str:
    body = json.dumps({"event": "test", "call": None, "state": None}).encode()
    signature = sign(hook.secret, body, int(now().timestamp()))
    return asyncio.run(send(hook.url, body, {SIGNATURE: signature}, site(request).config.webhook_hosts))


def _page(
    request: Request, status: int = 200, *, wrong: str = "", secret: str = "", tried: str = "", of: str = ""
) -> Response:
    with site(request).database.read() as session:
        hooks = session.scalars(select(Webhook).order_by(Webhook.url)).all()
        deliveries = session.execute(
            select(Delivery, Webhook.url, Call.key)
            .join(Webhook, Webhook.id == Delivery.webhook_id)
            .join(Call, Call.id == Delivery.call_id)
            .order_by(Delivery.created.desc(), Delivery.id.desc())
            .limit(SHOWN)
        ).all()
    hosts = site(request).config.webhook_hosts
    values = {"hooks": hooks, "deliveries": deliveries, "hosts": hosts, "signature": SIGNATURE}
    return page(request, "webhooks.html", status, **values, wrong=wrong, secret=secret, tried=tried, of=of)


def _find(session: Session, key: str) -> Webhook:
    found = session.scalar(select(Webhook).where(Webhook.key == key))
    if found is None:
        raise HTTPException(404)
    return found


routes = [
    Route("/webhooks", webhooks_page),
    Route("/webhooks", change_webhooks, methods=["POST"]),
]
