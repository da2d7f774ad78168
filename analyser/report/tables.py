"""A call as tables: utterances, moments and tallies, one row each, for spreadsheets and data frames."""

from __future__ import annotations

import csv
import dataclasses
import io
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, get_type_hints

from analyser.errors import SettingsError
from analyser.records import Analysis, SideTally

FORMULA = ("=", "+", "-", "@", "\t", "\r")
"""starts that a spreadsheet takes for a formula; a client's words must not become one"""


@dataclass(frozen=True)
class UtteranceRow:
    """``utterances``: what was said, by whom, when (seconds), with acts and the mean confidence of its words."""

    call: str
    number: int
    turn: int
    start: float
    end: float
    speaker: str
    name: str
    side: str
    acts: str
    act_confidences: str
    word_confidence: float
    text: str


@dataclass(frozen=True)
class MomentRow:
    """``moments``: first and last are numbers of utterances; several methods or steps have spaces between them."""

    call: str
    number: int
    kind: str
    methods: str
    start: float
    end: float
    first: int
    last: int
    confidence: float
    missing: str
    quote: str
    why: str
    advice: str


@dataclass(frozen=True)
class TallyRow:
    """``tallies``: one count or measure; ``side`` is seller, client or both."""

    call: str
    side: str
    measure: str
    value: float


Row = UtteranceRow | MomentRow | TallyRow


def utterance_rows(analysis: Analysis) -> list[UtteranceRow]:
    """A row for each utterance, numbered from 0 as moments count them."""
    names = {speaker.label: speaker.name or "" for speaker in analysis.conversation.speakers}
    return [
        UtteranceRow(
            call=analysis.recording.sha256,
            number=number,
            turn=said.turn,
            start=round(said.start, 3),
            end=round(said.end, 3),
            speaker=said.speaker,
            name=names.get(said.speaker, ""),
            side=said.side,
            acts=" ".join(act.name for act in said.acts),
            act_confidences=" ".join(f"{act.confidence:.3f}" for act in said.acts),
            word_confidence=round(sum(word.confidence for word in said.words) / max(1, len(said.words)), 3),
            text=said.text,
        )
        for number, said in enumerate(analysis.conversation.utterances)
    ]


def moment_rows(analysis: Analysis) -> list[MomentRow]:
    """A row for each moment."""
    return [
        MomentRow(
            call=analysis.recording.sha256,
            number=number,
            kind=moment.kind,
            methods=" ".join(moment.methods),
            start=round(moment.start, 3),
            end=round(moment.end, 3),
            first=moment.first,
            last=moment.last,
            confidence=round(moment.confidence, 3),
            missing=" ".join(moment.missing),
            quote=moment.quote,
            why=moment.why,
            advice=moment.advice,
        )
        for number, moment in enumerate(analysis.moments)
    ]


def tally_rows(analysis: Analysis) -> list[TallyRow]:
    """A row for each count; measures that the call does not have are left out."""
    tally = analysis.tally
    both = {
        "duration": tally.duration,
        "overlap": tally.overlap,
        "switches": tally.switches,
        "talk_ratio": tally.talk_ratio,
        "listening_balance": tally.listening_balance,
        "switches_per_minute": tally.switches_per_minute,
        "response_gap": tally.response_gap,
        **{f"moment.{kind}": count for kind, count in sorted(tally.moments.items())},
    }
    if analysis.talk_ratio is not None:
        both |= {"talk_ratio_low": analysis.talk_ratio.low, "talk_ratio_high": analysis.talk_ratio.high}
    sides = {"both": both, "seller": _of_side(tally.seller), "client": _of_side(tally.client)}
    return [
        TallyRow(analysis.recording.sha256, side, measure, round(float(value), 4))
        for side, measures in sides.items()
        for measure, value in measures.items()
        if value is not None
    ]


def _of_side(side: SideTally) -> dict[str, float | None]:
    counts: dict[str, float | None] = {
        field.name: getattr(side, field.name) for field in dataclasses.fields(side) if field.name != "acts"
    }
    return counts | {f"act.{name}": count for name, count in sorted(side.acts.items())}


TABLES: dict[str, tuple[type[Row], Any]] = {
    "utterances": (UtteranceRow, utterance_rows),
    "moments": (MomentRow, moment_rows),
    "tallies": (TallyRow, tally_rows),
}


def to_csv(analysis: Analysis) -> dict[str, str]:
    """``utterances.csv``, ``moments.csv`` and ``tallies.csv``.

    A text that a spreadsheet would run as a formula gets an apostrophe before it.
    """
    return {f"{name}.csv": _csv(kind, rows(analysis)) for name, (kind, rows) in TABLES.items()}


def _csv(kind: type[Row], rows: Sequence[Row]) -> str:
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(field.name for field in dataclasses.fields(kind))
    writer.writerows([_cell(value) for value in dataclasses.astuple(row)] for row in rows)
    return text.getvalue()


def _cell(value: object) -> object:
    return f"'{value}" if isinstance(value, str) and value.startswith(FORMULA) else value


def to_parquet(analysis: Analysis) -> dict[str, bytes]:
    """``utterances.parquet``, ``moments.parquet`` and ``tallies.parquet``, typed also when empty.

    Raises SettingsError where pyarrow is not installed.
    """
    try:
        import pyarrow as pa
        import pyarrow.parquet as pq
    except ImportError as error:
        raise SettingsError("Parquet needs pyarrow: pip install 'analyser[parquet]', or ask for csv.") from error
    types = {str: pa.string(), int: pa.int64(), float: pa.float64()}
    files: dict[str, bytes] = {}
    for name, (kind, rows) in TABLES.items():
        schema = pa.schema([(field, types[of]) for field, of in get_type_hints(kind).items()])
        buffer = io.BytesIO()
        pq.write_table(pa.Table.from_pylist([dataclasses.asdict(row) for row in rows(analysis)], schema=schema), buffer)
        files[f"{name}.parquet"] = buffer.getvalue()
    return files
