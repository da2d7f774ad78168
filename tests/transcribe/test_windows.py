from __future__ import annotations

from itertools import pairwise

import numpy as np
import pytest
from numpy.typing import NDArray

from analyser.records import Span
from analyser.transcribe.windows import RATE, Window, pack


def silence(seconds: float) -> NDArray[np.int16]:
    return np.zeros(int(seconds * RATE), dtype=np.int16)


def covered(windows: tuple[Window, ...], spans: list[Span]) -> bool:
    """Whether every span lies in one or more windows, whole."""
    pieces = sorted(piece for window in windows for piece in window.pieces)
    for span in spans:
        place = round(span.start * RATE)
        for first, last in pieces:
            if first <= place < last:
                place = last
        if place < round(span.end * RATE):
            return False
    return True


def test_pack_holds_every_span_once() -> None:
    spans = [Span(start, start + 2.5) for start in np.arange(0, 300, 3.7)]
    windows = pack(spans, silence(310))
    assert covered(windows, spans)
    pieces = [piece for window in windows for piece in window.pieces]
    assert pieces == sorted(pieces)
    assert all(before[1] <= after[0] for before, after in pairwise(pieces))
    assert all(window.duration <= 29.4 for window in windows)


def test_pack_leaves_long_silences_out() -> None:
    (window,) = pack([Span(10, 12), Span(100, 103)], silence(200))
    assert window.duration == pytest.approx(5 + 4 * 0.25)


def test_pack_cuts_in_the_longest_pause() -> None:
    # 20 s, then 2 s after a long pause, then 20 s after a short one: the cut belongs in the long pause.
    windows = pack([Span(0, 20), Span(25, 27), Span(27.4, 47.4)], silence(50), most=28)
    assert [window.start for window in windows] == pytest.approx([0.0, 24.75])


def test_pack_cuts_a_long_span_where_it_is_quiet() -> None:
    rng = np.random.default_rng(1)
    samples = (rng.normal(size=60 * RATE) * 3000).astype(np.int16)
    samples[int(24.9 * RATE) : int(25.1 * RATE)] = 0
    windows = pack([Span(0, 60)], samples, most=28)
    assert windows[0].end == pytest.approx(25.0, abs=0.1)
    assert covered(windows, [Span(0, 60)])
    assert all(window.duration <= 28 for window in windows)


def test_pack_of_nothing_and_of_spans_out_of_order() -> None:
    assert pack([], silence(1)) == ()
    (window,) = pack([Span(3, 5), Span(1, 4)], silence(6))
    assert window.pieces == ((round(0.75 * RATE), round(5.25 * RATE)),)


def test_window_brings_times_back_to_the_call() -> None:
    window = Window(((10 * RATE, 12 * RATE), (100 * RATE, 103 * RATE)))
    assert window.in_call(0.5, 1.0) == Span(10.5, 11.0)
    assert window.in_call(2.5, 3.0) == Span(100.5, 101.0)
    # A word that the recogniser stretched over the cut stays on the side that holds its middle.
    assert window.in_call(1.5, 2.2) == Span(11.5, 12.0)
    assert window.in_call(4.9, 9.0) == Span(102.9, 103.0)


def test_window_sound_is_its_pieces() -> None:
    samples = np.arange(2 * RATE, dtype=np.int16)
    sound = Window(((0, 3), (10, 12))).sound(samples)
    np.testing.assert_allclose(sound * 32768, [0, 1, 2, 10, 11])
    assert sound.dtype == np.float32
