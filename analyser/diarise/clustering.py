"""Which pieces are the same voice, and how many voices there are.

Vectors of one voice scatter evenly; those of two form two clouds. Each cloud is split in two along the direction in
which it scatters most, and the split is kept when its halves are further apart than halves of one voice ever are.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

MOST = 4
"""voices that are told apart at most"""
SAMPLE = 3000
"""pieces that a split looks at; of a longer call, as many are taken evenly"""
APART = 5.0
"""distance between two clouds, in standard deviations of one, from which they are two voices"""
LEAST_SECONDS = 1.5
"""speech that a voice must have to count as one"""


@dataclass(frozen=True)
class Voices:
    """``centres`` (voices, 192) of the clouds, ``spread`` (192,) not used to judge, and each piece's ``labels``."""

    centres: NDArray[np.float32]
    labels: NDArray[np.int64]


@dataclass(frozen=True)
class Split:
    """One cloud cut in two: ``sides`` (bool per vector), and how far ``apart`` the halves are."""

    sides: NDArray[np.bool_]
    apart: float


def find_voices(vectors: NDArray[np.float32], seconds: NDArray[np.float64], *, speakers: int | None = None) -> Voices:
    """Label each vector (n, 192) with a voice; ``seconds`` (n,) is the speech in each.

    ``speakers`` fixes the number of voices; without it the number is found, 1 to 4.
    """
    labels = np.zeros(len(vectors), dtype=np.int64)
    most = min(speakers or MOST, max(1, len(vectors)))
    while labels.max(initial=0) + 1 < most:
        splits = {
            label: split_cloud(vectors[labels == label], seconds[labels == label]) for label in set(labels.tolist())
        }
        label, best = max(splits.items(), key=lambda item: item[1].apart)
        if (speakers is None and best.apart < APART) or not best.sides.any():
            break
        mine = np.flatnonzero(labels == label)
        labels[mine[best.sides]] = labels.max() + 1
    count = int(labels.max(initial=0)) + 1
    centres = np.stack(
        [vectors[labels == label].mean(axis=0) if (labels == label).any() else np.zeros(192) for label in range(count)]
    )
    return Voices(centres.astype(np.float32), labels)


def split_cloud(vectors: NDArray[np.float32], seconds: NDArray[np.float64]) -> Split:
    """Cut a cloud in two along its widest direction."""
    none = Split(np.zeros(len(vectors), dtype=bool), 0.0)
    if len(vectors) < 4:
        return none
    chosen = np.linspace(0, len(vectors) - 1, min(SAMPLE, len(vectors))).astype(int)
    sample = vectors[chosen]
    weights = np.sqrt(seconds[chosen])[:, None]
    middle = (sample * weights).sum(axis=0) / weights.sum()
    _, _, axes = np.linalg.svd((sample - middle) * weights, full_matrices=False)
    places = (vectors - middle) @ axes[0]
    border = _border(places[chosen], weights[:, 0])
    sides = places >= border
    left, right = places[~sides], places[sides]
    if min(seconds[sides].sum(), seconds[~sides].sum()) < LEAST_SECONDS:
        return none
    within = np.sqrt((left.var() * len(left) + right.var() * len(right)) / len(places))
    return Split(sides, float((right.mean() - left.mean()) / max(within, 1e-6)))


def _border(places: NDArray[np.float32], weights: NDArray[np.float32]) -> float:
    """The point between two groups on a line, by two means from several starts."""
    best, border = np.inf, float(np.median(places))
    for start in np.percentile(places, [15, 30, 50, 70, 85]):
        point = float(start)
        for _ in range(30):
            right = places >= point
            if right.all() or not right.any():
                break
            low, high = (
                np.average(places[~right], weights=weights[~right]),
                np.average(places[right], weights=weights[right]),
            )
            point = float(low + high) / 2
        right = places >= point
        if right.all() or not right.any():
            continue
        low, high = (
            np.average(places[~right], weights=weights[~right]),
            np.average(places[right], weights=weights[right]),
        )
        cost = float((weights * (places - np.where(right, high, low)) ** 2).sum())
        if cost < best:
            best, border = cost, point
    return border
