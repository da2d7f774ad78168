from __future__ import annotations

from pathlib import Path

import pytest

from analyser.errors import TranscriptError
from analyser.records import SpeakerSpan
from analyser.rttm import from_rttm, read_rttm, to_rttm, write_rttm


def test_a_span_is_one_line_with_start_duration_name_and_confidence() -> None:
    text = to_rttm([SpeakerSpan(1.25, 3.0, "A", 0.9)], name="call")
    assert text == "SPEAKER call 1 1.250 1.750 <NA> <NA> A 0.900 <NA>\n"


@pytest.mark.parametrize("speaker", ["Jan de Vries", "50%", "tab\there", "Zoë  van 't Hof", "%20", "line\nbreak", "李"])
def test_names_of_any_kind_come_back_as_they_were(speaker: str, tmp_path: Path) -> None:
    spans = (SpeakerSpan(0.5, 2.0, speaker, 0.75),)
    write_rttm(tmp_path / "call.rttm", spans, name="week 3/Mijn gesprek.wav")
    text = (tmp_path / "call.rttm").read_text(encoding="utf-8")
    assert len(text.splitlines()) == 1
    assert len(text.split()) == 10
    assert read_rttm(tmp_path / "call.rttm") == {"week 3/Mijn gesprek.wav": spans}


def test_others_files_are_read_sorted_per_recording_without_comments_and_other_types() -> None:
    text = (
        ";; made by hand\nSPKR-INFO a 1 <NA> <NA> <NA> unknown x <NA> <NA>\n"
        "SPEAKER a 1 5.0 1.0 <NA> <NA> x <NA> <NA>\nSPEAKER b 1 0 2 <NA> <NA> 100% <NA>\n"
        "SPEAKER a 1 1.0 2.0 <NA> <NA> y 0.5 <NA>\n\n"
    )
    found = from_rttm(text)
    assert found["a"] == (SpeakerSpan(1.0, 3.0, "y", 0.5), SpeakerSpan(5.0, 6.0, "x", 1.0))
    assert found["b"] == (SpeakerSpan(0.0, 2.0, "100%", 1.0),)


@pytest.mark.parametrize(
    "line",
    [
        "SPEAKER a 1 one 2.0 <NA> <NA> x <NA> <NA>",
        "SPEAKER a 1 1.0",
        "SPEAKER a 1 1.0 -2.0 <NA> <NA> x <NA> <NA>",
        "SPEAKER a 1 nan 2.0 <NA> <NA> x <NA> <NA>",
    ],
)
def test_a_broken_line_is_named(line: str) -> None:
    with pytest.raises(TranscriptError, match=r"calls/a\.rttm, line 2"):
        from_rttm(f";; header\n{line}\n", source="calls/a.rttm")


def test_a_file_that_is_no_text_is_named(tmp_path: Path) -> None:
    (tmp_path / "x.rttm").write_bytes(b"\xff\xfe\x00\x81")
    with pytest.raises(TranscriptError, match=r"x\.rttm"):
        read_rttm(tmp_path / "x.rttm")
    with pytest.raises(TranscriptError, match=r"absent\.rttm"):
        read_rttm(tmp_path / "absent.rttm")
