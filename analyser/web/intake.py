"""Taking in a recording: looked at, kept, and in the queue, all of it or nothing."""

from __future__ import annotations

import contextlib
import datetime as dt
import math
import os
import re
import shutil
import unicodedata
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from sqlalchemy import ColumnElement, func, or_, select
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.orm import Session

from analyser import audio
from analyser.batch.discovery import Found
from analyser.batch.metadata import Sources, name_pattern
from analyser.errors import AnalyserError, AudioError, SettingsError, StorageError, TranscriptError
from analyser.formats import SUFFIXES as TRANSCRIPTS
from analyser.formats import is_transcript, read_transcript
from analyser.languages import available
from analyser.web import vault
from analyser.web.access import changed
from analyser.web.config import WebConfig
from analyser.web.identity import LOCAL, Identity
from analyser.web.site import Site
from analyser.web.tables import Audit, Call, User, new_key, now

GROUNDS = ("consent", "contract", "interest", "law")
"""grounds of GDPR article 6 on which a conversation can be processed"""
CHANNELS = ("", "left", "right")
LARGEST_TRANSCRIPT = 50 << 20
"""bytes; a day of talk has one"""
INCOMING = ".incoming"
"""stands in the folder of a call that is not in the database yet"""
ABANDONED = dt.timedelta(hours=1)
"""after which such a folder is nobody's any more"""
Also = Callable[[Session, Call], None]


@dataclass(frozen=True)
class Details:
    """What is known of a call that comes in; a text is empty where nothing is known.

    ``seller`` is a user's name or free text, ``date`` an ISO 8601 day, ``channel`` the seller's (left, right, or empty
    to find the seller by what is said), ``ground`` one of GROUNDS.
    """

    seller: str = ""
    client: str = ""
    date: str = ""
    channel: str = ""
    language: str = "auto"
    ground: str = ""
    consent: str = ""

    @classmethod
    def of(cls, given: Mapping[str, Any]) -> Details:
        """From what a form or program sent; other fields are passed over. Raises SettingsError for what cannot be."""
        texts = {name: _line(given.get(name)) for name in ("seller", "client", "date", "channel", "language", "ground")}
        consent = str(given.get("consent") or "").replace("\x00", "").strip()[:2000]
        texts["language"] = texts["language"] or "auto"
        for name, known in (("channel", CHANNELS), ("ground", ("", *GROUNDS)), ("language", ("auto", *available()))):
            if texts[name] not in known:
                raise SettingsError(f"'{texts[name][:20]}' is no {name}; choose {', '.join(filter(None, known))}.")
        if texts["date"]:
            try:
                texts["date"] = dt.date.fromisoformat(texts["date"]).isoformat()
            except ValueError as error:
                raise SettingsError(f"'{texts['date'][:20]}' is no date; write it as 2026-11-20.") from error
        return cls(**texts, consent=consent)

    @property
    def given(self) -> dict[str, str]:
        """As it is kept with an upload."""
        return asdict(self)


def accept(site: Site, asker: Identity, path: Path, name: str, details: Details, *, also: Also | None = None) -> str:
    """Take in the whole file ``path``; returns the key of its call, which is then kept and queued.

    ``also`` is done in the transaction that makes the call. Raises AudioError or TranscriptError for a file that is no
    call, StorageError when it cannot be kept, SQLAlchemyError when the database cannot be used; then ``path`` is still
    there and nothing else is. On success ``path`` is gone.
    """
    config = site.config
    name = clean_name(name)
    suffix = Path(name).suffix.lower()
    need_room(config)
    # All is done with a second link to the file, so that a crash anywhere before the commit leaves the first.
    held = path.with_name(f"{path.stem}.held{suffix}")
    key = new_key()
    folder = config.calls / key
    try:
        _link(path, held)
        check(config, held, name)
        size, sha256 = held.stat().st_size, audio.hash_file(held)
        folder.mkdir(mode=0o700)
        (folder / INCOMING).touch()
        recording = vault.keep(config, held, folder, suffix)
        with site.database.write() as session:
            call = _call(session, asker, name, details)
            call.key, call.recording, call.size, call.sha256 = key, recording, size, sha256
            session.add(call)
            session.flush()
            changed(session, call, "state")
            session.add(Audit(user=asker.name, action="call.add", call=key))
            if also is not None:
                also(session, call)
    except BaseException as error:
        # When the connection broke at the commit we do not know: then the call may stand, and its folder has to.
        if not isinstance(error, SQLAlchemyError) or _absent(site, key):
            shutil.rmtree(folder, ignore_errors=True)
        if isinstance(error, OSError):
            raise StorageError(f"The recording cannot be kept ({error.strerror or error}).") from error
        raise
    finally:
        held.unlink(missing_ok=True)
    with contextlib.suppress(OSError):
        (folder / INCOMING).unlink(missing_ok=True)
        path.unlink(missing_ok=True)
    return key


def retry(session: Session, call: Call) -> bool:
    """Queue a call again that failed or was cancelled; returns whether it was one, and its sound is still there."""
    session.refresh(call, with_for_update={"of": Call})
    if call.state not in ("failed", "cancelled") or call.sound_deleted is not None:
        return False
    call.state, call.stage, call.progress, call.left, call.reason = "queued", "", 0.0, None, ""
    call.attempts, call.cancel, call.started, call.finished = 0, False, None, None
    changed(session, call, "state")
    return True


