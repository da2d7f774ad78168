"""Turns are cut into utterances that do one thing, with and without punctuation."""

from __future__ import annotations

from pathlib import Path

import pytest

from analyser.errors import ModelError
from analyser.languages import load_pack
from analyser.records import Conversation, Speaker, Turn, Word
from analyser.utterances import cut


def turn(
    text: str, *, speaker: str = "S", backchannel: bool = False, pause_after: dict[int, float] | None = None
) -> Turn:
    """A turn with words of 0.3 s, and pauses (seconds) after the words of these numbers."""
    words, now = [], 0.0
    for place, word in enumerate(text.split()):
        words.append(Word(now, now + 0.3, word))
        now += 0.3 + (pause_after or {}).get(place, 0.0)
    return Turn(words[0].start, words[-1].end, speaker, tuple(words), backchannel)


def talk(*turns: Turn, language: str = "nl", timed: bool = False) -> Conversation:
    """A conversation of a seller S and a client C."""
    return Conversation(language, (Speaker("S", "seller"), Speaker("C", "client")), turns, timed=timed)


def texts(conversation: Conversation) -> list[str]:
    """What the utterances say once cut."""
    return [said.text for said in cut(conversation, load_pack(conversation.language)).utterances]


@pytest.mark.parametrize(
    ("said", "language", "second"),
    [
        ("Wij doen dat met zes mensen, en we zijn marktleider. Wat hebt u zelf al geprobeerd?", "nl", "Wat hebt u"),
        ("Dus u bent moe en de software hielp niet. En wat zou het u opleveren als het wel werkt?", "nl", "En wat"),
        ("It costs four thousand a month. Shall I send you a proposal tomorrow?", "en", "Shall I"),
        ("ja precies en wat kost dat u nu per maand", "nl", "en wat kost"),
    ],
)
def test_an_offer_or_summary_and_the_question_after_it_are_two(said: str, language: str, second: str) -> None:
    found = texts(talk(turn(said), language=language))
    assert any(text.startswith(second) for text in found[1:])


def test_words_are_neither_lost_nor_doubled() -> None:
    said = "eh ja dus wij doen dat met een team van zes mensen en wat kost het u nu per maand denkt u " * 12
    assert " ".join(texts(talk(turn(said)))).split() == said.split()


def test_a_very_long_turn_is_cut() -> None:
    found = texts(talk(turn("woord " * 1000)))
    assert max(len(text.split()) for text in found) <= 81


def test_a_short_turn_and_a_backchannel_stay_whole() -> None:
    assert texts(talk(turn("Ja. Ja."), turn("Ja, ja, ja. Oké. Hm-hm.", speaker="C", backchannel=True))) == [
        "Ja. Ja.",
        "Ja, ja, ja. Oké. Hm-hm.",
    ]


def test_a_long_pause_cuts_where_words_alone_do_not() -> None:
    said = "we zitten nu in utrecht en daar werken we met veertig mensen"
    whole = texts(talk(turn(said), timed=True))
    paused = texts(talk(turn(said, pause_after={4: 6.0}), timed=True))
    assert len(paused) > len(whole)
    assert any(text.startswith("en daar") for text in paused)


def test_each_utterance_knows_turn_side_and_time() -> None:
    conversation = talk(turn("Wat kost dat?", speaker="C"), turn("Dat kost tien euro per maand."))
    first, last = cut(conversation, load_pack("nl")).utterances
    assert (first.turn, first.side, first.speaker) == (0, "client", "C")
    assert (last.turn, last.side) == (1, "seller")
    assert (last.start, last.end) == (last.words[0].start, last.words[-1].end)
    assert last.acts == ()


def test_no_turns_no_utterances() -> None:
    assert cut(talk(), load_pack("nl")).utterances == ()


def test_missing_and_damaged_weights_are_named(tmp_path: Path) -> None:
    with pytest.raises(ModelError, match=r"cuts\.json"):
        cut(talk(), load_pack("nl"), weights=tmp_path / "cuts.json")
    (tmp_path / "cuts.json").write_text("[1, 2")
    with pytest.raises(ModelError, match="damaged"):
        cut(talk(), load_pack("nl"), weights=tmp_path / "cuts.json")
