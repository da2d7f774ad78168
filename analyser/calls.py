"""What is known of a call from outside it: whose it is, with whom, when. Kept as ``call.json`` in the call's folder."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from analyser.errors import StorageError
from analyser.storage import read_record, write_record

FILE = "call.json"


@dataclass(frozen=True)
class CallInfo:
    """Where a call came from and who had it with whom; a text is empty where nothing is known.

    ``date`` is an ISO 8601 day; ``dated`` says where it was read: a list beside the recordings, the file's name, or
    the day on which the file was last changed, which is only a guess.
    """

    source: str = ""
    seller: str = ""
    client: str = ""
    date: str = ""
    dated: Literal["", "list", "name", "file"] = ""


def write_info(folder: Path, info: CallInfo) -> None:
    """Keep ``info`` in a call's folder; raises StorageError."""
    write_record(folder / FILE, info)


def read_info(folder: Path) -> CallInfo:
    """What is known of the call in ``folder``; an empty record where nothing was kept, or nothing readable."""
    try:
        return read_record(CallInfo, folder / FILE)
    except StorageError:
        return CallInfo()
