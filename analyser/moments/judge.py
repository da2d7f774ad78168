"""Which candidates are moments, and how surely: a small linear model for each family, learnt from labelled calls.

A model is a table of weights over named features, so that what speaks for and against a moment can be read off. It is
made by ``python -m analyser.moments.training`` and shipped as ``data/weights.json``; using it takes numpy alone.
"""

from __future__ import annotations

import json
import math
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from importlib import resources
from typing import Any

import numpy as np
from numpy.typing import NDArray

from analyser.errors import ModelError
from analyser.moments.candidates import Candidate

WEIGHTS = "data/weights.json"
NONE = ""
"""the outcome that a candidate is no moment"""


FOUNDED = 0.15
"""no moment without one act at least this likely, or a moment that the tagger heard twice as surely: many small doubts
add up to nothing"""


def founded(candidate: Candidate) -> bool:
    """Whether a candidate rests on more than doubts."""
    surely = candidate.features.get("surely")
    heard = max((chance for name, chance in candidate.features.items() if name.startswith("heard.")), default=0.0)
    return surely is None or surely >= math.log(FOUNDED / (1 - FOUNDED)) or heard >= 2 * FOUNDED


@dataclass(frozen=True)
class Judgement:
    """A candidate judged to be a moment of a kind, with a calibrated confidence (0–1)."""

    candidate: Candidate
    kind: str
    confidence: float

    def extended(self, other: Judgement) -> Judgement:
        """This judgement with a later one of the same kind joined to it; as sure as the surer of the two."""
        mine, theirs = self.candidate, other.candidate
        whole = replace(mine, last=theirs.last, evidence=(*mine.evidence, *theirs.evidence))
        return Judgement(whole, self.kind, max(self.confidence, other.confidence))


@dataclass(frozen=True)
class Model:
    """Softmax regression for one family.

    ``weights`` has shape (outcomes, features) over features standardised by ``mean`` and ``scale``; ``outcomes`` are
    kinds of moment and ``NONE``. A kind is shown from its ``thresholds`` on.
    """

    outcomes: tuple[str, ...]
    features: tuple[str, ...]
    mean: NDArray[np.float64]
    scale: NDArray[np.float64]
    weights: NDArray[np.float64]
    bias: NDArray[np.float64]
    thresholds: Mapping[str, float]

    def standardised(self, candidates: Iterable[Candidate]) -> NDArray[np.float64]:
        """Features as the weights expect them, shape (candidates, features); an unknown feature is left out."""
        rows = [[candidate.features.get(name, 0.0) for name in self.features] for candidate in candidates]
        values = np.array(rows, dtype=np.float64).reshape(len(rows), len(self.features))
        return np.clip((values - self.mean) / self.scale, -4.0, 4.0)

    def chances(self, candidates: Iterable[Candidate]) -> NDArray[np.float64]:
        """Chance of each outcome, shape (candidates, outcomes)."""
        logits = self.standardised(candidates) @ self.weights.T + self.bias
        logits -= logits.max(axis=1, keepdims=True, initial=-np.inf) if len(logits) else 0.0
        powers = np.exp(logits)
        return np.asarray(powers / powers.sum(axis=1, keepdims=True))

    def judge(self, candidates: list[Candidate]) -> Iterator[Judgement]:
        """The candidates that are moments, each of its likeliest kind."""
        for candidate, chances in zip(candidates, self.chances(candidates), strict=True):
            kinds = {name: float(chance) for name, chance in zip(self.outcomes, chances, strict=True) if name != NONE}
            kind = max(kinds, key=lambda name: kinds[name])
            if kinds[kind] >= self.thresholds[kind] and founded(candidate):
                yield Judgement(candidate, kind, kinds[kind])

    def reasons(self, candidate: Candidate, kind: str, count: int = 5) -> tuple[tuple[str, float], ...]:
        """The features that weighed most for the kind (positive) or against it (negative), heaviest first."""
        row = self.outcomes.index(kind)
        parts = self.standardised([candidate])[0] * (self.weights[row] - self.weights.mean(axis=0))
        order = np.argsort(-np.abs(parts))[:count]
        return tuple((self.features[place], float(parts[place])) for place in order)


def load_models() -> dict[str, Model]:
    """The shipped models by family; raises ModelError when the file is missing or damaged."""
    try:
        text = (resources.files("analyser.moments") / WEIGHTS).read_text(encoding="utf-8")
        return {family: model_from(table) for family, table in json.loads(text)["families"].items()}
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise ModelError(f"the moment weights ({WEIGHTS}) cannot be read: {error}; install the package anew") from error


def model_from(table: Mapping[str, Any]) -> Model:
    """A model from its JSON table."""
    return Model(
        outcomes=tuple(table["outcomes"]),
        features=tuple(table["features"]),
        mean=np.array(table["mean"], dtype=np.float64),
        scale=np.array(table["scale"], dtype=np.float64),
        weights=np.array(table["weights"], dtype=np.float64),
        bias=np.array(table["bias"], dtype=np.float64),
        thresholds=dict(table["thresholds"]),
    )


def table_of(model: Model) -> dict[str, Any]:
    """A model as JSON, figures rounded to what matters."""
    return {
        "outcomes": list(model.outcomes),
        "thresholds": dict(model.thresholds),
        "features": list(model.features),
        "mean": np.round(model.mean, 4).tolist(),
        "scale": np.round(model.scale, 4).tolist(),
        "bias": np.round(model.bias, 4).tolist(),
        "weights": np.round(model.weights, 4).tolist(),
    }
