"""From labelled conversations to the files that are shipped."""

from __future__ import annotations

import json
import random
import tempfile
from collections.abc import Callable, Sequence
from hashlib import sha256
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from analyser.acts.context import features, judge, write_members
from analyser.acts.embedding import Embedder
from analyser.acts.training import export, vocabulary
from analyser.acts.training.data import Example, folds, roughen
from analyser.acts.training.fit import Fit
from analyser.acts.training.network import Array, Ready, Recipe, train
from analyser.acts.training.restore import find_weights, restore
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


def write_encoder(folder: Path) -> None:
    """Restore the encoder, keep the embeddings of the pieces that the folder's tokeniser knows, and write it."""
    from tokenizers import Tokenizer

    encoder = restore(find_weights())
    places = {piece: place for place, piece in enumerate(encoder.pieces)}
    known = Tokenizer.from_file(str(folder / "tokenizer.json")).get_vocab()
    pieces = sorted(known.items(), key=lambda item: item[1])
    blocks = encoder.word_blocks[[places[piece] for piece, _ in pieces]]
    with tempfile.TemporaryDirectory() as scratch:
        written = Path(scratch) / "encoder.onnx"
        export.write(export.build(encoder, blocks, taps=TAPS), written)
        write_atomic(folder / "encoder.onnx", written.read_bytes())


def prepare(examples: Sequence[Example], folder: Path, recipe: Recipe) -> list[Ready]:
    """Embed all conversations in several ways of writing, with the encoder in the folder: once, for all folds."""
    embed = Embedder((folder / "encoder.onnx").read_bytes(), (folder / "tokenizer.json").read_bytes())
    chance = random.Random(recipe.seed)

    def hide(ids: list[int]) -> list[int]:
        return [UNKNOWN if token > UNKNOWN and chance.random() < recipe.lost else token for token in ids]

    ready = []
    for example in examples:
        ways = [embed(example.texts)]
        for _ in range(recipe.rough):
            words = chance.choice((0.0, 0.03, 0.05))
            heard = "asr" in example.style
            texts = example.texts if heard else [roughen(text, example.language, chance, words=words)
                                                 for text in example.texts]  # fmt: skip
            ways.append(embed(texts, change=hide))
        ready.append(Ready(tuple(ways), beside(example), example.targets, example.known))
    return ready


def beside(example: Example) -> Array:
    """What is known of an example's utterances beside their words."""
    return features(example.sides, [len(text.split()) for text in example.texts])


def cross_validate(
    ready: Sequence[Ready], examples: Sequence[Example], recipe: Recipe, count: int, *, say: Say | None = None
) -> tuple[list[NDArray[np.float32]], list[list[int]]]:
    """Return logits of every example, from networks that did not see it, and the folds."""
    parts = folds(examples, count)
    logits: list[NDArray[np.float32]] = [np.zeros((0, 0), np.float32)] * len(examples)
    for number, part in enumerate(parts, 1):
        if say:
            say(f"fold {number} of {count}")
        members = train(ready, set(range(len(examples))) - set(part), recipe)
        for place in part:
            logits[place] = judge(ready[place].ways[0], ready[place].beside, members)
    return logits, parts


def ship(members: Sequence[dict[str, Array]], made: Fit, folder: Path, *, revision: str) -> None:
    """Write networks and manifest beside the encoder and tokeniser that the folder holds."""
    write_atomic(folder / "context.npz", write_members(members))
    names = ("encoder.onnx", "tokenizer.json", "context.npz")
    manifest = {
        "revision": revision,
        "sha256": {name: sha256((folder / name).read_bytes()).hexdigest() for name in names},
        "scale": [round(float(value), 5) for value in made.scale],
        "shift": [round(float(value), 5) for value in made.shift],
        "thresholds": [round(float(value), 5) for value in made.thresholds],
    }
    write_atomic(folder / "manifest.json", json.dumps(manifest, indent=1) + "\n")
