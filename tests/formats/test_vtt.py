"""WebVTT of meeting software, typed out."""

from __future__ import annotations

from itertools import pairwise
from pathlib import Path

import pytest

from analyser.errors import TranscriptError
from analyser.formats.vtt import Written, read_vtt

TEAMS = """WEBVTT

NOTE Duration:"00:10:02"
NOTE
00:00:00.000 --> 00:00:01.000
dit is geen tekst

d3b0c442-98fc/12-0
00:00:01.000 --> 00:00:04.000
<v Jan de Vries>Goedemorgen, waar loopt u
tegenaan?</v>

d3b0c442-98fc/13-0
00:00:04.500 --> 00:00:06.500 align:start position:0%
<v Fatima El Amrani>Kosten &amp; wachttijden, <i>vooral</i> dat.</v>
"""


def read(tmp_path: Path, text: str, encoding: str = "utf-8") -> Written:
    path = tmp_path / "call.vtt"
    path.write_bytes(text.encode(encoding))
    return read_vtt(path)


def text_of(written: Written, label: str) -> str:
    return " ".join(word.text for word in written.words if word.speaker == label)


def test_teams_voices_tags_and_entities(tmp_path: Path) -> None:
    written = read(tmp_path, TEAMS)
    assert written.names == {"A": "Jan de Vries", "B": "Fatima El Amrani"}
    assert text_of(written, "A") == "Goedemorgen, waar loopt u tegenaan?"
    assert text_of(written, "B") == "Kosten & wachttijden, vooral dat."
    assert [(span.start, span.end, span.speaker) for span in written.spans] == [(1.0, 4.0, "A"), (4.5, 6.5, "B")]


def test_words_fill_their_cue_in_order(tmp_path: Path) -> None:
    words = [word for word in read(tmp_path, TEAMS).words if word.speaker == "A"]
    assert words[0].start == 1.0
    assert words[-1].end == pytest.approx(4.0)
    assert all(one.end == pytest.approx(after.start) for one, after in pairwise(words))


@pytest.mark.parametrize(
    "change",
    [
        lambda text: "\ufeff" + text.replace("\n", "\r\n"),
        lambda text: text.replace("00:00:0", "00:0"),
        lambda text: text.replace("</v>", ""),
        lambda text: text.replace("\n", "\r"),
    ],
)
def test_bom_line_ends_short_times_and_open_tags_change_nothing(tmp_path: Path, change) -> None:  # type: ignore[no-untyped-def]
    assert read(tmp_path, change(TEAMS)) == read(tmp_path, TEAMS)


def test_utf16_is_read(tmp_path: Path) -> None:
    assert read(tmp_path, TEAMS, "utf-16").names == read(tmp_path, TEAMS).names


def test_zoom_names_before_the_text(tmp_path: Path) -> None:
    written = read(
        tmp_path,
        "WEBVTT\n\n1\n00:00:01.000 --> 00:00:03.000\nJan de Vries: Let op: het is maandag.\n\n"
        "2\n00:00:03.000 --> 00:00:04.000\nFatima: Ja?\n\n3\n00:00:04.000 --> 00:00:05.000\nnog iets dus\n",
    )
    assert written.names == {"A": "Jan de Vries", "B": "Fatima"}
    assert text_of(written, "A") == "Let op: het is maandag."
    assert text_of(written, "B") == "Ja? nog iets dus"


def test_webex_names_beside_the_number(tmp_path: Path) -> None:
    written = read(
        tmp_path,
        'WEBVTT\n\n1 "Jan de Vries" (24598110)\n00:00:01.000 --> 00:00:03.000\nHet is maandag.\n\n'
        '2 "Fatima" (0)\n00:00:03.000 --> 00:00:04.000\nKortom: ja.\n',
    )
    assert written.names == {"A": "Jan de Vries", "B": "Fatima"}
    assert text_of(written, "B") == "Kortom: ja."


def test_two_voices_in_one_cue_share_its_time(tmp_path: Path) -> None:
    written = read(tmp_path, "WEBVTT\n\n00:10.000 --> 00:20.000\n<v Jan>Hallo daar</v> <v Piet>Hallo Jan.</v>\n")
    assert [span.speaker for span in written.spans] == ["A", "B"]
    assert written.spans[0].end == written.spans[1].start == pytest.approx(15.0)


def test_lines_of_two_people_in_one_cue(tmp_path: Path) -> None:
    written = read(tmp_path, "WEBVTT\n\n00:10.000 --> 00:20.000\nJan: Hallo daar.\nPiet: Hallo Jan.\n")
    assert text_of(written, "B") == "Hallo Jan."


def test_a_cue_with_a_voice_and_a_colon_is_not_cut(tmp_path: Path) -> None:
    written = read(tmp_path, "WEBVTT\n\n00:10.000 --> 00:20.000\n<v Jan>Kortom: we doen het.</v>\n")
    assert written.names == {"A": "Jan"}
    assert text_of(written, "A") == "Kortom: we doen het."


def test_language_of_the_header(tmp_path: Path) -> None:
    text = "WEBVTT\nKind: captions\nLanguage: nl\n\n00:01.000 --> 00:02.000\n<v Jan>Hoi</v>\n"
    assert read(tmp_path, text).language == "nl"


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("1\n00:00:01,000 --> 00:00:02,000\nJan: hoi\n", "is no WebVTT"),
        ("WEBVTT\n\n00:00:01.000 -> 00:00:02.000\n<v Jan>hoi\n", "holds no text"),
        ("WEBVTT\n\n00:01 --> later\n<v Jan>hoi\n", "line 3: expected times"),
        ("WEBVTT\n\n00:00:05.000 --> 00:00:02.000\n<v Jan>hoi\n", "line 3: the cue ends before"),
        ("WEBVTT\n\n00:00:01.000 --> 00:00:02.000\nhoi\n", "names no speakers"),
        ("WEBVTT\n", "holds no text"),
        ("", "is no WebVTT"),
    ],
)
def test_anything_else_says_what_is_wrong(tmp_path: Path, text: str, says: str) -> None:
    with pytest.raises(TranscriptError, match=says):
        read(tmp_path, text)


def test_bytes_that_are_no_text(tmp_path: Path) -> None:
    path = tmp_path / "call.vtt"
    path.write_bytes(b"WEBVTT\n\n\xe9\xff\xfa")
    with pytest.raises(TranscriptError, match="UTF-8"):
        read_vtt(path)
