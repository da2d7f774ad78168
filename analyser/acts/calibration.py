"""From logits to probabilities that hold, and from probabilities to acts.

Both are fitted on conversations that the network did not learn from (out of fold), never on the ones it did.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from analyser.acts.labels import CLIENT_ACTS, QUESTIONS, SELLER_ACTS, STEPS, act_range
from analyser.records import Act, Side

Row = NDArray[np.float32]
ALONE = ("backchannel", "other")
"""acts that say that an utterance does no more than this"""


def fit_scale(logits: Row, truth: Row) -> tuple[float, float]:
    """Return scale and shift that make sigmoid(scale · x + shift) a probability (Platt 1999, with his targets).

    ``logits`` and ``truth`` (0 or 1) have shape (cases,). A weak pull towards scale 1 keeps rare labels sober.
    """
    positives = float(truth.sum())
    negatives = len(truth) - positives
    if positives < 3 or negatives < 3:
        return 1.0, 0.0
    goal = np.where(truth > 0, (positives + 1) / (positives + 2), 1 / (negatives + 2)).astype(np.float64)
    values = logits.astype(np.float64)
    pull = 2.0

    def cost(pair: NDArray[np.float64]) -> float:
        score = pair[0] * values + pair[1]
        return float((np.logaddexp(0, score) - goal * score).sum() + pull / 2 * (pair[0] - 1) ** 2)

    pair = np.array([1.0, 0.0])
    for _ in range(100):  # Newton's method on two parameters, each step halved until it helps
        chance = 1 / (1 + np.exp(-np.clip(pair[0] * values + pair[1], -30, 30)))
        slope = np.array([((chance - goal) * values).sum() + pull * (pair[0] - 1), (chance - goal).sum()])
        weight = np.maximum(chance * (1 - chance), 1e-9)
        cross = (weight * values).sum()
        bend = np.array([[(weight * values**2).sum() + pull, cross], [cross, weight.sum() + 1e-6]])
        step, now = np.linalg.solve(bend, slope), cost(pair)
        while cost(pair - step) > now and np.abs(step).max() > 1e-9:
            step = step / 2
        pair = pair - step
        if np.abs(step).max() < 1e-7:
            break
    return float(max(pair[0], 0.05)), float(pair[1])


def fit_threshold(chances: Row) -> float:
    """Return the probability from which an act is given so that F1 is best: half the best F1 that the calibrated
    probabilities promise (Lipton et al. 2014). Counting true cases instead would fit rare acts to chance."""
    falling = np.sort(chances.astype(np.float64))[::-1]
    promised = 2 * np.cumsum(falling) / (np.arange(1, len(falling) + 1) + falling.sum())
    return float(np.clip(promised.max(initial=0.2) / 2, 0.1, 0.5))


def choose(chances: Row, thresholds: Sequence[float], side: Side) -> tuple[Act, ...]:
    """Give an utterance its acts from calibrated probabilities (outputs,), the surest first; never none.

    Held to the codebook: what a question asks after, at most one, and ``follow_up`` only beside a question; an
    utterance that does something is not ``other``.
    """
    outputs = act_range(side)
    names = SELLER_ACTS if side == "seller" else CLIENT_ACTS
    chance = dict(zip(names, (float(value) for value in chances[outputs.start : outputs.stop]), strict=True))
    needed = dict(zip(names, thresholds[outputs.start : outputs.stop], strict=True))
    given = {name for name in names if chance[name] >= needed[name]}

    def relative(name: str) -> float:
        return chance[name] / needed[name]

    if not given:
        given = {max(names, key=relative)}
    for rivals in (QUESTIONS, STEPS):
        present = [name for name in rivals if name in given]
        given -= set(present) - {max(present, key=relative, default="")}
    if not given & set(QUESTIONS):
        if given <= {"follow_up", *STEPS}:
            given.add(max(QUESTIONS, key=relative))
        else:
            given -= {"follow_up", *STEPS}
    for name in ALONE:
        others = given - {name}
        if name in given and others:
            given = others if relative(name) < max(map(relative, others)) else {name}
    return tuple(Act(name, round(chance[name], 4)) for name in sorted(given, key=lambda name: -chance[name]))
