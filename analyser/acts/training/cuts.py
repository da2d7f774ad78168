"""Learn where turns are cut into utterances, from consecutive lines of one speaker."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from analyser.acts.training.data import Example, folds, roughen
from analyser.records import Side, Word
from analyser.storage import write_atomic
from analyser.utterances import Context, find_cuts

Thresholds = dict[str, float]


@dataclass(frozen=True)
class CutTurn:
    """A turn as people cut it: its words, and the places of words that begin a new utterance."""

    words: tuple[str, ...]
    side: Side
    cuts: tuple[int, ...]


def cut_turns(example: Example, *, bare: bool = False) -> list[CutTurn]:
    """Join consecutive lines of one side to turns; ``bare`` takes capitals and punctuation away."""
    import random

    turns: list[CutTurn] = []
    for side, text in zip(example.sides, example.texts, strict=True):
        said = roughen(text, example.language, random.Random(0), words=0.0) if bare else text
        words = tuple(said.split())
        if turns and turns[-1].side == side:
            last = turns.pop()
            turns.append(CutTurn(last.words + words, side, (*last.cuts, len(last.words))))
        else:
            turns.append(CutTurn(words, side, ()))
    return turns


def learn(turns: Sequence[CutTurn], *, strength: float = 1.0, least: int = 3) -> dict[str, float]:
    """Return weights by feature: a logistic regression over all places between words, then the best threshold."""
    from scipy.sparse import csr_matrix
    from sklearn.linear_model import LogisticRegression

    rows: list[list[str]] = []
    truth: list[int] = []
    for turn in turns:
        context, begin = Context.of(turn.words, turn.side), 0
        for place in range(1, len(turn.words)):
            rows.append(context.features(begin, place))
            truth.append(int(place in turn.cuts))
            begin = place if place in turn.cuts else begin
    counts = Counter(feature for row in rows for feature in row)
    names = {name: place for place, name in enumerate(sorted(name for name, n in counts.items() if n >= least))}
    pairs = [(row, names[name]) for row, features in enumerate(rows) for name in features if name in names]
    at, columns = np.array(pairs).T
    matrix = csr_matrix((np.ones(len(pairs)), (at, columns)), shape=(len(rows), len(names)))
    model = LogisticRegression(C=strength, max_iter=300, fit_intercept=False, solver="liblinear", random_state=0)
    model.fit(matrix, truth)
    weights = {name: round(float(model.coef_[0, place]), 3) for name, place in names.items()}
    weights = {name: weight for name, weight in weights.items() if abs(weight) >= 0.02}
    return weights


def count(turns: Sequence[CutTurn], weights: dict[str, float]) -> tuple[int, int, int]:
    """Return cuts found rightly, cuts found, and cuts that there are."""
    right = found = there = 0
    for turn in turns:
        made = set(find_cuts([Word(0, 0, word) for word in turn.words], turn.side, weights, timed=False))
        right += len(made & set(turn.cuts))
        found += len(made)
        there += len(turn.cuts)
    return right, found, there


def naive(turns: Sequence[CutTurn]) -> tuple[int, int, int]:
    """Count as ``count`` does for a cut after every full stop, question mark or exclamation mark."""
    right = found = there = 0
    for turn in turns:
        made = {place for place in range(1, len(turn.words)) if turn.words[place - 1][-1] in ".?!…"}
        right += len(made & set(turn.cuts))
        found += len(made)
        there += len(turn.cuts)
    return right, found, there


def f1(counts: Sequence[int] | NDArray[np.int_]) -> float:
    """F1 of cuts, from cuts found rightly, found, and there."""
    right, found, there = (int(number) for number in counts)
    return 2 * right / (found + there) if found + there else 0.0


def crossval(
    examples: Sequence[Example], also: Sequence[Example] = (), *, count_folds: int = 3
) -> tuple[dict[str, dict[str, float]], Thresholds]:
    """Return F1 of cuts on conversations not learnt from: ``written``, ``bare`` (the same, without punctuation) and
    ``asr``, each ``learnt`` and ``naive``; and the thresholds in log-odds that served best, with punctuation and
    without. What is in ``also`` is learnt from in every fold and scored in none."""
    kinds = ("written", "bare", "asr")
    steps = [float(step) for step in np.arange(-2.5, 0.51, 0.25)]
    totals = {kind: {step: np.zeros(3, int) for step in steps} for kind in kinds}
    baseline = {kind: np.zeros(3, int) for kind in kinds}
    for fold in folds(examples, count_folds):
        others = [*(example for place, example in enumerate(examples) if place not in fold), *also]
        weights = learn([turn for example in others for turn in learning_turns(example)])
        for example in (examples[place] for place in fold):
            asr = "asr" in example.style
            for kind, bare in (("asr", False),) if asr else (("written", False), ("bare", True)):
                turns = cut_turns(example, bare=bare)
                baseline[kind] += naive(turns)
                for step in steps:
                    totals[kind][step] += count(turns, {**weights, "threshold marked": step, "threshold bare": step})
    with_marks = max(steps, key=lambda step: f1(totals["written"][step]))
    without = max(steps, key=lambda step: f1(totals["bare"][step] + totals["asr"][step]))
    best = {"written": with_marks, "bare": without, "asr": without}
    scores = {
        kind: {"learnt": round(f1(totals[kind][best[kind]]), 3), "naive": round(f1(baseline[kind]), 3)}
        for kind in kinds
    }
    return scores, {"threshold marked": with_marks, "threshold bare": without}


def learning_turns(example: Example) -> list[CutTurn]:
    """The turns of a conversation as written, and once more without punctuation where it has any."""
    turns = cut_turns(example)
    return turns if "asr" in example.style else turns + cut_turns(example, bare=True)


def write(examples: Sequence[Example], also: Sequence[Example], path: Path) -> dict[str, dict[str, float]]:
    """Learn from all examples, write the weights, and return the scores of the cross-validation over the first."""
    scores, thresholds = crossval(examples, also)
    weights = learn([turn for example in (*examples, *also) for turn in learning_turns(example)]) | thresholds
    write_atomic(path, json.dumps(weights, ensure_ascii=False, sort_keys=True, indent=0) + "\n")
    return scores
