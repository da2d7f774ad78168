"""Lines, pieces and packed word times."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from analyser.records import Analysis, Word
from analyser.report.dialogue import Dialogue, base36, pack_words, pieces, spoken, voices
from analyser.report.wording import Wording


@pytest.fixture(scope="module")
def wording() -> Wording:
    return Wording.of("nl")


def unpack(packed: str) -> list[tuple[float, float]]:
    """As the page's script reads it."""
    here, times = 0, []
    for pair in packed.split(" "):
        step, length = pair if len(pair) == 2 else pair.split(".")
        here += int(step, 36)
        times.append((here / 50, (here + int(length, 36)) / 50))
    return times


def test_pack_words_reads_back_to_20_ms() -> None:
    words = [Word(3723.4, 3723.8, "a"), Word(3723.8, 3725.0, "b"), Word(3800.02, 3800.04, "c")]
    assert unpack(pack_words(words)) == [(3723.4, 3723.8), (3723.8, 3725.0), (3800.02, 3800.04)]


def test_pack_words_out_of_order_never_goes_back() -> None:
    times = unpack(pack_words([Word(5.0, 5.2, "a"), Word(4.0, 4.1, "b")]))
    assert times[1][0] >= times[0][0]


@pytest.mark.parametrize("number", [0, 35, 36, 1295, 1296, 186170])
def test_base36(number: int) -> None:
    assert int(base36(number), 36) == number


def test_pieces_join_words_of_the_same_certainty() -> None:
    words = [Word(0, 1, "een", 0.9), Word(1, 2, "twee", 0.9), Word(2, 3, "drie", 0.2), Word(3, 4, "vier", 0.5)]
    assert [(piece.text, piece.unsure) for piece in pieces(words)] == [
        ("een twee", False),
        ("drie", True),
        ("vier", False),
    ]


def test_spoken_is_one_piece_and_never_empty() -> None:
    assert spoken(Word(0, 1, " twee woorden ")) == "twee\u00a0woorden"
    assert spoken(Word(0, 1, "\u202e")) == "…"


def test_turns_keep_backchannels_apart(analysis: Analysis, wording: Wording) -> None:
    turns = Dialogue(analysis, wording).turns()
    assert [turn.lines[0].text for turn in turns if turn.backchannel] == ["Hm-hm."]
    assert len(turns) == len(analysis.conversation.turns)


def test_acts_come_once_with_their_certainty(build: Any, wording: Wording) -> None:
    known, lines = Dialogue(build([("S", "pitch,price", "Dit kost tien."), ("S", "other", "Ja.")]), wording).acts()
    assert [(act.name, act.family) for act in known] == [("aanbod", "deliver"), ("prijs", "deliver")]
    assert lines == ["0.80 1.80", ""]


def test_words_of_a_written_call_are_one_stretch_a_line(build: Any, wording: Wording) -> None:
    words = Dialogue(build([("S", "other", "Een twee drie.")], timed=False), wording).words()
    assert unpack(words[0]) == [(1.0, 2.4)]


def test_voices_sellers_first(analysis: Analysis, wording: Wording) -> None:
    assert [(voice.number, voice.name) for voice in voices(analysis.conversation, wording)] == [
        ("1", "Verkoper"),
        ("0", "Klant"),
    ]


def test_unsure_words_are_those_that_the_settings_call_so(analysis: Analysis, wording: Wording) -> None:
    settings = analysis.provenance.settings
    for below, marked in (("0.2", False), ("0.5", True), ("half", True)):
        provenance = replace(analysis.provenance, settings={**settings, "low_confidence": below})
        lines = Dialogue(replace(analysis, provenance=provenance), wording).lines
        assert any(piece.unsure for line in lines for piece in line.pieces) is marked
