"""The API's operations that change calls: sending one, trying it again, stopping it, deleting it."""

from __future__ import annotations

from pathlib import Path

from starlette.concurrency import run_in_threadpool
from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response

from analyser.errors import StorageError
from analyser.web import deletion, intake, receiving, uploads
from analyser.web.access import find_call, record
from analyser.web.api_calls import state_of
from analyser.web.api_schema import Accepted, NewCall, NewUpload, StateAnswer
from analyser.web.identity import who
from analyser.web.site import site
from analyser.web.tables import Call, new_key

BLOCK = 1 << 20
TAKEN = ("application/octet-stream", "audio/", "video/", "text/")


async def send_call(request: Request, query: NewCall) -> Accepted:
    """Send a recording or transcript; the body is the file.

    When this answers the recording is kept, and waits to be analysed. What cannot be read as a recording or transcript
    is refused with 422. Big files are better sent in parts, so that a broken connection costs one part only.
    """
    _need_file(request)
    details = intake.Details.of({**vars(query), "date": query.date or ""})
    await run_in_threadpool(intake.need_room, site(request).config, _announced(request))
    # Where the worker clears up what a crash leaves behind.
    path = site(request).config.uploads / f"api-{new_key()}"
    try:
        await _receive(request, path)
        key = await run_in_threadpool(intake.accept, site(request), who(request), path, query.name, details)
    except ClientDisconnect as error:
        raise HTTPException(400, "The connection broke before the whole file was there.") from error
    finally:
        await run_in_threadpool(path.unlink, missing_ok=True)
    return Accepted(key, "queued")


def begin_upload(request: Request, body: NewUpload) -> Response:
    """Begin to send a big file in parts.

    Then send the parts in order, each with the offset at which it begins. After a broken connection ask how far the
    upload is and go on from there. What nobody goes on with is dropped after two days.
    """
    return uploads.begin_with(request, vars(body))


def list_uploads(request: Request) -> Response:
    """One's own uploads that are not whole yet."""
    return uploads.list_uploads(request)


def get_upload(request: Request) -> Response:
    """How far an upload is, and which call it became."""
    return uploads.show(request)


async def send_part(request: Request) -> Response:
    """Send the bytes of an upload from an offset on.

    With the last of them the call is taken in: the answer is then 201 with its key under ``call``.
    """
    _need_file(request)
    return await receiving.add(request)


def drop_upload(request: Request) -> Response:
    """Cancel an upload; nothing of it stays."""
    return uploads.drop(request)


def retry_call(request: Request) -> StateAnswer:
    """Queue a call again that failed or was cancelled."""
    return _change(request, retry=True)


def cancel_call(request: Request) -> StateAnswer:
    """Stop a call that waits or is being analysed."""
    return _change(request, retry=False)


def delete_call(request: Request) -> None:
    """Delete a call and everything of it: recording, analysis, comments, scores."""
    with site(request).database.read() as session:
        call = find_call(session, who(request), request.path_params["key"])
    if not deletion.delete_call(site(request), call.key, request=request):
        raise HTTPException(404)


def _change(request: Request, *, retry: bool) -> StateAnswer:
    with site(request).database.write() as session:
        call = find_call(session, who(request), request.path_params["key"])
        if not (intake.retry if retry else intake.cancel)(session, call):
            raise HTTPException(409, _why_not(call, retry=retry))
        record(session, request, "call.retry" if retry else "call.cancel", call=call.key)
        return state_of(call)


def _why_not(call: Call, *, retry: bool) -> str:
    if retry and call.sound_deleted is not None:
        return "The recording of this call was deleted."
    return f"That cannot be done with a call that is {call.state}."


def _need_file(request: Request) -> None:
    """The body has to be the file; HTTPException 415 for a form with a file in it."""
    if not request.headers.get("content-type", "").lower().startswith(TAKEN):
        raise HTTPException(415, "Send the file itself as application/octet-stream.")


def _announced(request: Request) -> int:
    """Bytes that the sender says will come, 0 where it does not; HTTPException 413 for too many."""
    try:
        size = int(request.headers.get("content-length", "0"))
    except ValueError:
        size = 0
    if size > site(request).config.max_upload:
        raise HTTPException(413)
    return size


async def _receive(request: Request, path: Path) -> None:
    """Write the body into a new file, without ever holding more than a block of it."""
    most, received, block = site(request).config.max_upload, 0, bytearray()
    try:
        with path.open("xb") as file:
            async for part in request.stream():
                received += len(part)
                if received > most:
                    raise HTTPException(413)
                block += part
                if len(block) >= BLOCK:
                    await run_in_threadpool(file.write, bytes(block))
                    block.clear()
            await run_in_threadpool(file.write, bytes(block))
    except OSError as error:
        raise StorageError(f"The recording cannot be kept ({error.strerror or error}).") from error
