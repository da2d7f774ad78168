"""Cross-validation over whole conversations, and what is fitted on its predictions: calibration and thresholds."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from analyser.acts.calibration import fit_scale, fit_threshold
from analyser.acts.labels import ACTS, OUTPUTS
from analyser.acts.training.data import Example

Logits = NDArray[np.float32]


@dataclass(frozen=True)
class Fit:
    """Scale and shift of every output, and the probability from which an act is given."""

    scale: NDArray[np.float32]
    shift: NDArray[np.float32]
    thresholds: NDArray[np.float32]

    def probabilities(self, logits: Logits) -> NDArray[np.float32]:
        """Turn logits (utterances, outputs) into calibrated probabilities."""
        chances: NDArray[np.float32] = 1 / (1 + np.exp(-np.clip(logits * self.scale + self.shift, -30, 30)))
        return chances


def fit(logits: Sequence[Logits], examples: Sequence[Example], chosen: Collection[int] | None = None) -> Fit:
    """Fit calibration and thresholds on out-of-fold logits of the chosen examples (all by default)."""
    places = range(len(examples)) if chosen is None else sorted(chosen)
    values = np.concatenate([logits[place] for place in places])
    truth = np.concatenate([examples[place].targets for place in places])
    known = np.concatenate([examples[place].known for place in places]) > 0
    made = Fit(np.ones(OUTPUTS, np.float32), np.zeros(OUTPUTS, np.float32), np.full(OUTPUTS, 0.4, np.float32))
    for output in range(OUTPUTS):
        rows = known[:, output]
        scale, shift = fit_scale(values[rows, output], truth[rows, output])
        made.scale[output], made.shift[output] = scale, shift
        if output < ACTS:
            chances = 1 / (1 + np.exp(-np.clip(values[rows, output] * scale + shift, -30, 30)))
            made.thresholds[output] = fit_threshold(chances.astype(np.float32))
    return made


def held_out(
    logits: Sequence[Logits], examples: Sequence[Example], parts: Sequence[Sequence[int]]
) -> list[tuple[NDArray[np.float32], Fit]]:
    """Return for each example its probabilities and the fit, made on the other parts only."""
    result: list[tuple[NDArray[np.float32], Fit] | None] = [None] * len(examples)
    for part in parts:
        made = fit(logits, examples, set(range(len(examples))) - set(part))
        for place in part:
            result[place] = made.probabilities(logits[place]), made
    return [entry for entry in result if entry is not None]


def reliability(
    chances: Sequence[NDArray[np.float32]], examples: Sequence[Example], *, first: int = 0, last: int = ACTS
) -> list[tuple[float, float, float, int]]:
    """Return for tenths of probability: lower edge, mean probability, share that is true, number of cases."""
    values = np.concatenate([entry[:, first:last] for entry in chances])
    truth = np.concatenate([example.targets[:, first:last] for example in examples])
    known = np.concatenate([example.known[:, first:last] for example in examples]) > 0
    values, truth = values[known], truth[known]
    rows = []
    for tenth in range(10):
        inside = (values >= tenth / 10) & (values < (tenth + 1) / 10 + (tenth == 9))
        if inside.any():
            rows.append((tenth / 10, float(values[inside].mean()), float(truth[inside].mean()), int(inside.sum())))
    return rows
