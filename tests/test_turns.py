"""Turns from words typed out with their times."""

from __future__ import annotations

import pytest

from analyser.languages import Pack, load_pack
from analyser.records import Conversation, SpeakerSpan, Word
from analyser.turns import holds_floor, lay_out


@pytest.fixture(scope="module")
def dutch() -> Pack:
    return load_pack("nl")


def said(*lines: tuple[str, float, float, str]) -> list[Word]:
    """Words of lines (speaker, start, end, text), each an equal part of its line."""
    words = []
    for speaker, start, end, text in lines:
        spoken = text.split()
        step = (end - start) / len(spoken)
        words += [
            Word(start + at * step, start + (at + 1) * step, word, 1.0, speaker) for at, word in enumerate(spoken)
        ]
    return words


def shown(conversation: Conversation) -> list[str]:
    """Turns as "A: text", backchannels as "(A: text)"."""
    lines = [f"{turn.speaker}: {turn.text}" for turn in conversation.turns]
    return [f"({line})" if turn.backchannel else line for line, turn in zip(lines, conversation.turns, strict=True)]


def laid_out(pack: Pack, *lines: tuple[str, float, float, str]) -> Conversation:
    return lay_out(said(*lines), (), pack, language="nl")


def test_a_listening_sign_amid_a_story_breaks_no_turn(dutch: Pack) -> None:
    conversation = laid_out(
        dutch,
        ("A", 0.0, 4.0, "wij hebben twee praktijken eentje in Ede"),
        ("B", 4.1, 4.5, "ja ja"),
        ("A", 4.6, 9.0, "en eentje in Velp en daar is het stil"),
    )
    assert shown(conversation) == [
        "A: wij hebben twee praktijken eentje in Ede en eentje in Velp en daar is het stil",
        "(B: ja ja)",
    ]
    assert (conversation.turns[0].start, conversation.turns[0].end) == (0.0, 9.0)


def test_a_listening_sign_over_anothers_words_breaks_no_turn(dutch: Pack) -> None:
    conversation = laid_out(
        dutch, ("A", 0.0, 9.0, "wij hebben twee praktijken en in Velp is het stil"), ("B", 4.1, 4.5, "hm-hm")
    )
    assert [turn.backchannel for turn in conversation.turns] == [False, True]


@pytest.mark.parametrize(
    ("asked", "answer"),
    [
        ("Hebt u daar vaker last van?", "Ja."),
        ("Dus u wilt dat het vóór de zomer klaar is.", "Ja, precies."),
        ("Als ik het goed begrijp gaat het om rust.", "Klopt."),
        ("Zullen we dat eerst opmeten.", "Ja, goed."),
    ],
)
def test_an_answer_is_a_turn(dutch: Pack, asked: str, answer: str) -> None:
    conversation = laid_out(dutch, ("A", 0.0, 3.0, asked), ("B", 3.3, 3.8, answer), ("A", 4.2, 6.0, "En hoe lang al?"))
    assert shown(conversation) == [f"A: {asked}", f"B: {answer}", "A: En hoe lang al?"]


def test_a_tag_with_a_question_mark_asks_nothing(dutch: Pack) -> None:
    conversation = laid_out(
        dutch, ("A", 0.0, 3.0, "Dat is lastig, hè?"), ("B", 3.1, 3.4, "Ja."), ("A", 3.5, 6.0, "Want het dak lekt.")
    )
    assert [turn.backchannel for turn in conversation.turns] == [False, True]


def test_a_sign_before_ones_own_words_opens_a_turn(dutch: Pack) -> None:
    conversation = laid_out(
        dutch,
        ("A", 0.0, 3.0, "Het dak lekt al een jaar."),
        ("B", 3.1, 3.4, "Ja."),
        ("B", 5.0, 8.0, "Dat zag ik net al."),
    )
    assert shown(conversation) == ["A: Het dak lekt al een jaar.", "B: Ja. Dat zag ik net al."]


