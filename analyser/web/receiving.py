"""The bytes of uploads: written at their offset, on the disk before they are promised, a few uploads at a time."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any, BinaryIO, TypeVar

from anyio import CapacityLimiter, to_thread
from sqlalchemy.orm import Session
from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect, Request
from starlette.responses import JSONResponse, Response

from analyser.errors import AnalyserError, StorageError
from analyser.web.identity import Identity, who
from analyser.web.intake import Details, accept, guess_date, need_room
from analyser.web.site import Site, site
from analyser.web.tables import Call, Upload, now
from analyser.web.upload_rows import CALL, SYNCED, find_upload, path_of, refusal, said_of

T = TypeVar("T")
AT_ONCE = 4
"""uploads that are written or taken in at one moment; the other threads are for pages"""
BLOCK = 1 << 18
"""bytes written at a time"""
IDLE = 60.0
"""seconds without a byte after which a connection counts as lost"""


async def add(request: Request) -> Response:
    """Add bytes at an offset; with the last of them the call is taken in."""
    busy: set[str] = request.app.state.__dict__.setdefault("uploading", set())
    key = request.path_params["key"]
    if key in busy:
        return refusal(423, "This upload is being written by another connection.")
    busy.add(key)
    try:
        return await _add(request)
    finally:
        busy.discard(key)


async def _in_turn(request: Request, task: Callable[..., T], *values: Any) -> T:
    """Run what takes a disk in a thread, a few at a time, so that a hundred uploads keep nobody from a page."""
    limiter: CapacityLimiter | None = getattr(request.app.state, "upload_threads", None)
    if limiter is None:
        limiter = request.app.state.upload_threads = CapacityLimiter(AT_ONCE)
    return await to_thread.run_sync(task, *values, limiter=limiter)


async def _add(request: Request) -> Response:
    here, asker = site(request), who(request)

    def find() -> tuple[Upload, dict[str, Any]]:
        with here.database.read() as session:
            upload = find_upload(session, request)
            return upload, said_of(upload)

    upload, said = await _in_turn(request, find)
    if CALL in said:
        return JSONResponse(said, 201)
    offset = request.headers.get("upload-offset", "")
    if not offset.isdecimal() or len(offset) > 15 or int(offset) != said["offset"]:
        return JSONResponse({**said, "error": "The upload is not there yet, or further."}, 409)
    left = upload.size - said["offset"]
    claimed = request.headers.get("content-length", "")
    if claimed.isdecimal() and int(claimed) > left:
        return refusal(413, f"{upload.name}: is larger than was said at first.")
    try:
        await _in_turn(request, need_room, here.config, left)
        received, whole = await _receive(request, path_of(here.config, upload), said["offset"], left)
    except StorageError as error:
        return refusal(507, str(error))
    if not whole:
        return refusal(413, f"{upload.name}: is larger than was said at first.")
    offset_now = said["offset"] + received
    await _in_turn(request, _note, here, upload.id, offset_now)
    if offset_now < upload.size:
        return JSONResponse({**said, "offset": offset_now})
    return await _in_turn(request, _finish, here, asker, upload)


async def _receive(request: Request, path: Path, offset: int, left: int) -> tuple[int, bool]:
    """Write what comes to the file from ``offset`` on, at most ``left`` bytes, and have it on the disk.

    Returns how many bytes came, and whether no more came than were left. A connection that breaks is no error: what
    came is kept. Raises StorageError when it cannot be written.
    """
    received = 0
    waiting = bytearray()
    stream = request.stream()
    try:
        file = await _in_turn(request, _open, path, offset)
    except OSError as error:
        raise _unwritable(error) from error
    try:
        while True:
            try:
                piece = await asyncio.wait_for(anext(stream, None), IDLE)
            except (ClientDisconnect, TimeoutError):
                break
            if piece is None:
                break
            if received + len(waiting) + len(piece) > left:
                return 0, False
            waiting += piece
            if len(waiting) >= BLOCK:
                received += await _in_turn(request, file.write, waiting)
                waiting = bytearray()
        received += await _in_turn(request, file.write, waiting)
        await _in_turn(request, _sync, file)
    except OSError as error:
        raise _unwritable(error) from error
    finally:
        file.close()
    return received, True


def _finish(here: Site, asker: Identity, upload: Upload) -> Response:
    """Take the call in; the upload remembers which it became in the same transaction."""
    path = path_of(here.config, upload)

    def remember(session: Session, call: Call) -> None:
        kept = session.get(Upload, upload.id, with_for_update=True)
        if kept is None:
            raise HTTPException(404)  # cancelled at the last moment
        kept.details = {**kept.details, CALL: call.key}

    details = Details.of(upload.details)
    if not details.date:
        details = Details.of({**upload.details, "date": guess_date(upload.name, upload.details["modified"] / 1000)})
    try:
        key = accept(here, asker, path, upload.name, details, also=remember)
    except StorageError as error:
        return refusal(507, str(error))  # it can be tried again: all of it is here
    except AnalyserError as error:
        with here.database.write() as session:
            refused = session.get(Upload, upload.id)
            if refused is not None:
                session.delete(refused)
        path.unlink(missing_ok=True)
        return refusal(422, str(error))
    return JSONResponse({"key": upload.key, "offset": upload.size, "size": upload.size, CALL: key}, 201)


def _note(here: Site, upload: int, offset: int) -> None:
    with here.database.write() as session:
        kept = session.get(Upload, upload)
        if kept is None:
            raise HTTPException(404)
        kept.details, kept.touched = {**kept.details, SYNCED: offset}, now()


def _open(path: Path, offset: int) -> BinaryIO:
    handle = os.open(path, os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW, 0o600)
    file = os.fdopen(handle, "r+b")
    # What a crash left beyond the offset was never promised to be right.
    file.truncate(offset)
    file.seek(offset)
    return file


def _sync(file: BinaryIO) -> None:
    file.flush()
    os.fsync(file.fileno())


def _unwritable(error: OSError) -> StorageError:
    return StorageError(f"The upload cannot be written ({error.strerror or error}). It can go on when there is room.")
