"""Cuts the recording into pieces of about 1.5 s in which, as far as the network can tell, one voice speaks."""

from __future__ import annotations

import itertools
import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from analyser.audio import let_go
from analyser.diarise.embedding import Embedder
from analyser.diarise.filterbanks import HOP, features
from analyser.diarise.segmentation import CENTRE, FRAME, FRAMES, RATE, Activity

LENGTH = 89
"""frames of the grid in a full piece: 1.5 s"""
STRIDE = 45
"""frames from one piece to the next within a run, at most: 0.76 s"""
LONG_CALLS = ((1200.0, 2 * LENGTH), (300.0, LENGTH))
"""seconds of single voices from which pieces lie so far apart: there are enough of them to tell the voices apart, and
what lies between two is told by the network that hears ten seconds at once"""
SHORTEST = 15
"""frames (0.25 s) below which a run gives no piece"""
AROUND = 6
"""frames to either side of a moment at which voices are compared to find a change: 0.1 s"""
BLOCK_SECONDS = 120
"""features are computed for this much of the recording at a time"""


@dataclass(frozen=True)
class Pieces:
    """Pieces with what they sound like: ``starts`` and ``ends`` (grid frames, half-open), unit ``vectors`` (n, 192)."""

    starts: NDArray[np.int64]
    ends: NDArray[np.int64]
    vectors: NDArray[np.float32]

    @property
    def seconds(self) -> NDArray[np.float64]:
        """Length of each piece."""
        return np.asarray((self.ends - self.starts) * (FRAME / RATE), dtype=np.float64)


@dataclass(frozen=True)
class Scene:
    """Per frame of the grid, over all windows that cover it: shape (frames,).

    ``speech``: probability that anyone speaks. ``count``: mean number of voices. ``change``: how many of the windows
    (0–1) hear another voice after the frame than before it.
    """

    speech: NDArray[np.float32]
    count: NDArray[np.float32]
    change: NDArray[np.float32]


def set_scene(activity: Activity) -> Scene:
    """Lay the windows over each other."""
    frames = activity.frames + FRAMES
    speech, count, change, cover = (np.zeros(frames, dtype=np.float32) for _ in range(4))
    for window, first in enumerate(activity.starts):
        at = slice(first, first + FRAMES)
        hard, soft = activity.hard[window], activity.soft[window].astype(np.float32)
        speech[at] += 1 - np.prod(1 - np.clip(soft, 0, 1), axis=1)
        count[at] += hard.sum(axis=1)
        before, after = hard[: -2 * AROUND], hard[2 * AROUND :]
        turned = before.any(axis=1) & after.any(axis=1) & ~(before & after).any(axis=1)
        change[at][AROUND : FRAMES - AROUND] += turned
        cover[at] += 1
    cover = np.maximum(cover, 1)
    kept = slice(0, activity.frames)
    return Scene(speech=(speech / cover)[kept], count=(count / cover)[kept], change=(change / cover)[kept])


def cut_pieces(scene: Scene, speech: NDArray[np.bool_]) -> list[tuple[int, int]]:
    """Pieces as (start, end) in frames: single voices within ``speech``, cut where voices change."""
    alone = speech & (scene.count < 1.5)
    seconds = alone.sum() * FRAME / RATE
    stride = next((stride for least, stride in LONG_CALLS if seconds >= least), STRIDE)
    pieces: list[tuple[int, int]] = []
    for start, end in runs(alone):
        edges = [start, *_changes(scene.change, start, end), end]
        for first, last in itertools.pairwise(edges):
            pieces.extend(_slide(first, last, stride))
    return pieces


def embed_pieces(samples: NDArray[np.int16], pieces: list[tuple[int, int]], *, threads: int = 0) -> Pieces:
    """Hear each piece; ``samples`` as everywhere. Reads the recording in blocks of two minutes."""
    embedder = Embedder(threads=threads)
    vectors = []
    starts = np.array([start for start, _ in pieces], dtype=np.int64)
    ends = np.array([end for _, end in pieces], dtype=np.int64)
    block = BLOCK_SECONDS * RATE // FRAME
    for first in range(0, int(ends.max()) if len(ends) else 0, block):
        chosen = [(start, end) for start, end in pieces if first <= start < first + block]
        if not chosen:
            continue
        origin = first * FRAME
        bank = features(samples[origin : origin + (block + 2 * LENGTH) * FRAME + CENTRE])
        let_go(samples)
        vectors.append(embedder.embed([bank[_hop(start, first) : _hop(end, first)] for start, end in chosen]))
    return Pieces(starts, ends, np.concatenate(vectors) if vectors else np.zeros((0, 192), dtype=np.float32))


def runs(mask: NDArray[np.bool_]) -> list[tuple[int, int]]:
    """The stretches of True in a mask as (start, end), half-open."""
    edges = np.flatnonzero(np.diff(np.concatenate([[0], mask.astype(np.int8), [0]])))
    return [(int(start), int(end)) for start, end in zip(edges[::2], edges[1::2], strict=True)]


def _changes(change: NDArray[np.float32], start: int, end: int) -> list[int]:
    """Frames within a run at which at least half of the windows hear the voice change."""
    return [
        first + int(np.argmax(change[first:last])) if last - first < 3 * AROUND else (first + last) // 2
        for first, last in ((start + a, start + b) for a, b in runs(change[start:end] >= 0.5))
    ]


def _slide(start: int, end: int, stride: int) -> list[tuple[int, int]]:
    """Full pieces spread evenly over a run from end to end, at most ``stride`` frames from one to the next."""
    if end - start < SHORTEST:
        return []
    if end - start <= LENGTH:
        return [(start, end)]
    places = np.linspace(start, end - LENGTH, 1 + math.ceil((end - LENGTH - start) / stride))
    return [(round(place), round(place) + LENGTH) for place in places.tolist()]


def _hop(frame: int, origin: int) -> int:
    """The feature frame at the middle of a frame of the grid, counted from grid frame ``origin``."""
    return ((frame - origin) * FRAME + CENTRE) // HOP
