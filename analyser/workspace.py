"""Where results live: a folder for each recording, whose files are the state.

A stage whose file is there and was made from the same recording with the same settings is not run again. Every file
is written under a temporary name and renamed, so a killed run leaves whole files or none. The command line, the web
app and a batch use this and nothing deeper.
"""

from __future__ import annotations

import hashlib
import os
import re
import shutil
import unicodedata
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypeVar

from analyser.errors import StorageError
from analyser.storage import from_json, read_record, to_json, write_atomic, write_record

T = TypeVar("T")
MAX_NAME = 80
PLAYABLE = frozenset({".wav", ".mp3", ".m4a", ".mp4", ".ogg", ".oga", ".opus", ".flac", ".webm", ".aac", ".mov"})
"""endings that browsers play; anything else gets an Opus copy for the report"""


@dataclass(frozen=True)
class JobState:
    """What a folder holds: the recording's name and hash, and for each stage the key that its file was made with."""

    name: str
    sha256: str
    stages: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Job:
    """The folder of one recording."""

    folder: Path
    name: str
    sha256: str
    given: bool = False
    """the caller named the folder, and may keep more in it"""

    @property
    def state(self) -> JobState:
        """What the folder says of itself; empty when it is new, or was made from another recording."""
        path = self.folder / "job.json"
        if path.is_file():
            try:
                state = read_record(JobState, path)
            except StorageError:
                return JobState(self.name, self.sha256)
            if state.sha256 == self.sha256:
                return state
        return JobState(self.name, self.sha256)

    def stage(self, stage: str, kind: type[T], key: str, make: Callable[[], T]) -> T:
        """The record of a stage: read when its file was made with ``key``, else made and written.

        Raises StorageError when it cannot be written.
        """
        path = self.folder / f"{stage}.json"
        if self.state.stages.get(stage) == key and path.is_file():
            try:
                return read_record(kind, path)
            except StorageError:
                pass  # made by another version, or damaged: make it again
        record = make()
        self.put(stage, record, key)
        return record

    def put(self, stage: str, record: Any, key: str) -> None:
        """Write a stage's record, and then that it is there. Raises StorageError."""
        write_record(self.folder / f"{stage}.json", record)
        with self.locked():
            state = self.state
            write_record(self.folder / "job.json", JobState(self.name, self.sha256, {**state.stages, stage: key}))

    @contextmanager
    def locked(self) -> Iterator[None]:
        """Hold the job against another thread or process that writes its state."""
        from filelock import FileLock

        self.folder.mkdir(parents=True, exist_ok=True)
        with FileLock(self.folder / ".lock"):
            yield

    def keep_recording(self, source: Path, encode: Callable[[], bytes]) -> str:
        """Put the recording into the folder as browsers play it; returns its file name there.

        A hard link where the disk allows one, so that no room is taken; a copy elsewhere; Opus when no browser plays
        the original.
        """
        suffix = source.suffix.lower()
        if suffix not in PLAYABLE:
            write_atomic(self.folder / "recording.ogg", encode())
            return "recording.ogg"
        target = self.folder / f"recording{suffix}"
        if target.exists() and (target.samefile(source) or target.stat().st_size == source.stat().st_size):
            return target.name
        temporary = self.folder / f".partial-recording{suffix}"
        temporary.unlink(missing_ok=True)
        try:
            try:
                os.link(source, temporary)
            except OSError:
                shutil.copyfile(source, temporary)
            temporary.replace(target)
        except OSError as error:
            temporary.unlink(missing_ok=True)
            raise StorageError(f"{target}: the recording cannot be kept here ({error.strerror or error}).") from error
        return target.name

    def delete(self) -> None:
        """Remove the folder with all that is in it."""
        shutil.rmtree(self.folder)

    def discard(self, *, unfinished: bool = True) -> None:
        """Remove the folder of a recording that failed, unless it holds a finished analysis.

        With ``unfinished`` false it also stays when a stage was finished in it, to go on from there. A folder that the
        caller named is the caller's to remove: the only copy of the recording can lie in it.
        """
        stages = self.state.stages
        if not self.given and "analysis" not in stages and (unfinished or not stages):
            shutil.rmtree(self.folder, ignore_errors=True)


def open_job(output: Path, name: str, sha256: str, *, folder: str | None = None) -> Job:
    """The folder for a recording in ``output``: its own if it was here before, else a new one.

    Two recordings of the same name get two folders. ``folder`` names the folder where the caller knows it, so that one
    recording can be there twice. Raises StorageError when the folder cannot be made.
    """
    from filelock import FileLock

    if folder is not None:
        job = Job(output / folder, name, sha256, given=True)
        if not _same(job.folder / "job.json", sha256):
            write_record(job.folder / "job.json", JobState(name, sha256))
        return job
    base = folder_name(name)
    own, plain = (Job(output / folder, name, sha256) for folder in (f"{base}-{sha256[:8]}", base))
    try:
        output.mkdir(parents=True, exist_ok=True)
        # Two processes with recordings of one name must not both find the folder free.
        with FileLock(output / ".lock"):
            # A recording that once had to give way keeps its folder, also when the other is gone.
            taken = (plain.folder / "job.json").exists() and not _same(plain.folder / "job.json", sha256)
            job = own if taken or _same(own.folder / "job.json", sha256) else plain
            if not (job.folder / "job.json").exists():
                write_record(job.folder / "job.json", JobState(name, sha256))
    except OSError as error:
        raise StorageError(
            f"{output / base}: cannot be made ({error.strerror or error}). Choose another folder with --output."
        ) from error
    return job


def existing_job(folder: Path) -> Job:
    """The job that lives in ``folder``; raises StorageError when there is none."""
    state = read_record(JobState, folder / "job.json")
    return Job(folder, state.name, state.sha256)


def jobs(output: Path) -> Iterator[Path]:
    """The folders in ``output`` that hold a finished analysis, in order of name."""
    if output.is_dir():
        for folder in sorted(output.iterdir()):
            if (folder / "analysis.json").is_file():
                yield folder


def folder_name(name: str) -> str:
    """A file name as a folder name that every system takes: letters, digits, dots, dashes; never a path."""
    plain = unicodedata.normalize("NFC", Path(name.replace("\\", "/")).name)
    stem = plain.rsplit(".", 1)[0] if "." in plain[1:] else plain
    safe = re.sub(r"[^\w.-]+", "-", stem).strip("-._")[:MAX_NAME].rstrip("-._")
    return safe or "call"


def key_of(*parts: Any) -> str:
    """A short key of everything that a stage's result hangs on."""
    text = "\n".join(part if isinstance(part, str) else to_json(part) for part in parts)
    return hashlib.sha256(text.encode()).hexdigest()[:16]


def _same(state: Path, sha256: str) -> bool:
    try:
        return from_json(JobState, state.read_bytes(), source=state).sha256 == sha256
    except (OSError, StorageError):
        return False
