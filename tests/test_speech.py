from __future__ import annotations

import numpy as np
import pytest

from analyser.records import Span
from analyser.speech import STEP_SECONDS, speech_probabilities, speech_spans


def spans(*values: tuple[float, int], **options: float) -> tuple[Span, ...]:
    """Spans of a row of (probability, times in a row)."""
    row = np.concatenate([np.full(times, value, dtype=np.float32) for value, times in values])
    return speech_spans(row, **options)


def test_speech_spans_have_hysteresis() -> None:
    # 0.4 neither begins speech nor ends it.
    assert len(spans((0.4, 20), (0.1, 20))) == 0
    (span,) = spans((0.1, 10), (0.9, 10), (0.4, 20), (0.1, 10), pad=0.0)
    assert (span.start, span.end) == pytest.approx((10 * STEP_SECONDS, 40 * STEP_SECONDS))


def test_speech_spans_close_short_silences_and_keep_long_ones() -> None:
    short, long = 5, 8  # 160 ms and 256 ms
    assert len(spans((0.9, 10), (0.0, short), (0.9, 10))) == 1
    assert len(spans((0.9, 10), (0.0, long), (0.9, 10))) == 2


def test_speech_spans_leave_out_clicks_and_stay_within_the_recording() -> None:
    assert spans((0.0, 20), (0.9, 2), (0.0, 20)) == ()
    (whole,) = spans((0.9, 50))
    assert whole == Span(0.0, 50 * STEP_SECONDS)


def test_speech_spans_of_nothing() -> None:
    assert speech_spans(np.zeros(0, dtype=np.float32)) == ()


def test_speech_probabilities_do_not_depend_on_slicing(monkeypatch: pytest.MonkeyPatch) -> None:
    # A vowel-like buzz, switched on and off, long enough for several pieces of 4 steps.
    time = np.arange(16_000 * 3) / 16_000
    buzz = sum(np.sin(2 * np.pi * 120 * n * time) / n for n in range(1, 20)) * (np.sin(2 * np.pi * 1.5 * time) > 0)
    samples = (buzz * 6000).astype(np.int16)[:-100]
    whole = speech_probabilities(samples)
    heard: list[tuple[float, float]] = []
    monkeypatch.setattr("analyser.speech.PIECE", 4)
    pieces = speech_probabilities(samples, progress=lambda done, total: heard.append((done, total)))
    assert len(whole) == -(-len(samples) // 512)
    np.testing.assert_allclose(whole, pieces, atol=1e-4)
    assert heard[-1][0] == heard[-1][1]
    assert len(heard) == -(-len(whole) // 4)


def test_speech_probabilities_are_low_for_silence_and_noise() -> None:
    rng = np.random.default_rng(0)
    noise = (rng.normal(size=16_000 * 5) * 300).astype(np.int16)
    assert speech_spans(speech_probabilities(noise)) == ()
    assert speech_spans(speech_probabilities(np.zeros(16_000 * 5, dtype=np.int16))) == ()
    assert len(speech_probabilities(np.zeros(0, dtype=np.int16))) == 0
