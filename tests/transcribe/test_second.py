from __future__ import annotations

from analyser.records import Dropped, Segment, Span, Word
from analyser.transcribe.doubts import phantoms
from analyser.transcribe.recogniser import Heard, HeardWord
from analyser.transcribe.second import believed, missed, window_around

SPANS = [Span(0.0, 2.0), Span(3.0, 3.4), Span(4.0, 4.1), Span(5.0, 8.0)]


def segment(*words: tuple[float, float, str]) -> Segment:
    return Segment(words[0][0], words[-1][1], tuple(Word(*word) for word in words), "nl")


def heard(text: str, probability: float = 0.8) -> Heard:
    words = tuple(HeardWord(f" {word}", n * 0.2, n * 0.2 + 0.2, probability) for n, word in enumerate(text.split()))
    return Heard(words, -0.4, 0.1, "nl")


def test_missed_finds_speech_without_words() -> None:
    kept = [segment((0.2, 1.0, "Klopt"), (1.0, 1.8, "dat?")), segment((5.1, 5.9, "Goed."))]
    # 3.0–3.4 has none; 4.0–4.1 is too short to tell; 5–8 has some.
    assert missed(SPANS, kept, []) == (Span(3.0, 3.4),)


def test_missed_leaves_alone_what_was_found_to_be_no_speech() -> None:
    kept = [segment((0.2, 1.8, "Klopt"))]
    silence = Dropped(5.0, 8.0, "Bedankt voor het kijken", "no speech")
    loop = Dropped(3.0, 3.4, "ja ja ja ja", "repeats itself")
    assert missed(SPANS, kept, [silence, loop]) == (Span(3.0, 3.4),)


def test_missed_holds_with_words_that_overlap_several_spans() -> None:
    assert missed([Span(0, 1), Span(1.2, 2), Span(2.2, 3)], [segment((0.0, 2.9, "Eeeh"))], []) == ()


def test_window_around_stays_within_the_recording() -> None:
    assert window_around(Span(0.1, 0.5), 0, 10_000).pieces == ((0, 10_000),)
    assert window_around(Span(5.0, 5.4), 1, 10**6).start == 4.65


def test_believed_takes_a_sure_small_word() -> None:
    assert believed(heard("Ja."), Span(3.0, 3.4), [], phantoms())
    assert not believed(heard("Ja.", 0.3), Span(3.0, 3.4), [], phantoms())
    assert not believed(heard(""), Span(3.0, 3.4), [], phantoms())


def test_believed_takes_no_echo_of_the_words_beside_it() -> None:
    assert not believed(heard("dat?"), Span(3.0, 3.4), ["klopt", "dat"], phantoms())


def test_believed_takes_no_more_than_can_be_said() -> None:
    assert not believed(heard("een twee drie vier vijf zes"), Span(3.0, 3.4), [], phantoms())
    assert not believed(heard("Bedankt voor het kijken"), Span(3.0, 5.0), [], phantoms())
