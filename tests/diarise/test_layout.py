from __future__ import annotations

import numpy as np
import pytest
from numpy.typing import NDArray

from analyser.diarise.layout import layout_of, living_channels

RATE = 16000


def talk(seed: int, *, seconds: int = 30, offset: int = 0) -> NDArray[np.float64]:
    """Noise that comes and goes like speech: two seconds in every four, from ``offset`` seconds on."""
    chance = np.random.default_rng(seed)
    time = np.arange(seconds * RATE) / RATE
    on = ((time - offset) % 4 < 2) * (1 + np.sin(2 * np.pi * 4 * time))
    return np.asarray(2000 * on * chance.normal(size=len(time)))


def stereo(left: NDArray[np.float64], right: NDArray[np.float64]) -> NDArray[np.int16]:
    return np.clip(np.stack([left, right]), -32768, 32767).astype(np.int16)


A, B = talk(1), talk(2, offset=2)
HISS = np.random.default_rng(3).normal(0, 30, len(A))


@pytest.mark.parametrize(
    ("samples", "layout"),
    [
        (stereo(A, B), "two-channel"),
        (stereo(A, 0.05 * B), "two-channel"),
        (stereo(A + 0.2 * B, B + 0.2 * A), "two-channel"),
        (stereo(A + B, A + B), "joint-stereo"),
        (stereo(A + B, 0.3 * (A + B)), "joint-stereo"),
        (stereo(A + 0.8 * B, B + 0.8 * A), "joint-stereo"),
        (stereo(A + B, 0 * A), "mono"),
        (stereo(HISS, A + B), "mono"),
        (stereo(A, B)[:1], "mono"),
        (np.zeros((2, RATE), dtype=np.int16), "mono"),
        (np.zeros((2, 0), dtype=np.int16), "none"),
        (np.stack([*stereo(A, B), *stereo(B, A)]), "joint-stereo"),
    ],
)
def test_layout(samples: NDArray[np.int16], layout: str) -> None:
    assert layout_of(samples) == layout


def test_a_dead_channel_is_known_from_a_living_one() -> None:
    assert living_channels(stereo(HISS, A)) == (1,)
    assert living_channels(stereo(A, B)) == (0, 1)
    assert living_channels(np.zeros((2, RATE), dtype=np.int16)) == ()


def test_a_long_call_is_judged_by_pieces_spread_over_it() -> None:
    long = np.tile(stereo(A, B), (1, 60))
    assert layout_of(long) == "two-channel"


def test_a_call_shorter_than_a_frame_has_a_layout() -> None:
    assert layout_of(np.ones((2, 100), dtype=np.int16)) == "mono"
