"""The network over utterances in torch, as it is trained; ``analyser.acts.context`` runs it without torch."""

from __future__ import annotations

import random
from collections.abc import Collection, Sequence
from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn
from torch.nn import functional

from analyser.acts.context import FEATURES, GAPS
from analyser.acts.labels import ACTS, OUTPUTS

Array = NDArray[np.float32]


@dataclass(frozen=True)
class Recipe:
    """Everything that training can be told; the defaults are what the shipped model was trained with."""

    members: int = 4
    """networks that are trained from different beginnings; their logits are averaged"""
    epochs: int = 16
    width: int = 256
    rate: float = 2e-3
    dropout: float = 0.45
    decay: float = 0.02
    """weight decay"""
    rough: int = 2
    """ways of writing each conversation as a recogniser would, beside the way it is written"""
    written: float = 0.6
    """share of the steps that take a conversation as it is written"""
    lost: float = 0.05
    """share of tokens that are hidden in the rough ways of writing"""
    moments: float = 0.4
    """weight of the moments beside the acts"""
    lift: float = 0.3
    """how far rare labels count more: (absent / present) to this power"""
    seed: int = 1


@dataclass(frozen=True)
class Ready:
    """A conversation to learn from: embeddings (utterances, hidden) in each way of writing, and features beside."""

    ways: tuple[Array, ...]
    beside: Array
    targets: Array
    known: Array


class Context(nn.Module):
    """What an utterance does, given its embedding and those before and after it.

    Three convolutions of three utterances, 1, 2 and 4 apart: seven utterances to either side are in sight.
    """

    def __init__(self, hidden: int, recipe: Recipe) -> None:
        super().__init__()
        width = recipe.width
        self.centre = nn.Parameter(torch.zeros(hidden), requires_grad=False)
        self.spread = nn.Parameter(torch.ones(hidden), requires_grad=False)
        self.enter = nn.Linear(hidden + FEATURES, width)
        self.steps = nn.ModuleList(nn.Conv1d(width, width, 3, dilation=gap, padding=gap) for gap in GAPS)
        self.head = nn.Linear(hidden + FEATURES + width, OUTPUTS)
        self.dropout = nn.Dropout(recipe.dropout)
        nn.init.constant_(self.head.bias, -3.0)

    def forward(self, pooled: Tensor, beside: Tensor) -> Tensor:
        """Embeddings (utterances, hidden) and features (utterances, 5) in order to logits (utterances, outputs)."""
        own = torch.cat((self.dropout((pooled - self.centre) / self.spread), beside), -1)
        states = functional.gelu(self.enter(own)).T[None]
        for step in self.steps:
            states = states + functional.gelu(step(self.dropout(states)))
        logits: Tensor = self.head(torch.cat((own, self.dropout(states[0].T)), -1))
        return logits


def train(ready: Sequence[Ready], learn_from: Collection[int], recipe: Recipe) -> list[dict[str, Array]]:
    """Return the members' weights by name, learnt from the conversations of these numbers.

    The same seed, data and version of torch give the same weights. One processor core takes about half a minute a
    member for 100 conversations.
    """
    numbers = sorted(learn_from)
    return [_member(ready, numbers, recipe, recipe.seed + member) for member in range(recipe.members)]


def _member(ready: Sequence[Ready], numbers: Sequence[int], recipe: Recipe, seed: int) -> dict[str, Array]:
    torch.manual_seed(seed)
    torch.set_num_threads(1)
    chance = random.Random(seed)
    seen = torch.from_numpy(np.concatenate([ready[number].ways[0] for number in numbers]))
    network = Context(seen.shape[1], recipe)
    network.centre.data.copy_(seen.mean(0))
    network.spread.data.copy_(seen.std(0) + 1e-3)
    network.train()
    weights = _weights([ready[number] for number in numbers], recipe)
    optimiser = torch.optim.AdamW(network.parameters(), lr=recipe.rate, weight_decay=recipe.decay)
    steps = recipe.epochs * len(numbers)
    schedule = torch.optim.lr_scheduler.LambdaLR(optimiser, lambda step: max(0.02, 1.02 - step / steps))
    for _ in range(recipe.epochs):
        for number in chance.sample(numbers, len(numbers)):
            call = ready[number]
            way = 0 if chance.random() < recipe.written else chance.randrange(1, len(call.ways))
            logits = network(torch.from_numpy(call.ways[way]), torch.from_numpy(call.beside))
            losses = functional.binary_cross_entropy_with_logits(
                logits, torch.from_numpy(call.targets), pos_weight=weights, reduction="none"
            ) * torch.from_numpy(call.known)
            loss = (losses[:, :ACTS].sum() + recipe.moments * losses[:, ACTS:].sum()) / len(logits)
            optimiser.zero_grad()
            loss.backward()
            optimiser.step()
            schedule.step()
    return {name: value.detach().numpy().copy() for name, value in network.state_dict().items()}


def _weights(calls: Sequence[Ready], recipe: Recipe) -> Tensor:
    present = np.sum([(call.targets * call.known).sum(0) for call in calls], axis=0)
    known = np.sum([call.known.sum(0) for call in calls], axis=0)
    lift = ((known - present) / np.maximum(present, 1)) ** recipe.lift
    return torch.from_numpy(np.clip(lift, 1, 5).astype(np.float32))
