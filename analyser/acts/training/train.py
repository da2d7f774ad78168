"""Fine-tune the encoder on windows of whole conversations."""

from __future__ import annotations

import json
import random
import time
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass, replace

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor
from torch.nn import functional

from analyser.acts.labels import ACTS, OUTPUTS
from analyser.acts.training.data import Example, roughen
from analyser.acts.training.network import Network
from analyser.acts.training.restore import Encoder
from analyser.acts.training.table import UNKNOWN, Seen, Table, batch
from analyser.acts.windows import Window, lay_windows

BEFORE, AFTER = 40, 30
"""tokens at a window's edges that are seen but not judged when predicting"""


@dataclass(frozen=True)
class Recipe:
    """Everything that training can be told; the defaults are what the shipped model was trained with."""

    epochs: int = 8
    variants: int = 4
    """ways in which every conversation is cut and roughened; epochs take them in turn"""
    size: int = 3
    """windows that a step learns from"""
    budget: int = 256
    """tokens of a window"""
    rate: float = 4e-4
    head_rate: float = 5e-4
    decay: float = 0.85
    """learning rate of a layer, relative to the layer above"""
    frozen: int = 6
    """lowest layers that stay as they are; their outputs are stored"""
    head_steps: int = 200
    """steps in which the head alone is fitted before"""
    rough: float = 0.35
    """share of conversations that a variant writes as a recogniser would"""
    plain: float = 0.1
    """share of conversations that lose only capitals and punctuation"""
    lost: float = 0.08
    """share of tokens that are hidden"""
    moments: float = 0.4
    """weight of the moments beside the acts"""
    lift: float = 0.3
    """how far rare labels count more: (absent / present) to this power"""
    seed: int = 7
    threads: int = 1


def prepare(network: Network, table: Table, examples: Sequence[Example], recipe: Recipe) -> list[list[Seen]]:
    """Cut all conversations into windows, in several variants, and store what the frozen layers make of them.

    The frozen layers know nothing of labels, so one preparation serves every fold. A variant of 8,000 utterances
    takes 130 MB.
    """
    chance = random.Random(recipe.seed)
    variants = []
    for _ in range(recipe.variants):
        windows = [window for number, example in enumerate(examples)
                   for window in _cut(number, example, table, recipe, chance)]  # fmt: skip
        variants.append(_below(network, table, windows))
    return variants