def cancel(session: Session, call: Call) -> bool:
    """Stop a call that waits, or ask for one that is being analysed to be stopped; returns whether it was either."""
    session.refresh(call, with_for_update={"of": Call})
    if call.state not in ("queued", "running"):
        return False
    if call.state == "queued":
        call.state, call.finished = "cancelled", now()
    else:
        call.cancel = True
    changed(session, call, "state")
    return True


def check(config: WebConfig, path: Path, name: str) -> None:
    """Whether a file is a recording or transcript that we take; raises AudioError or TranscriptError, naming ``name``.

    What it holds counts and not what it is called, but for a transcript's ending.
    """
    suffix = Path(name).suffix.lower()
    size = path.stat().st_size
    if suffix not in audio.SUFFIXES | TRANSCRIPTS:
        raise AudioError(f"{name}: is not a kind of file that is taken. Give a recording (wav, mp3, m4a, mp4 …).")
    if size > config.max_upload:
        raise AudioError(f"{name}: is larger than {config.max_upload >> 20} MiB. Give the sound without the picture.")
    if not is_transcript(path):
        audio.check_sound(path, longest=config.max_hours * 3600, name=name)
        return
    if size > LARGEST_TRANSCRIPT:
        raise TranscriptError(f"{name}: is too large for a transcript.")
    try:
        said = read_transcript(path, "")
    except AnalyserError as error:
        raise TranscriptError(str(error).replace(str(path), name)) from error
    except (ValueError, RecursionError, OverflowError, MemoryError) as error:
        raise TranscriptError(f"{name}: cannot be read as a transcript ({type(error).__name__}).") from error
    longest = config.max_hours * 3600
    times = [time for span in (*said.words, *said.spans) for time in (span.start, span.end)]
    if not all(math.isfinite(time) and 0 <= time <= longest for time in (*times, said.recording.duration)):
        raise TranscriptError(f"{name}: has times that no call of at most {config.max_hours:.0f} hours has.")


def room(config: WebConfig) -> int:
    """Bytes that can still be used on the workspace's disk; 0 or less when it has to be cleared first."""
    return shutil.disk_usage(config.workspace).free - config.reserve


def need_room(config: WebConfig, size: int = 0) -> None:
    """Raise StorageError unless ``size`` more bytes leave the disk its reserve."""
    if room(config) < size:
        raise StorageError("The disk is nearly full: nothing is taken in until there is room again.")


def clean_name(name: str) -> str:
    """What people call a file: without folders and signs that cannot be seen, at most 255 characters."""
    plain = unicodedata.normalize("NFC", name.replace("\\", "/")).rsplit("/", 1)[-1]
    plain = "".join(sign for sign in plain if unicodedata.category(sign)[0] != "C").strip().lstrip(".") or "call"
    stem, suffix = Path(plain).stem, Path(plain).suffix[:20]
    return stem[: 255 - len(suffix)] + suffix


def guess_date(name: str, modified: float = 0.0) -> str:
    """The ISO 8601 day in a file's name, else the day on which it was changed (seconds since 1970), else nothing."""
    sources = Sources(pattern=name_pattern("*{date}*"))
    return sources.info(Found(name, clean_name(name), 0, modified)).date


def sellers_for(asker: Identity) -> ColumnElement[bool]:
    """The condition on ``User`` that holds for those in whose name ``asker`` may bring in a call."""
    named = User.active & (User.name != LOCAL)
    if asker.admin:
        return named
    if asker.role == "trainer" and asker.team:
        return named & (User.team == asker.team)
    return named & (User.id == asker.id)


def sweep_incoming(site: Site) -> int:
    """Clear up what a crash left of calls on their way in; returns how many there were."""
    swept = 0
    for marker in site.config.calls.glob(f"*/{INCOMING}"):
        with contextlib.suppress(OSError):
            old = dt.datetime.fromtimestamp(marker.stat().st_mtime, dt.UTC) < now() - ABANDONED
            if not _absent(site, marker.parent.name):
                marker.unlink(missing_ok=True)
            elif old and re.fullmatch(r"[0-9a-f]{32}", marker.parent.name):
                shutil.rmtree(marker.parent)
                swept += 1
    return swept


def _call(session: Session, asker: Identity, name: str, details: Details) -> Call:
    """A call in the name of whoever the asker may bring one in for."""
    owner = None
    if asker.role == "seller":
        owner = session.get(User, asker.id)
    elif details.seller:
        wanted = details.seller.casefold()
        meant = or_(User.name == wanted, func.lower(User.display) == wanted)
        owner = session.scalar(select(User).where(meant, sellers_for(asker)).order_by(User.id).limit(1))
    return Call(
        owner_id=owner.id if owner else None,
        uploader_id=asker.id,
        team=owner.team if owner else asker.team,
        name=name,
        seller=(owner.shown if owner else details.seller)[:120],
        client=details.client,
        date=details.date or guess_date(name),
        channel=details.channel,
        language=details.language,
        ground=details.ground,
        consent=details.consent,
    )


def _absent(site: Site, key: str) -> bool:
    """Whether the database answers, and knows of no such call."""
    try:
        with site.database.read() as session:
            return session.scalar(select(Call.id).where(Call.key == key)) is None
    except SQLAlchemyError:
        return False


def _link(path: Path, target: Path) -> None:
    target.unlink(missing_ok=True)
    try:
        os.link(path, target)
    except OSError:  # a disk without hard links
        shutil.copyfile(path, target)


def _line(value: Any) -> str:
    text = value if isinstance(value, str) else ""
    return " ".join("".join(" " if unicodedata.category(s)[0] == "C" else s for s in text).split())[:120]
