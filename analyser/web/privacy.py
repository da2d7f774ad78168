"""The privacy panel of a call: on what ground it is kept, what was deleted of it, an export, and deleting it."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from typing import IO

from sqlalchemy.orm import Session
from starlette.concurrency import run_in_threadpool
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response, StreamingResponse
from starlette.routing import Route

from analyser.errors import SettingsError, StorageError
from analyser.web import deletion
from analyser.web.access import changed, find_call, need_admin, record
from analyser.web.identity import Identity, who
from analyser.web.intake import GROUNDS
from analyser.web.site import page, site
from analyser.web.subject import Wanted, folder_of, write_export
from analyser.web.tables import Call

LONGEST = 2000
"""characters of a note on consent"""
BLOCK = 1 << 18


def may_export(asker: Identity, call: Call) -> bool:
    """Whether the asker may take everything of a call with them: an admin, and the seller whose call it is."""
    return asker.admin or call.owner_id == asker.id


def panel(request: Request) -> Response:
    """What is known about the call's privacy, and what can be done."""
    with site(request).database.read() as session:
        call = find_call(session, who(request), request.path_params["key"])
    return _shown(request, call)


async def change(request: Request) -> Response:
    """Keep another ground or note on consent."""
    form = await request.form(max_files=0, max_fields=5, max_part_size=20_000)
    ground, consent = str(form.get("ground", "")), str(form.get("consent", "")).replace("\x00", "").strip()[:LONGEST]
    return await run_in_threadpool(_change, request, ground, consent)


def _change(request: Request, ground: str, consent: str) -> Response:
    if ground not in ("", *GROUNDS):
        raise HTTPException(400)
    with site(request).database.write() as session:
        call = find_call(session, who(request), request.path_params["key"])
        call.ground, call.consent = ground, consent
        record(session, request, "consent.change", call=call.key, detail=ground)
        changed(session, call, "privacy")
    return RedirectResponse(f"/calls/{call.key}/privacy?saved=1", 303)


async def delete(request: Request) -> Response:
    """Delete the call with everything of it, when it was said that this is meant."""
    form = await request.form(max_files=0, max_fields=5, max_part_size=1000)
    return await run_in_threadpool(_delete, request, form.get("sure") == "yes")


def _delete(request: Request, sure: bool) -> Response:
    with site(request).database.read() as session:
        call = find_call(session, who(request), request.path_params["key"])
    if not sure:
        return _shown(request, call, unsure=True, status=400)
    deletion.delete_call(site(request), call.key, request=request)
    return RedirectResponse("/", 303)


def export(request: Request) -> Response:
    """Everything of the call as a zip."""
    asker = who(request)
    with site(request).database.write() as session:
        call = find_call(session, asker, request.path_params["key"])
        if not may_export(asker, call):
            raise HTTPException(404)
        record(session, request, "subject.export", call=call.key)
    return _zip(request, Wanted(call=call.key), f"{folder_of(call)}.zip")


async def export_person(request: Request) -> Response:
    """Everything of a user or client as a zip, for an admin."""
    form = await request.form(max_files=0, max_fields=5, max_part_size=1000)
    wanted = Wanted(user=str(form.get("user", "")).strip()[:80], client=str(form.get("client", "")).strip()[:120])
    return await run_in_threadpool(_export_person, request, wanted)


def _export_person(request: Request, wanted: Wanted) -> Response:
    need_admin(request)
    wanted.check()
    with site(request).database.write() as session:
        keys = deletion.calls_of(session, user=wanted.user, client=wanted.client)
        _record_person(session, request, "person.export", wanted, keys)
    return _zip(request, wanted, "person.zip")


async def delete_person(request: Request) -> Response:
    """Delete everything of a user or client, for an admin who says that this is meant."""
    form = await request.form(max_files=0, max_fields=5, max_part_size=1000)
    wanted = Wanted(user=str(form.get("user", "")).strip()[:80], client=str(form.get("client", "")).strip()[:120])
    return await run_in_threadpool(_delete_person, request, wanted, form.get("sure") == "yes")


def _delete_person(request: Request, wanted: Wanted, sure: bool) -> Response:
    asker = need_admin(request)
    wanted.check()
    if not sure or wanted.user.casefold() == asker.name:
        raise SettingsError("Say that this is meant; and nobody deletes themselves.")
    count = deletion.delete_person(site(request), user=wanted.user, client=wanted.client, request=request)
    return RedirectResponse(f"/admin?deleted={count}", 303)


def _record_person(session: Session, request: Request, action: str, wanted: Wanted, keys: list[str]) -> None:
    # Of a client the trail knows their calls, not their name.
    record(session, request, action, detail=wanted.user.casefold() if wanted.user else "client")
    for key in keys:
        record(session, request, "subject.export", call=key, detail="person")


def _shown(request: Request, call: Call, *, unsure: bool = False, status: int = 200) -> Response:
    config = site(request).config
    return page(
        request,
        "privacy.html",
        status,
        call=call,
        grounds=("", *GROUNDS),
        retention={
            "recording": config.retention_recording,
            "transcript": config.retention_transcript,
            "call": config.retention_call,
        },
        encrypted=config.key_file is not None,
        may_export=may_export(who(request), call),
        unsure=unsure,
        saved=request.query_params.get("saved") == "1",
    )


def _zip(request: Request, wanted: Wanted, name: str) -> Response:
    try:
        # Without a name on the disk: when the sending breaks off, or this process, nothing is left of it.
        file: IO[bytes] = tempfile.TemporaryFile(dir=site(request).config.temporary)  # noqa: SIM115 - closed when sent
    except OSError as error:
        raise StorageError(f"The export cannot be written ({error.strerror or error}).") from error
    try:
        write_export(site(request), wanted, file, asker=who(request))
        size = file.tell()
        file.seek(0)
    except BaseException:
        file.close()
        raise
    headers = {"content-disposition": f'attachment; filename="{name}"', "content-length": str(size)}
    return StreamingResponse(_blocks(file), headers=headers, media_type="application/zip")


def _blocks(file: IO[bytes]) -> Iterator[bytes]:
    with file:
        while block := file.read(BLOCK):
            yield block


routes = [
    Route("/calls/{key}/privacy", panel),
    Route("/calls/{key}/privacy", change, methods=["POST"]),
    Route("/calls/{key}/delete", delete, methods=["POST"]),
    Route("/calls/{key}/everything.zip", export),
    Route("/privacy/export", export_person, methods=["POST"]),
    Route("/privacy/delete", delete_person, methods=["POST"]),
]
