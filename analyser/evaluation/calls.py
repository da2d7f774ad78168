"""Acts and moments against labelled calls: predict a folder, score predictions, cross-validate.

Prediction sees speakers and words alone. Scores are counted as the codebook's own scoring script counts them: acts by
role over that role's utterances, moments one to one where ranges, each widened by one utterance, meet.
"""

from __future__ import annotations

import json
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

from analyser.errors import TranscriptError
from analyser.formats.labelled import LabelledCall, read_labelled
from analyser.records import Conversation, Moment

LEAST_CASES = 10
"""labels with fewer cases are shown, but left out of the macro mean"""
ROLES = {"seller": "S", "client": "C"}
Tagger = Callable[[Conversation], Conversation]


@dataclass(frozen=True)
class Range:
    """A predicted or labelled moment: numbers of its first and last utterance, from 1."""

    type: str
    first: int
    last: int


@dataclass(frozen=True)
class Prediction:
    """What was made of one call: the acts of each utterance, and its moments."""

    acts: tuple[tuple[str, ...], ...]
    moments: tuple[Range, ...]


@dataclass(frozen=True)
class Score:
    """Precision, recall, F1 and Cohen's kappa of one label, over ``cases`` true cases. Kappa is 0 for moments."""

    cases: int
    precision: float
    recall: float
    f1: float
    kappa: float = 0.0


@dataclass(frozen=True)
class Scores:
    """Scores by ``"S pitch"``-like role and act, and by kind of moment, with their means."""

    calls: int
    acts: dict[str, Score]
    moments: dict[str, Score]
    acts_macro_f1: float
    acts_macro_kappa: float
    moments_macro_f1: float
    moments_micro_f1: float


def read_folder(folder: Path) -> list[LabelledCall]:
    """Read all labelled calls of a folder in order of name; raises TranscriptError when there is none."""
    calls = [read_labelled(path) for path in sorted(folder.glob("*.tsv"))]
    if not calls:
        raise TranscriptError(f"{folder}: there are no labelled calls (*.tsv) in this folder.")
    return calls


def predict(conversation: Conversation, *, tagger: Tagger | None = None) -> Prediction:
    """Tag a conversation and find its moments; nothing but speakers and words is looked at."""
    from analyser.acts import tag

    return moments_of((tagger or tag)(conversation))


def moments_of(conversation: Conversation) -> Prediction:
    """Find the moments of a tagged conversation, and take down both."""
    from analyser.languages import available, load_pack
    from analyser.moments import find_moments

    moments: Sequence[Moment] = ()
    if conversation.language in available():
        moments = find_moments(conversation, load_pack(conversation.language))
    return Prediction(
        acts=tuple(tuple(act.name for act in utterance.acts) for utterance in conversation.utterances),
        moments=tuple(Range(moment.kind, moment.first + 1, moment.last + 1) for moment in moments),
    )


def predict_folder(folder: Path, *, progress: Callable[[int, int], None] | None = None) -> dict[str, Prediction]:
    """Predict every ``*.tsv`` of a folder, by name of file without ending. ``progress`` is told calls done and all."""
    paths = sorted(folder.glob("*.tsv"))
    if not paths:
        raise TranscriptError(f"{folder}: there are no conversations (*.tsv) in this folder.")
    made = {}
    for done, path in enumerate(paths, 1):
        made[path.stem] = predict(read_labelled(path).conversation)
        if progress:
            progress(done, len(paths))
    return made


def write_predictions(predictions: Mapping[str, Prediction], path: Path) -> None:
    """Write predictions as the JSON file that the codebook's scoring script reads."""
    from analyser.storage import write_atomic

    stored = {name: asdict(prediction) for name, prediction in predictions.items()}
    write_atomic(path, json.dumps(stored, ensure_ascii=False, indent=1) + "\n")


def truth(call: LabelledCall) -> Prediction:
    """What a person labelled, in the form of a prediction."""
    return Prediction(
        acts=tuple(tuple(sorted(acts)) for acts in call.acts),
        moments=tuple(Range(moment.kind, moment.first + 1, moment.last + 1) for moment in call.moments),
    )


