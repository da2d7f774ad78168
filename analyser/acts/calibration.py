"""From logits to probabilities that hold, and from probabilities to acts.

Both are fitted on conversations that the network did not learn from (out of fold), never on the ones it did.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from analyser.acts.labels import CLIENT_ACTS, QUESTIONS, SELLER_ACTS, STEPS, act_range
from analyser.records import Act, Side

Row = NDArray[np.float32]
ASKING = 7
"""how much ``asking`` knows of an utterance"""
ALONE = ("backchannel", "other")
"""acts that say that an utterance does no more than this"""


def fit_scale(logits: Row, truth: Row) -> tuple[float, float]:
    """Return scale and shift that make sigmoid(scale · x + shift) a probability (Platt 1999, with his targets).

    ``logits`` and ``truth`` (0 or 1) have shape (cases,). A weak pull towards scale 1 keeps rare labels sober.
    """
    positives = float(truth.sum())
    if min(positives, len(truth) - positives) < 3:
        return 1.0, 0.0
    scale, shift = _logistic(logits[:, None], truth, np.array([1.0, 0.0]), pull=2.0)
    return float(max(scale, 0.05)), float(shift)


def asking(logits: Row, texts: Sequence[str]) -> Row:
    """Return what tells whether utterances are questions: shape (utterances, 7).

    The logits of an open and of a closed question; whether it ends in a question mark, has one before its end, has
    none (each 0 or 1, and 0 throughout where the text has no punctuation, as of some recognisers); length; and length
    where it ends in a mark. A mark is one token among all those that the network averages over, and is lost in long
    utterances ("if you look at the last year, with all that happened, how would you …?").
    """
    ends = [text.rstrip(" \"'”’)-–")[-1:] for text in texts]
    marked = sum(end != "" and end in ".?!…" for end in ends) > len(texts) / 2
    marks = np.array([(end == "?", end != "?" and "?" in text, "?" not in text)
                      for end, text in zip(ends, texts, strict=True)], np.float32) * marked  # fmt: skip
    length = np.log1p([len(text.split()) for text in texts]) / 4
    questions = [SELLER_ACTS.index(name) for name in QUESTIONS]
    return np.column_stack((logits[:, questions], marks, length, length * marks[:, 0])).astype(np.float32)


def fit_asking(seen: Row, truth: Row) -> Row:
    """Return weights (8,) of what ``asking`` returns, the last a shift, from cases of questions and of none."""
    return _logistic(seen, truth, np.array([0.7, 0.7, *[0.0] * (seen.shape[1] - 1)]), pull=1.0).astype(np.float32)


def _logistic(values: NDArray[Any], truth: Row, start: NDArray[np.float64], *, pull: float) -> NDArray[np.float64]:
    """Fit weights and a shift (the last) to cases (cases, n), pulled weakly towards ``start`` but for the shift."""
    known = np.column_stack((values.astype(np.float64), np.ones(len(values))))
    positives = float(truth.sum())
    goal = np.where(truth > 0, (positives + 1) / (positives + 2), 1 / (len(truth) - positives + 2)).astype(np.float64)
    pulls = np.array([*[pull] * values.shape[1], 0.0])

    def cost(weights: NDArray[np.float64]) -> float:
        score = known @ weights
        return float((np.logaddexp(0, score) - goal * score).sum() + (pulls * (weights - start) ** 2).sum() / 2)

    weights = start.copy()
    for _ in range(100):  # Newton's method, each step halved until it helps
        chance = _sigmoid(known @ weights)
        slope = (chance - goal) @ known + pulls * (weights - start)
        bend = (known * np.maximum(chance * (1 - chance), 1e-9)[:, None]).T @ known + np.diag(pulls + 1e-6)
        step, now = np.linalg.solve(bend, slope), cost(weights)
        while cost(weights - step) > now and np.abs(step).max() > 1e-9:
            step = step / 2
        weights = weights - step
        if np.abs(step).max() < 1e-7:
            break
    return weights


def calibrate(logits: Row, texts: Sequence[str], scale: Row, shift: Row, question: Row) -> Row:
    """Turn logits (utterances, outputs) into probabilities of the same shape.

    ``scale`` and ``shift`` have shape (outputs,), ``question`` (8,) is what ``fit_asking`` returned: whether it is a
    question is decided first, and the two kinds of question share that probability, since one excludes the other.
    """
    chances: Row = _sigmoid(logits * scale + shift).astype(np.float32)
    kinds = [SELLER_ACTS.index(name) for name in QUESTIONS]
    asked = _sigmoid(asking(logits, texts) @ question[:-1] + question[-1])
    share = chances[:, kinds] + 1e-9
    chances[:, kinds] = asked[:, None] * share / share.sum(1, keepdims=True)
    return chances


def _sigmoid(values: NDArray[Any]) -> NDArray[Any]:
    result: NDArray[Any] = 1 / (1 + np.exp(-np.clip(values, -30, 30)))
    return result


def fit_threshold(chances: Row) -> float:
    """Return the probability from which an act is given so that F1 is best: half the best F1 that the calibrated
    probabilities promise (Lipton et al. 2014). Counting true cases instead would fit rare acts to chance."""
    falling = np.sort(chances.astype(np.float64))[::-1]
    promised = 2 * np.cumsum(falling) / (np.arange(1, len(falling) + 1) + falling.sum())
    return float(np.clip(promised.max(initial=0.2) / 2, 0.1, 0.5))


def choose(chances: Row, thresholds: Sequence[float], side: Side) -> tuple[Act, ...]:
    """Give an utterance its acts from calibrated probabilities (outputs,), the surest first; never none.

    Whether it is a question is decided first, by both kinds of question together. Held to the codebook: ``follow_up``
    and what a question asks after, at most one, only beside a question; an utterance that does something is not
    ``other``.
    """
    outputs = act_range(side)
    names = SELLER_ACTS if side == "seller" else CLIENT_ACTS
    chance = dict(zip(names, (float(value) for value in chances[outputs.start : outputs.stop]), strict=True))
    needed = dict(zip(names, thresholds[outputs.start : outputs.stop], strict=True))

    def relative(name: str) -> float:
        return chance[name] / needed[name]

    asks = side == "seller" and sum(chance[name] for name in QUESTIONS) >= min(needed[name] for name in QUESTIONS)
    open_to = [name for name in names if asks or name not in (*QUESTIONS, "follow_up", *STEPS)]
    given = {name for name in open_to if relative(name) >= 1}
    if asks:
        given.add(max(QUESTIONS, key=relative))
    if not given:
        given = {max(open_to, key=relative)}
    for rivals in (QUESTIONS, STEPS):
        present = [name for name in rivals if name in given]
        given -= set(present) - {max(present, key=relative, default="")}
    for name in ALONE:
        others = given - {name}
        if name in given and others:
            given = others if relative(name) < max(map(relative, others)) else {name}
    return tuple(Act(name, round(chance[name], 4)) for name in sorted(given, key=lambda name: -chance[name]))
