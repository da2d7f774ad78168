"""The queue of calls, in the database: what waits, what is being analysed, and what became of it.

A call is ``queued``, then ``running``, and ends as ``done``, ``failed`` or ``cancelled``. There is one worker for a
workspace, so what is ``running`` when a worker starts was left behind by one that ended.
"""

from __future__ import annotations

import statistics
from pathlib import Path

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from analyser.formats import is_transcript
from analyser.web.access import changed, record
from analyser.web.tables import Call, now
from analyser.web.webhooks import announce

MOST_DEATHS = 3
"""times that a worker may die over one call"""
DIED = (
    f"The program that analyses calls ended {MOST_DEATHS} times over this one, most likely for lack of memory. "
    "Close other programs or take a smaller model, and try again."
)
ORDER = (Call.attempts, Call.created, Call.id)
"""oldest first, but those over which a worker died after all others, which may have nothing to do with that"""


def claim(session: Session) -> Call | None:
    """The call that waits longest, now running; None when there is none."""
    oldest = select(Call).where(Call.state == "queued").order_by(*ORDER).limit(1)
    call = session.scalar(oldest.with_for_update(of=Call, skip_locked=True))
    if call is not None:
        call.state, call.stage, call.progress, call.left, call.reason = "running", "", 0.0, None, ""
        call.started, call.cancel = now(), False
        changed(session, call, "state")
    return call


def recover(session: Session, *, died: bool = False) -> int:
    """Queue again what was left running; returns how many.

    ``died`` says that the worker ended by itself and was not stopped with everything else: a call over which that
    happens too often fails, so that the others get their turn.
    """
    left = session.scalars(select(Call).where(Call.state == "running").with_for_update(of=Call)).all()
    for call in left:
        call.attempts += died
        if call.cancel:
            finish(session, call, "cancelled")
        elif call.attempts >= MOST_DEATHS:
            finish(session, call, "failed", DIED)
        else:
            put_back(session, call)
    return len(left)


def put_back(session: Session, call: Call, reason: str = "") -> None:
    """Let a call wait again, at its old place; ``reason`` is shown meanwhile."""
    call.state, call.stage, call.progress, call.left, call.reason = "queued", "", 0.0, None, reason
    changed(session, call, "state")


def finish(session: Session, call: Call, state: str, reason: str = "") -> None:
    """Enter what became of a call, once: pages, audit trail and webhooks hear of it with the same commit."""
    call.state, call.stage, call.left, call.reason = state, "", None, reason
    call.finished, call.cancel = now(), False
    if state == "done":
        call.progress, call.attempts = 1.0, 0
    changed(session, call, "state")
    record(session, None, f"call.{state}", call=call.key)
    if state in ("done", "failed"):
        announce(session, call, f"call.{state}")


def waiting(session: Session) -> int:
    """How many calls wait."""
    return session.scalar(select(func.count()).where(Call.state == "queued")) or 0


def pace(session: Session, recording: str) -> float | None:
    """Seconds of analysis for each second of a call, of the last calls of the kind; None when there were none."""
    done = select(Call).where(Call.state == "done", Call.duration > 0).order_by(Call.finished.desc()).limit(20)
    transcript = is_transcript(Path(recording))
    found = [
        (call.finished - call.started).total_seconds() / call.duration
        for call in session.scalars(done)
        if call.started and call.finished and call.duration and is_transcript(Path(call.recording)) == transcript
    ]
    return statistics.median(found) if found else None
