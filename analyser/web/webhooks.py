"""Telling other programs that a call is done or failed: what is due is sent between calls, by the worker.

A message says which call, its state and its times; no word of it, no client, no file name. It is signed with the
webhook's secret, and tried again with growing pauses until it is taken or too old.
"""

from __future__ import annotations

import asyncio
import datetime as dt
import hashlib
import hmac
import json
from dataclasses import dataclass

from sqlalchemy import delete, select, update
from sqlalchemy.orm import Session

from analyser.web.site import Site
from analyser.web.tables import Call, Delivery, Webhook, now
from analyser.web.webhook_sending import send

EVENTS = ("call.done", "call.failed")
PAUSES = tuple(dt.timedelta(minutes=minutes) for minutes in (1, 5, 30, 120, 360, 720, 1440))
"""before the second try, the third …; after the last there is no more: about two days in all"""
CLAIM = dt.timedelta(minutes=5)
"""for which a worker has a delivery to itself; should it die, another takes it up after that"""
AT_ONCE = 20
KEPT = dt.timedelta(days=30)
"""for which deliveries are shown"""
SIGNATURE = "X-Analyser-Signature"


@dataclass(frozen=True)
class _Due:
    id: int
    attempts: int
    url: str
    secret: str
    body: bytes


def announce(session: Session, call: Call, event: str) -> None:
    """Have every webhook of the call's team, and those of all teams, told of ``event``; sent once this is committed."""
    wanted = select(Webhook.id).where(Webhook.active, Webhook.team.in_(("", call.team)))
    for webhook in session.scalars(wanted).all():
        session.add(Delivery(webhook_id=webhook, call_id=call.id, event=event))


def deliver_due(site: Site) -> int:
    """Send what is due, several at once; returns how many were taken. Never raises for what a receiver does."""
    due = _claim(site)
    if not due:
        return 0
    results = asyncio.run(_send_all(site, due))
    with site.database.write() as session:
        for one, error in zip(due, results, strict=True):
            _note(session, one, error)
        session.execute(delete(Delivery).where(Delivery.next_try.is_(None), Delivery.created < now() - KEPT))
    return results.count("")


def message(call: Call, event: str) -> bytes:
    """The body that is sent."""
    times = {"created": call.created, "started": call.started, "finished": call.finished}
    body = {"event": event, "call": call.key, "state": call.state}
    return json.dumps(body | {name: at.isoformat() if at else None for name, at in times.items()}).encode()


def sign(secret: str, body: bytes, at: int) -> str:
    """The signature header: Unix time and the HMAC-SHA256 of ``time.body``, as hexadecimal."""
    return f"t={at},v1={hmac.new(secret.encode(), f'{at}.'.encode() + body, hashlib.sha256).hexdigest()}"


def _claim(site: Site) -> list[_Due]:
    with site.database.read() as session:
        soon = select(Delivery.id).where(Delivery.next_try <= now()).limit(1)
        if session.scalar(soon) is None:  # mostly there is nothing, and asking that writes nothing
            return []
    found = []
    with site.database.write() as session:
        rows = session.execute(
            select(Delivery, Webhook, Call)
            .join(Webhook, Webhook.id == Delivery.webhook_id)
            .join(Call, Call.id == Delivery.call_id)
            .where(Delivery.next_try <= now())
            .order_by(Delivery.next_try)
            .limit(AT_ONCE)
        ).all()
        for delivery, webhook, call in rows:
            if not webhook.active:
                delivery.next_try, delivery.error = None, "paused"
                continue
            mine = session.execute(
                update(Delivery)
                .where(Delivery.id == delivery.id, Delivery.attempts == delivery.attempts)
                .values(attempts=delivery.attempts + 1, next_try=now() + CLAIM)
                .execution_options(synchronize_session=False)
            )
            if mine.rowcount:  # type: ignore[attr-defined]
                attempts = delivery.attempts + 1
                found.append(_Due(delivery.id, attempts, webhook.url, webhook.secret, message(call, delivery.event)))
    return found


async def _send_all(site: Site, due: list[_Due]) -> list[str]:
    at = int(now().timestamp())
    hosts = site.config.webhook_hosts
    return list(
        await asyncio.gather(*(send(d.url, d.body, {SIGNATURE: sign(d.secret, d.body, at)}, hosts) for d in due))
    )


def _note(session: Session, one: _Due, error: str) -> None:
    kept = session.get(Delivery, one.id)
    if kept is None:  # its call or webhook went meanwhile
        return
    kept.error = error[:200]
    if not error:
        kept.sent, kept.next_try = now(), None
    else:
        kept.next_try = now() + PAUSES[one.attempts - 1] if one.attempts <= len(PAUSES) else None
