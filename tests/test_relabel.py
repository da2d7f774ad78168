"""Corrections of who speaks."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from analyser.errors import SpeakerError, StorageError
from analyser.languages import load_pack
from analyser.records import Conversation, Speaker, SpeakerSpan, Tally, Turn, Word
from analyser.relabel import (
    Correction,
    apply,
    parse_corrections,
    read_corrections,
    sides_of,
    write_corrections,
)
from analyser.roles import assign_roles
from analyser.tallies import tally
from analyser.turns import lay_out

WORDS = (
    Word(0.0, 1.0, "goedemorgen", 1.0, "A"),
    Word(1.0, 2.0, "dag", 1.0, "B"),
    Word(2.0, 3.0, "zeg", 1.0, "A"),
    Word(3.0, 4.0, "het", 1.0, "C"),
)
SPANS = (
    SpeakerSpan(0.0, 1.0, "A"),
    SpeakerSpan(1.0, 2.0, "B", 0.6),
    SpeakerSpan(2.0, 3.0, "A"),
    SpeakerSpan(3.0, 4.0, "C"),
)
CALL = Conversation(
    language="nl",
    speakers=(Speaker("A", "seller", name="Jan"), Speaker("B", "client")),
    turns=(Turn(0.0, 1.0, "A", WORDS[:1]), Turn(1.0, 2.0, "B", WORDS[1:2]), Turn(2.0, 3.0, "A", WORDS[2:3])),
)


def speakers(words: tuple[Word, ...]) -> list[str | None]:
    return [word.speaker for word in words]


def test_merged_voices_get_one_label_and_their_speech_meets() -> None:
    words, spans, _ = apply((Correction("merge", "A", source="C"),), WORDS, SPANS)
    assert speakers(words) == ["A", "B", "A", "A"]
    assert [(span.start, span.end, span.speaker) for span in spans] == [
        (0.0, 1.0, "A"),
        (1.0, 2.0, "B"),
        (2.0, 4.0, "A"),
    ]


def test_a_time_range_is_given_with_words_by_their_middle_and_speech_cut() -> None:
    words, spans, _ = apply((Correction("give", "B", start=0.4, end=1.5),), WORDS, SPANS)
    assert speakers(words) == ["B", "B", "A", "C"]
    assert [(span.start, span.end, span.speaker) for span in spans][:2] == [(0.0, 0.4, "A"), (0.4, 2.0, "B")]


def test_a_turn_is_given_without_what_another_says_meanwhile() -> None:
    over = (*WORDS, Word(0.2, 0.6, "ja", 1.0, "B"))
    words, _, _ = apply((Correction("give", "C", source="A", start=0.0, end=1.0),), over, SPANS)
    assert speakers(words) == ["C", "B", "A", "C", "B"]


def test_nothing_is_lost_or_changed_but_speakers() -> None:
    corrections = (Correction("give", "B", start=0.0, end=2.5), Correction("merge", "B", source="C"))
    words, spans, _ = apply(corrections, WORDS, SPANS)
    assert [replace(word, speaker=None) for word in words] == [replace(word, speaker=None) for word in WORDS]
    assert sum(span.duration for span in spans) == pytest.approx(4.0)


def test_later_corrections_see_what_earlier_ones_left() -> None:
    corrections = (Correction("merge", "A", source="C"), Correction("give", "B", source="A", start=3.0, end=4.0))
    assert speakers(apply(corrections, WORDS, SPANS)[0]) == ["A", "B", "A", "B"]


def test_names_are_kept_and_follow_a_merge() -> None:
    corrections = (Correction("name", "C", name="Fatima"), Correction("merge", "B", source="C"))
    assert apply(corrections, WORDS, SPANS, {"A": "Jan"})[2] == {"A": "Jan", "B": "Fatima"}


def test_swap_fixes_the_sides_that_are_shown_the_other_way_round() -> None:
    assert sides_of(parse_corrections(CALL, swap=True)) == {"A": "client", "B": "seller"}


def test_a_chosen_seller_makes_the_other_of_two_the_client() -> None:
    assert sides_of(parse_corrections(CALL, seller="b")) == {"B": "seller", "A": "client"}
    assert sides_of(parse_corrections(CALL, seller="jan")) == {"A": "seller", "B": "client"}


def test_a_later_choice_of_sides_goes_over_an_earlier_one() -> None:
    assert sides_of((*parse_corrections(CALL, seller="B"), *parse_corrections(CALL, seller="A"))) == {
        "A": "seller",
        "B": "client",
    }


def test_what_is_asked_at_once_speaks_of_the_labels_that_the_user_sees() -> None:
    call = replace(
        CALL, speakers=(*CALL.speakers, Speaker("C", "client")), turns=(*CALL.turns, Turn(3, 4, "C", WORDS[3:]))
    )
    made = parse_corrections(call, merges=["A,C"], gives=["4=B"], seller="C", names=["C=Piet"])
    words, _, names = apply(made, WORDS, SPANS)
    assert speakers(words) == ["A", "B", "A", "B"]
    assert names == {"A": "Piet"}
    assert sides_of(made) == {"A": "seller"}


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ("12.0-15.5=B", Correction("give", "B", start=12.0, end=15.5)),
        ("1:02-1:09.5 = b", Correction("give", "B", start=62.0, end=69.5)),
        ("1:00:00-1:00:01=A", Correction("give", "A", start=3600.0, end=3601.0)),
        ("2=A", Correction("give", "A", source="B", start=1.0, end=2.0)),
        ("2=D", Correction("give", "D", source="B", start=1.0, end=2.0)),
    ],
)
def test_forms_of_give(written: str, meant: Correction) -> None:
    assert parse_corrections(CALL, gives=[written]) == (meant,)


def test_names_may_be_quoted() -> None:
    assert parse_corrections(CALL, names=['B="Fatima El Amrani"']) == (
        Correction("name", "B", name="Fatima El Amrani"),
    )


@pytest.mark.parametrize(
    ("given", "says"),
    [
        ({"seller": "X"}, r"no speaker 'X'.*A \(Jan\), B"),
        ({"names": ["X=Piet"]}, "no speaker 'X'"),
        ({"names": ["A"]}, "name takes a form such as"),
        ({"merges": ["A"]}, "merge takes two labels"),
        ({"merges": ["A,Q"]}, "no speaker 'Q'"),
        ({"gives": ["9=B"]}, "no turn 9.*has 3"),
        ({"gives": ["15-12=B"]}, "not '15-12'"),
        ({"gives": ["1..2-3=B"]}, "time range"),
        ({"gives": ["1-2=nobody"]}, "no speaker 'nobody'"),
        ({"gives": ["1-2"]}, "give takes a form"),
    ],
)
def test_what_cannot_be_meant_says_so(given: dict[str, object], says: str) -> None:
    with pytest.raises(SpeakerError, match=says):
        parse_corrections(CALL, **given)  # type: ignore[arg-type]


def test_corrections_come_back_from_the_folder(tmp_path: Path) -> None:
    made = parse_corrections(CALL, swap=True, names=["B=Fatima"], gives=["1-2=A"])
    write_corrections(tmp_path, made)
    assert read_corrections(tmp_path) == made


def test_a_folder_without_corrections_has_none(tmp_path: Path) -> None:
    assert read_corrections(tmp_path) == ()


def test_a_damaged_file_is_named(tmp_path: Path) -> None:
    (tmp_path / "corrections.json").write_text('{"corrections": [{"kind": "sell"}]}')
    with pytest.raises(StorageError, match="corrections"):
        read_corrections(tmp_path)


def test_what_depends_on_the_speakers_follows_a_correction() -> None:
    pack = load_pack("nl")
    lines = ("A", "waar loopt u tegenaan met de planning"), ("B", "bij ons werkt het niet"), ("A", "hoe lang al dan")
    words, now = [], 0.0
    for speaker, text in lines:
        for word in text.split():
            words.append(Word(now, now + 0.5, word, 1.0, speaker))
            now += 0.5
    spans = (SpeakerSpan(0.0, 3.5, "A"), SpeakerSpan(3.5, 6.0, "B"), SpeakerSpan(6.0, 8.0, "A"))

    def counted(corrections: tuple[Correction, ...]) -> Tally:
        said, spoken, names = apply(corrections, words, spans)
        conversation = lay_out(said, spoken, pack, language="nl", names=names)
        return tally(assign_roles(conversation, pack, sides=sides_of(corrections)), (), pack)

    shown = assign_roles(lay_out(words, spans, pack, language="nl"), pack)
    before = counted(())
    swapped = counted(parse_corrections(shown, swap=True))
    given = counted(parse_corrections(shown, seller="A", gives=["3=B"]))
    assert (before.seller.speech, before.client.speech) == (5.5, 2.5)
    assert (swapped.seller.speech, swapped.client.speech) == (2.5, 5.5)
    assert (given.seller.speech, given.client.speech, given.switches) == (3.5, 4.5, 1)
    assert before.seller.words + before.client.words == given.seller.words + given.client.words == 16
