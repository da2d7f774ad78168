from __future__ import annotations

import numpy as np
import pytest

from analyser.diarise.filterbanks import BINS, HOP, RATE, features


def tone(frequency: float, seconds: float) -> np.ndarray:
    return (8000 * np.sin(2 * np.pi * frequency * np.arange(int(seconds * RATE)) / RATE)).astype(np.int16)


def test_a_higher_tone_is_loudest_in_a_higher_band() -> None:
    loudest = [int(features(tone(frequency, 1.0))[50].argmax()) for frequency in (200, 500, 1000, 2000, 4000, 7000)]
    assert loudest == sorted(set(loudest))
    assert 0 < loudest[0] < 10
    assert 70 < loudest[-1] < BINS


def test_silence_is_at_the_floor_and_has_no_infinite_numbers() -> None:
    assert np.allclose(features(np.zeros(RATE, dtype=np.int16)), np.log(np.finfo(np.float32).eps))


@pytest.mark.parametrize(("samples", "frames"), [(0, 0), (79, 0), (80, 1), (HOP, 1), (1234, 8), (RATE, 100)])
def test_there_is_a_frame_for_each_hop(samples: int, frames: int) -> None:
    assert features(np.ones(samples, dtype=np.int16)).shape == (frames, BINS)


def test_the_numbers_are_kaldis() -> None:
    kaldi = pytest.importorskip("kaldi_native_fbank", reason="kaldi-native-fbank is not installed to compare with")
    chance = np.random.default_rng(0)
    samples = (tone(300, 2.0) + chance.normal(scale=900, size=2 * RATE)).astype(np.int16)[:-37]
    options = kaldi.FbankOptions()
    options.frame_opts.samp_freq, options.frame_opts.dither, options.frame_opts.snip_edges = RATE, 0.0, False
    options.mel_opts.num_bins = BINS
    bank = kaldi.OnlineFbank(options)
    bank.accept_waveform(RATE, samples.astype(np.float32) / 32768)
    bank.input_finished()
    theirs = np.stack([bank.get_frame(index) for index in range(bank.num_frames_ready)])
    assert np.abs(features(samples) - theirs).max() < 2e-3
