from __future__ import annotations

import tomllib

import pytest

from analyser.records import Segment, Span, Word
from analyser.transcribe.doubts import PHRASES, is_phantom, loops, phantoms, repeated, sift, unroll
from analyser.transcribe.recogniser import Heard, HeardWord


def heard(text: str, *, probability: float = 0.9, logprob: float = -0.3, no_speech: float = 0.05) -> Heard:
    words = tuple(
        HeardWord(f" {word}", place * 0.3, place * 0.3 + 0.3, probability) for place, word in enumerate(text.split())
    )
    return Heard(words, logprob, no_speech, "nl")


def segment(text: str, start: float, end: float, *, probability: float = 0.9) -> Segment:
    texts = text.split()
    step = (end - start) / len(texts)
    words = tuple(
        Word(start + place * step, start + (place + 1) * step, word, probability) for place, word in enumerate(texts)
    )
    return Segment(start, end, words, "nl")


def reasons(one: Segment, spans: list[Span], window: Heard | None = None) -> list[str]:
    _, dropped = sift([one], window or heard(one.text), spans, phantoms())
    return [entry.reason for entry in dropped]


@pytest.mark.parametrize(
    ("text", "times"),
    [
        ("", 0),
        ("Goedemorgen, waarmee kan ik u helpen?", 1),
        ("ja ja ja, dat klopt", 3),
        ("Dank u wel. Dank u wel. Dank u wel.", 3),
        ("en dan gaan we en dan gaan we en dan gaan we en dan gaan we en dan gaan we", 5),
        ("nee nee ja ja nee nee ja ja", 2),
    ],
)
def test_repeated_counts_phrases_in_a_row(text: str, times: int) -> None:
    assert repeated(text) == times


def test_loops_lets_people_repeat_themselves() -> None:
    assert not loops(heard("Ja, ja, ja, dat klopt wel."))
    assert not loops(heard("Nul zes, drie drie, vier vier, twaalf."))
    assert loops(heard("Dank u wel. " * 12))
    assert loops(heard("en dan gaan we naar de " * 8))


def test_unroll_keeps_what_was_said_before_and_after_a_loop() -> None:
    kept, left_out = unroll(heard("Goedemorgen. " + "Ik kom eraan. " * 9 + "Tot ziens."))
    assert kept.text == "Goedemorgen. Ik kom eraan. Tot ziens."
    assert len(left_out) == 8 * 3
    plain = heard("Wat kan ik voor u doen?")
    assert unroll(plain) == (plain, ())


def test_sift_keeps_speech() -> None:
    said = segment("Wat kan ik voor u doen?", 1.0, 2.5)
    kept, dropped = sift([said], heard(said.text), [Span(0.9, 2.6)], phantoms())
    assert kept == [said]
    assert dropped == []


def test_sift_drops_a_window_in_which_nobody_is_heard() -> None:
    said = segment("Wat een mooie dag.", 1.0, 2.5)
    window = heard(said.text, logprob=-1.4, no_speech=0.8)
    assert reasons(said, [Span(0.9, 2.6)], window) == ["no speech: the recogniser itself hears none"]


def test_sift_drops_what_was_written_where_nobody_speaks() -> None:
    assert reasons(segment("Tot ziens.", 8.0, 9.0, probability=0.4), [Span(0.0, 5.0)]) == [
        "no speech where it was written"
    ]


def test_sift_drops_guesses_and_impossible_speed() -> None:
    spans = [Span(0.0, 3.0)]
    assert reasons(segment("Brom zoem.", 1.0, 2.0, probability=0.1), spans)[0].startswith("a guess")
    fast = segment("een twee drie vier vijf zes zeven acht", 2.5, 3.0)
    assert reasons(fast, spans) == ["more words than anybody says in that time"]


def test_sift_drops_phrases_of_films_only_where_the_sound_does_not_carry_them() -> None:
    spans = [Span(0.0, 3.0)]
    assert reasons(segment("Bedankt voor het kijken!", 1.0, 2.5, probability=0.4), spans)
    assert reasons(segment("Bedankt voor het kijken!", 1.0, 2.5, probability=0.9), spans) == []


def test_sift_drops_notes_without_words() -> None:
    assert reasons(segment("...", 1.0, 2.0), [Span(0.0, 3.0)]) == ["no words"]


@pytest.mark.parametrize("language", ["nl", "en"])
def test_phantoms_hit_and_miss_as_written(language: str) -> None:
    entry = tomllib.loads(PHRASES.read_text(encoding="utf-8"))[language]
    phrases = phantoms(language)
    assert [text for text in entry["hits"] if not is_phantom(text, phrases)] == []
    assert [text for text in entry["misses"] if is_phantom(text, phrases)] == []


def test_phantoms_know_the_hotwords_that_are_read_aloud() -> None:
    phrases = phantoms("nl", hotwords=("Kassa Pro", "Voorraadje", "Bakkerij Jansen", "Els"))
    assert is_phantom("Kassa Pro, Voorraadje, Bakkerij Jansen, Els", phrases)
    assert not is_phantom("Els van Bakkerij Jansen wil Kassa Pro", phrases)
