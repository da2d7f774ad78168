"""Who is active within ten seconds: pyannote's segmentation-3.0 network over overlapping windows.

The network (Plaquet & Bredin, "Powerset multi-class cross entropy loss for neural speaker diarization", Interspeech
2023) hears up to three voices in a window and up to two at once. It gives them numbers that hold within that window
only; `clustering` finds out which numbers are the same person.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from analyser.audio import let_go
from analyser.diarise.networks import SEGMENTATION, open_network

RATE = 16000
WINDOW = 10 * RATE
STEP = 7.6
"""seconds from one window to the next at most: what is heard twice is where a window sees least, its ends"""
CLOSE = 2.53
"""the same in a recording of at most ``SHORT`` seconds, where one piece of noise can look like a second voice"""
SHORT = 300.0
FRAME = 270
"""samples from one frame of the network to the next: 16.875 ms"""
FRAMES = 589
"""frames in a window"""
CENTRE = 495
"""samples from a window's start to the middle of what its first frame sees"""
LOCAL = 3
"""voices that the network can tell apart in a window"""
BATCH = 2

POWERSET = np.array(
    [[0, 0, 0], [1, 0, 0], [0, 1, 0], [0, 0, 1], [1, 1, 0], [1, 0, 1], [0, 1, 1]],
    dtype=np.float32,
)
"""which voices each of the network's seven classes stands for"""


@dataclass(frozen=True)
class Activity:
    """What the network heard: ``soft`` and ``hard`` have shape (windows, 589 frames, 3 local voices).

    ``soft`` (float16, 0–1) is the probability that a voice is active, ``hard`` (bool) the most probable set.
    Window ``w`` starts at frame ``starts[w]`` of the grid; frame ``f`` of the grid has its middle at
    ``frame_time(f)`` seconds. ``length`` is the number of samples heard.
    """

    soft: NDArray[np.float16]
    hard: NDArray[np.bool_]
    starts: tuple[int, ...]
    length: int

    @property
    def frames(self) -> int:
        """Frames of the grid that the recording fills."""
        return max(1, 1 + (self.length - 1) // FRAME)


def frame_time(frame: float | NDArray[np.float64]) -> float | NDArray[np.float64]:
    """Seconds from the start of the recording to the middle of a frame of the grid."""
    return (frame * FRAME + CENTRE) / RATE


def hear_activity(samples: NDArray[np.int16], *, threads: int = 0) -> Activity:
    """Run the network over mono ``samples`` (int16, 16 kHz, shape (n,)); raises ModelError when it is damaged."""
    session = open_network(SEGMENTATION, threads=threads)
    starts = lay_windows(len(samples))
    soft, hard = [], []
    for batch in _batches(samples, starts):
        scores = np.exp(_run(session, batch))
        soft.append((scores @ POWERSET).astype(np.float16))
        hard.append(POWERSET[scores.argmax(axis=2)] > 0)
    return Activity(np.concatenate(soft), np.concatenate(hard), starts, len(samples))


def _run(session: Any, batch: NDArray[np.float32]) -> NDArray[np.float32]:
    """Log-probabilities of the classes, shape (windows, 589, 7)."""
    scores: NDArray[np.float32] = session.run(None, {"x": batch[:, None, :]})[0]
    return scores


def lay_windows(length: int) -> tuple[int, ...]:
    """Frames at which windows over ``length`` samples start: evenly, the last one flush with the end.

    A last window that is mostly padding would be heard badly.
    """
    last = max(0, -(-(length - WINDOW) // FRAME))
    step = CLOSE if length <= SHORT * RATE else STEP
    count = 1 + math.ceil(last * FRAME / RATE / step)
    return tuple(round(place) for place in np.linspace(0, last, count).tolist())


def _batches(samples: NDArray[np.int16], starts: Sequence[int]) -> Iterator[NDArray[np.float32]]:
    """windows as float32 of shape (up to 2, 160,000); what lies past the end is silence."""
    for first in range(0, len(starts), BATCH):
        chosen = [start * FRAME for start in starts[first : first + BATCH]]
        batch = np.zeros((len(chosen), WINDOW), dtype=np.float32)
        for row, start in enumerate(chosen):
            part = samples[start : start + WINDOW]
            batch[row, : len(part)] = part.astype(np.float32) / 32768
        let_go(samples)
        yield batch
