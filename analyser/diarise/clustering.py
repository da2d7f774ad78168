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
SURE = (-18.08, 0.51, 35.7, 10.4, -59.0)
"""log-odds that a cloud is two voices: a constant, and for each of `Split`'s apart, nearer and widest, and for one
over the number of vectors, since small clouds scatter in lumps. Logistic regression over 464 clouds of one and of
two voices, cut from the dev mixes and from recordings with known speakers; 448 are told right, and all but 6 of those
with 30 vectors (some 23 s of speech) or more"""
FURTHER = 1.0
"""log-odds that it takes to find a third and a fourth voice"""
LEAST_SECONDS = 1.5
"""speech that a second voice must have to count as one"""
LEAST_FURTHER = 5.0
LEAST_SHARE = 0.03
"""seconds, and share of the speech, that a third and fourth voice must have: what two voices left over in mixed
pieces looks like a small third"""


@dataclass(frozen=True)
class Voices:
    """``centres`` (voices, 192) of the clouds, and each vector's ``labels`` (n,)."""

    centres: NDArray[np.float32]
    labels: NDArray[np.int64]


@dataclass(frozen=True)
class Split:
    """One cloud cut in two: ``sides`` (bool per vector), how far ``apart`` the halves are (standard deviations of
    one), how much ``nearer`` (cosine) vectors are to their own half, and how many times ``widest`` the scatter is
    along the direction of the cut, compared with the next.
    """

    sides: NDArray[np.bool_]
    apart: float
    nearer: float
    widest: float

    @property
    def score(self) -> float:
        """Log-odds that the halves are two voices rather than one."""
        constant, apart, nearer, widest, small = SURE
        if not self.apart:
            return -np.inf
        size = small / len(self.sides)
        return constant + apart * self.apart + nearer * self.nearer + widest * self.widest + size


def find_voices(vectors: NDArray[np.float32], seconds: NDArray[np.float64], *, speakers: int | None = None) -> Voices:
    """Label each vector (n, 192) with a voice; ``seconds`` (n,) is the speech in each.

    ``speakers`` fixes the number of voices; without it the number is found, 1 to 4.
    """
    labels = np.zeros(len(vectors), dtype=np.int64)
    wanted = speakers or MOST
    while (count := int(labels.max(initial=0)) + 1) < wanted:
        splits = {label: split_cloud(vectors[labels == label], seconds[labels == label]) for label in range(count)}
        least = LEAST_SECONDS if count == 1 else max(LEAST_FURTHER, LEAST_SHARE * float(seconds.sum()))
        open_to = [
            label
            for label, split in splits.items()
            if _smaller(split, seconds[labels == label]) >= (least if speakers is None else 0.5)
        ]
        if not open_to:
            break
        label = max(open_to, key=lambda label: splits[label].score)
        if speakers is None and splits[label].score < (0 if count == 1 else FURTHER):
            break
        labels[np.flatnonzero(labels == label)[splits[label].sides]] = count
    centres = [
        vectors[labels == label].mean(axis=0) if (labels == label).any() else np.zeros(vectors.shape[1])
        for label in range(int(labels.max(initial=0)) + 1)
    ]
    return Voices(np.stack(centres).astype(np.float32), labels)


def _smaller(split: Split, seconds: NDArray[np.float64]) -> float:
    """Seconds of speech in the smaller half."""
    return float(min(seconds[split.sides].sum(), seconds[~split.sides].sum()))


def split_cloud(vectors: NDArray[np.float32], seconds: NDArray[np.float64]) -> Split:
    """Cut a cloud in two along its widest direction."""
    if len(vectors) < 2:
        return Split(np.zeros(len(vectors), dtype=bool), 0.0, 0.0, 1.0)
    chosen = np.linspace(0, len(vectors) - 1, min(SAMPLE, len(vectors))).astype(int)
    weights = np.sqrt(seconds[chosen])
    middle = np.average(vectors[chosen], axis=0, weights=weights)
    spread = (vectors[chosen] - middle) * weights[:, None]
    # The covariance is 192 by 192 however long the call is.
    widths, axes = np.linalg.eigh(spread.T @ spread)
    places = (vectors - middle) @ axes[:, -1]
    sides = places >= _border(places[chosen], weights)
    if sides.all() or not sides.any():
        return Split(sides, 0.0, 0.0, 1.0)
    low, high = places[~sides], places[sides]
    within = np.sqrt((low.var() * len(low) + high.var() * len(high)) / len(places))
    centres = vectors[~sides].mean(axis=0), vectors[sides].mean(axis=0)
    own = (centres[0] @ centres[0] * len(low) + centres[1] @ centres[1] * len(high)) / len(places)
    apart = float((high.mean() - low.mean()) / max(float(within), 1e-6))
    widest = float(np.sqrt(max(widths[-1], 0) / max(widths[-2], 1e-9)))
    return Split(sides, apart, float(own - centres[0] @ centres[1]), widest)


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
