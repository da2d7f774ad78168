"""Cross-validation over whole conversations, and what is fitted on its predictions: calibration and thresholds."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from analyser.acts.calibration import asking, calibrate, fit_asking, fit_scale, fit_threshold
from analyser.acts.labels import ACTS, OUTPUTS, QUESTIONS, SELLER_ACTS
from analyser.acts.training.data import Example

Logits = NDArray[np.float32]


@dataclass(frozen=True)
class Fit:
    """Scale and shift of every output, what tells questions, and the probability from which an act is given."""

    scale: NDArray[np.float32]
    shift: NDArray[np.float32]
    question: NDArray[np.float32]
    thresholds: NDArray[np.float32]

    def probabilities(self, logits: Logits, texts: Sequence[str]) -> NDArray[np.float32]:
        """Turn logits (utterances, outputs) into calibrated probabilities."""
        return calibrate(logits, texts, self.scale, self.shift, self.question)


def fit(logits: Sequence[Logits], examples: Sequence[Example], chosen: Collection[int] | None = None) -> Fit:
    """Fit calibration and thresholds on out-of-fold logits of the chosen examples (all by default)."""
    places = range(len(examples)) if chosen is None else sorted(chosen)
    values = np.concatenate([logits[place] for place in places])
    truth = np.concatenate([examples[place].targets for place in places])
    known = np.concatenate([examples[place].known for place in places]) > 0
    scale, shift, needed = (
        np.ones(OUTPUTS, np.float32),
        np.zeros(OUTPUTS, np.float32),
        np.full(OUTPUTS, 0.4, np.float32),
    )
    for output in range(OUTPUTS):
        rows = known[:, output]
        scale[output], shift[output] = fit_scale(values[rows, output], truth[rows, output])
    kinds = [SELLER_ACTS.index(name) for name in QUESTIONS]
    said = known[:, kinds[0]]
    told = np.concatenate([asking(logits[place], examples[place].texts) for place in places])
    made = Fit(scale, shift, fit_asking(told[said], truth[said][:, kinds].max(1)), needed)
    chances = np.concatenate([made.probabilities(logits[place], examples[place].texts) for place in places])
    for output in range(ACTS):
        needed[output] = fit_threshold(chances[known[:, output], output])
    needed[kinds] = fit_threshold(chances[said][:, kinds].sum(1))
    return made


def held_out(
    logits: Sequence[Logits], examples: Sequence[Example], parts: Sequence[Sequence[int]]
) -> list[tuple[NDArray[np.float32], Fit]]:
    """Return for each example its probabilities and the fit, made on the other parts only."""
    result: list[tuple[NDArray[np.float32], Fit] | None] = [None] * len(examples)
    for part in parts:
        made = fit(logits, examples, set(range(len(examples))) - set(part))
        for place in part:
            result[place] = made.probabilities(logits[place], examples[place].texts), made
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
