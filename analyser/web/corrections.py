"""What people put right: who speaks, and what was taken for a moment. Both are kept, to learn from."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Annotated, Any, Literal

from filelock import FileLock, Timeout
from pydantic import Field
from sqlalchemy import select
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from analyser.acts.labels import MOMENTS
from analyser.errors import SpeakerError
from analyser.pipeline import correct
from analyser.records import Analysis, Moment
from analyser.storage import read_record
from analyser.summaries import keep_summary
from analyser.web.access import changed, record
from analyser.web.identity import who
from analyser.web.reviewing import Given, Line, MomentKey, Text, find, hold, shown, taking
from analyser.web.site import site
from analyser.web.tables import Call, Feedback, User

Label = Annotated[str, Field(min_length=1, max_length=40)]
WAIT = 120
"""seconds that a correction waits for another of the same call"""
MOST = 500
"""corrected moments of one call"""


class Give(Given):
    """What is said from ``start`` to ``end`` (seconds) was said by ``speaker``; ``+`` is a voice that is new."""

    start: float = Field(ge=0, le=1e6)
    end: float = Field(ge=0, le=1e6)
    speaker: Label


class Speakers(Given):
    """Corrections of who speaks, as ``analyser relabel`` takes them; ``undo`` takes earlier ones back first."""

    swap: bool = False
    names: dict[Label, Line] = Field(default_factory=dict, max_length=20)
    merges: list[tuple[Label, Label]] = Field(default_factory=list, max_length=20)
    gives: list[Give] = Field(default_factory=list, max_length=50)
    turns: dict[Annotated[str, Field(pattern=r"^\d{1,6}$")], Label] = Field(default_factory=dict, max_length=50)
    undo: bool = False


class Corrected(Given):
    """A moment put right: ``moment`` is none, or of another ``kind``; or one of ``kind`` was missed.

    A missed one is given by its utterances, ``first`` to ``last`` from 0, or by seconds. ``undo`` takes back what was
    said of a moment before.
    """

    what: Literal["not", "kind", "missed", "undo"]
    moment: MomentKey | Literal[""] = ""
    kind: str = Field(default="", max_length=40)
    first: int | None = Field(default=None, ge=0, le=10**6)
    last: int | None = Field(default=None, ge=0, le=10**6)
    start: float | None = Field(default=None, ge=0, le=1e6)
    end: float | None = Field(default=None, ge=0, le=1e6)
    note: Text = ""


def speakers(request: Request, given: Speakers) -> Response:
    """Apply corrections of speakers and compute anew what hangs on them; 422 says what cannot be done, and why."""
    config = site(request).config
    with site(request).database.read() as session:
        call = find(session, request)
    folder = config.calls / call.key
    try:
        with FileLock(folder / ".correcting", timeout=WAIT):
            analysis = _apply(folder, given)
            keep_summary(folder, analysis)
    except Timeout as error:
        raise HTTPException(409) from error
    except SpeakerError as error:
        return JSONResponse({"error": str(error)}, 422)
    with site(request).database.write() as session:
        if session.get(Call, call.id) is None:
            # Deleted meanwhile: nothing of it may come back.
            shutil.rmtree(folder, ignore_errors=True)
            raise HTTPException(404)
        call = find(session, request)
        data = given.model_dump(mode="json", exclude={"names"})
        # What somebody is called teaches nothing, and is no one's business later.
        if any(data.values()):
            session.add(Feedback(call_id=call.id, author_id=who(request).id, kind="speaker", data=data))
        record(session, request, "speakers.correct", call=call.key)
        changed(session, call, "analysis")
    return JSONResponse(
        {
            "speakers": [
                {"label": one.label, "side": one.side, "name": one.name} for one in analysis.conversation.speakers
            ]
        }
    )


def _apply(folder: Path, given: Speakers) -> Analysis:
    labels = {one.speaker for one in given.gives} | set(given.turns.values())
    fresh = ""
    if "+" in labels:
        taken = {one.label for one in read_record(Analysis, folder / "analysis.json").conversation.speakers}
        fresh = next(letter for letter in "ABCDEFGHIJKLMNOPQRSTUVWXYZ" if letter not in taken)
    gives = [f"{one.start}-{one.end}={one.speaker if one.speaker != '+' else fresh}" for one in given.gives]
    gives += [f"{turn}={label if label != '+' else fresh}" for turn, label in given.turns.items()]
    analysis, _, _ = correct(
        folder,
        undo=given.undo,
        swap=given.swap,
        names=[f"{label}={name}" for label, name in given.names.items()],
        merges=[f"{keep},{other}" for keep, other in given.merges],
        gives=gives,
    )
    return analysis


def moments(request: Request, given: Corrected) -> Response:
    """Keep what was said of a moment; the analysis itself stays as it is."""
    with site(request).database.read() as session:
        call = find(session, request)
    if given.what in ("kind", "missed") and given.kind not in MOMENTS:
        raise HTTPException(422, "There is no such kind of moment.")
    data: dict[str, Any] = {"what": given.what, "note": given.note, "moment": given.moment}
    if given.what != "undo":
        analysis = read_record(Analysis, site(request).config.calls / call.key / "analysis.json")
        data |= _place(analysis, given)
    if given.kind:
        data["kind"] = given.kind
    with site(request).database.write() as session:
        call = find(session, request)
        hold(session, call)
        kept = session.scalars(select(Feedback).where(Feedback.call_id == call.id, Feedback.kind == "moment")).all()
        if len(kept) >= MOST:
            raise HTTPException(409)
        for before in kept:
            if before.data["moment"] == data["moment"]:
                session.delete(before)
        if given.what != "undo":
            session.add(Feedback(call_id=call.id, author_id=who(request).id, kind="moment", data=data))
        record(session, request, "moment.correct", call=call.key, detail=given.what)
        changed(session, call, "correction")
    return JSONResponse({"moment": data["moment"]}, 201)


def _place(analysis: Analysis, given: Corrected) -> dict[str, Any]:
    """Where a correction belongs: in seconds too, since utterances are numbered anew when speakers are corrected."""
    said = analysis.conversation.utterances
    if given.what != "missed":
        found = next((one for one in analysis.moments if key_of(one) == given.moment), None)
        if found is None:
            raise HTTPException(422, "There is no such moment in this call.")
        first, last = found.first, found.last
        was = {"moment": given.moment, "was": found.kind}
    else:
        if given.first is not None and given.last is not None:
            first, last = given.first, given.last
        else:
            start, end = given.start or 0.0, given.end if given.end is not None else given.start or 0.0
            numbers = [n for n, one in enumerate(said) if one.start <= end and one.end > start]
            first, last = (numbers[0], numbers[-1]) if numbers else (0, -1)
        if not 0 <= first <= last < len(said):
            raise HTTPException(422, "There is nothing said there.")
        was = {"moment": f"missed@{round(10 * said[first].start)}"}
    return was | {"first": first, "last": last, "start": said[first].start, "end": said[last].end}


def key_of(moment: Moment) -> str:
    """A moment as the report calls it."""
    return f"{moment.kind}@{round(10 * moment.start)}"


def list_corrections(request: Request) -> Response:
    """The moments of a call that people put right."""
    with site(request).database.read() as session:
        call = find(session, request)
        kept = session.execute(
            select(Feedback, User)
            .outerjoin(User, User.id == Feedback.author_id)
            .where(Feedback.call_id == call.id, Feedback.kind == "moment")
            .order_by(Feedback.id)
        ).all()
    return JSONResponse({"moments": [one.data | {"author": shown(author)} for one, author in kept]})


routes = [
    Route("/calls/{key}/corrections", list_corrections),
    Route("/calls/{key}/corrections", taking(Corrected, moments), methods=["POST"]),
    Route("/calls/{key}/speakers", taking(Speakers, speakers), methods=["POST"]),
]
