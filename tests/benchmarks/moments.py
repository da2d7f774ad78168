"""How well moments are found in conversations that the models did not learn from, per kind, with calibration.

    python -m tests.benchmarks.moments FOLDER [--acts acts_oof.npz] [--folds 5] [--seed 3]

FOLDER holds labelled calls. Folds are whole conversations. Two ways to know the acts: those that a person labelled
(what the moments could reach with a perfect tagger), and with ``--acts`` the chances that a tagger gave conversations
it had not seen (what happens in use; see ``analyser.moments.training`` for the file). Needs the extra ``train``.
"""

from __future__ import annotations

import random
from collections.abc import Sequence
from itertools import chain, pairwise
from pathlib import Path

import click

from analyser.evaluation.calls import Prediction, Range, Scores, score, truth
from analyser.formats.labelled import LabelledCall, read_labelled
from analyser.languages import load_pack
from analyser.moments import judge
from analyser.moments.families import FAMILIES, KINDS
from analyser.moments.readiness import states
from analyser.moments.story import Story
from analyser.moments.training import (
    Example,
    candidates_of,
    fit,
    label,
    read_chances,
    with_chances,
    with_labels,
)
from analyser.records import Conversation

BANDS = (0.0, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 1.01)


def deal(count: int, folds: int, seed: int) -> list[int]:
    """The fold of each conversation."""
    order = list(range(count))
    random.Random(seed).shuffle(order)
    place = {number: position % folds for position, number in enumerate(order)}
    return [place[number] for number in range(count)]


def cross_validate(
    calls: Sequence[LabelledCall], tagged: Sequence[Conversation], folds: int, seed: int
) -> tuple[dict[str, Prediction], list[tuple[float, bool]]]:
    """Predictions by call, and for each moment shown its confidence and whether it is right."""
    packs = {code: load_pack(code) for code in sorted({item.language for item in tagged})}
    found = candidates_of([Example(item, call.moments) for item, call in zip(tagged, calls, strict=True)], packs)
    fold_of = deal(len(calls), folds, seed)
    predictions: dict[str, Prediction] = {}
    shown: list[tuple[float, bool]] = []
    for fold in range(folds):
        models = {}
        for name, family in FAMILIES.items():
            learnt = [pairs for number, pairs in enumerate(found[name]) if fold_of[number] != fold]
            models[name] = fit(list(chain(*learnt)), family.kinds)
        for number, call in enumerate(calls):
            if fold_of[number] != fold:
                continue
            story = Story(tagged[number], packs[tagged[number].language])
            judged = judge(story, states(story), models)
            ranges = tuple(Range(j.kind, j.candidate.first + 1, j.candidate.last + 1) for j in judged)
            predictions[call.name] = Prediction(truth(call).acts, ranges)
            for kind in KINDS:
                mine = [j for j in judged if j.kind == kind]
                right = label([j.candidate for j in mine], call.moments, (kind,))
                shown += [(j.confidence, kind == hit) for j, hit in zip(mine, right, strict=True)]
    return predictions, shown


def report(
    title: str, calls: Sequence[LabelledCall], predictions: dict[str, Prediction], shown: list[tuple[float, bool]]
) -> None:
    """Print a table per kind, the recogniser-like calls apart, and the calibration."""
    whole = score(calls, predictions)
    rough = score([call for call in calls if "asr" in call.headers.get("style", "")], predictions)
    written = score([call for call in calls if "asr" not in call.headers.get("style", "")], predictions)
    click.echo(f"\n### {title}\n\n| kind | cases | precision | recall | F1 | F1 asr | F1 other |")
    click.echo("|---|--:|--:|--:|--:|--:|--:|")
    for kind, row in sorted(whole.moments.items(), key=lambda item: -item[1].cases):
        click.echo(
            f"| {kind} | {row.cases} | {row.precision:.2f} | {row.recall:.2f} | **{row.f1:.2f}** | "
            f"{_f1(rough, kind)} | {_f1(written, kind)} |"
        )
    click.echo(
        f"| micro | {sum(row.cases for row in whole.moments.values())} | | | **{whole.moments_micro_f1:.3f}** | "
        f"{rough.moments_micro_f1:.3f} | {written.moments_micro_f1:.3f} |"
    )
    click.echo("\n| shown at | moments | mean confidence | right |\n|---|--:|--:|--:|")
    for low, high in pairwise(BANDS):
        band = [(sure, right) for sure, right in shown if low <= sure < high]
        if band:
            mean, hits = sum(sure for sure, _ in band) / len(band), sum(right for _, right in band) / len(band)
            click.echo(f"| {low:.1f}–{min(high, 1.0):.1f} | {len(band)} | {mean:.2f} | {hits:.2f} |")


def _f1(scores: Scores, kind: str) -> str:
    return f"{scores.moments[kind].f1:.2f}" if kind in scores.moments else "–"


@click.command()
@click.argument("folder", type=click.Path(exists=True, file_okay=False, path_type=Path))
@click.option("--acts", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--folds", default=5, show_default=True)
@click.option("--seed", default=3, show_default=True)
def main(folder: Path, acts: Path | None, folds: int, seed: int) -> None:
    """Cross-validate the moments over the labelled calls in FOLDER."""
    calls = [read_labelled(path) for path in sorted(folder.glob("*.tsv"))]
    labelled = [with_labels(call) for call in calls]
    report("acts as a person labelled them", calls, *cross_validate(calls, labelled, folds, seed))
    if acts:
        chances = read_chances(acts)
        tagged = [with_chances(call, chances[call.name]) for call in calls]
        report("acts as the tagger gives them", calls, *cross_validate(calls, tagged, folds, seed))


if __name__ == "__main__":
    main()
