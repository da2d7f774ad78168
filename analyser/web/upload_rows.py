"""What is known of uploads: their rows, and the files in which they grow."""

from __future__ import annotations

import datetime as dt
from pathlib import Path
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from analyser.web.config import WebConfig
from analyser.web.identity import who
from analyser.web.site import Site
from analyser.web.tables import Upload, now

STALE = dt.timedelta(days=2)
"""after which an upload that nobody goes on with is dropped, and one that is finished is forgotten"""
SYNCED, CALL = "synced", "call"
"""in an upload's details: bytes that are surely on the disk; the key of the call that came of it"""


def find_upload(session: Session, request: Request) -> Upload:
    """The asker's upload that a request names; raises HTTPException 404."""
    wanted = select(Upload).where(Upload.key == request.path_params["key"], Upload.user_id == who(request).id)
    found = session.scalar(wanted)
    if found is None:
        raise HTTPException(404)
    return found


def said_of(upload: Upload) -> dict[str, Any]:
    """What its sender is told of an upload."""
    said: dict[str, Any] = {"key": upload.key, "name": upload.name, "size": upload.size}
    said |= {"offset": upload.details.get(SYNCED, 0), "modified": upload.details.get("modified", 0)}
    return {**said, CALL: upload.details[CALL], "offset": upload.size} if CALL in upload.details else said


def path_of(config: WebConfig, upload: Upload) -> Path:
    """Where an upload grows."""
    return config.uploads / f"{upload.key}{Path(upload.name).suffix.lower()}"


def promised(session: Session) -> int:
    """Bytes that open uploads still need."""
    return sum(
        upload.size - upload.details.get(SYNCED, 0)
        for upload in session.scalars(select(Upload).where(Upload.touched > now() - STALE))
        if CALL not in upload.details
    )


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


def refusal(status: int, text: str) -> Response:
    """Why an upload does not go on, as JSON."""
    return JSONResponse({"error": text}, status)
