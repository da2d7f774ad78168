from __future__ import annotations

from analyser.transcribe.language import of_window, vote

BOTH = ("en", "nl")


def test_vote_hears_the_whole_call_and_not_its_opening() -> None:
    opening = [(20.0, {"en": 0.99, "nl": 0.01})]
    rest = [(25.0, {"nl": 0.95, "en": 0.03, "de": 0.02})] * 6
    result = vote(opening + rest, BOTH)
    assert result.language == "nl"
    assert 0.8 < result.confidence < 0.9
    assert result.caveat is None


def test_vote_weighs_by_speech() -> None:
    assert vote([(2.0, {"en": 1.0}), (2.0, {"en": 1.0}), (28.0, {"nl": 1.0})], BOTH).language == "nl"


def test_vote_takes_flemish_heard_as_afrikaans_for_dutch() -> None:
    result = vote([(28.0, {"nl": 0.55, "af": 0.44, "en": 0.01})], BOTH)
    assert result.language == "nl"
    assert result.caveat is None


def test_vote_says_when_another_language_wins() -> None:
    result = vote([(28.0, {"de": 0.9, "nl": 0.08, "en": 0.02})], BOTH)
    assert result.language == "nl"
    assert result.heard == "de"
    assert result.caveat is not None and "'de'" in result.caveat


def test_vote_without_windows_has_no_confidence_to_give() -> None:
    assert vote([], BOTH).confidence == 0.5


def test_of_window_switches_only_when_sure() -> None:
    assert of_window({"en": 0.95, "nl": 0.05}, "nl", BOTH) == "en"
    assert of_window({"en": 0.6, "nl": 0.4}, "nl", BOTH) == "nl"
    assert of_window({"de": 0.9, "en": 0.06, "nl": 0.04}, "nl", BOTH) == "nl"
    assert of_window({}, "nl", ("nl",)) == "nl"
