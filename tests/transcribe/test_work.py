from __future__ import annotations

import pytest

from analyser.transcribe.windows import RATE, Window
from analyser.transcribe.work import _frames, _grouped


def windows(*seconds: float) -> list[Window]:
    return [Window(((0, round(length * RATE)),)) for length in seconds]


@pytest.mark.parametrize(
    ("count", "workers", "sizes"),
    [(0, 2, []), (1, 2, [1]), (3, 2, [2, 1]), (16, 2, [8, 8]), (20, 2, [5, 5, 5, 5]), (20, 1, [7, 7, 6])],
)
def test_grouped_leaves_no_worker_idle(count: int, workers: int, sizes: list[int]) -> None:
    groups = _grouped(windows(*[20.0] * count), 8, workers)
    assert [len(group) for group in groups] == sizes


def test_frames_hold_the_longest_window_and_no_more_than_the_network_hears() -> None:
    assert _frames(windows(10.0, 14.5)) == 1510
    assert _frames(windows(29.9)) == 3000
    assert _frames(windows(7.123)) % 2 == 0
