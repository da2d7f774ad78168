"""Seller, client and date of a call: from a list beside the recordings, or from their names and folders."""

from __future__ import annotations

import csv
import datetime as dt
import io
import re
import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath

from analyser.batch.discovery import Found, writable
from analyser.calls import CallInfo
from analyser.errors import BatchError

FIELDS = ("seller", "client", "date")
LIST_NAME = "metadata.csv"
"""the list that is read when it lies in a folder and no other was named"""
_DATE = r"\d{4}-\d{1,2}-\d{1,2}|\d{8}|\d{1,2}-\d{1,2}-\d{4}"
_DATE_FORMS = ("%Y-%m-%d", "%Y%m%d", "%d-%m-%Y", "%d/%m/%Y", "%d.%m.%Y", "%Y/%m/%d")


@dataclass(frozen=True)
class Sources:
    """Where the facts about calls are read: ``rows`` of a list by file, and a pattern on names."""

    rows: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    pattern: re.Pattern[str] | None = None

    def info(self, found: Found) -> CallInfo:
        """What is known of a call; the list goes over the name, and the file's own date is the last resort."""
        listed = self._listed(found)
        named = self._named(found)
        if listed.get("date"):
            date, dated = listed["date"], "list"
        elif named.get("date"):
            date, dated = named["date"], "name"
        else:
            date, dated = dt.date.fromtimestamp(found.modified).isoformat() if found.modified else "", "file"
        return CallInfo(
            source=writable(found.source),
            seller=listed.get("seller") or named.get("seller", ""),
            client=listed.get("client") or named.get("client", ""),
            date=date,
            dated=dated if date else "",  # type: ignore[arg-type]
        )

    def _listed(self, found: Found) -> Mapping[str, str]:
        relative, name = PurePosixPath(found.relative), PurePosixPath(found.name)
        for key in (relative, relative.with_suffix(""), name, name.with_suffix("")):
            if row := self.rows.get(_plain(str(key))):
                return row
        return {}

    def _named(self, found: Found) -> dict[str, str]:
        if self.pattern is None:
            return {}
        path = unicodedata.normalize("NFC", str(PurePosixPath(found.relative).with_suffix("")))
        match = self.pattern.search(path)
        if match is None:
            return {}
        facts = {name: writable(text.strip(" _-")) for name, text in match.groupdict().items()}
        if "date" in facts:
            facts["date"] = _day(facts["date"]) or ""
        return facts


def read_sources(*lists: Path, names: str | None = None) -> Sources:
    """The facts to go by, from CSV files and a pattern on names; raises BatchError for one that makes no sense."""
    rows = {file: facts for path in lists for file, facts in read_list(path).items()}
    return Sources(rows, name_pattern(names) if names else None)


def lists_beside(folders: Sequence[str]) -> tuple[Path, ...]:
    """The lists that lie in the folders under their usual name."""
    return tuple(path for folder in folders if (path := Path(folder) / LIST_NAME).is_file())


def name_pattern(text: str) -> re.Pattern[str]:
    """A pattern such as ``{date}_{seller}_{client}`` or ``{seller}/*`` as an expression on paths without ending.

    ``{seller}``, ``{client}`` and ``{date}`` are read, ``*`` is anything but a slash. It holds for the last parts of
    the path: one without a slash for the file's name. Dates are read as 2026-11-20, 20261120 or 20-11-2026. Raises
    BatchError for a field that there is not, or that is there twice.
    """
    parts: list[str] = []
    for piece in re.split(r"(\{\w*\}|\*)", text):
        if piece == "*":
            parts.append("[^/]*?")
        elif piece.startswith("{") and piece.endswith("}"):
            name = piece[1:-1]
            if name not in FIELDS or f"(?P<{name}>" in "".join(parts):
                raise BatchError(
                    f"--names {text}: '{piece}' is not one of {{seller}}, {{client}}, {{date}}, each once."
                )
            parts.append(f"(?P<{name}>{_DATE if name == 'date' else '[^/]+?'})")
        else:
            parts.append(re.escape(unicodedata.normalize("NFC", piece)))
    if not any(name in text for name in FIELDS):
        raise BatchError(f"--names {text}: names none of {{seller}}, {{client}}, {{date}}.")
    return re.compile(rf"(?:^|/){''.join(parts)}$", re.IGNORECASE)


def read_list(path: Path) -> dict[str, dict[str, str]]:
    """The rows of a CSV file by its column ``file``: a name or a path below the folder, with or without ending.

    Columns ``seller``, ``client``, ``date``; others are passed over. Commas, semicolons or tabs, as spreadsheets write
    them. Raises BatchError naming the line that is off.
    """
    try:
        content = path.read_bytes()
    except OSError as error:
        raise BatchError(f"{path}: cannot be read ({error.strerror or error}).") from error
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError:
        text = content.decode("cp1252", errors="replace")  # what Excel writes under "CSV"
    head = text.split("\n", 1)[0]
    delimiter = max(",;\t", key=head.count)
    reader = csv.DictReader(io.StringIO(text), delimiter=delimiter)
    columns = [(name or "").strip().lower() for name in reader.fieldnames or ()]
    if "file" not in columns:
        raise BatchError(f"{path}: has no column 'file'. The columns are file, seller, client, date.")
    reader.fieldnames = columns
    rows: dict[str, dict[str, str]] = {}
    for row in reader:
        facts = {name: (row.get(name) or "").strip() for name in ("file", *FIELDS)}
        if not facts["file"]:
            continue
        if facts["date"] and (day := _day(facts["date"])) is None:
            raise BatchError(f"{path}, line {reader.line_num}: '{facts['date']}' is no date; write it as 2026-11-20.")
        if facts["date"]:
            facts["date"] = day or ""
        rows[_plain(facts.pop("file").replace("\\", "/"))] = facts
    return rows


def _day(text: str) -> str | None:
    for form in _DATE_FORMS:
        try:
            return dt.datetime.strptime(text, form).date().isoformat()
        except ValueError:
            continue
    return None


def _plain(text: str) -> str:
    return unicodedata.normalize("NFC", text).casefold()
