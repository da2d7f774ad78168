"""Uploads that go on where they stopped, and the page for them.

``POST /uploads`` begins one (JSON: ``name``, ``size``, ``modified``, ``ref``, and the fields of ``intake.Details``);
``PATCH /uploads/KEY`` with ``Upload-Offset`` adds bytes at that offset; ``HEAD`` or ``GET`` tells how far it is;
``DELETE`` drops it. The answer to the last part is 201 with the ``call``'s key, given when the call is kept; whoever
missed that answer finds the key at the upload's address for as long as the upload is remembered. ``ref`` is made up by
the sender, so that beginning twice begins once.
"""

from __future__ import annotations

import asyncio
import datetime as dt
import json
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any, BinaryIO, TypeVar

from anyio import CapacityLimiter, to_thread
from sqlalchemy import select
from sqlalchemy.orm import Session
from starlette.concurrency import run_in_threadpool
from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect, Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from analyser.audio import SUFFIXES
from analyser.errors import AnalyserError, SettingsError, StorageError
from analyser.formats import SUFFIXES as TRANSCRIPTS
from analyser.languages import available
from analyser.web.config import WebConfig
from analyser.web.identity import Identity, who
from analyser.web.intake import CHANNELS, GROUNDS, Details, accept, clean_name, guess_date, need_room, sellers_for
from analyser.web.site import Site, page, site
from analyser.web.tables import Call, Upload, User, now

T = TypeVar("T")
OPEN_UPLOADS = 300
"""uploads that one user may have begun and not finished"""
AT_ONCE = 4
"""uploads that are written or taken in at one moment; the other threads are for pages"""
STALE = dt.timedelta(days=2)
"""after which an upload that nobody goes on with is dropped, and one that is finished is forgotten"""
BLOCK = 1 << 18
"""bytes written at a time"""
IDLE = 60.0
"""seconds without a byte after which a connection counts as lost"""
LARGEST_JSON = 100_000
SYNCED, CALL = "synced", "call"
"""in an upload's details: bytes that are surely on the disk; the key of the call that came of it"""


def upload_page(request: Request) -> Response:
    """The page on which recordings are dropped."""
    asker, config = who(request), site(request).config
    with site(request).database.read() as session:
        sellers = session.scalars(select(User).where(sellers_for(asker)).order_by(User.name)).all()
    return page(
        request,
        "upload.html",
        sellers=sellers,
        grounds=GROUNDS,
        channels=CHANNELS,
        languages=("auto", *available()),
        endings=sorted(SUFFIXES | TRANSCRIPTS),
        largest=config.max_upload,
        hours=config.max_hours,
    )


def list_uploads(request: Request) -> Response:
    """The asker's uploads that are not whole yet."""
    with site(request).database.read() as session:
        mine = select(Upload).where(Upload.user_id == who(request).id).order_by(Upload.created)
        found = [_said(upload) for upload in session.scalars(mine) if CALL not in upload.details]
    return JSONResponse({"uploads": found})


async def guess(request: Request) -> Response:
    """The day of each call by its file's name or date: ``{"files": [{"name", "modified"}]}`` gives ``{"dates"}``."""
    files = (await _json(request)).get("files")
    if not isinstance(files, list) or not all(isinstance(file, dict) for file in files):
        raise HTTPException(400)
    dates = [guess_date(str(file.get("name", "")), _number(file.get("modified")) / 1000) for file in files[:1000]]
    return JSONResponse({"dates": dates})


async def begin(request: Request) -> Response:
    """Begin an upload, or find the one that was begun with the same ``ref``."""
    given = await _json(request)
    return await run_in_threadpool(begin_with, request, given)


def begin_with(request: Request, given: dict[str, Any]) -> Response:
    """Begin an upload of what ``given`` says."""
    here, asker = site(request), who(request)
    name, size = clean_name(str(given.get("name", ""))), int(_number(given.get("size")))
    if size > here.config.max_upload:
        return _refusal(413, f"{name}: is larger than {here.config.max_upload >> 20} MiB.")
    suffix = Path(name).suffix.lower()
    if size < 1 or suffix not in SUFFIXES | TRANSCRIPTS:
        return _refusal(422, f"{name}: is empty." if size < 1 else f"{name}: is no recording or transcript.")
    try:
        details = Details.of(given)
        ref = str(given.get("ref", ""))[:64]
        with here.database.write() as session:
            mine = session.scalars(select(Upload).where(Upload.user_id == asker.id)).all()
            known = next((one for one in mine if ref and one.details.get("ref") == ref and one.size == size), None)
            if known is not None:
                return JSONResponse(_said(known))
            if sum(CALL not in upload.details for upload in mine) >= OPEN_UPLOADS:
                return _refusal(429, "There are too many uploads that were never finished. Cancel some first.")
            need_room(here.config, _promised(session) + size)
            kept = {**details.given, "ref": ref, "modified": _number(given.get("modified")), SYNCED: 0}
            upload = Upload(user_id=asker.id, name=name, size=size, details=kept)
            session.add(upload)
            session.flush()
            return JSONResponse(_said(upload), 201, {"location": f"/uploads/{upload.key}"})
    except SettingsError as error:
        return _refusal(422, str(error))
    except StorageError as error:
        return _refusal(507, str(error))


