"""Counts of conversations typed out with their times."""

from __future__ import annotations

from dataclasses import replace

import pytest

from analyser.languages import Pack, load_pack
from analyser.records import Act, Conversation, Moment, Speaker, SpeakerSpan, Tally, Turn, Utterance, Word
from analyser.tallies import tally


@pytest.fixture(scope="module")
def dutch() -> Pack:
    return load_pack("nl")


SPEAKERS = (Speaker("A", "seller"), Speaker("B", "client"))


def turn(speaker: str, start: float, end: float, text: str, *, backchannel: bool = False) -> Turn:
    spoken = text.split()
    step = (end - start) / len(spoken)
    words = tuple(
        Word(start + at * step, start + (at + 1) * step, word, 1.0, speaker) for at, word in enumerate(spoken)
    )
    return Turn(start, end, speaker, words, backchannel)


def conversation(*turns: Turn, speakers: tuple[Speaker, ...] = SPEAKERS) -> Conversation:
    speech = tuple(SpeakerSpan(turn.start, turn.end, turn.speaker) for turn in turns)
    return Conversation(language="nl", speakers=speakers, turns=turns, speech=speech)


def test_overlap_counts_for_both_sides_and_silence_for_none(dutch: Pack) -> None:
    counted = tally(
        conversation(turn("A", 0, 6, "wij leveren dat overal in Nederland"), turn("B", 4, 8, "maar wat kost dat")),
        (),
        dutch,
    )
    assert (counted.seller.speech, counted.client.speech, counted.overlap) == (6.0, 4.0, 2.0)
    assert counted.talk_ratio == pytest.approx(0.6)
    apart = conversation(turn("A", 0, 6, "wij leveren dat"), turn("B", 20, 24, "wat kost dat"))
    assert tally(apart, (), dutch).talk_ratio == pytest.approx(0.6)


def test_two_voices_of_one_side_fill_a_second_once(dutch: Pack) -> None:
    call = conversation(
        turn("A", 0, 6, "wij leveren dat overal"),
        turn("C", 3, 8, "en ook in België"),
        turn("B", 8, 10, "mooi zo jongens"),
        speakers=(*SPEAKERS, Speaker("C", "seller")),
    )
    counted = tally(call, (), dutch)
    assert counted.seller.speech == 8.0
    assert counted.overlap == 0.0
    assert counted.switches == 1


def test_backchannels_are_in_no_measure_of_turns(dutch: Pack) -> None:
    call = conversation(
        turn("B", 0, 20, "wij zitten in Ede en in Velp"),
        turn("A", 9, 9.5, "ja", backchannel=True),
        turn("A", 21, 22, "hoe lang al?"),
    )
    counted = tally(call, (), dutch)
    assert (counted.switches, counted.seller.turns, counted.seller.backchannels) == (1, 1, 1)
    assert counted.seller.interruptions == 0
    assert counted.response_gaps == (1.0,)


def test_longest_turn_with_its_start(dutch: Pack) -> None:
    call = conversation(
        turn("A", 0, 4, "goedemorgen samen hier"),
        turn("B", 5, 6, "dag hoor daar"),
        turn("A", 7, 19, "wij zijn een bureau"),
    )
    counted = tally(call, (), dutch)
    assert (counted.seller.longest_turn, counted.seller.longest_turn_start) == (12.0, 7.0)
    assert (counted.client.longest_turn, counted.client.longest_turn_start) == (1.0, 5.0)


def test_a_turn_taken_while_the_other_still_speaks_is_an_interruption(dutch: Pack) -> None:
    call = conversation(
        turn("B", 0, 10, "en toen kwam die man weer langs met zijn busje"),
        turn("A", 6, 14, "wat wij dan altijd doen is dit"),
    )
    counted = tally(call, (), dutch)
    assert (counted.seller.interruptions, counted.client.interruptions) == (1, 0)
    assert counted.response_gaps == (-4.0,)


def test_a_start_just_before_the_others_end_is_no_interruption(dutch: Pack) -> None:
    call = conversation(turn("B", 0, 10, "en toen kwam die man weer langs"), turn("A", 9.7, 14, "wat deed u toen"))
    assert tally(call, (), dutch).seller.interruptions == 0


def test_speaking_in_the_others_long_pause_is_no_interruption(dutch: Pack) -> None:
    held = turn("B", 0, 4, "en toen kwam die man")
    held = replace(held, end=12.0, words=held.words + turn("B", 10, 12, "weer langs").words)
    assert tally(conversation(held, turn("A", 6, 8, "welke man bedoelt u")), (), dutch).seller.interruptions == 0


def test_what_is_said_within_a_turn_makes_no_switch(dutch: Pack) -> None:
    call = conversation(
        turn("B", 0, 10, "en toen kwam die man weer langs met zijn busje"),
        turn("A", 4, 6, "die ken ik ook"),
        turn("A", 11, 12, "en wat nu"),
    )
    counted = tally(call, (), dutch)
    assert counted.switches == 1
    assert counted.seller.interruptions == 1


def test_words_and_fillers_are_counted_on_tokens(dutch: Pack) -> None:
    call = conversation(
        turn("A", 0, 6, "Eh, wij hebben, zeg maar, één café in Velp."), turn("B", 7, 8, "Ja!", backchannel=True)
    )
    counted = tally(call, (), dutch)
    assert (counted.seller.words, counted.seller.fillers) == (9, 3)
    assert counted.client.words == 1


def test_acts_and_moments_are_counted(dutch: Pack) -> None:
    call = conversation(turn("A", 0, 2, "wat zoekt u"), turn("B", 3, 5, "rust vooral"))
    words = call.turns[0].words
    call = replace(
        call,
        utterances=(
            Utterance(0, 2, 0, "A", "seller", words, (Act("open_question"), Act("ask_result", 0.7))),
            Utterance(3, 5, 1, "B", "client", call.turns[1].words, (Act("desired_result"),)),
        ),
    )
    moment = Moment(0, 5, "insight", ("M4",), 0, 1, "rust", "omdat")
    counted = tally(call, (moment, moment), dutch)
    assert counted.seller.acts == {"ask_result": 1, "open_question": 1}
    assert counted.client.acts == {"desired_result": 1}
    assert (counted.moments, counted.seller.utterances) == ({"insight": 2}, 1)


def test_calls_add_up(dutch: Pack) -> None:
    one = tally(conversation(turn("A", 0, 6, "wij leveren dat"), turn("B", 7, 9, "wat kost dat")), (), dutch)
    week = sum([one, one, one], Tally())
    assert (week.calls, week.seller.speech, week.switches) == (3, 18.0, 3)
    assert week.talk_ratio == one.talk_ratio


def test_an_empty_call_has_no_ratios(dutch: Pack) -> None:
    counted = tally(Conversation("nl", (), ()), (), dutch)
    assert (counted.talk_ratio, counted.switches_per_minute, counted.response_gap) == (None, None, None)
