"""Who may see and change which call, and the trail of who did. Every page asks here, and nowhere else.

A seller sees their own calls, a trainer those of their team and those that they brought, an admin all. What one may
not see does not exist: the answer is 404, as for a key that nobody has.
"""

from __future__ import annotations

from sqlalchemy import ColumnElement, or_, select, true
from sqlalchemy.orm import Session
from starlette.exceptions import HTTPException
from starlette.requests import Request

from analyser.web.identity import Identity, who
from analyser.web.tables import Audit, Call, Event


def visible(asker: Identity) -> ColumnElement[bool]:
    """The condition on ``Call`` that holds for the calls that ``asker`` may see."""
    if asker.admin:
        return true()
    mine = or_(Call.owner_id == asker.id, Call.uploader_id == asker.id)
    if asker.role == "trainer":
        return or_(mine, Call.team == asker.team) if asker.team else mine
    # A call that a seller brought in for somebody else is not theirs to read.
    return or_(Call.owner_id == asker.id, (Call.uploader_id == asker.id) & Call.owner_id.is_(None))


def find_call(session: Session, asker: Identity, key: str) -> Call:
    """The call of that key; raises HTTPException 404 when there is none that ``asker`` may see."""
    found = session.scalar(select(Call).where(Call.key == key, visible(asker)))
    if found is None:
        raise HTTPException(404)
    return found


def visible_keys(session: Session, asker: Identity) -> set[str] | None:
    """The keys, and so the folders, of the calls that ``asker`` may see; None for all."""
    if asker.admin:
        return None
    return set(session.scalars(select(Call.key).where(visible(asker))))


def side_of(asker: Identity, call: Call) -> str:
    """On which side ``asker`` judges a call: the seller of a call is its trainee, whatever else they are."""
    return "trainee" if call.owner_id == asker.id or not asker.coaches else "trainer"


def need_admin(request: Request) -> Identity:
    """Who asks, when that is an admin; raises HTTPException 404 otherwise."""
    asker = who(request)
    if not asker.admin:
        raise HTTPException(404)
    return asker


def need_coach(request: Request) -> Identity:
    """Who asks, when that is a trainer or an admin; raises HTTPException 404 otherwise."""
    asker = who(request)
    if not asker.coaches:
        raise HTTPException(404)
    return asker


def record(session: Session, request: Request | None, action: str, *, call: str = "", detail: str = "") -> None:
    """Write into the audit trail that the asker did ``action`` (``call.open``, ``comment.add`` …).

    ``call`` is a call's key. No word of a call, no client and no file name belongs in ``detail``.
    """
    asker = getattr(request.state, "who", None) if request is not None else None
    address = request.client.host if request is not None and request.client else ""
    session.add(
        Audit(
            user=asker.name if asker else "-",
            action=action,
            call=call,
            detail=detail[:200],
            address=address[:64],
        )
    )


def changed(session: Session, call: Call, kind: str) -> None:
    """Tell the pages that show this call that something about it changed: state, comment, verdict, score …"""
    session.add(Event(call_id=call.id, kind=kind))
