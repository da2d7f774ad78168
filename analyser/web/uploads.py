"""Uploads that go on where they stopped, and the page for them.

``POST /uploads`` begins one (JSON: ``name``, ``size``, ``modified``, ``ref``, and the fields of ``intake.Details``);
``PATCH /uploads/KEY`` with ``Upload-Offset`` adds bytes at that offset; ``HEAD`` or ``GET`` tells how far it is;
``DELETE`` drops it. The answer to the last part is 201 with the ``call``'s key, given when the call is kept; whoever
missed that answer finds the key at the upload's address for as long as the upload is remembered. ``ref`` is made up by
the sender, so that beginning twice begins once.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from sqlalchemy import select
from starlette.concurrency import run_in_threadpool
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from analyser.audio import SUFFIXES
from analyser.errors import SettingsError, StorageError
from analyser.formats import SUFFIXES as TRANSCRIPTS
from analyser.languages import available
from analyser.web.identity import who
from analyser.web.intake import CHANNELS, GROUNDS, Details, clean_name, guess_date, need_room, sellers_for
from analyser.web.receiving import add
from analyser.web.site import page, site
from analyser.web.tables import Upload, User
from analyser.web.upload_rows import CALL, SYNCED, find_upload, path_of, promised, refusal, said_of

OPEN_UPLOADS = 300
"""uploads that one user may have begun and not finished"""
LARGEST_JSON = 100_000


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
        found = [said_of(upload) for upload in session.scalars(mine) if CALL not in upload.details]
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
        return refusal(413, f"{name}: is larger than {here.config.max_upload >> 20} MiB.")
    suffix = Path(name).suffix.lower()
    if size < 1 or suffix not in SUFFIXES | TRANSCRIPTS:
        return refusal(422, f"{name}: is empty." if size < 1 else f"{name}: is no recording or transcript.")
    try:
        details = Details.of(given)
        ref = str(given.get("ref", ""))[:64]
        with here.database.write() as session:
            mine = session.scalars(select(Upload).where(Upload.user_id == asker.id)).all()
            known = next((one for one in mine if ref and one.details.get("ref") == ref and one.size == size), None)
            if known is not None:
                return JSONResponse(said_of(known))
            if sum(CALL not in upload.details for upload in mine) >= OPEN_UPLOADS:
                return refusal(429, "There are too many uploads that were never finished. Cancel some first.")
            need_room(here.config, promised(session) + size)
            kept = {**details.given, "ref": ref, "modified": _number(given.get("modified")), SYNCED: 0}
            upload = Upload(user_id=asker.id, name=name, size=size, details=kept)
            session.add(upload)
            session.flush()
            return JSONResponse(said_of(upload), 201, {"location": f"/uploads/{upload.key}"})
    except SettingsError as error:
        return refusal(422, str(error))
    except StorageError as error:
        return refusal(507, str(error))


def show(request: Request) -> Response:
    """How far an upload is."""
    with site(request).database.read() as session:
        said = said_of(find_upload(session, request))
    headers = {"upload-offset": str(said["offset"]), "upload-length": str(said["size"])}
    return JSONResponse(said, headers=headers)


def drop(request: Request) -> Response:
    """Cancel an upload; nothing of it stays."""
    here = site(request)
    with here.database.write() as session:
        upload = find_upload(session, request)
        path = path_of(here.config, upload)
        session.delete(upload)
    path.unlink(missing_ok=True)
    return Response(status_code=204)


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


routes = [
    Route("/upload", upload_page),
    Route("/uploads", list_uploads),
    Route("/uploads", begin, methods=["POST"]),
    Route("/uploads/guess", guess, methods=["POST"]),
    Route("/uploads/{key}", show),
    Route("/uploads/{key}", add, methods=["PATCH"]),
    Route("/uploads/{key}", drop, methods=["DELETE"]),
]