def score(calls: Iterable[LabelledCall], predictions: Mapping[str, Prediction]) -> Scores:
    """Score the calls that have a prediction, by id; raises TranscriptError when numbers of utterances differ."""
    cells: dict[tuple[str, str], Counter[str]] = defaultdict(Counter)
    hits: Counter[str] = Counter()
    there: Counter[str] = Counter()
    found: Counter[str] = Counter()
    totals: Counter[str] = Counter()
    scored = 0
    for call in calls:
        if call.name not in predictions:
            continue
        scored += 1
        gold, made = truth(call), predictions[call.name]
        if len(made.acts) != len(gold.acts):
            raise TranscriptError(f"{call.name}: {len(made.acts)} predicted utterances, {len(gold.acts)} labelled.")
        for utterance, right, given in zip(call.conversation.utterances, gold.acts, made.acts, strict=True):
            role = ROLES[utterance.side]
            totals[role] += 1
            for act in {*right, *given}:
                cell = cells[role, act]
                cell["both"] += act in right and act in given
                cell["there"] += act in right
                cell["found"] += act in given
        hits += _matches(gold.moments, made.moments)
        there += Counter(moment.type for moment in gold.moments)
        found += Counter(moment.type for moment in made.moments)
    acts = {
        f"{role} {act}": _score(cell["both"], cell["found"], cell["there"], totals[role])
        for (role, act), cell in sorted(cells.items(), key=lambda item: -item[1]["there"])
        if cell["there"]
    }
    moments = {kind: _score(hits[kind], found[kind], count) for kind, count in there.most_common()}
    counted = [entry for entry in acts.values() if entry.cases >= LEAST_CASES]
    return Scores(
        calls=scored,
        acts=acts,
        moments=moments,
        acts_macro_f1=_mean(entry.f1 for entry in counted),
        acts_macro_kappa=_mean(entry.kappa for entry in counted),
        moments_macro_f1=_mean(entry.f1 for entry in moments.values()),
        moments_micro_f1=_score(hits.total(), found.total(), there.total()).f1,
    )


def _matches(gold: Sequence[Range], made: Sequence[Range]) -> Counter[str]:
    free, hits = list(made), Counter[str]()
    for moment in sorted(gold, key=lambda moment: moment.first):
        for other in free:
            if other.type == moment.type and other.first - 1 <= moment.last + 1 and moment.first - 1 <= other.last + 1:
                free.remove(other)
                hits[moment.type] += 1
                break
    return hits


def _score(both: int, found: int, there: int, total: int = 0) -> Score:
    precision = both / found if found else 0.0
    recall = both / there if there else 0.0
    kappa = 0.0
    if total:
        agree = (total - there - found + 2 * both) / total
        chance = (there * found + (total - there) * (total - found)) / total**2
        kappa = (agree - chance) / (1 - chance) if chance < 1 else 1.0
    return Score(there, precision, recall, 2 * precision * recall / (precision + recall) if both else 0.0, kappa)


def _mean(values: Iterable[float]) -> float:
    listed = list(values)
    return sum(listed) / len(listed) if listed else 0.0


def table(scores: Scores) -> str:
    """Lay scores out as a table for the terminal."""
    lines = [f"{'act':24} {'cases':>5} {'P':>5} {'R':>5} {'F1':>5} {'kappa':>6}"]
    for name, entry in scores.acts.items():
        figures = f"{entry.cases:5} {entry.precision:5.2f} {entry.recall:5.2f} {entry.f1:5.2f} {entry.kappa:6.2f}"
        lines.append(f"{name:24} {figures}")
    lines.append(f"\n{'moment':24} {'cases':>5} {'P':>5} {'R':>5} {'F1':>5}")
    for name, entry in scores.moments.items():
        lines.append(f"{name:24} {entry.cases:5} {entry.precision:5.2f} {entry.recall:5.2f} {entry.f1:5.2f}")
    lines.append(
        f"\n{scores.calls} calls: acts macro F1 {scores.acts_macro_f1:.3f} (kappa {scores.acts_macro_kappa:.3f}), "
        f"moments micro F1 {scores.moments_micro_f1:.3f} (macro {scores.moments_macro_f1:.3f})"
    )
    return "\n".join(lines)