def show(request: Request) -> Response:
    """How far an upload is."""
    with site(request).database.read() as session:
        said = _said(_find(session, request))
    headers = {"upload-offset": str(said["offset"]), "upload-length": str(said["size"])}
    return JSONResponse(said, headers=headers)


def drop(request: Request) -> Response:
    """Cancel an upload; nothing of it stays."""
    here = site(request)
    with here.database.write() as session:
        upload = _find(session, request)
        path = path_of(here.config, upload)
        session.delete(upload)
    path.unlink(missing_ok=True)
    return Response(status_code=204)


async def add(request: Request) -> Response:
    """Add bytes at an offset; with the last of them the call is taken in."""
    busy: set[str] = request.app.state.__dict__.setdefault("uploading", set())
    key = request.path_params["key"]
    if key in busy:
        return _refusal(423, "This upload is being written by another connection.")
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
            upload = _find(session, request)
            return upload, _said(upload)

    upload, said = await _in_turn(request, find)
    if CALL in said:
        return JSONResponse(said, 201)
    offset = request.headers.get("upload-offset", "")
    if not offset.isdecimal() or len(offset) > 15 or int(offset) != said["offset"]:
        return JSONResponse({**said, "error": "The upload is not there yet, or further."}, 409)
    left = upload.size - said["offset"]
    claimed = request.headers.get("content-length", "")
    if claimed.isdecimal() and int(claimed) > left:
        return _refusal(413, f"{upload.name}: is larger than was said at first.")
    try:
        await _in_turn(request, need_room, here.config, left)
        received, whole = await _receive(request, path_of(here.config, upload), said["offset"], left)
    except StorageError as error:
        return _refusal(507, str(error))
    if not whole:
        return _refusal(413, f"{upload.name}: is larger than was said at first.")
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
        return _refusal(507, str(error))  # it can be tried again: all of it is here
    except AnalyserError as error:
        with here.database.write() as session:
            refused = session.get(Upload, upload.id)
            if refused is not None:
                session.delete(refused)
        path.unlink(missing_ok=True)
        return _refusal(422, str(error))
    return JSONResponse({"key": upload.key, "offset": upload.size, "size": upload.size, CALL: key}, 201)


def sweep_uploads(site: Site) -> int:
    """Drop uploads that nobody goes on with, and files that belong to none; returns how many rows went."""
    with site.database.write() as session:
        old = session.scalars(select(Upload).where(Upload.touched < now() - STALE)).all()
        for upload in old:
            session.delete(upload)
    with site.database.read() as session:
        known = {upload.key for upload in session.scalars(select(Upload)) if CALL not in upload.details}
    for path in site.config.uploads.iterdir():
        # A file that is being taken in by watch folder or API has no row; it is not two days old either.
        old_file = dt.datetime.fromtimestamp(path.stat().st_mtime, dt.UTC) < now() - STALE
        if old_file and path.name.split(".")[0] not in known:
            path.unlink(missing_ok=True)
    return len(old)


def path_of(config: WebConfig, upload: Upload) -> Path:
    """Where an upload grows."""
    return config.uploads / f"{upload.key}{Path(upload.name).suffix.lower()}"


def _said(upload: Upload) -> dict[str, Any]:
    said: dict[str, Any] = {"key": upload.key, "name": upload.name, "size": upload.size}
    said |= {"offset": upload.details.get(SYNCED, 0), "modified": upload.details.get("modified", 0)}
    return {**said, CALL: upload.details[CALL], "offset": upload.size} if CALL in upload.details else said


def _find(session: Session, request: Request) -> Upload:
    wanted = select(Upload).where(Upload.key == request.path_params["key"], Upload.user_id == who(request).id)
    found = session.scalar(wanted)
    if found is None:
        raise HTTPException(404)
    return found


def _promised(session: Session) -> int:
    """Bytes that open uploads still need."""
    return sum(
        upload.size - upload.details.get(SYNCED, 0)
        for upload in session.scalars(select(Upload).where(Upload.touched > now() - STALE))
        if CALL not in upload.details
    )


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


async def _json(request: Request) -> dict[str, Any]:
    body = b""
    async for piece in request.stream():
        body += piece
        if len(body) > LARGEST_JSON:
            raise HTTPException(413)
    try:
        given = json.loads(body)
    except (ValueError, RecursionError) as error:
        raise HTTPException(400) from error
    if not isinstance(given, dict):
        raise HTTPException(400)
    return given


def _number(value: Any) -> float:
    known = isinstance(value, int | float) and not isinstance(value, bool) and 0 <= value < 1e15
    return value if known else 0


def _refusal(status: int, text: str) -> Response:
    return JSONResponse({"error": text}, status)


routes = [
    Route("/upload", upload_page),
    Route("/uploads", list_uploads),
    Route("/uploads", begin, methods=["POST"]),
    Route("/uploads/guess", guess, methods=["POST"]),
    Route("/uploads/{key}", show),
    Route("/uploads/{key}", add, methods=["PATCH"]),
    Route("/uploads/{key}", drop, methods=["DELETE"]),
]
