"""Deleting a call, or all calls of a person, so that nothing is left of them: no file, no row, no word in an index.

What stays is the audit trail's note that the call was deleted, by whom and when; it holds the call's key alone. Of a
PostgreSQL server's own log and of backups that others make we know nothing; we make none.
"""

from __future__ import annotations

import datetime as dt
import shutil
import time
from collections.abc import Iterable
from pathlib import Path

from sqlalchemy import ColumnElement, delete, func, or_, select, text, update
from sqlalchemy.orm import Session
from starlette.requests import Request

from analyser.errors import SettingsError, StorageError
from analyser.overview.files import PAGE
from analyser.search import forget
from analyser.web import vault
from analyser.web.access import record
from analyser.web.accounts import find_user, remove_user
from analyser.web.database import Database, forget_deleted
from analyser.web.site import Site
from analyser.web.tables import Audit, Base, Call, LoginFailure, Upload, User, now
from analyser.web.upload_rows import CALL

PATIENCE = 5.0
"""seconds that a call which is being analysed gets to stop by itself; it is deleted then in any case"""
LATELY = dt.timedelta(hours=3)
"""how long after a deletion the sweep looks again whether something that was still running wrote anything"""
LEFT_LYING = dt.timedelta(hours=1)
"""after which nobody goes on with an upload"""
OVERVIEW = (PAGE, "*.csv", "*.parquet")
"""files that `analyser overview` writes over all calls of a folder"""
PAGES = ".report-*"
"""report pages that were kept in a call's folder"""
TAKEN = "call.delete"


def delete_call(site: Site, key: str, *, request: Request | None = None, patience: float = PATIENCE) -> bool:
    """Delete the call of that key with everything of it; returns whether there was one.

    Whether the asker may is for the caller to ask. A call that is being analysed is told to stop first. Raises
    StorageError when a file cannot be removed; the call is then gone from all pages, and the sweep tries again.
    """
    return delete_calls(site, [key], request=request, patience=patience) == 1


def delete_calls(
    site: Site, keys: list[str], *, request: Request | None = None, patience: float = PATIENCE, detail: str = ""
) -> int:
    """Delete the calls of those keys, as ``delete_call``; returns how many there were."""
    _stop(site.database, keys, patience)
    gone: list[str] = []
    related: set[str] = set()
    for key in keys:
        with site.database.write() as session:
            call = session.scalar(select(Call).where(Call.key == key))
            if call is None:
                continue
            related.update(session.scalars(select(Call.key).where(_same_seller(call), Call.key != key)))
            _drop_uploads(site, session, call)
            session.execute(delete(Call).where(Call.id == call.id))
            # Written with the deletion: a crash from here on leaves a folder that the sweep knows is to go.
            record(session, request, TAKEN, call=key, detail=detail)
        gone.append(key)
    if gone:
        _wipe(site, gone, related - set(gone))
    return len(gone)


def delete_person(site: Site, *, user: str = "", client: str = "", request: Request | None = None) -> int:
    """Delete all of one person: a user with their calls and account, or the calls with a client of that name.

    Returns the number of calls. What a user remarked on calls of others stays there without their name, and so does
    what the audit trail says. Raises SettingsError for a user that is not there or the last admin.
    """
    if bool(user) == bool(client):
        raise SettingsError("Name a user or a client.")
    with site.database.read() as session:
        keys = calls_of(session, user=user, client=client)
        if user and _only_admin(session, find_user(session, user)):
            raise SettingsError(f"'{user}' is the only admin. Make another one first.")
    count = delete_calls(site, keys, request=request, detail="person")
    with site.database.write() as session:
        if user:
            found = find_user(session, user)
            for key in session.scalars(select(Upload.key).where(Upload.user_id == found.id)):
                remove_all(site.config.uploads.glob(f"{key}*"))
            session.execute(delete(LoginFailure).where(LoginFailure.name == found.name))
            remove_user(session, user)
        record(session, request, "person.delete", detail="user" if user else "client")
    _vacuum(site.database)
    return count


def calls_of(session: Session, *, user: str = "", client: str = "") -> list[str]:
    """Keys of the calls of a user (as the seller), or with a client of that name whatever its case; SettingsError."""
    if user:
        return list(session.scalars(select(Call.key).where(Call.owner_id == find_user(session, user).id)))
    # In Python: not every database knows that É and é are one letter.
    wanted = _plain(client)
    return [key for key, name in session.execute(select(Call.key, Call.client)) if wanted and _plain(name) == wanted]


