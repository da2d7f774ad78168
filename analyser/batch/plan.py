"""Which calls of the folders are to be done, and why the others are not."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Literal

from analyser import __version__
from analyser.audio import hash_file
from analyser.batch.discovery import Found, Unusable, content_hash, find
from analyser.batch.ledger import Ledger
from analyser.batch.metadata import Sources
from analyser.batch.work import ANALYSE, Task
from analyser.calls import CallInfo, write_info
from analyser.errors import AudioError, StorageError
from analyser.hearing import HEARING
from analyser.settings import Settings
from analyser.storage import read_record, write_record
from analyser.workspace import key_of

Why = Literal["duplicate", "done before", "failed before"]


@dataclass(frozen=True)
class Request:
    """What was asked of a batch. ``since`` leaves out calls of earlier days; ``analyse`` is Task's."""

    folders: tuple[str, ...]
    output: Path
    settings: Settings = field(default_factory=Settings)
    pattern: str = "*"
    since: dt.date | None = None
    sources: Sources = field(default_factory=Sources)
    retry_failed: bool = False
    analyse: str = ANALYSE


@dataclass(frozen=True)
class Passed:
    """A call that is not done (again), and why: the result that stands, the file that it equals, or its failure."""

    source: str
    why: Why
    detail: str


@dataclass(frozen=True)
class Call:
    """A file found, with what is known of the call."""

    found: Found
    info: CallInfo


@dataclass(frozen=True)
class Hashes:
    """Contents hashed before, by path with size and time of change: so that a second run need not read everything."""

    known: dict[str, tuple[int, float, str]] = field(default_factory=dict)


def gather(request: Request) -> tuple[list[Call], list[Unusable]]:
    """The calls in the folders that the request is about, the largest first, and the files that cannot be one.

    The largest first, so that no worker is left alone with a call of hours at the end.
    """
    found, unusable = find(request.folders, request.pattern)
    calls = [Call(item, request.sources.info(item)) for item in found]
    if request.since is not None:
        day = request.since.isoformat()
        calls = [call for call in calls if not call.info.date or call.info.date >= day]
    return sorted(calls, key=lambda call: -call.found.size), unusable


def plan(calls: Iterable[Call], request: Request, *, dry: bool = False) -> Iterator[Task | Passed | Unusable]:
    """What to do with each call, worked out one by one as it is asked for.

    A call that was moved to another seller or client is not analysed again: only what is known of it is written anew.
    Raises StorageError. With ``dry`` nothing is written.
    """
    ledger = Ledger(request.output)
    hashes = _read_hashes(ledger)
    key = settings_key(request.settings)
    seen: dict[str, str] = {}
    try:
        for call in calls:
            try:
                sha256 = _hash(call.found, hashes)
            except AudioError as error:
                yield Unusable(call.found.source, str(error))
                continue
            if sha256 in seen:
                yield Passed(call.found.source, "duplicate", seen[sha256])
                continue
            seen[sha256] = call.found.source
            known = ledger.look_up(sha256)
            if known is not None and ledger.stands(known, key):
                if not dry and known.info != call.info:
                    write_info(request.output / known.folder, call.info)
                    ledger.write(replace(known, info=call.info))
                yield Passed(call.found.source, "done before", known.folder)
            elif known is not None and known.stays_failed(key) and not request.retry_failed:
                yield Passed(call.found.source, "failed before", known.reason)
            else:
                yield Task(
                    source=call.found.source,
                    name=call.found.name,
                    sha256=sha256,
                    info=call.info,
                    settings=request.settings,
                    output=request.output,
                    key=key,
                    size=call.found.size,
                    analyse=request.analyse,
                    retry=request.retry_failed,
                )
    finally:
        if not dry:
            write_record(ledger.folder / "hashes.json", hashes)


def settings_key(settings: Settings) -> str:
    """A key of everything that a result hangs on beside its recording; the number of threads is no part of it.

    The stages have keys of their own: a call whose key changed is gone through again, and only the stages that the
    change touches are run.
    """
    files = [hash_file(path) if path.is_file() else "" for path in (settings.team, settings.voices) if path]
    return key_of(__version__, str(HEARING), replace(settings, threads=0), *files)


def _read_hashes(ledger: Ledger) -> Hashes:
    try:
        return read_record(Hashes, ledger.folder / "hashes.json")
    except StorageError:
        return Hashes()


def _hash(found: Found, hashes: Hashes) -> str:
    known = hashes.known.get(found.source)
    if known is not None and known[:2] == (found.size, found.modified) and found.modified:
        return known[2]
    sha256 = content_hash(found)
    if found.source.isprintable():
        hashes.known[found.source] = (found.size, found.modified, sha256)
    return sha256
