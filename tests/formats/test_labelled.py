"""Labelled calls: speaker, acts and text, then the moments."""

from __future__ import annotations

from pathlib import Path

import pytest

from analyser.errors import TranscriptError
from analyser.formats.labelled import LabelledMoment, read_labelled

CALL = """\
# id: nl-x01
# language: nl
# setting: proef
# style: u
S\topen_question,ask_problem\tWaar loopt u tegenaan?
C\tneed\tDe telefoon ligt er vaak uit.
C\tneed\tEn dan belt niemand terug.
S\tsummary\tDus u bent dan onbereikbaar.
C\tconfirm\tJa, precies.
@\tconfirmed_summary\t4\t5\tVat samen; klant bevestigt.
"""


def write(tmp_path: Path, text: str) -> Path:
    path = tmp_path / "call.tsv"
    path.write_text(text, encoding="utf-8")
    return path


def test_labelled_lays_out_turns_and_keeps_labels_apart(tmp_path: Path) -> None:
    call = read_labelled(write(tmp_path, CALL))
    assert [turn.speaker for turn in call.conversation.turns] == ["S", "C", "S", "C"]
    assert [utterance.turn for utterance in call.conversation.utterances] == [0, 1, 1, 2, 3]
    assert all(not utterance.acts for utterance in call.conversation.utterances)
    assert call.acts[0] == {"open_question", "ask_problem"}
    assert call.moments == (LabelledMoment("confirmed_summary", 3, 4, "Vat samen; klant bevestigt."),)
    assert not call.conversation.timed
    assert call.conversation.side("S") == "seller"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("X\tother\tHallo\n", "line 1"),
        ("S\tother\n", "line 1"),
        ("# id: leeg\n", "no utterances"),
        ("S\tother\tHallo\n@\tinsight\t1\t9\tte ver\n", "1 to 9"),
        ("S\tother\tHallo\n@\tinsight\tx\t1\tgeen getal\n", "line 2"),
    ],
)
def test_labelled_says_which_line_is_off(tmp_path: Path, text: str, expected: str) -> None:
    with pytest.raises(TranscriptError, match=expected):
        read_labelled(write(tmp_path, text))


def test_labelled_reads_every_shared_call(shared: Path) -> None:
    calls = [read_labelled(path) for path in sorted((shared / "calls" / "dev").glob("*.tsv"))]
    assert len(calls) == 135
    assert sum(len(call.acts) for call in calls) == sum(len(call.conversation.utterances) for call in calls) == 7874
