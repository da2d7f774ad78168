"""Everything that is kept about one call or one person, as one zip file, for whoever has a right to it (GDPR art. 15).

A seller gets their own calls with what they may see of them themselves: not what the other side has judged but not
yet handed in, and not the names of others in the audit trail. An admin gets all.
"""

from __future__ import annotations

import csv
import datetime as dt
import io
import json
import os
import tempfile
import zipfile
from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any

from sqlalchemy import inspect, select
from sqlalchemy.orm import Session

from analyser.batch.ledger import harmless
from analyser.errors import AnalyserError, SettingsError, StorageError
from analyser.records import Analysis
from analyser.report import render
from analyser.report.exports import EXPORTS
from analyser.storage import read_record
from analyser.web import vault
from analyser.web.accounts import find_user
from analyser.web.deletion import calls_of
from analyser.web.identity import Identity
from analyser.web.intake import need_room
from analyser.web.reviewing import done
from analyser.web.site import LANGUAGES, Site, say
from analyser.web.tables import (
    ApiToken,
    Audit,
    Base,
    Call,
    Comment,
    Feedback,
    Intention,
    LoginSession,
    Scorecard,
    Submission,
    Upload,
    User,
    Verdict,
)

FORMATS = ("transcript", "txt", "srt")
"""exports that lie beside analysis and report"""
AUDIT_COLUMNS = ("at", "user", "action", "call", "detail", "address")
SECRET = frozenset({"password", "token", "csrf", "secret"})


@dataclass(frozen=True)
class Wanted:
    """Whose data is wanted: of one call by its key, of a user, or of the client of that name."""

    call: str = ""
    user: str = ""
    client: str = ""

    def check(self) -> None:
        """Raise SettingsError unless it is one of them."""
        if sum(map(bool, (self.call, self.user, self.client))) != 1:
            raise SettingsError("Name a call, a user or a client.")


def write_export(site: Site, wanted: Wanted, file: IO[bytes], *, asker: Identity | None = None) -> int:
    """Write the zip into ``file``; returns the number of calls in it.

    ``asker`` None is whoever has the machine and sees all. Whether the asker may have it is for the caller to ask.
    Raises SettingsError when there is no such call or user, StorageError when it cannot be written.
    """
    wanted.check()
    with site.database.read() as session:
        keys = [wanted.call] if wanted.call else calls_of(session, user=wanted.user, client=wanted.client)
        found = session.scalars(select(Call).where(Call.key.in_(keys)).order_by(Call.created)).all()
        if wanted.call and not found:
            raise SettingsError(f"{wanted.call[:40]}: there is no such call.")
        need_room(site.config, sum(call.size for call in found))
        try:
            with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
                for code in LANGUAGES:
                    archive.writestr(f"README.{code}.txt", say(code, "subject.readme"))
                if wanted.user:
                    _write(archive, "person.json", _person(session, find_user(session, wanted.user)))
                    archive.writestr("audit.csv", audit_csv(_of_user(session, find_user(session, wanted.user).name)))
                for call in found:
                    _add_call(site, session, archive, call, asker)
        except OSError as error:
            raise StorageError(f"The export cannot be written ({error.strerror or error}). Make room.") from error
    return len(found)


def write_export_file(site: Site, wanted: Wanted, path: Path) -> int:
    """Write the zip to a new file of this user's alone, whole or not at all; as ``write_export``."""
    temporary: Path | None = None
    try:
        handle, name = tempfile.mkstemp(dir=path.parent, prefix=".partial-")
        temporary = Path(name)
        with os.fdopen(handle, "wb") as file:
            count = write_export(site, wanted, file)
        temporary.replace(path)
        temporary = None
    except OSError as error:
        raise StorageError(f"{path}: cannot be written ({error.strerror or error}).") from error
    finally:
        if temporary is not None:
            temporary.unlink(missing_ok=True)
    return count


def audit_csv(rows: Sequence[Audit], *, only: str | None = None) -> str:
    """Rows of the audit trail for a spreadsheet; with ``only``, other users than that one are not named."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\r\n")
    writer.writerow(AUDIT_COLUMNS)
    for row in rows:
        own = only is None or row.user == only
        cells = (row.at.isoformat(timespec="seconds"), row.user if own else "-", row.action, row.call, row.detail)
        writer.writerow([harmless(cell) for cell in (*cells, row.address if own else "-")])
    return "\ufeff" + text.getvalue()


def folder_of(call: Call) -> str:
    """The call's folder in the zip; no name that somebody gave is part of it."""
    return f"{call.date or call.created.date().isoformat()}-{call.key[:8]}"


