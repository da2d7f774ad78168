"""What was heard so far of a call, on disk: a run that is stopped goes on where it was."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from pathlib import Path
from threading import Lock
from typing import Any

from analyser.errors import StorageError
from analyser.transcribe.language import Vote
from analyser.transcribe.recogniser import Heard, HeardWord
from analyser.transcribe.windows import Window

Pairs = list[tuple[Window, Heard]]


class Journal:
    """A file of JSON lines, one for each group of windows, written as it is done.

    ``key`` says what the results depend on (recording, model, settings): lines of another key are not believed, and
    neither is a last line that a killed run left half.
    """

    def __init__(self, path: Path, key: str) -> None:
        self.path, self.key = path, key
        self._lock = Lock()
        self._lines = self._read()

    def known(self) -> dict[Window, Pairs]:
        """The windows that are done, each with itself or its halves and what was heard."""
        return {
            _window(entry["window"]): [(_window(part), _heard(heard)) for part, heard in entry["found"]]
            for line in self._lines
            for entry in line.get("windows", ())
        }

    def vote(self) -> Vote | None:
        """The language of the call, once it was voted on."""
        return next((Vote(**line["vote"]) for line in self._lines if "vote" in line), None)

    def write_vote(self, vote: Vote) -> None:
        """Keep the language."""
        self._append({"vote": asdict(vote)})

    def write(self, found: Mapping[Window, Sequence[tuple[Window, Heard]]]) -> None:
        """Keep what was heard in a group of windows."""
        entries = [
            {"window": asdict(window), "found": [[asdict(part), asdict(heard)] for part, heard in pairs]}
            for window, pairs in found.items()
        ]
        self._append({"windows": entries})

    def close(self) -> None:
        """Remove the file: the result it led to is kept elsewhere."""
        self.path.unlink(missing_ok=True)

    def _append(self, line: dict[str, Any]) -> None:
        try:
            self.path.parent.mkdir(parents=True, exist_ok=True)
            with self._lock, self.path.open("a", encoding="utf-8") as file:
                file.write(json.dumps({"key": self.key, **line}) + "\n")
        except OSError as error:
            raise StorageError(f"{self.path}: cannot be written ({error.strerror or error}). Make room.") from error

    def _read(self) -> list[dict[str, Any]]:
        if not self.path.is_file():
            return []
        lines = []
        try:
            text = self.path.read_text(encoding="utf-8", errors="replace")
        except OSError as error:
            raise StorageError(f"{self.path}: cannot be read ({error.strerror or error}). Remove it.") from error
        for row in text.splitlines():
            try:
                line = json.loads(row)
            except ValueError:
                continue
            if isinstance(line, dict) and line.get("key") == self.key:
                lines.append(line)
        if text and not text.endswith("\n"):
            # What comes next must not be glued to the half line.
            with self.path.open("a", encoding="utf-8") as file:
                file.write("\n")
        return lines


def _window(data: Mapping[str, Any]) -> Window:
    return Window(tuple((int(first), int(last)) for first, last in data["pieces"]), int(data["channel"]))


def _heard(data: Mapping[str, Any]) -> Heard:
    words = tuple(HeardWord(**word) for word in data["words"])
    return Heard(words, data["logprob"], data["no_speech"], data["language"])