def train(
    encoder: Encoder,
    variants: Sequence[Sequence[Seen]],
    learn_from: Collection[int],
    recipe: Recipe,
    *,
    after_epoch: Callable[[int, Network], None] | None = None,
) -> Network:
    """Return a network trained on the examples of these numbers; the same seed and data give the same network."""
    torch.manual_seed(recipe.seed)
    torch.set_num_threads(recipe.threads)
    chance = random.Random(recipe.seed)
    network = Network(encoder, frozen=recipe.frozen)
    optimiser = torch.optim.AdamW(_groups(network, recipe), weight_decay=0.01)
    chosen = [[window for window in variant if window.example in learn_from] for variant in variants]
    steps = recipe.epochs * -(-len(chosen[0]) // recipe.size)
    schedule = torch.optim.lr_scheduler.LambdaLR(
        optimiser, lambda step: min((step + 1) / (0.1 * steps), max(0.02, 1.02 - step / steps))
    )
    weights = _weights(chosen[0], recipe)
    _fit_head(network, chosen[0], weights, recipe)
    for epoch in range(recipe.epochs):
        network.train()
        began, total = time.monotonic(), 0.0
        windows = list(chosen[epoch % len(chosen)])
        chance.shuffle(windows)
        for at in range(0, len(windows), recipe.size):
            step = windows[at : at + recipe.size]
            with torch.autocast("cpu", dtype=torch.bfloat16):
                logits = network(*batch(step))
            loss = _loss(logits.float(), step, weights, recipe)
            optimiser.zero_grad()
            loss.backward()
            torch.nn.utils.clip_grad_norm_(network.parameters(), 1.0)
            optimiser.step()
            schedule.step()
            total += loss.item() * len(step)
        report = {
            "epoch": epoch + 1,
            "loss": round(total / len(windows), 4),
            "seconds": round(time.monotonic() - began),
        }
        print(json.dumps(report), flush=True)
        if after_epoch:
            after_epoch(epoch + 1, network)
    return network.eval()


def predict(network: Network, table: Table, example: Example, *, budget: int = 256) -> NDArray[np.float32]:
    """Return logits (utterances, outputs) for one conversation, each utterance judged with others around it."""
    network.eval()
    ids = table.tokens(example.texts)
    logits = np.zeros((len(ids), OUTPUTS), np.float32)
    windows = lay_windows([len(tokens) + 1 for tokens in ids], budget=budget, before=BEFORE, after=AFTER)
    seen = _below(network, table, [table.window(0, example, ids, window) for window in windows])
    with torch.no_grad(), torch.autocast("cpu", dtype=torch.bfloat16):
        for window, known in zip(windows, seen, strict=True):
            rows = network(*batch([known]))[0].float().numpy()
            logits[window.begin : window.end] = rows[window.begin - window.first : window.end - window.first]
    return logits


def _cut(number: int, example: Example, table: Table, recipe: Recipe, chance: random.Random) -> list[Seen]:
    """Cut a conversation into windows at places that differ each time; some conversations are roughened."""
    texts, draw = list(example.texts), chance.random()
    if "asr" not in example.style and draw < recipe.rough + recipe.plain:
        words = 0.03 if draw < recipe.rough else 0.0
        texts = [roughen(text, example.language, chance, words=words) for text in texts]
    ids = table.tokens(texts)
    # an imagined utterance before the first moves every later cut
    padded = [chance.randrange(40, recipe.budget), *(len(tokens) + 1 for tokens in ids)]
    windows = []
    for cut in lay_windows(padded, budget=recipe.budget):
        first, last = max(0, cut.first - 1), cut.last - 1
        if first < last:
            seen = table.window(number, example, ids, Window(first, last, first, last))
            hidden = (
                UNKNOWN if token < table.seller and chance.random() < recipe.lost else token for token in seen.ids
            )
            windows.append(replace(seen, ids=tuple(hidden)))
    return windows


def _below(network: Network, table: Table, windows: Sequence[Seen]) -> list[Seen]:
    stored = []
    with torch.no_grad(), torch.autocast("cpu", dtype=torch.bfloat16):
        for at in range(0, len(windows), 8):
            part = windows[at : at + 8]
            states = network.below(*table.embed(part)).to(torch.float16)
            stored += [replace(window, states=row[: len(window.ids)].clone())
                       for window, row in zip(part, states, strict=True)]  # fmt: skip
    return stored


def _fit_head(network: Network, windows: Sequence[Seen], weights: Tensor, recipe: Recipe) -> None:
    """Fit the head to the encoder as it came, so that fine-tuning sets out from a fair answer (Kumar et al. 2022)."""
    network.eval()
    parts = []
    with torch.no_grad(), torch.autocast("cpu", dtype=torch.bfloat16):
        for at in range(0, len(windows), 8):
            part = windows[at : at + 8]
            rows = network.rows(*batch(part)).float()
            parts += [rows[row, : len(window.spans)] for row, window in enumerate(part)]
    rows = torch.cat(parts)
    mean, spread = rows.mean(0), rows.std(0) + 1e-3
    rows = (rows - mean) / spread
    targets = torch.from_numpy(np.concatenate([window.targets for window in windows]))
    known = torch.from_numpy(np.concatenate([window.known for window in windows]))
    head = torch.nn.Linear(rows.shape[1], OUTPUTS)
    torch.nn.init.zeros_(head.weight)
    torch.nn.init.constant_(head.bias, -3.0)
    optimiser = torch.optim.Adam(head.parameters(), lr=5e-3)
    for _ in range(recipe.head_steps):
        losses = functional.binary_cross_entropy_with_logits(head(rows), targets, pos_weight=weights, reduction="none")
        loss = (losses * known).sum() / len(rows) + 0.02 * head.weight.square().sum()
        optimiser.zero_grad()
        loss.backward()
        optimiser.step()
    with torch.no_grad():
        network.head.weight.copy_(head.weight / spread)
        network.head.bias.copy_(head.bias - head.weight @ (mean / spread))


def _loss(logits: Tensor, step: Sequence[Seen], weights: Tensor, recipe: Recipe) -> Tensor:
    rows = torch.cat([logits[row, : len(window.spans)] for row, window in enumerate(step)])
    targets = torch.from_numpy(np.concatenate([window.targets for window in step]))
    known = torch.from_numpy(np.concatenate([window.known for window in step]))
    losses = functional.binary_cross_entropy_with_logits(rows, targets, pos_weight=weights, reduction="none") * known
    return (losses[:, :ACTS].sum() + recipe.moments * losses[:, ACTS:].sum()) / len(rows)


def _groups(network: Network, recipe: Recipe) -> list[dict[str, object]]:
    groups: list[dict[str, object]] = [
        {"params": network.head.parameters(), "lr": recipe.head_rate},
        {"params": [network.roles], "lr": recipe.head_rate},
    ]
    for depth, layer in enumerate(reversed(network.layers)):
        if len(network.layers) - depth > recipe.frozen:
            groups.append({"params": layer.parameters(), "lr": recipe.rate * recipe.decay**depth})
    return groups


def _weights(windows: Sequence[Seen], recipe: Recipe) -> Tensor:
    present = np.sum([(window.targets * window.known).sum(0) for window in windows], axis=0)
    known = np.sum([window.known.sum(0) for window in windows], axis=0)
    lift = ((known - present) / np.maximum(present, 1)) ** recipe.lift
    return torch.from_numpy(np.clip(lift, 1, 5).astype(np.float32))
