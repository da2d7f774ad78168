"""The API's operations on calls: which there are, how far they are, and what was found in them."""

from __future__ import annotations

import datetime as dt
import io
import zipfile
from pathlib import PurePath

from sqlalchemy import ColumnElement, and_, or_, select
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response

from analyser.records import Analysis
from analyser.storage import read_record
from analyser.web.access import find_call, record, visible
from analyser.web.api_schema import (
    CallAnswer,
    CallPage,
    CallsWanted,
    MomentsAnswer,
    Reading,
    SpokenTurn,
    StateAnswer,
    TallyAnswer,
    TranscriptAnswer,
)
from analyser.web.identity import who
from analyser.web.site import site
from analyser.web.tables import Call

TYPES = {
    ".json": "application/json",
    ".srt": "application/x-subrip",
    ".vtt": "text/vtt",
    ".txt": "text/plain",
    ".md": "text/markdown",
    ".rttm": "text/plain",
    ".docx": "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
}
ZIP = "application/zip"


def list_calls(request: Request, query: CallsWanted) -> CallPage:
    """Calls, the latest first.

    For more give ``next`` of this page as ``after``. Days are those of the calls, or of their upload where unknown.
    """
    asker = who(request)
    with site(request).database.read() as session:
        conditions = [visible(asker), *_conditions(query)]
        if query.after is not None:
            last = find_call(session, asker, query.after)
            earlier = and_(Call.created == last.created, Call.id < last.id)
            conditions.append(or_(Call.created < last.created, earlier))
        ordered = select(Call).where(*conditions).order_by(Call.created.desc(), Call.id.desc())
        found = session.scalars(ordered.limit(query.limit + 1)).all()
    more = len(found) > query.limit
    shown = found[: query.limit]
    return CallPage(tuple(map(_told, shown)), shown[-1].key if more else None)


def get_call(request: Request) -> CallAnswer:
    """One call."""
    return _told(_find(request))


def get_state(request: Request) -> StateAnswer:
    """How far a call is; ask again now and then, or have a webhook tell you."""
    return state_of(_find(request))


def get_analysis(request: Request, query: Reading) -> Analysis:
    """Everything known of a call: conversation, acts, moments, tallies, and what made them."""
    return _analysis(request, query.masked == "1")


def get_transcript(request: Request, query: Reading) -> TranscriptAnswer:
    """What was said, in turns."""
    conversation = _analysis(request, query.masked == "1").conversation
    turns = tuple(
        SpokenTurn(turn.start, turn.end, turn.speaker, conversation.side(turn.speaker), turn.backchannel, turn.text)
        for turn in conversation.turns
    )
    return TranscriptAnswer(request.path_params["key"], conversation.language, conversation.timed, turns)


def get_moments(request: Request, query: Reading) -> MomentsAnswer:
    """What a coach would stop the recording for."""
    analysis = _analysis(request, query.masked == "1")
    return MomentsAnswer(request.path_params["key"], analysis.moments, analysis.readiness)


def get_tallies(request: Request) -> TallyAnswer:
    """The counts of a call and its measures."""
    analysis = _analysis(request, masked=False)
    tally = analysis.tally
    return TallyAnswer(
        key=request.path_params["key"],
        tally=tally,
        talk_ratio=analysis.talk_ratio,
        listening_balance=tally.listening_balance,
        switches_per_minute=tally.switches_per_minute,
        response_gap=tally.response_gap,
        seller_words_per_minute=tally.seller.words_per_minute,
        client_words_per_minute=tally.client.words_per_minute,
    )


def get_export(request: Request, query: Reading) -> Response:
    """A call in another format; formats of several files come as a zip."""
    from analyser.report.exports import EXPORTS

    name = request.path_params["format"]
    files = EXPORTS[name](_analysis(request, query.masked == "1", action="call.export", detail=name))
    if len(files) == 1:
        ((file, content),) = files.items()
        data = content.encode() if isinstance(content, str) else content
        media = TYPES.get(PurePath(file).suffix, "application/octet-stream")
    else:
        file, data, media = f"{name}.zip", _zipped(files), ZIP
    headers = {"content-disposition": f'attachment; filename="{file}"', "content-type": media}
    return Response(data, headers=headers)


def state_of(call: Call) -> StateAnswer:
    """How far a call is, as the API says it."""
    return StateAnswer(
        key=call.key,
        state=call.state,  # type: ignore[arg-type]
        stage=call.stage,
        progress=call.progress,
        left=call.left,
        reason=call.reason,
        attempts=call.attempts,
    )


def _conditions(query: CallsWanted) -> list[ColumnElement[bool]]:
    found: list[ColumnElement[bool]] = []
    if query.state is not None:
        found.append(Call.state == query.state)
    for column, text in ((Call.seller, query.seller), (Call.client, query.client), (Call.team, query.team)):
        if text:
            found.append(column.icontains(text, autoescape=True))
    if query.since is not None:
        start = dt.datetime.fromisoformat(query.since).replace(tzinfo=dt.UTC)
        found.append(or_(Call.date >= query.since, (Call.date == "") & (Call.created >= start)))
    if query.until is not None:
        end = dt.datetime.fromisoformat(query.until).replace(tzinfo=dt.UTC) + dt.timedelta(days=1)
        known = (Call.date != "") & (Call.date <= query.until)
        found.append(or_(known, (Call.date == "") & (Call.created < end)))
    return found


def _find(request: Request) -> Call:
    with site(request).database.read() as session:
        return find_call(session, who(request), request.path_params["key"])


def _analysis(request: Request, masked: bool, *, action: str = "call.open", detail: str = "api") -> Analysis:
    """The analysis of the call that is asked for, noted as opened; HTTPException 409 while there is none."""
    call = _find(request)
    path = site(request).config.calls / call.key / "analysis.json"
    if call.state != "done" or not path.is_file():
        raise HTTPException(409, f"There is no analysis of this call (state: {call.state}).")
    analysis = read_record(Analysis, path)
    with site(request).database.write() as session:
        record(session, request, action, call=call.key, detail=detail)
    if masked:
        from analyser.web.masking import mask_analysis

        return mask_analysis(analysis, names=tuple(filter(None, (call.client, call.seller))))
    return analysis


def _told(call: Call) -> CallAnswer:
    return CallAnswer(
        key=call.key,
        name=call.name,
        state=call.state,  # type: ignore[arg-type]
        stage=call.stage,
        progress=call.progress,
        left=call.left,
        reason=call.reason,
        owner=call.owner.name if call.owner else None,
        uploader=call.uploader.name if call.uploader else None,
        team=call.team,
        seller=call.seller,
        client=call.client,
        date=call.date,
        channel=call.channel,
        language=call.language,
        ground=call.ground,
        size=call.size,
        duration=call.duration,
        created=call.created,
        started=call.started,
        finished=call.finished,
        sound_deleted=call.sound_deleted,
        words_deleted=call.words_deleted,
    )


def _zipped(files: object) -> bytes:
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in dict(files).items():  # type: ignore[call-overload]
            archive.writestr(name, content)
    return made.getvalue()
