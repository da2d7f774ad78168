"""Search over all calls of a folder of results: an SQLite full-text index beside them.

The index (``OUTPUT/.index.sqlite``) holds nothing that is not in the calls' folders: it is brought up to date before
each search, and thrown away and made again when it is damaged or of another version.
"""

from __future__ import annotations

import json
import re
import sqlite3
from collections.abc import Iterator
from contextlib import closing, suppress
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote

from analyser.calls import FILE as INFO_FILE
from analyser.calls import read_info
from analyser.errors import StorageError
from analyser.records import Analysis
from analyser.storage import read_record
from analyser.workspace import jobs

INDEX = ".index.sqlite"
VERSION = 1
"""raised when the tables change; an index of another version is made anew"""
TABLES = """
CREATE TABLE calls (
    id INTEGER PRIMARY KEY, folder TEXT UNIQUE, stamp TEXT, name TEXT, seller TEXT, client TEXT, date TEXT
);
CREATE TABLE utterances (
    id INTEGER PRIMARY KEY, call INTEGER, number INTEGER, start REAL, side TEXT, text TEXT
);
CREATE INDEX utterances_call ON utterances (call, number);
CREATE TABLE acts (utterance INTEGER, name TEXT);
CREATE INDEX acts_utterance ON acts (utterance);
CREATE TABLE moments (
    call INTEGER, number INTEGER, kind TEXT, start REAL, first INTEGER, last INTEGER, quote TEXT, confidence REAL
);
CREATE INDEX moments_call ON moments (call);
CREATE VIRTUAL TABLE words USING fts5 (
    text, content='utterances', content_rowid='id', tokenize="unicode61 remove_diacritics 2"
);
CREATE TRIGGER utterances_added AFTER INSERT ON utterances BEGIN
    INSERT INTO words (rowid, text) VALUES (new.id, new.text);
END;
CREATE TRIGGER utterances_removed AFTER DELETE ON utterances BEGIN
    INSERT INTO words (words, rowid, text) VALUES ('delete', old.id, old.text);
END;
"""


@dataclass(frozen=True)
class Wanted:
    """What is searched for; everything given must hold.

    Each of ``texts`` is words that follow each other, without regard to case and accents; a last ``*`` takes any
    ending. ``act`` is one that the utterance does, ``moment`` a kind of moment that it is part of. Without texts and
    act, the moments themselves are found. Days are ISO 8601. ``folders`` are the only ones looked into.
    """

    texts: tuple[str, ...] = ()
    moment: str | None = None
    act: str | None = None
    side: str | None = None
    seller: str | None = None
    client: str | None = None
    since: str | None = None
    until: str | None = None
    most: int = 50
    folders: tuple[str, ...] | None = None


@dataclass(frozen=True)
class Hit:
    """Something found: in which call, at which second, and what was said there."""

    folder: str
    name: str
    seller: str
    client: str
    date: str
    start: float
    side: str
    text: str
    anchor: str

    @property
    def link(self) -> str:
        """The place in the call's report, from the folder of results."""
        return f"{quote(self.folder)}/report.html#{self.anchor}"


def search(output: Path, wanted: Wanted, *, rebuild: bool = False) -> list[Hit]:
    """What is found in the calls of ``output``, the best first; the latest first where there are no words.

    Raises StorageError when the index cannot be written.
    """
    with closing(_open(output, rebuild=rebuild)) as index:
        _update(index, output)
        query, values = _query(wanted)
        return [Hit(*row) for row in index.execute(query, values)]


def forget(output: Path, *folders: str) -> None:
    """Take calls out of the index so that none of their words is left in the file; nothing happens without an index.

    Raises StorageError when the index cannot be written.
    """
    if not (output / INDEX).is_file():
        return
    with closing(_open(output, rebuild=False)) as index:
        with index:
            for folder in folders:
                _forget(index, folder)
        _purge(index)


