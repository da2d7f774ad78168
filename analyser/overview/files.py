"""What an overview leaves in the folder of results: the page, tables for spreadsheets, and tables for programs."""

from __future__ import annotations

import datetime as dt
import io
from collections import Counter
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from analyser.batch.ledger import harmless
from analyser.errors import BatchError, StorageError
from analyser.overview.tables import CALL_COLUMNS, MOMENT_COLUMNS, calls_table, moments_table
from analyser.overview.view import By
from analyser.records import Analysis, Conversation
from analyser.storage import read_record, write_atomic
from analyser.summaries import Call, calls

if TYPE_CHECKING:
    import pandas as pd

PAGE = "week.html"
UTTERANCE_COLUMNS = {
    "folder": "the call's folder",
    "number": "place in the call, from 0; report.html#u<number> shows it",
    "turn": "place of the turn it is a part of, from 0",
    "start": "seconds",
    "end": "seconds",
    "speaker": "label of the voice",
    "side": "seller or client",
    "text": "what was said",
    "acts": "list of the acts",
    "confidences": "list of their confidences, 0–1, in the same order",
}
"""columns of utterances.parquet, with their meaning"""
TALLY_COLUMNS = {
    "folder": "the call's folder",
    "side": "seller or client, or both for what is of the call",
    "measure": "speech, words, turns …, act:<name> or moment:<kind>",
    "value": "the count, or seconds; adds up over calls",
}
"""columns of tallies.parquet, with their meaning: one row for each count, ready to be pivoted"""


def write_overview(
    output: Path,
    *,
    by: By = "seller",
    language: str = "auto",
    since: dt.date | None = None,
    until: dt.date | None = None,
    parquet: bool = False,
) -> tuple[Path, ...]:
    """Write the overview of the calls in ``output`` into it, and return the files written.

    ``since`` and ``until`` leave out other days, ``language`` is a pack's code or auto for that of the most calls.
    Raises BatchError when there are no calls, StorageError when a file cannot be written.
    """
    chosen = [call for call in calls(output) if within(call.date, since, until)]
    if not chosen:
        raise BatchError(f"{output}: holds no analysed calls of these days. Analyse some with `analyser batch` first.")
    from analyser.overview.page import render

    tables = calls_table(chosen), moments_table(chosen)
    page = render(*tables, language=_language(chosen, language), by=by)
    written = [_write(output / PAGE, page)]
    for name, table in zip(("calls", "moments"), tables, strict=True):
        written.append(_write(output / f"{name}.csv", to_csv(table)))
    if parquet:
        written += _write_parquet(output, chosen, *tables)
    return tuple(written)


def to_csv(table: pd.DataFrame) -> str:
    """A table as CSV for spreadsheets: with a mark that it is UTF-8, and no cell that could be a formula."""
    safe = table.copy()
    for column in safe.select_dtypes(exclude=["number", "bool"]):
        safe[column] = [harmless(cell) if isinstance(cell, str) else cell for cell in safe[column]]
    return "\ufeff" + str(safe.to_csv(index=False, float_format="%.3f", lineterminator="\r\n"))


def schema() -> dict[str, dict[str, str]]:
    """The tables that are written, with the meaning of each column."""
    return {
        "calls": CALL_COLUMNS,
        "moments": MOMENT_COLUMNS,
        "utterances": UTTERANCE_COLUMNS,
        "tallies": TALLY_COLUMNS,
    }


def within(date: str, since: dt.date | None, until: dt.date | None) -> bool:
    """Whether an ISO 8601 day lies in a stretch of days, whose ends are part of it."""
    return (since is None or date >= since.isoformat()) and (until is None or date <= until.isoformat())


def _language(chosen: Sequence[Call], wanted: str) -> str:
    from analyser.report.wording import interface_language

    spoken, _ = Counter(call.summary.language for call in chosen).most_common(1)[0]
    return interface_language(wanted, spoken)


def _write(path: Path, content: str | bytes) -> Path:
    write_atomic(path, content)
    return path


def _write_parquet(output: Path, chosen: Sequence[Call], calls: pd.DataFrame, moments: pd.DataFrame) -> Iterator[Path]:
    try:
        import pyarrow as pa
        import pyarrow.parquet as pq
    except ImportError as error:
        raise BatchError("Parquet needs pyarrow: pip install 'analyser[parquet]'.") from error
    for name, table in (("calls", calls), ("moments", moments)):
        yield _write(output / f"{name}.parquet", _parquet(table, schema()[name]))
    for name, rows, kinds in (("utterances", _utterances, _utterance_types), ("tallies", _tallies, _tally_types)):
        # One call after another: the words of a year do not fit in memory.
        file = io.BytesIO()
        fields = pa.schema(
            [pa.field(key, kind, metadata={"meaning": schema()[name][key]}) for key, kind in kinds(pa).items()]
        )
        with pq.ParquetWriter(file, fields) as writer:
            for call in chosen:
                found = list(rows(output, call))
                if found:
                    writer.write_table(pa.Table.from_pylist(found, fields))
        yield _write(output / f"{name}.parquet", file.getvalue())


def _parquet(table: pd.DataFrame, meanings: dict[str, str]) -> bytes:
    import pyarrow as pa
    import pyarrow.parquet as pq

    arrow = pa.Table.from_pandas(table, preserve_index=False)
    fields = [field.with_metadata({"meaning": meanings[field.name]}) for field in arrow.schema]
    file = io.BytesIO()
    pq.write_table(arrow.cast(pa.schema(fields)), file)
    return file.getvalue()


def _utterances(output: Path, call: Call) -> Iterator[dict[str, Any]]:
    try:
        conversation: Conversation = read_record(Analysis, output / call.folder / "analysis.json").conversation
    except StorageError:
        return
    for number, utterance in enumerate(conversation.utterances):
        yield {
            "folder": call.folder,
            "number": number,
            "turn": utterance.turn,
            "start": utterance.start,
            "end": utterance.end,
            "speaker": utterance.speaker,
            "side": utterance.side,
            "text": utterance.text,
            "acts": [act.name for act in utterance.acts],
            "confidences": [act.confidence for act in utterance.acts],
        }


def _tallies(_: Path, call: Call) -> Iterator[dict[str, Any]]:
    tally = call.summary.tally

    def row(side: str, measure: str, value: float) -> dict[str, Any]:
        return {"folder": call.folder, "side": side, "measure": measure, "value": float(value)}

    for measure in ("calls", "duration", "overlap", "switches"):
        yield row("both", measure, getattr(tally, measure))
    yield from (row("both", f"moment:{kind}", count) for kind, count in tally.moments.items())
    for side, counts in (("seller", tally.seller), ("client", tally.client)):
        for measure in ("speech", "turns", "words", "fillers", "backchannels", "interruptions", "utterances"):
            yield row(side, measure, getattr(counts, measure))
        yield from (row(side, f"act:{name}", count) for name, count in counts.acts.items())


def _utterance_types(pa: Any) -> dict[str, Any]:
    text, real, whole = pa.string(), pa.float64(), pa.int32()
    kinds = (text, whole, whole, real, real, text, text, text, pa.list_(text), pa.list_(real))
    return dict(zip(UTTERANCE_COLUMNS, kinds, strict=True))


def _tally_types(pa: Any) -> dict[str, Any]:
    return dict(zip(TALLY_COLUMNS, (pa.string(), pa.string(), pa.string(), pa.float64()), strict=True))
