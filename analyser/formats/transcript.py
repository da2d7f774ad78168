"""Our own ``transcript.json``: words and speech with their speakers."""

from __future__ import annotations

from pathlib import Path

from analyser.errors import StorageError, TranscriptError
from analyser.said import Said
from analyser.storage import read_record


def read_said(path: Path) -> Said:
    """Read ``transcript.json``; raises TranscriptError naming the field that is off."""
    try:
        return read_record(Said, path)
    except StorageError as error:
        raise TranscriptError(
            f"{error} A transcript in JSON must be a transcript.json that `analyser analyse` wrote."
        ) from error
