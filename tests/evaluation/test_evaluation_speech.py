from __future__ import annotations

import json
from pathlib import Path

import pytest

from analyser.errors import StorageError
from analyser.evaluation.speech import TrueTurn, WordScore, compare, evaluate, normalise, read_truth, score
from analyser.languages import load_pack
from analyser.records import Segment, Transcript, Word


def transcript(*words: tuple[float, float, str]) -> Transcript:
    said = tuple(Word(*word) for word in words)
    return Transcript("nl", 1.0, (Segment(said[0].start, said[-1].end, said, "nl"),) if said else ())


@pytest.mark.parametrize(
    ("text", "plain"),
    [
        ("Goedemorgen, mevrouw Yılmaz!", "goedemorgen mevrouw yılmaz"),
        ("20.000 euro, of 1,5?", "20000 euro of 15"),
        ("foto’s 's avonds 'ja'", "foto's s avonds ja"),
        ("...", ""),
    ],
)
def test_normalise(text: str, plain: str) -> None:
    assert normalise(text) == plain


@pytest.mark.parametrize(
    ("truth", "heard", "expected"),
    [
        ("Wat kan ik doen?", "wat kan ik doen", WordScore(words=4)),
        ("Wat kan ik doen?", "Wat kun ik", WordScore(words=4, substituted=1, deleted=1)),
        ("Ja.", "ja dat klopt", WordScore(words=1, inserted=2)),
        ("", "Bedankt voor het kijken", WordScore(inserted=4)),
        ("Ja.", "", WordScore(words=1, deleted=1)),
    ],
)
def test_compare(truth: str, heard: str, expected: WordScore) -> None:
    assert compare(truth, heard) == expected


def test_word_scores_add_up() -> None:
    both = WordScore(words=10, substituted=1, seconds=5.0) + WordScore(words=10, inserted=2, seconds=6.0)
    assert both.wer == 0.15
    assert both.seconds == 11.0
    assert WordScore().wer is None


def test_score_counts_lost_backchannels_and_invented_words() -> None:
    truth = (
        TrueTurn(0.0, 4.0, "We zoeken iets nieuws."),
        TrueTurn(1.5, 1.9, "Ja."),
        TrueTurn(5.0, 5.4, "Hm-hm."),
        TrueTurn(6.0, 8.0, "En het moet snel."),
    )
    heard = transcript((0.2, 1.0, "We"), (1.6, 1.8, "ja"), (6.5, 7.0, "snel"), (12.0, 13.0, "bedankt"))
    counted = score(heard, truth, load_pack("nl"))
    assert (counted.backchannels, counted.lost_backchannels) == (2, 1)
    assert counted.invented == 1


def test_evaluate_scores_recordings_with_truth(tmp_path: Path) -> None:
    (tmp_path / "a_stereo.wav").touch()
    (tmp_path / "a.json").write_text(json.dumps({"turns": [{"text": "Ja, dat klopt.", "start": 0.0, "end": 2.0}]}))
    (tmp_path / "no truth.wav").touch()
    said = transcript((0.1, 0.5, "Ja"), (0.5, 1.0, "dat"), (1.0, 1.5, "klopte"))
    scores = evaluate(tmp_path, lambda path: (said, 2.0))
    assert list(scores) == ["a_stereo.wav"]
    assert scores["a_stereo.wav"].wer == pytest.approx(1 / 3)


def test_evaluate_says_when_there_is_nothing_to_score(tmp_path: Path) -> None:
    with pytest.raises(StorageError, match="holds no recording"):
        evaluate(tmp_path, lambda path: (transcript(), 0.0))
    (tmp_path / "a.json").write_text("[]")
    with pytest.raises(StorageError, match=r"a\.json"):
        read_truth(tmp_path / "a.json")
