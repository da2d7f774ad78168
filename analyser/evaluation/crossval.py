"""Train and score by cross-validation over whole conversations: what to expect on calls that nobody has labelled.

Needs the extra ``train`` (torch): on one processor core about eight minutes a fold of 100 conversations.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from io import BytesIO
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from analyser.errors import ModelError
from analyser.evaluation.calls import Prediction, Range, Scores, read_folder, score
from analyser.formats.labelled import LabelledCall
from analyser.records import Conversation
from analyser.storage import write_atomic

if TYPE_CHECKING:
    from analyser.acts.training.data import Example

Reliability = list[tuple[float, float, float, int]]


@dataclass(frozen=True)
class CrossValidation:
    """Scores of all conversations, each predicted by models that did not see it; the same for parts of them; and how
    probabilities of acts and confidences of moments held: tenths with lower edge, mean, share right, cases."""

    scores: Scores
    parts: dict[str, Scores]
    acts: Reliability
    moments: Reliability


def crossval(
    folder: Path, *, also: Path | None = None, folds: int = 3, say: Callable[[str], None] | None = None
) -> CrossValidation:
    """Train ``folds`` act models and moment models on the labelled calls of a folder, and score what they held out.

    The act models learn from the calls of ``also`` too, in every fold; those are never scored.

    Raises TranscriptError when the folder holds no labelled calls, ModelError when torch is not installed.
    """
    try:
        import torch  # noqa: F401
    except ImportError:
        raise ModelError("Cross-validation trains models and needs torch: pip install 'analyser[train]'.") from None
    from analyser.acts.model import FOLDER
    from analyser.acts.training.build import cross_validate, prepare
    from analyser.acts.training.data import example
    from analyser.acts.training.network import Recipe
    from analyser.acts.training.restore import find_weights, restore

    calls = read_folder(folder)
    examples = [example(call) for call in calls]
    more = [example(call) for call in read_folder(also)] if also else []
    if say:
        say(f"{len(calls)} conversations, and {len(more)} to learn from only: reading")
    recipe, encoder = Recipe(), restore(find_weights())
    ready = prepare(encoder, [*examples, *more], FOLDER, recipe)
    logits, parts = cross_validate(encoder, ready, examples, FOLDER, recipe, folds, say=say)
    return assess(calls, logits, parts)


def assess(
    calls: Sequence[LabelledCall], logits: Sequence[NDArray[np.float32]], parts: Sequence[Sequence[int]]
) -> CrossValidation:
    """Score held-out logits of the act model; thresholds, calibration and moment models come from the other folds."""
    from analyser.acts.training.data import example
    from analyser.acts.training.fit import held_out, reliability

    examples = [example(call) for call in calls]
    judged = held_out(logits, examples, parts)
    tagged = [
        _tagged(call.conversation, chances, list(made.thresholds))
        for call, (chances, made) in zip(calls, judged, strict=True)
    ]
    moments, confidence = _moments(calls, tagged, parts)
    predictions = {
        call.name: Prediction(
            tuple(tuple(act.name for act in said.acts) for said in conversation.utterances), moments[call.name]
        )
        for call, conversation in zip(calls, tagged, strict=True)
    }
    groups: dict[str, list[LabelledCall]] = {"asr": [], "not asr": []}
    for call in calls:
        groups["asr" if "asr" in call.headers.get("style", "") else "not asr"].append(call)
        groups.setdefault(call.conversation.language, []).append(call)
    return CrossValidation(
        score(calls, predictions),
        {name: score(group, predictions) for name, group in groups.items() if group},
        reliability([chances for chances, _ in judged], examples),
        confidence,
    )


def _tagged(conversation: Conversation, chances: NDArray[np.float32], thresholds: Sequence[float]) -> Conversation:
    from analyser.acts.calibration import choose
    from analyser.acts.hints import hints

    said = tuple(
        replace(utterance, acts=choose(row, thresholds, utterance.side), hints=hints(row, utterance.side))
        for utterance, row in zip(conversation.utterances, chances, strict=True)
    )
    return replace(conversation, utterances=said)


def _moments(
    calls: Sequence[LabelledCall], tagged: Sequence[Conversation], parts: Sequence[Sequence[int]]
) -> tuple[Mapping[str, tuple[Range, ...]], Reliability]:
    from analyser.languages import load_pack
    from analyser.moments import find_moments
    from analyser.moments.training import Example as Told
    from analyser.moments.training import train

    packs = {language: load_pack(language) for language in sorted({call.conversation.language for call in calls})}
    found: dict[str, tuple[Range, ...]] = {}
    pairs: list[tuple[float, bool]] = []
    for part in parts:
        others = [place for place in range(len(calls)) if place not in set(part)]
        learnt = [Told(tagged[place], calls[place].moments) for place in others]
        models = train(learnt, packs)
        for place in part:
            conversation = tagged[place]
            made = find_moments(conversation, packs[conversation.language], models=models)
            found[calls[place].name] = tuple(Range(item.kind, item.first + 1, item.last + 1) for item in made)
            for item in made:
                right = any(
                    gold.kind == item.kind and gold.first - 1 <= item.last + 1 and item.first - 1 <= gold.last + 1
                    for gold in calls[place].moments
                )
                pairs.append((item.confidence, right))
    return found, _tenths(pairs)


def _tenths(pairs: Sequence[tuple[float, bool]]) -> Reliability:
    rows = []
    for tenth in range(10):
        inside = [(value, right) for value, right in pairs if tenth <= value * 10 < tenth + 1 + (tenth == 9)]
        if inside:
            mean = sum(value for value, _ in inside) / len(inside)
            rows.append((tenth / 10, mean, sum(right for _, right in inside) / len(inside), len(inside)))
    return rows


def write_chances(
    path: Path, logits: Sequence[NDArray[np.float32]], examples: Sequence[Example], parts: Sequence[Sequence[int]]
) -> None:
    """Write calibrated held-out probabilities for learning moments: ``chances`` (n, outputs), ``call`` and
    ``utterance`` (n,), in order of calls."""
    from analyser.acts.training.fit import held_out

    chances = [entry for entry, _ in held_out(logits, examples, parts)]
    file = BytesIO()
    np.savez_compressed(
        file,
        chances=np.concatenate(chances),
        call=np.concatenate([[example.name] * len(example.texts) for example in examples]),
        utterance=np.concatenate([np.arange(len(example.texts)) for example in examples]),
    )
    write_atomic(path, file.getvalue())
