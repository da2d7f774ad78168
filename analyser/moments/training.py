"""Learning from labelled calls which candidates are moments: ``python -m analyser.moments.training``.

Reads labelled calls and the chances of acts that a tagger gave them without having seen them (``--acts``, made by the
act model's cross-validation), fits one softmax regression a family, and writes ``data/weights.json``. In use the acts
come from the tagger too, with the same doubts; weights learnt from a person's labels would trust them too much.
Seeded by nothing: the fit has one optimum. Needs scikit-learn (extra ``train``).
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import chain
from pathlib import Path

import click
import numpy as np
from numpy.typing import NDArray

from analyser.acts.hints import hints
from analyser.formats.labelled import LabelledCall, LabelledMoment, read_labelled
from analyser.languages import Pack, load_pack
from analyser.moments.candidates import Candidate
from analyser.moments.families import FAMILIES
from analyser.moments.judge import NONE, WEIGHTS, Model, table_of
from analyser.moments.readiness import states
from analyser.moments.story import Story
from analyser.records import Act, Conversation
from analyser.storage import write_atomic

STRENGTH = 0.03
"""inverse of the regularisation; found by cross-validation over whole conversations, flat between 0.01 and 0.1"""
THRESHOLD = 0.35
"""a moment is shown from this chance on: where the micro F1 of cross-validation is highest, flat from 0.30 to 0.40"""
LEAST_SPREAD = 0.1
"""features that hardly vary are scaled by no less than this, so that a rare doubt is not blown up"""


@dataclass(frozen=True)
class Example:
    """A tagged conversation and the moments that a person marked in it."""

    conversation: Conversation
    moments: tuple[LabelledMoment, ...]


Labelled = list[tuple[Candidate, str]]


def with_labels(call: LabelledCall) -> Conversation:
    """The conversation with a person's acts, all certain."""
    utterances = zip(call.conversation.utterances, call.acts, strict=True)
    tagged = (replace(said, acts=tuple(Act(name) for name in sorted(acts))) for said, acts in utterances)
    return replace(call.conversation, utterances=tuple(tagged))


def label(candidates: Sequence[Candidate], moments: Sequence[LabelledMoment], kinds: Iterable[str]) -> list[str]:
    """For each candidate the kind of the moment that it meets, or ``NONE``; one to one, the largest overlap first.

    They meet when their ranges, each widened by one utterance, overlap, as the scoring of labelled calls has it.
    """
    wanted = set(kinds)
    pairs = []
    for place, found in enumerate(candidates):
        for number, moment in enumerate(moments):
            overlap = min(found.last, moment.last) - max(found.first, moment.first)
            if moment.kind in wanted and overlap >= -2:
                pairs.append((-overlap, abs(found.first - moment.first), place, number))
    kinds_found = [NONE] * len(candidates)
    taken: set[int] = set()
    for _, _, place, number in sorted(pairs):
        if kinds_found[place] == NONE and number not in taken:
            kinds_found[place] = moments[number].kind
            taken.add(number)
    return kinds_found


def candidates_of(examples: Iterable[Example], packs: Mapping[str, Pack]) -> dict[str, list[Labelled]]:
    """Labelled candidates by family, a list for each example."""
    found: dict[str, list[Labelled]] = {name: [] for name in FAMILIES}
    for example in examples:
        story = Story(example.conversation, packs[example.conversation.language])
        known = states(story)
        for name, family in FAMILIES.items():
            candidates = list(family.candidates(story, known))
            found[name].append(list(zip(candidates, label(candidates, example.moments, family.kinds), strict=True)))
    return found


def fit(labelled: Sequence[tuple[Candidate, str]], kinds: Sequence[str]) -> Model:
    """The model of one family. Raises ValueError when the candidates show fewer than two outcomes."""
    from sklearn.linear_model import LogisticRegression

    features = tuple(sorted({name for candidate, _ in labelled for name in candidate.features}))
    values = np.array([[candidate.features.get(name, 0.0) for name in features] for candidate, _ in labelled])
    outcomes = [outcome for _, outcome in labelled]
    mean, scale = values.mean(axis=0), np.maximum(values.std(axis=0), LEAST_SPREAD)
    fitted = LogisticRegression(C=STRENGTH, max_iter=2000).fit(np.clip((values - mean) / scale, -4.0, 4.0), outcomes)
    weights, bias = fitted.coef_, fitted.intercept_
    if len(fitted.classes_) == 2:
        weights, bias = np.vstack([np.zeros_like(weights), weights]), np.concatenate([np.zeros(1), bias])
    return Model(
        outcomes=tuple(str(name) for name in fitted.classes_),
        features=features,
        mean=mean,
        scale=scale,
        weights=weights,
        bias=bias,
        thresholds=dict.fromkeys(kinds, THRESHOLD),
    )


def train(examples: Sequence[Example], packs: Mapping[str, Pack]) -> dict[str, Model]:
    """The models of all families, learnt from tagged and labelled conversations."""
    found = candidates_of(examples, packs)
    return {name: fit(list(chain(*found[name])), family.kinds) for name, family in FAMILIES.items()}


def with_chances(call: LabelledCall, chances: NDArray[np.float32]) -> Conversation:
    """The conversation with a tagger's chances, shape (utterances, outputs), and no person's acts.

    Raises ValueError when the rows are not as many as the utterances.
    """
    rows = zip(call.conversation.utterances, chances, strict=True)
    tagged = tuple(replace(said, hints=hints(row, said.side)) for said, row in rows)
    return replace(call.conversation, utterances=tagged)


def read_chances(path: Path) -> dict[str, NDArray[np.float32]]:
    """Chances by call from an ``.npz`` with ``chances`` (n, outputs), ``call`` (n,) and rows in order of utterance."""
    with np.load(path, allow_pickle=False) as stored:
        return {str(name): stored["chances"][stored["call"] == name] for name in np.unique(stored["call"])}


def save(models: Mapping[str, Model], path: Path) -> None:
    """Write the models as JSON, by way of a temporary file."""
    tables = {name: table_of(model) for name, model in models.items()}
    write_atomic(path, json.dumps({"families": tables}, indent=None, separators=(",", ":")) + "\n")


@click.command()
@click.argument("folder", type=click.Path(exists=True, file_okay=False, path_type=Path))
@click.option("--acts", type=click.Path(exists=True, path_type=Path), help="Chances of acts, by call (.npz).")
@click.option("--output", type=click.Path(path_type=Path), default=Path(__file__).parent / WEIGHTS, show_default=True)
def main(folder: Path, acts: Path | None, output: Path) -> None:
    """Learn the moment models from the labelled calls in FOLDER."""
    calls = [read_labelled(path) for path in sorted(folder.glob("*.tsv"))]
    chances = read_chances(acts) if acts else {}
    conversations = [with_chances(call, chances[call.name]) if acts else with_labels(call) for call in calls]
    packs = {language: load_pack(language) for language in sorted({item.language for item in conversations})}
    examples = [Example(item, call.moments) for item, call in zip(conversations, calls, strict=True)]
    save(train(examples, packs), output)
    click.echo(f"learnt from {len(examples)} conversations: {output}")


if __name__ == "__main__":
    main()
