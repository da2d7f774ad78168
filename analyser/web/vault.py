"""Where the sound of calls is kept, and the only way to it."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from analyser.errors import StorageError
from analyser.web.config import WebConfig

BLOCK = 1 << 18


def keep(config: WebConfig, source: Path, folder: Path, suffix: str) -> str:
    """Move the whole file ``source`` into a call's folder; returns its name there, ``recording<suffix>``.

    When it returns the sound is on the disk. Raises StorageError when it cannot be kept; ``source`` then stays.
    """
    name = f"recording{suffix}"
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        with source.open("rb") as file:
            os.fsync(file.fileno())
        source.replace(folder / name)
        _sync_folder(folder)
        _sync_folder(folder.parent)
    except OSError as error:
        reason = error.strerror or error
        raise StorageError(f"The recording cannot be kept ({reason}). Make room on the disk.") from error
    return name


@contextmanager
def plain(config: WebConfig, folder: Path, name: str) -> Iterator[Path]:
    """The recording as a file that can be decoded, for as long as the context lasts; raises StorageError."""
    path = folder / name
    if not path.is_file():
        raise StorageError("The recording of this call is not there any more.")
    yield path


def size(config: WebConfig, folder: Path, name: str) -> int:
    """Bytes of the recording as it was uploaded; raises StorageError."""
    try:
        return (folder / name).stat().st_size
    except OSError as error:
        raise StorageError("The recording of this call is not there any more.") from error


def stream(config: WebConfig, folder: Path, name: str, start: int, end: int) -> Iterator[bytes]:
    """The recording's bytes from ``start`` up to ``end``, in blocks; raises StorageError."""
    try:
        with (folder / name).open("rb") as file:
            file.seek(start)
            left = end - start
            while left > 0 and (block := file.read(min(BLOCK, left))):
                left -= len(block)
                yield block
    except OSError as error:
        raise StorageError("The recording of this call cannot be read.") from error


def _sync_folder(folder: Path) -> None:
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
