from __future__ import annotations

from itertools import pairwise

from analyser.records import Segment, Span
from analyser.transcribe.recogniser import Heard, HeardWord
from analyser.transcribe.segments import segments_of
from analyser.transcribe.windows import RATE, Window

WINDOW = Window(((0, 60 * RATE),), channel=1)


def segments(*words: tuple[float, float, str], spans: list[Span], apart: bool = False) -> tuple[Segment, ...]:
    heard = Heard(tuple(HeardWord(f" {text}", start, end, 0.9) for start, end, text in words), -0.3, 0.1, "nl")
    return segments_of(WINDOW, heard, spans, apart=apart)


def test_segments_are_cut_at_sentences_and_pauses() -> None:
    found = segments(
        (0.0, 0.5, "Goed."),
        (0.6, 1.0, "En"),
        (1.0, 1.4, "toen"),
        (3.0, 3.5, "kwam"),
        spans=[Span(0, 1.5), Span(2.9, 4)],
    )
    assert [segment.text for segment in found] == ["Goed.", "En toen", "kwam"]
    assert {segment.channel for segment in found} == {None}
    assert segments((0.0, 0.5, "Goed."), spans=[Span(0, 1)], apart=True)[0].channel == 1


def test_words_are_held_to_the_speech_they_lie_in() -> None:
    # Stretched into the pause after it, and a little over the next word's beginning.
    ((word,),) = [segment.words for segment in segments((1.0, 3.1, "dealer?"), spans=[Span(0.5, 1.8), Span(3.0, 5.0)])]
    assert (word.start, word.end) == (1.0, 1.8)


def test_words_stretched_backwards_leave_what_was_left_out() -> None:
    # "Van een persoon." at 2.0–3.2 was left out, and "Oké" begins there in place of at 4.0.
    ((word,),) = [segment.words for segment in segments((2.0, 4.5, "Oké,"), spans=[Span(2.0, 3.2), Span(4.0, 5.5)])]
    assert (word.start, word.end) == (4.0, 4.5)


def test_words_without_speech_stay_and_never_go_back() -> None:
    ((word,),) = [segment.words for segment in segments((7.0, 7.5, "tik"), spans=[Span(0.0, 1.0)])]
    assert (word.start, word.end) == (7.0, 7.5)
    found = segments((0.0, 2.5, "een"), (0.4, 0.8, "twee"), spans=[Span(0.0, 1.0), Span(2.0, 3.0)])
    words = [word for segment in found for word in segment.words]
    assert all(before.end <= after.start <= after.end for before, after in pairwise(words))
