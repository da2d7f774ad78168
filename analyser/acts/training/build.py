"""From labelled conversations to the files that are shipped."""

from __future__ import annotations

import json
import random
import tempfile
from collections.abc import Callable, Sequence
from dataclasses import replace
from hashlib import sha256
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from analyser.acts.context import features, judge, write_members
from analyser.acts.embedding import Embedder
from analyser.acts.training import export, vocabulary
from analyser.acts.training.data import Example, folds, roughen
from analyser.acts.training.fit import Fit
from analyser.acts.training.network import Array, Ready, Recipe, Trained, Way, train
from analyser.acts.training.restore import Encoder, find_weights, restore
from analyser.storage import write_atomic

TAPS = (6, 12)
"""layers whose averaged states make up an embedding"""
UNKNOWN = 3
Say = Callable[[str], None]


def write_tokeniser(words: Sequence[Path], folder: Path, *, limit: int = 40_000) -> int:
    """Write the tokeniser over the pieces that the words of these lists are made of; return how many."""
    encoder = restore(find_weights())
    kept = vocabulary.cut(encoder.pieces, encoder.scores, vocabulary.words(words), limit=limit)
    document = vocabulary.unigram([(encoder.pieces[place], encoder.scores[place]) for place in kept])
    content = json.dumps(document, ensure_ascii=False, separators=(",", ":")) + "\n"
    write_atomic(folder / "tokenizer.json", content)
    return len(kept)


def kept_blocks(encoder: Encoder, folder: Path) -> NDArray[np.uint8]:
    """Return the embeddings of the pieces that the folder's tokeniser knows, in its order."""
    from tokenizers import Tokenizer

    places = {piece: place for place, piece in enumerate(encoder.pieces)}
    known = Tokenizer.from_file(str(folder / "tokenizer.json")).get_vocab()
    pieces = sorted(known.items(), key=lambda item: item[1])
    kept: NDArray[np.uint8] = encoder.word_blocks[[places[piece] for piece, _ in pieces]]
    return kept


def encoder_file(encoder: Encoder, folder: Path, *, lower: int | None = None) -> bytes:
    """Return the encoder over the pieces of the folder's tokeniser as ONNX in int8; ``lower`` as in export.build."""
    taps = tuple(tap for tap in TAPS if lower is None or tap <= lower)
    with tempfile.TemporaryDirectory() as scratch:
        written = Path(scratch) / "encoder.onnx"
        export.write(export.build(encoder, kept_blocks(encoder, folder), taps=taps, lower=lower), written)
        return written.read_bytes()


def tuned_file(encoder: Encoder, tuned: Trained, folder: Path) -> bytes:
    """Return the encoder with the tuned layers in place as ONNX in int8."""
    return encoder_file(replace(encoder, tensors={**encoder.tensors, **tuned.tensors}), folder)


def prepare(encoder: Encoder, examples: Sequence[Example], folder: Path, recipe: Recipe) -> list[Ready]:
    """Read all conversations in several ways of writing with the frozen layers: once, for all folds."""
    tokeniser = (folder / "tokenizer.json").read_bytes()
    embed = Embedder(encoder_file(encoder, folder, lower=recipe.first), tokeniser)
    ready = []
    for example in examples:
        chance = random.Random(f"{recipe.seed} {example.name}")  # the same whatever else is in the folder

        def hide(ids: list[int], chance: random.Random = chance) -> list[int]:
            return [UNKNOWN if token > UNKNOWN and chance.random() < recipe.lost else token for token in ids]

        ways = [_read(embed, example.texts)]
        for _ in range(recipe.rough):
            words = chance.choice((0.0, 0.03, 0.05))
            heard = "asr" in example.style
            texts = example.texts if heard else [roughen(text, example.language, chance, words=words)
                                                 for text in example.texts]  # fmt: skip
            ways.append(_read(embed, texts, hide))
        ready.append(Ready(tuple(ways), beside(example), example.targets, example.known))
    return ready


def _read(embed: Embedder, texts: Sequence[str], change: Callable[[list[int]], list[int]] | None = None) -> Way:
    import torch

    pooled: dict[int, torch.Tensor] = {}
    states: dict[int, torch.Tensor] = {}
    for batch, lengths, (means, outputs) in embed.run(texts, change=change):
        for row, (place, length) in enumerate(zip(batch, lengths, strict=True)):
            pooled[place] = torch.from_numpy(means[row].copy())
            states[place] = torch.from_numpy(outputs[row, :length].copy()).to(torch.bfloat16)
    order = range(len(texts))
    return Way(
        torch.stack([pooled[place] for place in order]),
        torch.cat([states[place] for place in order]),
        tuple(len(states[place]) for place in order),
    )


def beside(example: Example) -> Array:
    """What is known of an example's utterances beside their words."""
    return features(example.sides, [len(text.split()) for text in example.texts])


def cross_validate(
    encoder: Encoder,
    ready: Sequence[Ready],
    examples: Sequence[Example],
    folder: Path,
    recipe: Recipe,
    count: int,
    *,
    say: Say | None = None,
) -> tuple[list[NDArray[np.float32]], list[list[int]]]:
    """Return logits of every example, from a model in int8 that did not see it, and the folds.

    What is ready beyond the examples is learnt from in every fold and judged in none.
    """
    parts = folds(examples, count)
    logits: list[NDArray[np.float32]] = [np.zeros((0, 0), np.float32)] * len(examples)
    for number, part in enumerate(parts, 1):
        if say:
            say(f"fold {number} of {count}")
        tuned = train(encoder, ready, set(range(len(ready))) - set(part), recipe, say=say)
        embed = Embedder(tuned_file(encoder, tuned, folder), (folder / "tokenizer.json").read_bytes())
        for place in part:
            logits[place] = judge(embed(examples[place].texts), ready[place].beside, tuned.members)
    return logits, parts


def ship(encoder: Encoder, tuned: Trained, made: Fit, folder: Path, *, revision: str) -> None:
    """Write encoder, networks and manifest beside the tokeniser that the folder holds."""
    write_atomic(folder / "encoder.onnx", tuned_file(encoder, tuned, folder))
    write_atomic(folder / "context.npz", write_members(tuned.members))
    names = ("encoder.onnx", "tokenizer.json", "context.npz")
    manifest = {
        "revision": revision,
        "sha256": {name: sha256((folder / name).read_bytes()).hexdigest() for name in names},
        "scale": [round(float(value), 5) for value in made.scale],
        "shift": [round(float(value), 5) for value in made.shift],
        "question": [round(float(value), 4) for value in made.question],
        "thresholds": [round(float(value), 5) for value in made.thresholds],
    }
    write_atomic(folder / "manifest.json", json.dumps(manifest, indent=1) + "\n")