def delete_leftovers(site: Site) -> int:
    """Finish deletions that were cut short, or that something which was still running wrote into; returns how many."""
    with site.database.read() as session:
        deleted = set(session.scalars(select(Audit.call).where(Audit.action == TAKEN)))
        lately = set(session.scalars(select(Audit.call).where(Audit.action == TAKEN, Audit.at > now() - LATELY)))
        there = set(session.scalars(select(Call.key)))
    folders = (
        {path.name for path in site.config.calls.iterdir() if path.is_dir()} if site.config.calls.is_dir() else set()
    )
    left = (deleted - there) & folders
    if left:
        # Whose the calls were is not known any more; report pages are made again when they are asked for.
        remove_all(site.config.calls.glob(f"*/{PAGES}"))
    if left or lately:
        _wipe(site, sorted(left | (lately - there)), set())
    return len(left)


def _stop(database: Database, keys: list[str], patience: float) -> None:
    """Ask for calls that are being analysed to be stopped, and wait a while for it."""
    running = select(func.count()).select_from(Call).where(Call.key.in_(keys), Call.state == "running")
    with database.write() as session:
        session.execute(update(Call).where(Call.key.in_(keys)).values(cancel=True))
    until = time.monotonic() + patience
    while time.monotonic() < until:
        with database.read() as session:
            if not session.scalar(running):
                return
        time.sleep(0.05)


def _same_seller(call: Call) -> ColumnElement[bool]:
    conditions = [Call.owner_id == call.owner_id] if call.owner_id is not None else []
    conditions += [Call.seller == call.seller] if call.seller else []
    return or_(*conditions) if conditions else Call.id == call.id


def _drop_uploads(site: Site, session: Session, call: Call) -> None:
    """Take out the upload that the call came of, and what was once begun of the same file and left lying."""
    for upload in session.scalars(select(Upload)).all():
        alike = (upload.user_id, upload.name, upload.size) == (call.uploader_id, call.name, call.size)
        # One that still grows can be another file that is alike in name and size.
        if upload.details.get(CALL) == call.key or (alike and upload.touched < now() - LEFT_LYING):
            remove_all(site.config.uploads.glob(f"{upload.key}*"))
            session.delete(upload)


def _wipe(site: Site, keys: list[str], related: set[str]) -> None:
    """Remove what lies outside the database of the calls of those keys, and then what the database left of them."""
    config = site.config
    remove_all(config.calls / key for key in keys)
    for key in keys:
        remove_all(path for path in config.temporary.glob(f"*{key}*"))
    for pattern in OVERVIEW:
        remove_all(config.calls.glob(pattern))
    for key in related:
        # A report takes up what the seller meant to do after the call before, and compares with earlier calls.
        remove_all((config.calls / key).glob(PAGES))
    vault.sweep(config)
    forget(config.calls, *keys)
    site.overviews.clear()
    _vacuum(site.database)


def remove_all(paths: Iterable[Path]) -> None:
    """Remove files and folders; raises StorageError."""
    for path in list(paths):
        try:
            if path.is_dir() and not path.is_symlink():
                _remove_tree(path)
            else:
                path.unlink(missing_ok=True)
        except OSError as error:
            raise StorageError(
                f"A file of a deleted call cannot be removed ({error.strerror or error}). "
                "Check the rights on the workspace."
            ) from error


def _remove_tree(path: Path) -> None:
    """Remove a folder, also one into which something is still writing."""
    for attempt in range(5):
        try:
            shutil.rmtree(path)
            return
        except FileNotFoundError:
            if not path.exists():
                return
        except OSError:
            if attempt == 4:
                raise
        time.sleep(0.05)


def _vacuum(database: Database) -> None:
    """Leave nothing of deleted rows in the database's files."""
    forget_deleted(database)
    if database.engine.dialect.name == "postgresql":
        with database.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
            for table in Base.metadata.tables:
                connection.execute(text(f'VACUUM "{table}"'))


def _only_admin(session: Session, user: User) -> bool:
    others = select(func.count()).where(User.role == "admin", User.active, User.password != "", User.id != user.id)
    return user.role == "admin" and bool(user.password) and not session.scalar(others)


def _plain(name: str) -> str:
    return " ".join(name.casefold().split())
