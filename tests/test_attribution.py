from __future__ import annotations

from analyser.attribution import attribute
from analyser.records import Segment, SpeakerSpan, Transcript, Word


def words(*said: tuple[float, float, str]) -> tuple[Word, ...]:
    return tuple(Word(start, end, text) for start, end, text in said)


def transcript(*segments: Segment) -> Transcript:
    return Transcript("nl", 1.0, segments)


def one(*said: tuple[float, float, str]) -> Transcript:
    return transcript(Segment(said[0][0], said[-1][1], words(*said), "nl"))


def who(found: tuple[Word, ...]) -> str:
    return "".join(word.speaker or "-" for word in found)


def test_a_segment_with_two_voices_is_divided_by_word_times() -> None:
    said = one((0.0, 0.4, "Hoe"), (0.4, 0.9, "gaat"), (0.9, 1.4, "het?"), (1.8, 2.2, "Goed,"), (2.2, 2.8, "dank"))
    assert who(attribute(said, [SpeakerSpan(0.0, 1.5, "A"), SpeakerSpan(1.7, 3.0, "B")])) == "AAABB"


def test_a_boundary_that_is_a_little_off_falls_where_the_sentence_ends() -> None:
    said = one((0.0, 0.4, "Wat"), (0.4, 0.8, "kost"), (0.8, 1.2, "dat?"), (1.25, 1.6, "Honderd"), (1.6, 2.0, "euro."))
    early = [SpeakerSpan(0.0, 0.95, "A"), SpeakerSpan(0.95, 2.0, "B")]
    late = [SpeakerSpan(0.0, 1.45, "A"), SpeakerSpan(1.45, 2.0, "B")]
    assert who(attribute(said, early)) == "AAABB"
    assert who(attribute(said, late)) == "AAABB"


def test_words_in_overlapped_speech_stay_with_the_sentence_they_are_in() -> None:
    said = one((0.0, 0.5, "Wij"), (0.5, 1.0, "leveren"), (1.0, 1.5, "dat"), (1.5, 2.0, "morgen."), (2.1, 2.4, "Mooi!"))
    spans = [SpeakerSpan(0.0, 2.0, "A"), SpeakerSpan(0.9, 1.4, "B"), SpeakerSpan(2.05, 2.5, "B")]
    assert who(attribute(said, spans)) == "AAAAB"


def test_a_short_reply_between_sentences_is_the_others() -> None:
    said = one((0.0, 0.5, "Klaar."), (0.8, 1.0, "Ja."), (1.3, 1.6, "Dan"), (1.6, 2.0, "verder."))
    spans = [SpeakerSpan(0.0, 0.6, "A"), SpeakerSpan(0.75, 1.05, "B"), SpeakerSpan(1.25, 2.1, "A")]
    assert who(attribute(said, spans)) == "ABAA"


def test_a_word_outside_all_speech_goes_to_the_nearest_speaker() -> None:
    said = one((5.0, 5.3, "Dag."), (9.0, 9.2, "Dag."))
    assert who(attribute(said, [SpeakerSpan(3.0, 4.8, "A"), SpeakerSpan(9.4, 10.0, "B")])) == "AB"


def test_words_of_a_channel_are_that_sides_whatever_the_spans_say() -> None:
    left = Segment(0.0, 2.0, words((0.0, 1.0, "Hallo"), (1.0, 2.0, "daar")), "nl", channel=0)
    right = Segment(0.5, 1.5, words((0.5, 1.5, "Goedemorgen")), "nl", channel=1)
    found = attribute(transcript(left, right), [SpeakerSpan(0.0, 2.0, "right")])
    assert [(word.text, word.speaker) for word in found] == [
        ("Hallo", "left"),
        ("Goedemorgen", "right"),
        ("daar", "left"),
    ]


def test_without_spans_nobody_is_named_and_without_words_nothing_comes() -> None:
    assert who(attribute(one((0.0, 1.0, "Hallo")), [])) == "-"
    assert attribute(transcript(), [SpeakerSpan(0.0, 1.0, "A")]) == ()


def test_times_of_no_length_and_out_of_order_are_taken_as_they_come() -> None:
    said = transcript(
        Segment(3.0, 3.0, words((3.0, 3.0, "later")), "nl"), Segment(0.0, 0.0, words((0.0, 0.0, "eerst")), "nl")
    )
    found = attribute(said, [SpeakerSpan(0.0, 1.0, "A"), SpeakerSpan(2.5, 4.0, "B")])
    assert [(word.text, word.speaker) for word in found] == [("eerst", "A"), ("later", "B")]