def _purge(index: sqlite3.Connection) -> None:
    """Leave nothing in the file of what was taken out of the index.

    The full-text tables only note what was deleted until they are merged, and pages that were freed keep their words.
    """
    try:
        with index:
            index.execute("INSERT INTO words (words) VALUES ('optimize')")
        index.execute("VACUUM")
    except sqlite3.Error as error:
        raise StorageError(
            f"{INDEX}: what was deleted cannot be taken out ({error}). Make room on the disk."
        ) from error


def _open(output: Path, *, rebuild: bool) -> sqlite3.Connection:
    path = output / INDEX
    if rebuild:
        _remove(path)
    for attempt in (1, 2):
        try:
            index = sqlite3.connect(path, timeout=60)
            try:
                index.execute("PRAGMA secure_delete = ON")
                # Two searches at once must not both lay the tables.
                index.execute("BEGIN IMMEDIATE")
                if _version(index) != VERSION:
                    _lay(index)
                index.commit()
            except sqlite3.Error:
                index.close()
                raise
            return index
        except sqlite3.DatabaseError as error:
            if attempt == 2 or isinstance(error, sqlite3.OperationalError):
                raise StorageError(
                    f"{path}: the index cannot be used ({error}). Make room or give the right to write there."
                ) from error
            _remove(path)  # damaged: nothing in it that is not in the folders
    raise AssertionError("unreachable")


def _version(index: sqlite3.Connection) -> int:
    return int(index.execute("PRAGMA user_version").fetchone()[0])


def _lay(index: sqlite3.Connection) -> None:
    for kind, name in index.execute(
        "SELECT type, name FROM sqlite_master WHERE type IN ('table', 'trigger') AND sql NOT NULL ORDER BY type DESC"
    ).fetchall():
        if not name.startswith(("sqlite_", "words_")):
            index.execute(f'DROP {kind} IF EXISTS "{name}"')
    for statement in re.split(r";\n(?=CREATE|$)", TABLES.strip()):
        if statement.strip():
            index.execute(statement)
    index.execute(f"PRAGMA user_version = {VERSION}")


def _remove(path: Path) -> None:
    for ending in ("", "-journal", "-wal", "-shm"):
        path.with_name(path.name + ending).unlink(missing_ok=True)


def _update(index: sqlite3.Connection, output: Path) -> None:
    """Bring the index up to what the folders hold; each call is changed wholly or not at all."""
    known = dict(index.execute("SELECT folder, stamp FROM calls"))
    for folder in jobs(output):
        stamp = _stamp(folder)
        if known.pop(folder.name, None) != stamp:
            with suppress(StorageError):  # one that cannot be read is not found, as it is nowhere else
                analysis = read_record(Analysis, folder / "analysis.json")
                with index:
                    _forget(index, folder.name)
                    _add(index, folder, stamp, analysis)
    for gone in known:
        with index:
            _forget(index, gone)
    if known:
        _purge(index)


def _stamp(folder: Path) -> str:
    marks = []
    for name in ("analysis.json", INFO_FILE):
        with suppress(OSError):
            status = (folder / name).stat()
            marks.append(f"{status.st_mtime_ns} {status.st_size}")
    return " ".join(marks)


def _forget(index: sqlite3.Connection, folder: str) -> None:
    for (call,) in index.execute("SELECT id FROM calls WHERE folder = ?", (folder,)).fetchall():
        index.execute("DELETE FROM acts WHERE utterance IN (SELECT id FROM utterances WHERE call = ?)", (call,))
        for table in ("utterances", "moments"):
            index.execute(f"DELETE FROM {table} WHERE call = ?", (call,))  # noqa: S608 (names of our own)
        index.execute("DELETE FROM calls WHERE id = ?", (call,))


