"""A call in the formats of others: each takes an analysis and gives the files it makes, by name."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping

from analyser.records import Analysis
from analyser.report.documents import to_docx, to_md, to_txt
from analyser.report.subtitles import to_srt, to_vtt
from analyser.report.tables import to_csv, to_parquet
from analyser.report.wording import Wording, interface_language
from analyser.rttm import to_rttm
from analyser.said import Said
from analyser.storage import schema, to_json

Files = Mapping[str, str | bytes]


def to_call(analysis: Analysis) -> Files:
    """Everything known of the call as JSON, and the JSON Schema that says what each field is.

    The field ``schema`` is the version: it is raised when a field changes its meaning or goes; new fields may come.
    """
    described = schema(Analysis) | {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": f"analyser call, schema {analysis.schema}",
    }
    return {
        "analysis.json": to_json(analysis) + "\n",
        "analysis.schema.json": json.dumps(described, ensure_ascii=False, indent=1) + "\n",
    }


def to_transcript(analysis: Analysis) -> Files:
    """Words and speech with their speakers, as ``analyse`` reads them back."""
    conversation = analysis.conversation
    said = Said(
        recording=analysis.recording,
        language=conversation.language,
        words=tuple(word for turn in conversation.turns for word in turn.words),
        spans=conversation.speech,
        names={speaker.label: speaker.name for speaker in conversation.speakers if speaker.name},
        timed=conversation.timed,
        models=analysis.provenance.models,
        caveats=analysis.provenance.caveats,
        dropped=analysis.dropped,
        language_confidence=analysis.language_confidence,
    )
    return {"transcript.json": to_json(said) + "\n"}


def _rttm(analysis: Analysis) -> Files:
    return {"speakers.rttm": to_rttm(analysis.conversation.speech, name=analysis.recording.name)}


def _worded(file: str, make: Callable[[Analysis, Wording], str | bytes]) -> Callable[[Analysis], Files]:
    """A format whose labels are in the call's language."""

    def export(analysis: Analysis) -> Files:
        wording = Wording.of(interface_language("auto", analysis.conversation.language))
        return {file: make(analysis, wording)}

    return export


EXPORTS: dict[str, Callable[[Analysis], Files]] = {
    "json": to_call,
    "transcript": to_transcript,
    "srt": _worded("transcript.srt", to_srt),
    "vtt": _worded("transcript.vtt", to_vtt),
    "txt": _worded("transcript.txt", to_txt),
    "md": _worded("report.md", to_md),
    "docx": _worded("report.docx", to_docx),
    "csv": to_csv,
    "parquet": to_parquet,
    "rttm": _rttm,
}
"""Formats by name. Labels are in the call's language, or English where there is no pack for it."""
