"""Records to files and back: JSON through pydantic, each file written whole or not at all."""

from __future__ import annotations

import os
import tempfile
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

from analyser.errors import StorageError

if TYPE_CHECKING:
    from pydantic import TypeAdapter

T = TypeVar("T")


def write_atomic(path: Path, data: bytes | str) -> None:
    """Write ``data`` to ``path`` (its folder is made), under a temporary name that is renamed when all is on disk.

    A reader sees the old file or the new one, never a part. Raises StorageError when the folder cannot be written or
    the disk is full; the old file then stands untouched and nothing is left behind.
    """
    content = data.encode() if isinstance(data, str) else data
    temporary: Path | None = None
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        handle, name = tempfile.mkstemp(dir=path.parent, prefix=".partial-")
        temporary = Path(name)
        with os.fdopen(handle, "wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        # Whoever may look into the folder may read it: in a folder of one's own the file is one's own.
        temporary.chmod(0o600 | (path.parent.stat().st_mode & 0o044))
        temporary.replace(path)
        temporary = None
    except OSError as error:
        raise StorageError(
            f"{path}: cannot be written ({error.strerror or error}). "
            "Choose another folder with --output, or make room on the disk."
        ) from error
    finally:
        # Also on Ctrl-C: nothing half-written stays behind.
        if temporary is not None:
            temporary.unlink(missing_ok=True)


def _adapter(kind: Any) -> TypeAdapter[Any]:
    return _cached_adapter(kind)


@cache
def _cached_adapter(kind: Any) -> TypeAdapter[Any]:
    # Building one takes some 50 ms, and an overview reads thousands of analyses.
    from pydantic import TypeAdapter

    return TypeAdapter(kind)


def to_json(record: Any, *, indent: int | None = 1) -> str:
    """A record as JSON text."""
    return bytes(_adapter(type(record)).dump_json(record, indent=indent)).decode()


def from_json(kind: type[T], text: str | bytes, *, source: Path | str = "text") -> T:
    """The record of type ``kind`` that JSON ``text`` holds; raises StorageError naming ``source`` and the field."""
    from pydantic import ValidationError

    try:
        record: T = _adapter(kind).validate_json(text)
    except ValidationError as error:
        first = error.errors()[0]
        place = ".".join(str(part) for part in first["loc"]) or "the file"
        raise StorageError(
            f"{source}: is not a {kind.__name__} that this version reads ({place}: {first['msg']}). "
            "Analyse the recording again."
        ) from error
    return record


def write_record(path: Path, record: Any) -> None:
    """Write a record as JSON to ``path``, whole or not at all; raises StorageError."""
    write_atomic(path, to_json(record) + "\n")


def read_record(kind: type[T], path: Path) -> T:
    """Read the record of type ``kind`` from ``path``; raises StorageError."""
    try:
        content = path.read_bytes()
    except OSError as error:
        raise StorageError(f"{path}: cannot be read ({error.strerror or error}).") from error
    return from_json(kind, content, source=path)


def schema(kind: Any) -> dict[str, Any]:
    """The JSON Schema of a record type."""
    return dict(_adapter(kind).json_schema())