def _add(index: sqlite3.Connection, folder: Path, stamp: str, analysis: Analysis) -> None:
    info, conversation = read_info(folder), analysis.conversation
    heard = ", ".join(one.name for one in conversation.speakers if one.side == "seller" and one.name)
    facts = (info.seller or heard, info.client, info.date or analysis.provenance.created[:10])
    call = index.execute(
        "INSERT INTO calls (folder, stamp, name, seller, client, date) VALUES (?, ?, ?, ?, ?, ?)",
        (folder.name, stamp, analysis.recording.name, *facts),
    ).lastrowid
    for number, utterance in enumerate(conversation.utterances):
        row = index.execute(
            "INSERT INTO utterances (call, number, start, side, text) VALUES (?, ?, ?, ?, ?)",
            (call, number, utterance.start, utterance.side, utterance.text),
        ).lastrowid
        index.executemany("INSERT INTO acts VALUES (?, ?)", [(row, act.name) for act in utterance.acts])
    index.executemany(
        "INSERT INTO moments VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
        [
            (call, number, moment.kind, moment.start, moment.first, moment.last, moment.quote, moment.confidence)
            for number, moment in enumerate(analysis.moments)
        ],
    )


def _query(wanted: Wanted) -> tuple[str, list[str | int]]:
    """The question in SQL with its values; every text that was given is a value."""
    match = " ".join(_phrases(wanted.texts))
    facts = "calls.folder, calls.name, calls.seller, calls.client, calls.date"
    conditions = list(_conditions(wanted))
    if wanted.texts or wanted.act or wanted.side:
        source = "utterances JOIN calls ON calls.id = utterances.call"
        order = "calls.date DESC, calls.folder, utterances.number"
        if match:
            source += " JOIN words ON words.rowid = utterances.id"
            conditions.append(("words MATCH ?", match))
            order = "bm25(words), " + order
        if wanted.act:
            inner = "SELECT 1 FROM acts WHERE acts.utterance = utterances.id AND acts.name = ?"
            conditions.append((f"EXISTS ({inner})", wanted.act))
        if wanted.side:
            conditions.append(("utterances.side = ?", wanted.side))
        if wanted.moment:
            inner = "SELECT 1 FROM moments WHERE moments.call = calls.id AND moments.kind = ?"
            inner += " AND utterances.number BETWEEN moments.first AND moments.last"
            conditions.append((f"EXISTS ({inner})", wanted.moment))
        columns = f"{facts}, utterances.start, utterances.side, utterances.text, 'u' || utterances.number"
    else:
        source = "moments JOIN calls ON calls.id = moments.call"
        order = "calls.date DESC, moments.confidence DESC, calls.folder, moments.number"
        if wanted.moment:
            conditions.append(("moments.kind = ?", wanted.moment))
        columns = f"{facts}, moments.start, moments.kind, moments.quote, 'm' || moments.number"
    where = " AND ".join(text for text, _ in conditions) or "1"
    query = f"SELECT {columns} FROM {source} WHERE {where} ORDER BY {order} LIMIT ?"  # noqa: S608 (values are bound)
    return query, [*(value for _, value in conditions), wanted.most]


def _conditions(wanted: Wanted) -> Iterator[tuple[str, str]]:
    for column, text in (("seller", wanted.seller), ("client", wanted.client)):
        if text:
            # Part of a name is enough, and no sign in it has a meaning of its own.
            escaped = re.sub(r"([\\%_])", r"\\\1", text)
            yield f"calls.{column} LIKE ? ESCAPE '\\'", f"%{escaped}%"
    if wanted.since:
        yield "calls.date >= ?", wanted.since
    if wanted.until:
        yield "calls.date <= ?", wanted.until
    if wanted.folders is not None:
        # As one value: there are limits to how many a question may have.
        yield "calls.folder IN (SELECT value FROM json_each(?))", json.dumps(wanted.folders)


def _phrases(texts: tuple[str, ...]) -> Iterator[str]:
    """Each text as an FTS5 phrase; all its signs but a last star are taken as text."""
    for text in texts:
        plain = text.strip()
        ending = plain.endswith("*")
        plain = plain.rstrip("*").replace('"', '""')
        if re.search(r"\w", plain):
            yield f'"{plain}"' + (" *" if ending else "")
