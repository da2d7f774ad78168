"""Recordings and transcripts in folders, on this machine or behind an fsspec address; and what cannot be one."""

from __future__ import annotations

import datetime as dt
import fnmatch
import hashlib
import os
import stat
import unicodedata
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import Any

from analyser.audio import SUFFIXES, hash_file
from analyser.errors import AudioError, BatchError

TRANSCRIPTS = frozenset({".tsv", ".vtt"})
TRANSCRIPT_NAME = "transcript.json"
"""our own form of a transcript: a name of its own, because other programs write .json too"""


@dataclass(frozen=True)
class Found:
    """A file that may hold a call.

    ``source`` is its path or address, ``relative`` its path below the folder that was named, with slashes; ``size`` in
    bytes, ``modified`` in seconds since 1970.
    """

    source: str
    relative: str
    size: int
    modified: float

    @property
    def name(self) -> str:
        """The file's name, as it was written."""
        return PurePosixPath(self.relative).name


@dataclass(frozen=True)
class Unusable:
    """A file that looks like a call by its name and cannot be one, and why."""

    source: str
    reason: str


def find(folders: Sequence[str], pattern: str = "*") -> tuple[list[Found], list[Unusable]]:
    """All calls in ``folders`` and the folders below, each whole path once, in order of path; and what is unusable.

    ``pattern`` is a shell pattern (``*``, ``?``, ``[…]``) on the file's name, or on its path below the folder when it
    has a slash. Hidden files and the folders of results are passed over; links to folders are not followed. Raises
    BatchError when a folder is not there.
    """
    found: dict[str, Found] = {}
    unusable: dict[str, Unusable] = {}
    for folder in folders:
        for item in _remote(folder) if is_address(folder) else _local(Path(folder).absolute()):
            if isinstance(item, Unusable):
                unusable.setdefault(item.source, item)
            elif _matches(item, pattern):
                found.setdefault(item.source, item)
    for source in [source for source, item in found.items() if item.size == 0]:
        unusable[source] = Unusable(source, f"{source}: the file is empty. Copy it again from where it was recorded.")
        del found[source]
    return sorted(found.values(), key=lambda item: item.source), sorted(unusable.values(), key=lambda item: item.source)


def is_address(text: str) -> bool:
    """Whether the text is an fsspec address (``s3://…``, ``memory://…``) and no path."""
    return "://" in text


def is_call(name: str) -> bool:
    """Whether a file of that name can hold a call: a recording or a transcript that we read."""
    lower = name.lower()
    suffix = PurePosixPath(lower).suffix
    return (
        suffix in SUFFIXES or suffix in TRANSCRIPTS or lower == TRANSCRIPT_NAME or lower.endswith(f".{TRANSCRIPT_NAME}")
    )


def content_hash(found: Found) -> str:
    """The sha256 of the bytes; raises AudioError when they cannot be read."""
    if not is_address(found.source):
        return hash_file(Path(found.source))
    try:
        with _fsspec().open(found.source, "rb") as file:
            digest = hashlib.sha256()
            while piece := file.read(1 << 20):
                digest.update(piece)
    except Exception as error:  # each file system raises its own
        raise AudioError(f"{found.source}: cannot be read ({error}).") from error
    return digest.hexdigest()


def trouble_with(source: str) -> str | None:
    """Why the file at a path cannot be a call, or None when it can, or is no longer there."""
    path = Path(source)
    if is_address(source) or not os.path.lexists(path):
        return None
    item = _look(path, path.parent)
    if isinstance(item, Unusable):
        return item.reason
    return f"{source}: the file is empty." if item.size == 0 else None


def writable(text: str) -> str:
    """A path as text that can be stored: a file name may hold bytes that are no letters in any script."""
    return text.encode("utf-8", "backslashreplace").decode()


def _local(folder: Path) -> Iterator[Found | Unusable]:
    if folder.is_file():
        yield _look(folder, folder.parent)
        return
    if not folder.is_dir():
        raise BatchError(f"{folder}: there is no such folder. Name a folder with recordings.")
    closed: list[Unusable] = []

    def refused(error: OSError) -> None:
        closed.append(Unusable(str(error.filename), f"{error.filename}: cannot be opened ({error.strerror})."))

    for here, folders, files in os.walk(folder, onerror=refused):
        # Results have job.json: our own transcripts are no calls to analyse.
        if "job.json" in files:
            folders.clear()
            continue
        folders[:] = sorted(name for name in folders if not name.startswith("."))
        for name in files:
            if is_call(name) and not name.startswith("."):
                yield _look(Path(here) / name, folder)
    yield from closed


def _look(path: Path, folder: Path) -> Found | Unusable:
    try:
        status = path.stat()
    except OSError as error:
        if path.is_symlink():
            return Unusable(str(path), f"{path}: is a link to a file that is not there.")
        return Unusable(str(path), f"{path}: cannot be read ({error.strerror or error}).")
    if not stat.S_ISREG(status.st_mode):
        return Unusable(str(path), f"{path}: is no ordinary file.")
    if not os.access(path, os.R_OK):
        return Unusable(str(path), f"{path}: may not be read. Give this user the right to read it.")
    return Found(str(path), path.relative_to(folder).as_posix(), status.st_size, status.st_mtime)


def _remote(address: str) -> Iterator[Found]:
    files, root = _fsspec().core.url_to_fs(address)
    try:
        listing: dict[str, Any] = files.find(root, detail=True)
    except Exception as error:  # each file system raises its own
        raise BatchError(f"{address}: cannot be listed ({error}).") from error
    if not listing:
        raise BatchError(f"{address}: there is nothing there.")
    for path, detail in listing.items():
        relative = path.removeprefix(root).lstrip("/") or PurePosixPath(path).name
        parts = PurePosixPath(relative).parts
        if is_call(parts[-1]) and not any(part.startswith(".") for part in parts):
            yield Found(files.unstrip_protocol(path), relative, int(detail.get("size") or 0), _modified(detail))


def _modified(detail: dict[str, Any]) -> float:
    """When a remote file was changed, under whichever name and type its file system says so; 0 when it does not."""
    for key in ("mtime", "LastModified", "last_modified", "updated", "created"):
        value = detail.get(key)
        if isinstance(value, int | float):
            return float(value)
        if isinstance(value, dt.datetime):
            return value.timestamp()
        if isinstance(value, str):
            try:
                return dt.datetime.fromisoformat(value).timestamp()
            except ValueError:
                continue
    return 0.0


def _matches(found: Found, pattern: str) -> bool:
    subject = found.relative if "/" in pattern else found.name
    return fnmatch.fnmatch(_plain(subject), _plain(pattern))


def _plain(text: str) -> str:
    # Macs store names decomposed; the pattern that is typed is composed.
    return unicodedata.normalize("NFC", text).casefold()


def _fsspec() -> Any:
    try:
        import fsspec
    except ImportError as error:
        raise BatchError("Addresses such as s3://… need fsspec: pip install 'analyser[dask]'.") from error
    return fsspec
