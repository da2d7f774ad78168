"""Learns the weights of ``roles`` from labelled calls: ``python -m analyser.training_roles CALLS``.

A logistic regression without intercept over ``role_evidence``, on whole calls and on stretches of them, so that its
confidence fits a short call as well as a long one. What is known beforehand goes in as bounds: offering cannot count
towards the client's side, nor complaining towards the seller's, whatever a few hundred calls happen to hold. How long
a turn is, who opens and how much of the talk is whose have no part: they differ between kinds of call more than sides.
Calls are kept whole in cross-validation.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import click
import numpy as np
from numpy.typing import NDArray

from analyser.formats.labelled import read_labelled
from analyser.languages import Pack, load_pack
from analyser.records import Conversation
from analyser.role_evidence import FEATURES, features, gather
from analyser.storage import write_atomic
from analyser.turns import lay_out

SELLER = (
    "ask_you", "diagnose", "summary", "empathy", "offer", "price", "greet", "next", "agenda", "asks_of_you", "you",
    "you_told", "view",
)  # fmt: skip
"""features that count for the seller's side or not at all"""
CLIENT = ("my", "past", "ask_price", "ask_offer", "own_side", "problem", "stall", "come_for", "they")
"""features that count for the client's side or not at all"""
RIDGE = 10.0
"""strength of the pull towards zero, on standardised features"""
LENGTHS = (6, 12, 20)
"""turns in the stretches that are learnt from beside whole calls"""
FOLDS = 10
WHOLE = 3.0
"""weight of a whole call beside a stretch of one"""


@dataclass(frozen=True)
class Examples:
    """Features of seller against client, shape (n, len(FEATURES)), the call of each, and turns (0: the whole call)."""

    features: NDArray[np.float64]
    calls: NDArray[np.int64]
    turns: NDArray[np.int64]

    def only(self, chosen: NDArray[np.bool_]) -> Examples:
        """Some of the examples; ``chosen`` has shape (n,)."""
        return Examples(self.features[chosen], self.calls[chosen], self.turns[chosen])


def examples(paths: Sequence[Path], *, seed: int = 1) -> Examples:
    """Whole calls, their first turns and stretches at random; raises TranscriptError for a file that is no call."""
    random = np.random.default_rng(seed)
    packs: dict[str, Pack] = {}
    rows, calls, turns = [], [], []
    for number, path in enumerate(paths):
        labelled = read_labelled(path).conversation
        pack = packs.setdefault(labelled.language, load_pack(labelled.language))
        words = [replace(word, speaker=one.speaker) for one in labelled.utterances for word in one.words]
        conversation = lay_out(words, (), pack, language=labelled.language, timed=False)
        for length, stretch in _stretches(conversation, random):
            evidence = gather(stretch, pack)
            rows.append(features(evidence["S"], evidence["C"]))
            calls.append(number)
            turns.append(length)
    return Examples(np.array(rows), np.array(calls), np.array(turns))


def _stretches(conversation: Conversation, random: np.random.Generator) -> Iterator[tuple[int, Conversation]]:
    yield 0, conversation
    for length in LENGTHS:
        starts = [0, *random.integers(0, max(1, len(conversation.turns) - length), 2)]
        for start in starts:
            yield length, replace(conversation, turns=conversation.turns[start : start + length])


def fit(learnt: Examples) -> NDArray[np.float64]:
    """Weights on the natural scale of FEATURES, shape (len(FEATURES),)."""
    from scipy.optimize import minimize

    scale = np.sqrt((learnt.features**2).mean(axis=0)) + 1e-9
    rows = learnt.features / scale
    weights = np.where(learnt.turns == 0, WHOLE, 1.0)

    def loss(tried: NDArray[np.float64]) -> tuple[float, NDArray[np.float64]]:
        scores = rows @ tried
        slope = -(rows * (weights / (1 + np.exp(scores)))[:, None]).sum(axis=0) + RIDGE * tried
        return float((weights * np.logaddexp(0, -scores)).sum() + RIDGE * (tried @ tried) / 2), slope

    bounds = [_bounds(feature) for feature in FEATURES]
    found = minimize(loss, np.zeros(len(FEATURES)), jac=True, method="L-BFGS-B", bounds=bounds)
    return np.asarray(found.x / scale)


def _bounds(feature: str) -> tuple[float | None, float | None]:
    return (0.0 if feature in SELLER else None), (0.0 if feature in CLIENT else None)


def cross_validate(every: Examples, *, seed: int = 0) -> NDArray[np.float64]:
    """For each example the chance (0–1) given to the right side by weights that never saw its call, shape (n,)."""
    count = int(every.calls.max()) + 1
    fold = np.random.default_rng(seed).permutation(count)[every.calls] % FOLDS
    chances = np.zeros(len(every.calls))
    for held_out in range(FOLDS):
        unseen = fold == held_out
        scores = every.features[unseen] @ fit(every.only(~unseen))
        chances[unseen] = 1 / (1 + np.exp(-scores))
    return chances


def report(every: Examples, chances: NDArray[np.float64]) -> dict[str, float]:
    """Share of examples with the right sides: over whole calls, and over stretches of so many turns."""
    kinds = {"whole calls": 0} | {f"{length} turns": length for length in LENGTHS}
    return {name: float((chances[every.turns == length] > 0.5).mean()) for name, length in kinds.items()}


@click.command()
@click.argument("calls", type=click.Path(exists=True, file_okay=False, path_type=Path))
@click.option("--output", type=click.Path(path_type=Path), default=Path(__file__).parent / "data" / "roles.json")
def main(calls: Path, output: Path) -> None:
    """Learn from the labelled calls (*.tsv) in CALLS, and write the weights."""
    paths = sorted(calls.glob("*.tsv"))
    every = examples(paths)
    shares = report(every, cross_validate(every))
    for name, share in shares.items():
        click.echo(f"{name}: {share:.3f} right by {FOLDS}-fold cross-validation")
    weights = {feature: round(float(weight), 4) for feature, weight in zip(FEATURES, fit(every), strict=True)}
    held = {
        "what": "weights of analyser.roles: positive for what sellers do more than clients",
        "made_by": "python -m analyser.training_roles",
        "calls": len(paths),
        "cross_validation": {name: round(share, 3) for name, share in shares.items()},
        "weights": weights,
    }
    write_atomic(output, json.dumps(held, indent=1) + "\n")


if __name__ == "__main__":
    main()