def _add_call(site: Site, session: Session, archive: zipfile.ZipFile, call: Call, asker: Identity | None) -> None:
    config, place = site.config, folder_of(call)
    folder = config.calls / call.key
    sound = _add_recording(site, archive, call, place)
    with suppress(StorageError):
        analysis = read_record(Analysis, folder / "analysis.json")
        for file, content in {**EXPORTS["json"](analysis), **_exports(analysis)}.items():
            archive.writestr(f"{place}/{file}", content)
        archive.writestr(f"{place}/report.html", render(analysis, audio=sound or None))
    _write(archive, f"{place}/call.json", _facts(call))
    for name, rows in _review(session, call, asker).items():
        _write(archive, f"{place}/{name}.json", rows)
    trail = session.scalars(select(Audit).where(Audit.call == call.key).order_by(Audit.id)).all()
    only = None if asker is None or asker.admin else asker.name
    archive.writestr(f"{place}/audit.csv", audit_csv(trail, only=only))


def _add_recording(site: Site, archive: zipfile.ZipFile, call: Call, place: str) -> str:
    """Put the sound in as it was uploaded; returns its name there, empty when it was deleted."""
    folder = site.config.calls / call.key
    if call.sound_deleted is not None or not (folder / call.recording).is_file():
        return ""
    size = vault.size(site.config, folder, call.recording)
    # Sound is compressed already: to squeeze it again only costs time.
    entry = zipfile.ZipInfo(f"{place}/{call.recording}", date_time=_stamp(call.created))
    entry.compress_type = zipfile.ZIP_STORED
    with archive.open(entry, "w", force_zip64=size > 1 << 30) as file:
        for block in vault.stream(site.config, folder, call.recording, 0, size):
            file.write(block)
    return call.recording


def _exports(analysis: Analysis) -> dict[str, str | bytes]:
    made: dict[str, str | bytes] = {}
    for name in FORMATS:
        with suppress(AnalyserError):
            made.update(EXPORTS[name](analysis))
    return made


def _review(session: Session, call: Call, asker: Identity | None) -> dict[str, list[dict[str, Any]]]:
    """What people wrote and judged of a call, without what ``asker`` may not see yet."""
    everything = asker is None or asker.admin
    mine = "trainee" if asker is not None and call.owner_id == asker.id else "trainer"

    def rows(kind: Any) -> Iterator[Any]:
        return iter(session.scalars(select(kind).where(kind.call_id == call.id).order_by(kind.id)))

    def open_to(side: str, scorecard: int | None) -> bool:
        return everything or side == mine or all(done(session, call, scorecard).values())

    return {
        "comments": [_row(session, one) for one in rows(Comment)],
        "verdicts": [_row(session, one) for one in rows(Verdict) if open_to(one.side, None)],
        "scores": [_score(session, one) for one in rows(Submission) if open_to(one.side, one.scorecard_id)],
        "intention": [_row(session, one) for one in rows(Intention)],
        "corrections": [_row(session, one) for one in rows(Feedback)],
    }


def _score(session: Session, one: Submission) -> dict[str, Any]:
    card = session.get(Scorecard, one.scorecard_id) if one.scorecard_id else None
    return _row(session, one) | ({"scorecard": card.name, "questions": card.questions} if card else {})


def _facts(call: Call) -> dict[str, Any]:
    found = {name: value for name, value in _columns(call) if not name.endswith("_id") and name != "id"}
    return found | {
        "owner": call.owner.name if call.owner else None,
        "uploader": call.uploader.name if call.uploader else None,
    }


def _person(session: Session, user: User) -> dict[str, Any]:
    def of(kind: Any) -> list[dict[str, Any]]:
        return [dict(_columns(one)) for one in session.scalars(select(kind).where(kind.user_id == user.id))]

    remarks = session.scalars(select(Comment).where(Comment.author_id == user.id).order_by(Comment.id))
    return {
        "account": dict(_columns(user)),
        "sessions": of(LoginSession),
        "tokens": of(ApiToken),
        "uploads": of(Upload),
        "comments": [_row(session, one) for one in remarks],
    }


def _of_user(session: Session, name: str) -> Sequence[Audit]:
    # Logging in, and what was done to an account, has its name as the detail.
    own = (Audit.user == name) | (Audit.detail == name)
    return session.scalars(select(Audit).where(own).order_by(Audit.id)).all()


def _row(session: Session, one: Base) -> dict[str, Any]:
    """A row with people by their names in place of our numbers for them."""
    found: dict[str, Any] = {}
    for name, value in _columns(one):
        if name.endswith(("author_id", "_by_id")):
            user = session.get(User, value) if value is not None else None
            found[name.removesuffix("_id")] = user.shown if user else None
        elif name not in ("id", "call_id", "scorecard_id"):
            found[name] = value
    return found


def _columns(one: Base) -> Iterator[tuple[str, Any]]:
    for column in inspect(type(one)).columns:
        if column.key not in SECRET:
            yield column.key, getattr(one, column.key)


def _write(archive: zipfile.ZipFile, name: str, value: Any) -> None:
    archive.writestr(name, json.dumps(value, ensure_ascii=False, indent=1, default=_text) + "\n")


def _text(value: Any) -> str:
    return value.isoformat() if isinstance(value, dt.datetime) else str(value)


def _stamp(at: dt.datetime) -> tuple[int, int, int, int, int, int]:
    return (max(1980, at.year), at.month, at.day, at.hour, at.minute, at.second)
