"""What became of each call: one small file per call, so that no two processes ever write the same one.

``OUTPUT/.batch/done`` and ``OUTPUT/.batch/failed`` hold an Outcome for each content, under its sha256. A call is
claimed with a file lock, which the system lets go of when its process dies, however it dies.
"""

from __future__ import annotations

import csv
import hashlib
import io
import os
from collections.abc import Collection, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

from analyser.batch.discovery import Unusable, is_address, trouble_with, writable
from analyser.calls import CallInfo
from analyser.errors import StorageError
from analyser.storage import read_record, write_atomic, write_record

State = Literal["done", "failed", "busy"]


@dataclass(frozen=True)
class Outcome:
    """What became of one call.

    ``key`` is of the settings that it was done with. ``fault`` says whether the file or the machine is to blame: what
    failed by the machine is tried again by itself. ``seconds`` of work, of ``recording`` and of ``speech`` in it.
    ``busy`` is never written: another batch has the call in hand; nor is ``fresh``, which is false when another batch
    was found to have done it meanwhile.
    """

    sha256: str
    source: str
    state: State
    key: str = ""
    folder: str = ""
    info: CallInfo = field(default_factory=CallInfo)
    reason: str = ""
    fault: Literal["", "file", "machine"] = ""
    seconds: float = 0.0
    recording: float = 0.0
    speech: float = 0.0
    finished: str = ""
    fresh: bool = True

    def stays_failed(self, key: str) -> bool:
        """Whether there is no point in trying again: the file was to blame, and the settings are the same."""
        return self.state == "failed" and self.fault == "file" and self.key == key


@dataclass(frozen=True)
class Ledger:
    """The outcomes of the calls in an output folder."""

    output: Path

    @property
    def folder(self) -> Path:
        """Where the ledger lies."""
        return self.output / ".batch"

    def path(self, state: str, sha256: str) -> Path:
        """The file of a call in one of the states; folders of two letters keep each small."""
        return self.folder / state / sha256[:2] / f"{sha256}.json"

    def look_up(self, sha256: str) -> Outcome | None:
        """What is known of a content; done goes over failed. A damaged entry counts as none."""
        for state in ("done", "failed"):
            path = self.path(state, sha256)
            if path.is_file():
                try:
                    return read_record(Outcome, path)
                except StorageError:
                    continue
        return None

    def write(self, outcome: Outcome) -> None:
        """Enter an outcome. Raises StorageError."""
        write_record(self.path(outcome.state, outcome.sha256), outcome)
        if outcome.state == "done":
            self.path("failed", outcome.sha256).unlink(missing_ok=True)

    def stands(self, outcome: Outcome, key: str) -> bool:
        """Whether the result is still there and was made with the settings of ``key``."""
        return (
            outcome.state == "done"
            and outcome.key == key
            and (self.output / outcome.folder / "analysis.json").is_file()
        )

    def failures(self) -> Iterator[Outcome]:
        """Everything that stands as failed, in order of content."""
        for path in sorted((self.folder / "failed").glob("*/*.json")):
            try:
                yield read_record(Outcome, path)
            except StorageError:
                continue

    @contextmanager
    def claim(self, sha256: str, *, wait: bool = False) -> Iterator[bool]:
        """Hold a call against every other batch on this folder; False when another has it and we do not wait."""
        from filelock import FileLock, Timeout

        path = self.folder / "claims" / sha256[:2] / f"{sha256}.lock"
        path.parent.mkdir(parents=True, exist_ok=True)
        lock = FileLock(path, timeout=-1 if wait else 0)
        try:
            lock.acquire()
        except Timeout:
            yield False
            return
        try:
            yield True
        finally:
            lock.release()

    def enter_unusable(self, unusable: list[Unusable]) -> None:
        """Enter files that cannot be read at all, under a hash of their path. Raises StorageError."""
        for item in unusable:
            name = hashlib.sha256(os.fsencode(item.source)).hexdigest()
            source, reason = writable(item.source), writable(item.reason)
            self.write(Outcome(name, source, "failed", reason=reason, fault="file", key="path"))

    def write_failed_list(self, unusable: Collection[str] = ()) -> list[Outcome]:
        """Write ``failed.csv``, what failed and why, and return what it lists; the file goes when nothing failed.

        A file that was mended or is gone is listed no longer; those in ``unusable`` were found to be so just now.
        """
        listed = []
        for outcome in self.failures():
            gone = not is_address(outcome.source) and not _there(outcome.source)
            mended = outcome.key == "path" and outcome.source not in unusable and not trouble_with(outcome.source)
            if outcome.key == "path" and (gone or mended):
                self.path("failed", outcome.sha256).unlink(missing_ok=True)
            elif not gone:
                listed.append(outcome)
        path = self.output / "failed.csv"
        if not listed:
            path.unlink(missing_ok=True)
            return []
        listed.sort(key=lambda outcome: outcome.source)
        text = io.StringIO()
        writer = csv.writer(text)
        writer.writerow(("file", "reason", "blame"))
        for outcome in listed:
            writer.writerow((harmless(outcome.source), harmless(outcome.reason), outcome.fault))
        write_atomic(path, "\ufeff" + text.getvalue())
        return listed


def harmless(text: str) -> str:
    """A cell that no spreadsheet takes for a formula."""
    return f"'{text}" if text[:1] in ("=", "+", "-", "@", "\t", "\r") else text


def _there(source: str) -> bool:
    # A name that had to be rewritten to be stored cannot be looked up by it.
    return os.path.lexists(source) or "\\udc" in source
