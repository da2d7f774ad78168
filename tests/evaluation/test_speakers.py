from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from analyser.errors import StorageError
from analyser.evaluation.speakers import (
    evaluate_speakers,
    hold_pauses,
    score_spans,
    share_error,
    table,
    truth_of,
    word_error,
)
from analyser.records import SpeakerSpan, Word
from tests.conftest import Wave

pytest.importorskip("pyannote.metrics", reason="needs analyser[evaluate]")

TRUTH = (SpeakerSpan(0.0, 6.0, "agent"), SpeakerSpan(6.0, 10.0, "caller"))


def test_the_error_is_missed_and_false_and_confused_speech_over_the_speech_there_is() -> None:
    found = (SpeakerSpan(0.0, 5.0, "A"), SpeakerSpan(6.0, 9.0, "B"), SpeakerSpan(9.0, 11.0, "A"))
    score = score_spans(TRUTH, found, seconds=12.0, taken=0.6)
    assert (score.speakers, score.found) == (2, 2)
    assert score.missed == pytest.approx(0.1)
    assert score.confused == pytest.approx(0.1)
    assert score.false_alarm == pytest.approx(0.1)
    assert score.error == pytest.approx(0.3)
    assert score.real_time_factor == pytest.approx(0.05)


def test_a_boundary_a_fifth_of_a_second_off_counts_only_without_collar() -> None:
    score = score_spans(TRUTH, (SpeakerSpan(0.0, 6.2, "A"), SpeakerSpan(6.2, 10.0, "B")), seconds=10.0)
    assert score.error == pytest.approx(0.02)
    assert score.lenient == 0.0


def test_share_of_talk_is_compared_whatever_the_labels() -> None:
    assert share_error(TRUTH, (SpeakerSpan(0, 6, "B"), SpeakerSpan(6, 10, "A"))) == pytest.approx(0.0)
    assert share_error(TRUTH, (SpeakerSpan(0, 5, "B"), SpeakerSpan(5, 10, "A"))) == pytest.approx(10.0)
    assert share_error(TRUTH, (SpeakerSpan(0, 10, "A"),)) == pytest.approx(40.0)
    assert share_error(TRUTH, ()) == 100.0
    assert share_error(TRUTH[:1], TRUTH) is None


def test_words_with_the_wrong_speaker_are_counted_over_those_that_are_aligned() -> None:
    said = [("agent", "Goedemorgen, met Jan."), ("caller", "Dag Jan")]
    heard = [("goedemorgen", "B"), ("met", "B"), ("uh", "B"), ("jan", "A"), ("dag", "A"), ("jan", "A")]
    words = [Word(place, place + 1, text, speaker=speaker) for place, (text, speaker) in enumerate(heard)]
    assert word_error(said, words) == pytest.approx(1 / 5)
    assert word_error(said, []) is None


def test_pauses_are_held_only_where_nobody_else_speaks() -> None:
    spans = (SpeakerSpan(0, 2, "A"), SpeakerSpan(2.8, 4, "A"), SpeakerSpan(4.1, 4.4, "B"), SpeakerSpan(4.6, 6, "A"))
    assert hold_pauses(spans, 1.0) == (SpeakerSpan(0, 4, "A"), spans[2], spans[3])
    assert hold_pauses(spans, 0.0) == spans


def test_pauses_are_held_in_truth_and_result_when_asked(tmp_path: Path, save_wave: Wave) -> None:
    recording = save_wave(np.zeros(10 * 16_000))
    recording.with_suffix(".rttm").write_text("".join(
        f"SPEAKER call 1 {start} {length} <NA> <NA> {speaker} <NA> <NA>\n"
        for start, length, speaker in ((0.0, 2.0, "a"), (3.0, 2.0, "a"), (5.0, 5.0, "b"))
    ))  # fmt: skip
    found = (SpeakerSpan(0, 5, "A"), SpeakerSpan(5, 10, "B"))
    (plain,) = evaluate_speakers(recording.parent, lambda sound: found)
    (held,) = evaluate_speakers(recording.parent, lambda sound: found, hold=1.1)
    assert plain.false_alarm == pytest.approx(1 / 9)
    assert held.error == 0.0


def test_truth_lies_beside_a_recording_or_in_the_folders_only_rttm(tmp_path: Path) -> None:
    line = "SPEAKER {} 1 0.0 2.0 <NA> <NA> x <NA> <NA>\n"
    (tmp_path / "all.rttm").write_text(line.format("one") + line.format("two"))
    assert truth_of(tmp_path / "two.flac") == (SpeakerSpan(0.0, 2.0, "x"),)
    assert truth_of(tmp_path / "three.flac") is None
    assert truth_of(tmp_path / "two.txt") is None
    (tmp_path / "call.rttm").write_text(line.format("named-otherwise"))
    assert truth_of(tmp_path / "call_stereo.wav") == (SpeakerSpan(0.0, 2.0, "x"),)
    assert truth_of(tmp_path / "two.flac") is None


def test_a_folder_without_truth_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(StorageError, match="RTTM"):
        list(evaluate_speakers(tmp_path, lambda sound: ()))


def test_the_table_has_a_row_for_each_recording_and_the_mean() -> None:
    scores = [score_spans(TRUTH, TRUTH, name=name, seconds=10, taken=1) for name in ("a.wav", "b.wav")]
    lines = table(scores).splitlines()
    assert len(lines) == 5
    assert lines[2].startswith("| a.wav | 10 | 2, 2 | 0.0 |")
    assert "2 of 2 right" in lines[-1]
    assert len({line.count("|") for line in lines}) == 1
