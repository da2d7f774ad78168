"""The API's operations on people: who asks, who there are, what they remark on calls, and their figures."""

from __future__ import annotations

import datetime as dt
import json

from sqlalchemy import select
from starlette.requests import Request

from analyser import __version__
from analyser.overview.files import within
from analyser.summaries import calls
from analyser.web import comments
from analyser.web.access import find_call, need_admin, record, visible_keys
from analyser.web.api_schema import (
    CommentAnswer,
    CommentsAnswer,
    Me,
    NewComment,
    OverviewAnswer,
    OverviewWanted,
    UserAnswer,
    UsersAnswer,
)
from analyser.web.identity import who
from analyser.web.reviewing import shown
from analyser.web.site import site
from analyser.web.tables import Comment, User


def get_me(request: Request) -> Me:
    """Whose token it is."""
    asker = who(request)
    return Me(asker.name, asker.shown, asker.role, asker.team, __version__)  # type: ignore[arg-type]


def list_users(request: Request) -> UsersAnswer:
    """Everyone with an account; for admins."""
    need_admin(request)
    with site(request).database.read() as session:
        users = session.scalars(select(User).order_by(User.name)).all()
    return UsersAnswer(
        tuple(
            UserAnswer(user.name, user.display, user.role, user.team, user.active, user.created)  # type: ignore[arg-type]
            for user in users
        )
    )


def list_comments(request: Request) -> CommentsAnswer:
    """The remarks on a call, the oldest first."""
    with site(request).database.read() as session:
        call = find_call(session, who(request), request.path_params["key"])
        found = list(session.scalars(select(Comment).where(Comment.call_id == call.id).order_by(Comment.id)))
    keys = {comment.id: comment.key for comment in found}
    return CommentsAnswer(tuple(_told(comment, keys) for comment in found))


def add_comment(request: Request, body: NewComment) -> CommentAnswer:
    """Remark something at a time or moment of a call, or answer a remark.

    An answer is of the kind of the remark that it answers.
    """
    given = comments.Remark(
        text=body.text, kind=body.kind, time=body.time, moment=body.moment, answers=body.answers or ""
    )
    made = json.loads(bytes(comments.add(request, given).body))["key"]
    with site(request).database.read() as session:
        kept = session.scalars(select(Comment).where(Comment.key == made)).one()
        answered = session.get(Comment, kept.answers_id) if kept.answers_id is not None else None
    return _told(kept, {answered.id: answered.key} if answered else {})


def get_overview(request: Request, query: OverviewWanted) -> OverviewAnswer:
    """The figures of the analysed calls that one may see: of all, and of each seller, week or month."""
    from analyser.overview.figures import figures, group_figures
    from analyser.overview.tables import calls_table

    with site(request).database.write() as session:
        keys = visible_keys(session, who(request))
        record(session, request, "overview.open", detail="api")
    first, last = (dt.date.fromisoformat(day) if day else None for day in (query.since, query.until))
    chosen = [
        call
        for call in calls(site(request).config.calls)
        if (keys is None or call.folder in keys)
        and within(call.date, first, last)
        and (not query.seller or call.seller == query.seller)
    ]
    if not chosen:
        return OverviewAnswer(0, None, ())
    table = calls_table(chosen)
    return OverviewAnswer(len(chosen), figures("", table), tuple(group_figures(table, query.by)))


def _told(comment: Comment, keys: dict[int, str]) -> CommentAnswer:
    return CommentAnswer(
        key=comment.key,
        answers=keys.get(comment.answers_id) if comment.answers_id is not None else None,
        author=shown(comment.author) or None,
        kind=comment.kind,  # type: ignore[arg-type]
        time=comment.time,
        moment=comment.moment,
        text=comment.text,
        created=comment.created,
        edited=comment.edited,
        acknowledged=comment.acknowledged,
        acknowledged_by=shown(comment.acknowledged_by) or None,
    )
