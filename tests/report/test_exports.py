"""The same call in other formats, read back by what reads such files."""

from __future__ import annotations

import csv
import io
import json
import re
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from analyser.formats.transcript import read_said
from analyser.formats.vtt import read_vtt
from analyser.records import Analysis, Word
from analyser.report.exports import EXPORTS
from analyser.report.subtitles import LETTERS
from analyser.rttm import from_rttm
from analyser.storage import from_json


def text(files: Any, name: str) -> str:
    assert isinstance(files[name], str)
    return str(files[name])


def test_json_reads_back_as_the_same_analysis(analysis: Analysis) -> None:
    files = EXPORTS["json"](analysis)
    assert from_json(Analysis, files["analysis.json"]) == analysis
    described = json.loads(files["analysis.schema.json"])
    assert set(json.loads(files["analysis.json"])) <= set(described["properties"])
    assert described["title"].endswith(f"schema {analysis.schema}")


def test_transcript_reads_back(analysis: Analysis, tmp_path: Path) -> None:
    path = tmp_path / "transcript.json"
    path.write_text(text(EXPORTS["transcript"](analysis), path.name), encoding="utf-8")
    said = read_said(path)
    assert said.spans == analysis.conversation.speech
    assert [word.text for word in said.words] == [w.text for turn in analysis.conversation.turns for w in turn.words]


def test_vtt_reads_back_with_its_voices(build: Any, tmp_path: Path) -> None:
    call = build([("S", "other", "Is 3 < 4 & klaar --> ja?"), ("C", "other", "Ja.")], names={"S": "Jan <b>", "C": "An"})
    path = tmp_path / "transcript.vtt"
    path.write_text(text(EXPORTS["vtt"](call), path.name), encoding="utf-8")
    read = read_vtt(path)
    assert " ".join(word.text for word in read.words) == "Is 3 < 4 & klaar → ja? Ja."
    assert sorted(read.names.values()) == ["An", "Jan <b>"]
    assert read.spans[0].start == pytest.approx(1.0)


def test_srt_numbers_and_times(analysis: Analysis) -> None:
    blocks = text(EXPORTS["srt"](analysis), "transcript.srt").strip().split("\n\n")
    assert blocks[0].split("\n") == [
        "1",
        "00:00:01,000 --> 00:00:06,400",
        "Verkoper: Fijn dat u tijd heeft. Zullen we een half uur nemen?",
    ]
    for number, block in enumerate(blocks, 1):
        count, times, line = block.split("\n")
        assert int(count) == number
        assert re.fullmatch(r"\d\d:\d\d:\d\d,\d{3} --> \d\d:\d\d:\d\d,\d{3}", times)
        assert len(line.split(": ", 1)[1]) <= LETTERS


def test_srt_word_with_line_breaks_cannot_break_a_cue(build: Any) -> None:
    hostile = build([("S", "other", "x")])
    said = hostile.conversation.utterances[0]
    words = (Word(said.start, said.end, "a\n\n2\n00:00:00,000 --> 00:00:01,000\nb"),)
    conversation = replace(hostile.conversation, utterances=(replace(said, words=words),))
    written = text(EXPORTS["srt"](replace(hostile, conversation=conversation)), "transcript.srt")
    assert len(written.strip().splitlines()) == 3


def test_txt_has_a_line_for_each_turn(analysis: Analysis) -> None:
    lines = text(EXPORTS["txt"](analysis), "transcript.txt").splitlines()
    assert lines[0] == "Monteurs op tijd"
    assert len(lines) == 3 + len(analysis.conversation.turns)
    assert lines[4].startswith("[0:06] Klant: Ja, dat is goed.")


def test_md_says_moments_and_escapes_marks(build: Any) -> None:
    call = build([("S", "pitch", "Dit *is* [een](http://x) <b> _test_")], [("premature_pitch", ("M4",), 0, 0, (), 0.9)])
    page = text(EXPORTS["md"](call), "report.md")
    assert r"\*is\*" in page and r"\<b\>" in page and r"\[een\]\(http://x\)" in page
    assert "## Momenten om bij stil te staan" in page


def test_docx_holds_figures_moments_and_conversation(analysis: Analysis) -> None:
    docx = pytest.importorskip("docx")
    content = EXPORTS["docx"](analysis)["report.docx"]
    assert isinstance(content, bytes)
    document = docx.Document(io.BytesIO(content))
    said = "\n".join(paragraph.text for paragraph in document.paragraphs)
    assert "Ja, precies dat." in said
    assert "Vraag eerst wat het betekent." in said
    assert document.tables[0].rows[0].cells[0].text == "Luisterbalans"


def test_csv_rows(analysis: Analysis) -> None:
    files = EXPORTS["csv"](analysis)
    rows = list(csv.DictReader(io.StringIO(text(files, "utterances.csv"))))
    assert len(rows) == len(analysis.conversation.utterances)
    assert rows[3]["acts"] == "pitch price"
    moments = list(csv.DictReader(io.StringIO(text(files, "moments.csv"))))
    assert [row["kind"] for row in moments] == [moment.kind for moment in analysis.moments]
    tallies = {
        (row["side"], row["measure"]): row["value"] for row in csv.DictReader(io.StringIO(text(files, "tallies.csv")))
    }
    assert float(tallies["seller", "act.pitch"]) == 3
    assert float(tallies["both", "moment.premature_pitch"]) == 1


@pytest.mark.parametrize("said", ['=HYPERLINK("http://x")', "+31", "-1", "@a"])
def test_csv_words_never_become_a_formula(build: Any, said: str) -> None:
    rows = list(csv.DictReader(io.StringIO(text(EXPORTS["csv"](build([("C", "other", said)])), "utterances.csv"))))
    assert rows[0]["text"] == f"'{said}"


def test_parquet_is_typed_also_when_empty(build: Any) -> None:
    pq = pytest.importorskip("pyarrow.parquet")
    content = EXPORTS["parquet"](build([("S", "other", "Hallo.")]))["moments.parquet"]
    assert isinstance(content, bytes)
    table = pq.read_table(io.BytesIO(content))
    assert table.num_rows == 0
    assert str(table.schema.field("start").type) == "double"


def test_rttm_reads_back(analysis: Analysis) -> None:
    files = from_rttm(text(EXPORTS["rttm"](analysis), "speakers.rttm"))
    spans = next(iter(files.values()))
    assert len(spans) == len(analysis.conversation.speech)


@pytest.mark.parametrize("name", sorted(EXPORTS))
def test_every_format_takes_an_empty_call(build: Any, name: str) -> None:
    for needed, module in (("docx", "docx"), ("parquet", "pyarrow")):
        if name == needed:
            pytest.importorskip(module)
    assert EXPORTS[name](build([], []))


@pytest.mark.parametrize("name", ["docx", "md", "srt", "txt", "vtt"])
def test_control_characters_break_no_document(build: Any, name: str) -> None:
    if name == "docx":
        pytest.importorskip("docx")
    call = build([("S", "other", "Goede\x00\x1f morgen.")], names={"S": "Jan\x00"}, title="a\x00\u202eb")
    (content,) = EXPORTS[name](call).values()
    assert content
    if isinstance(content, str):
        assert "Goede morgen." in content.replace("\\", "") and "\x00" not in content
