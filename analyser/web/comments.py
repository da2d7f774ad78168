"""Remarks at a time or a moment of a call, answered and acknowledged. All who see the call see them."""

from __future__ import annotations

from typing import Any, Literal

from pydantic import Field
from sqlalchemy import select
from sqlalchemy.orm import Session
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from analyser.web.access import changed, record
from analyser.web.identity import who
from analyser.web.reviewing import Given, MomentKey, Text, alone, find, hold, shown, taking
from analyser.web.site import site
from analyser.web.tables import Call, Comment, now

MOST = 2000
"""remarks on one call"""


class Remark(Given):
    """A new remark: at a time (seconds), at a moment, as an answer to another, or on the call as a whole."""

    text: Text = Field(min_length=1)
    kind: Literal["praise", "coaching", "question", "warning"] = "coaching"
    time: float | None = Field(default=None, ge=0, le=1e6, allow_inf_nan=False)
    moment: MomentKey | Literal[""] = ""
    answers: str = Field(default="", max_length=32)


class Change(Given):
    """One's own remark in other words."""

    text: Text = Field(min_length=1)
    kind: Literal["praise", "coaching", "question", "warning"] | None = None


class Acknowledgement(Given):
    """That a remark was taken in, or not after all."""

    taken: bool = True


def list_comments(request: Request) -> Response:
    """All remarks on a call in order of time, each with its answers."""
    with site(request).database.read() as session:
        call = find(session, request, analysed=False)
        kept = list(session.scalars(select(Comment).where(Comment.call_id == call.id).order_by(Comment.id)))
    answers: dict[int, list[Comment]] = {}
    for one in kept:
        if one.answers_id is not None:
            answers.setdefault(one.answers_id, []).append(one)
    first = [one for one in kept if one.answers_id is None]
    # Remarks on the whole call come first.
    first.sort(key=lambda one: (-1.0 if one.time is None else one.time, one.id))
    return JSONResponse(
        {"comments": [_told(request, one) | {"answers": _answers(request, answers, one)} for one in first]}
    )


def add(request: Request, given: Remark) -> Response:
    """Keep a remark."""
    with site(request).database.write() as session:
        call = find(session, request)
        hold(session, call)
        if len(session.scalars(select(Comment.id).where(Comment.call_id == call.id)).all()) >= MOST:
            raise HTTPException(409)
        answered = _find(session, call, given.answers) if given.answers else None
        if answered is not None and answered.answers_id is not None:
            answered = session.get(Comment, answered.answers_id)
        made = Comment(
            call_id=call.id,
            author_id=who(request).id,
            answers_id=answered.id if answered else None,
            kind=answered.kind if answered else given.kind,
            time=None if answered else given.time,
            moment="" if answered else given.moment,
            text=given.text,
        )
        session.add(made)
        session.flush()
        record(session, request, "comment.add", call=call.key)
        changed(session, call, "comment")
        return JSONResponse({"key": made.key}, 201)


def edit(request: Request, given: Change) -> Response:
    """Say one's own remark otherwise."""
    with site(request).database.write() as session:
        call = find(session, request)
        kept = _mine(session, request, call)
        kept.text, kept.edited = given.text, now()
        if given.kind is not None and kept.answers_id is None:
            kept.kind = given.kind
        record(session, request, "comment.change", call=call.key)
        changed(session, call, "comment")
    return Response(status_code=204)


def remove(request: Request) -> Response:
    """Take one's own remark back; where others answered it, the answers stay and it loses its words."""
    with site(request).database.write() as session:
        call = find(session, request, analysed=False)
        kept = _mine(session, request, call)
        answered = session.scalars(select(Comment).where(Comment.answers_id == kept.id)).all()
        if any(one.author_id != kept.author_id for one in answered):
            kept.text, kept.edited = "", now()
        else:
            session.delete(kept)
        record(session, request, "comment.delete", call=call.key)
        changed(session, call, "comment")
    return Response(status_code=204)


def acknowledge(request: Request, given: Acknowledgement) -> Response:
    """Say that somebody else's remark was taken in."""
    with site(request).database.write() as session:
        call = find(session, request)
        kept = _find(session, call, request.path_params["comment"])
        if kept.author_id == who(request).id and not alone(request):
            raise HTTPException(403)
        kept.acknowledged = now() if given.taken else None
        kept.acknowledged_by_id = who(request).id if given.taken else None
        record(session, request, "comment.acknowledge", call=call.key)
        changed(session, call, "comment")
    return Response(status_code=204)


def _find(session: Session, call: Call, key: str) -> Comment:
    found = session.scalar(select(Comment).where(Comment.call_id == call.id, Comment.key == key))
    if found is None:
        raise HTTPException(404)
    return found


def _mine(session: Session, request: Request, call: Call) -> Comment:
    found = _find(session, call, request.path_params["comment"])
    if found.author_id != who(request).id:
        raise HTTPException(403)
    return found


def _answers(request: Request, answers: dict[int, list[Comment]], one: Comment) -> list[dict[str, Any]]:
    return [_told(request, answer) for answer in answers.get(one.id, [])]


def _told(request: Request, one: Comment) -> dict[str, Any]:
    mine = one.author_id == who(request).id
    return {
        "key": one.key,
        "kind": one.kind,
        "time": one.time,
        "moment": one.moment,
        "text": one.text,
        "author": shown(one.author),
        "mine": mine,
        "created": one.created.isoformat(),
        "edited": one.edited.isoformat() if one.edited else None,
        "acknowledged": shown(one.acknowledged_by) or True if one.acknowledged else None,
        "may_acknowledge": not mine or alone(request),
    }


routes = [
    Route("/calls/{key}/comments", list_comments),
    Route("/calls/{key}/comments", taking(Remark, add), methods=["POST"]),
    Route("/calls/{key}/comments/{comment}", taking(Change, edit), methods=["POST"]),
    Route("/calls/{key}/comments/{comment}", remove, methods=["DELETE"]),
    Route("/calls/{key}/comments/{comment}/acknowledge", taking(Acknowledgement, acknowledge), methods=["POST"]),
]
