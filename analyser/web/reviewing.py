"""What all parts of a review share: which side one is on, how changes are read, and when each side sees the other's.

A call is judged from two sides. Each judges apart, and says when it is done; what the other judged leaves the server
only when both are. From then on neither changes: what was written blind stays what it was.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Annotated, Any, TypeVar

from pydantic import AfterValidator, BaseModel, ConfigDict, StringConstraints, ValidationError
from sqlalchemy import select
from sqlalchemy.orm import Session
from starlette.concurrency import run_in_threadpool
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response

from analyser.web.access import find_call, side_of
from analyser.web.identity import LOCAL, who
from analyser.web.site import site
from analyser.web.tables import SIDES, Call, Submission, now

MAX_BODY = 256 << 10
"""bytes of a change"""
LONGEST = 5000
"""characters of a remark"""


def _no_nul(text: str) -> str:
    if "\0" in text:
        raise ValueError("holds a character that is no text")
    return text


Text = Annotated[str, StringConstraints(strip_whitespace=True, max_length=LONGEST), AfterValidator(_no_nul)]
Line = Annotated[str, StringConstraints(strip_whitespace=True, max_length=200), AfterValidator(_no_nul)]
MomentKey = Annotated[str, StringConstraints(pattern=r"^[a-z_]{1,40}@\d{1,8}$")]
"""a moment as the report calls it: kind, and tenths of a second from the start"""


class Given(BaseModel):
    """What a page sends."""

    model_config = ConfigDict(extra="forbid")


M = TypeVar("M", bound=Given)


def taking(model: type[M], action: Callable[[Request, M], Response]) -> Callable[[Request], Awaitable[Response]]:
    """An endpoint that reads a change from the request's JSON and does ``action`` with it in a thread.

    It answers 413 for what is too large, and 422 naming the fields that are not as they should be.
    """

    async def endpoint(request: Request) -> Response:
        body = b""
        async for piece in request.stream():
            body += piece
            if len(body) > MAX_BODY:
                raise HTTPException(413)
        try:
            given = model.model_validate_json(body or b"{}")
        except ValidationError as error:
            # The fields alone: what was sent is not sent back.
            fields = sorted({".".join(str(part) for part in one["loc"][:2]) or "body" for one in error.errors()})
            raise HTTPException(422, f"Not as expected: {', '.join(fields)[:200]}.") from None
        return await run_in_threadpool(action, request, given)

    return endpoint


def alone(request: Request) -> bool:
    """Whether the one user of this machine asks, who sits at both sides of the table."""
    return site(request).config.local and who(request).name == LOCAL


def chosen_side(request: Request, call: Call, wanted: str = "") -> str:
    """The side on which the asker judges; the one user of a machine may choose."""
    if alone(request):
        return wanted if wanted in SIDES else "trainee"
    return side_of(who(request), call)


def other_side(side: str) -> str:
    """The side across the table."""
    return SIDES[1] if side == SIDES[0] else SIDES[0]


def find(session: Session, request: Request, *, analysed: bool = True) -> Call:
    """The call of this address; 404 when the asker may not see it, 409 when it is ``analysed`` no further yet."""
    call = find_call(session, who(request), request.path_params["key"])
    if analysed and (call.state != "done" or call.words_deleted is not None):
        raise HTTPException(409)
    return call


def hold(session: Session, call: Call) -> None:
    """Let nobody else change this call's review until the session ends."""
    session.execute(select(Call.id).where(Call.id == call.id).with_for_update())


def submission(session: Session, call: Call, side: str, scorecard: int | None) -> Submission | None:
    """What a side handed in, or is still at: its verdicts, or its answers to a scorecard."""
    return session.scalar(
        select(Submission)
        .where(Submission.call_id == call.id, Submission.side == side, Submission.scorecard_id == scorecard)
        .order_by(Submission.id)
    )


def done(session: Session, call: Call, scorecard: int | None) -> dict[str, bool]:
    """Which sides are done."""
    found = {side: submission(session, call, side, scorecard) for side in SIDES}
    return {side: one is not None and one.done is not None for side, one in found.items()}


def hand_in(
    session: Session, request: Request, call: Call, side: str, scorecard: int | None, *, finished: bool
) -> Submission:
    """Note that a side is done, or that it is not yet; 409 once both are. To be called under ``hold``."""
    if all(done(session, call, scorecard).values()):
        raise HTTPException(409)
    mine = submission(session, call, side, scorecard)
    if mine is None:
        mine = Submission(call_id=call.id, side=side, scorecard_id=scorecard, answers={})
        session.add(mine)
    mine.author_id = who(request).id
    mine.done = now() if finished else None
    mine.changed = now()
    session.flush()
    return mine


def shown(user: Any) -> str:
    """A person's name, also when they are gone."""
    return user.shown if user is not None else ""
