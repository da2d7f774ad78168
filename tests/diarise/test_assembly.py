from __future__ import annotations

import numpy as np
import pytest
from numpy.typing import NDArray

from analyser.diarise.assembly import Evidence, lay_spans, likelihoods, weigh
from analyser.diarise.clustering import Voices
from analyser.diarise.pieces import Pieces, Scene, cut_pieces, runs, set_scene
from analyser.diarise.segmentation import CLOSE, FRAME, FRAMES, RATE, SHORT, STEP, WINDOW, Activity, lay_windows
from analyser.records import SpeakerSpan

SECOND = RATE / FRAME
"""frames in a second"""


def frames(seconds: float) -> int:
    return round(seconds * SECOND)


def lay(*said: tuple[float, float, int], seconds: float = 20.0, voices: int = 2) -> tuple[SpeakerSpan, ...]:
    """Spans from exact evidence: (start, end, voice)."""
    count = frames(seconds)
    heard = np.zeros((count, voices), dtype=np.float32)
    for start, end, voice in said:
        heard[frames(start) : frames(end), voice] = 1
    talking = heard.sum(axis=1)
    scene = Scene(np.minimum(talking, 1), talking, np.zeros(count, dtype=np.float32))
    even = np.full((count, voices), 1 / voices, dtype=np.float32)
    return lay_spans(scene, talking > 0, Evidence(heard, even), length=int(seconds * RATE))


def rounded(spans: tuple[SpeakerSpan, ...]) -> list[tuple[float, float, str]]:
    return [(round(span.start, 1), round(span.end, 1), span.speaker) for span in spans]


def test_labels_go_by_who_speaks_first_and_overlap_is_given_to_both() -> None:
    assert rounded(lay((1, 5, 1), (4, 9, 0))) == [(1.0, 5.0, "A"), (4.0, 9.0, "B")]


def test_a_pause_within_a_turn_does_not_end_it_but_a_reply_in_it_does() -> None:
    assert rounded(lay((1, 3, 0), (3.9, 6, 0))) == [(1.0, 6.0, "A")]
    assert rounded(lay((1, 3, 0), (3.2, 3.6, 1), (3.9, 6, 0))) == [(1.0, 3.0, "A"), (3.2, 3.6, "B"), (3.9, 6.0, "A")]
    assert rounded(lay((1, 3, 0), (5, 6, 0))) == [(1.0, 3.0, "A"), (5.0, 6.0, "A")]


def test_a_click_is_no_speech_and_a_short_reply_is_less_sure_than_a_long_turn() -> None:
    spans = lay((1, 6, 0), (8, 8.05, 1), (10, 10.3, 1))
    assert rounded(spans) == [(1.0, 6.0, "A"), (10.0, 10.3, "B")]
    assert spans[1].confidence < spans[0].confidence <= 0.99


def test_times_stay_within_the_recording() -> None:
    (span,) = lay((0, 20, 0))
    assert (span.start, span.end) == (0.0, 20.0)


def test_without_speech_there_are_no_spans() -> None:
    assert lay() == ()


def test_runs_are_half_open() -> None:
    assert runs(np.array([True, False, True, True])) == [(0, 1), (2, 4)]
    assert runs(np.zeros(0, dtype=bool)) == []


def test_pieces_hold_one_voice_and_end_where_the_voice_changes() -> None:
    count = frames(10)
    change = np.zeros(count, dtype=np.float32)
    change[frames(5)] = 0.9
    talking = np.ones(count, dtype=np.float32)
    talking[frames(7) : frames(8)] = 2
    pieces = cut_pieces(Scene(talking, talking, change), np.ones(count, dtype=bool))
    assert all(end <= frames(5) or start >= frames(5) for start, end in pieces)
    assert all(end <= frames(7) or start >= frames(8) for start, end in pieces)
    assert max(end - start for start, end in pieces) <= frames(1.51)


def test_the_longer_a_call_the_farther_apart_its_pieces() -> None:
    for minutes, share in ((2, 2.0), (15, 1.0), (30, 0.5)):
        count = frames(60 * minutes)
        ones = np.ones(count, dtype=np.float32)
        pieces = cut_pieces(Scene(ones, ones, np.zeros(count, dtype=np.float32)), ones > 0)
        assert sum(end - start for start, end in pieces) / count == pytest.approx(share, abs=0.05)
        assert pieces[0][0] == 0
        assert pieces[-1][1] == count


@pytest.mark.parametrize("seconds", [0.5, 10, 10.1, 17.7, 61.3, 300.1, 1000])
def test_windows_cover_the_call_evenly_and_the_last_ends_with_it(seconds: float) -> None:
    length = round(seconds * RATE)
    starts = lay_windows(length)
    ends = [start * FRAME + WINDOW for start in starts]
    assert starts[0] == 0
    assert length <= ends[-1] < max(length, WINDOW) + FRAME
    steps = np.diff(starts) * FRAME / RATE
    assert all(steps <= (CLOSE if seconds <= SHORT else STEP) + 0.02)
    assert np.ptp(steps) < 0.02 if len(steps) else True


def dialogue(windows: int = 4) -> Activity:
    """Voice 0 speaks the first half of each window's time and voice 1 the rest, numbered anew in each window."""
    step = 150
    truth = np.zeros((step * windows + FRAMES, 2), dtype=bool)
    truth[:300, 0] = True
    truth[300:, 1] = True
    hard = np.zeros((windows, FRAMES, 3), dtype=bool)
    for window in range(windows):
        part = truth[window * step : window * step + FRAMES]
        first, second = (0, 1) if window % 2 else (2, 0)
        hard[window][:, first], hard[window][:, second] = part[:, 0], part[:, 1]
    starts = tuple(step * window for window in range(windows))
    return Activity(hard.astype(np.float16), hard, starts, length=(step * (windows - 1) + FRAMES) * FRAME)


def pieces_of(activity: Activity) -> tuple[Pieces, NDArray[np.int64]]:
    starts = np.arange(0, activity.frames - 90, 45)
    starts = starts[(starts + 89 <= 300) | (starts >= 300)]
    owners = (starts >= 300).astype(int)
    chance = np.random.default_rng(0)
    centres = chance.normal(size=(2, 192))
    vectors = centres[owners] + 0.3 * chance.normal(size=(len(starts), 192))
    vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
    return Pieces(starts, starts + 89, vectors.astype(np.float32)), owners


def test_numbers_that_change_from_window_to_window_become_one_voice_each() -> None:
    activity = dialogue()
    pieces, owners = pieces_of(activity)
    centres = np.stack([pieces.vectors[owners == voice].mean(axis=0) for voice in (0, 1)])
    evidence = weigh(activity, pieces, Voices(centres.astype(np.float32), owners))
    assert (evidence.heard[20:280].argmax(axis=1) == 0).all()
    assert (evidence.heard[320:900].argmax(axis=1) == 1).all()
    # The window that starts at the change has nothing before it to compare with.
    assert set_scene(activity).change[300:302].max() > 0.6


def test_a_vector_is_likeliest_under_its_own_voice() -> None:
    pieces, owners = pieces_of(dialogue())
    centres = np.stack([pieces.vectors[owners == voice].mean(axis=0) for voice in (0, 1)]).astype(np.float32)
    scores = likelihoods(pieces.vectors, Voices(centres, owners))
    assert (scores.argmax(axis=1) == owners).all()
    assert likelihoods(pieces.vectors[:3], Voices(centres[:1], owners * 0)).tolist() == [[0.0], [0.0], [0.0]]