def test_pauses_do_not_end_a_turn_but_a_long_silence_does(dutch: Pack) -> None:
    pause = laid_out(dutch, ("A", 0.0, 3.0, "ik zoek het even op"), ("A", 8.0, 9.0, "hier staat het"))
    silence = laid_out(dutch, ("A", 0.0, 3.0, "ik zoek het even op"), ("A", 30.0, 31.0, "hier staat het"))
    assert len(pause.turns) == 1
    assert len(silence.turns) == 2


def test_what_is_said_within_anothers_turn_leaves_them_the_floor(dutch: Pack) -> None:
    conversation = laid_out(
        dutch,
        ("A", 0.0, 10.0, "en toen belde ik die man van de gemeente en die zei dat het mocht"),
        ("B", 4.0, 5.5, "die ken ik wel"),
        ("A", 11.5, 14.0, "dus toen zijn we begonnen"),
    )
    assert [(turn.speaker, turn.start, turn.end) for turn in conversation.turns] == [("A", 0.0, 14.0), ("B", 4.0, 5.5)]
    assert holds_floor(conversation.turns) == (True, False)


def test_who_talks_on_after_breaking_in_has_taken_the_floor(dutch: Pack) -> None:
    conversation = laid_out(
        dutch,
        ("A", 0.0, 5.0, "wij leveren dat in heel Nederland en"),
        ("B", 4.0, 8.0, "maar ik vroeg wat het kost per maand"),
        ("A", 8.5, 10.0, "honderd euro per maand"),
    )
    assert [turn.speaker for turn in conversation.turns] == ["A", "B", "A"]
    assert holds_floor(conversation.turns) == (True, True, True)


def test_speech_without_words_is_kept_and_its_speaker_known(dutch: Pack) -> None:
    spans = (SpeakerSpan(0.0, 3.0, "A"), SpeakerSpan(2.5, 4.0, "B", 0.4))
    conversation = lay_out(
        said(("A", 0.0, 3.0, "goedemorgen allemaal")), spans, dutch, language="nl", names={"B": "Jan"}
    )
    assert conversation.speech == spans
    assert conversation.speaker("B").name == "Jan"
    assert [turn.speaker for turn in conversation.turns] == ["A"]


def test_without_spans_speech_is_taken_from_the_words(dutch: Pack) -> None:
    conversation = laid_out(dutch, ("A", 0.0, 3.0, "goedemorgen allemaal"), ("B", 3.5, 4.0, "dag hoor daar"))
    assert [(span.speaker, span.start, span.end) for span in conversation.speech] == [("A", 0.0, 3.0), ("B", 3.5, 4.0)]


def test_words_without_a_speaker_go_to_whoever_spoke_last(dutch: Pack) -> None:
    words = [Word(0.0, 0.5, "goedemorgen"), Word(0.5, 1.0, "Jan", 1.0, "B"), Word(1.0, 1.5, "hier")]
    conversation = lay_out(words, (), dutch, language="nl")
    assert shown(conversation) == ["B: goedemorgen Jan hier"]


def test_nothing_said_is_an_empty_conversation(dutch: Pack) -> None:
    conversation = lay_out((), (), dutch, language="nl", title="stil")
    assert (conversation.turns, conversation.speakers, conversation.end) == ((), (), 0.0)


def test_every_word_is_in_exactly_one_turn(dutch: Pack) -> None:
    words = said(
        ("A", 0.0, 4.0, "wij hebben twee praktijken eentje in Ede"),
        ("B", 3.8, 4.5, "ja ja"),
        ("A", 4.6, 9.0, "en eentje in Velp"),
        ("C", 6.0, 12.0, "en ik zit daar ook nog bij"),
        ("B", 12.5, 13.0, "nee"),
    )
    conversation = lay_out(words, (), dutch, language="nl")
    assert sorted(word.start for turn in conversation.turns for word in turn.words) == sorted(w.start for w in words)
    assert [turn.start for turn in conversation.turns] == sorted(turn.start for turn in conversation.turns)
