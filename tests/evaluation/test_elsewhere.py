"""Other people's tables are read as they are, and scored against a tagger whose answers are known."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from analyser.errors import TranscriptError
from analyser.evaluation import annomi, ifadv
from analyser.records import Act, Conversation

COLUMNS = (
    "mi_quality,transcript_id,utterance_id,interlocutor,utterance_text,"
    "therapist_input_exists,reflection_exists,question_exists,question_subtype\n"
)
ANNOMI = """\
high,1,0,therapist,What brings you here?,False,False,True,open
high,1,1,client,I drink too much.,,,,
high,1,2,therapist,You drink more than you want.,False,True,False,
low,2,0,therapist,You should stop.,True,False,False,
low,2,1,client,Okay.,,,,
"""
IFADV = """begin,end,participant,utterance,source,nature
1000,2000,een,hoe gaat het dan ?,d1,talk
2000,2100,een,[laugh],d1,laugh
2200,3000,twee,goed hoor,d1,talk
"""


def tagger(conversation: Conversation) -> Conversation:
    """Calls "what" and "hoe" questions, "you drink" a summary, and "should" a pitch."""
    cues = {"what": "open_question", "hoe": "open_question", "you drink": "summary", "should": "pitch"}
    said = tuple(
        replace(one, acts=tuple(Act(act) for cue, act in cues.items() if cue in one.text.lower()))
        for one in conversation.utterances
    )
    return replace(conversation, utterances=said)


def test_annomi(tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text(COLUMNS + ANNOMI, encoding="utf-8")
    calls = annomi.read_annomi(tmp_path / "a.csv")
    assert [call.good for call in calls] == [True, False]
    assert [turn.speaker for turn in calls[0].conversation.turns] == ["therapist", "client", "therapist"]
    found = annomi.compare(calls, tagger=tagger)
    assert {name: (score.cases, score.f1) for name, score in found.codes.items()} == {
        "question": (1, 1.0),
        "open": (1, 1.0),
        "closed": (0, 0.0),
        "reflection": (1, 1.0),
        "input": (1, 1.0),
    }
    assert found.auc["listening balance"] == 1.0


def test_ifadv_without_question_marks(tmp_path: Path) -> None:
    (tmp_path / "i.csv").write_text(IFADV, encoding="utf-8")
    talks = ifadv.read_ifadv(tmp_path / "i.csv")
    assert len(talks) == 2
    assert all("?" not in said.text for conversation, _ in talks for said in conversation.utterances)
    assert ifadv.compare(talks, tagger=tagger).f1 == 1.0


@pytest.mark.parametrize("read", [annomi.read_annomi, ifadv.read_ifadv])
def test_another_table_is_refused(tmp_path: Path, read: object) -> None:
    (tmp_path / "x.csv").write_text("a,b\n1,2\n", encoding="utf-8")
    with pytest.raises(TranscriptError, match=r"x\.csv"):
        read(tmp_path / "x.csv")  # type: ignore[operator]
