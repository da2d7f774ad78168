"""The encoder's upper layers and the networks over utterances in torch, tuned together.

``analyser.acts.embedding`` and ``analyser.acts.context`` run what comes of it without torch.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from itertools import chain

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn
from torch.nn import functional

from analyser.acts.context import FEATURES, GAPS
from analyser.acts.labels import ACTS, OUTPUTS
from analyser.acts.training.restore import Encoder
from analyser.acts.training.upper import Upper

Array = NDArray[np.float32]


@dataclass(frozen=True)
class Recipe:
    """Everything that training can be told; the defaults are what the shipped model was trained with."""

    first: int = 8
    """layers of the encoder that stay as they were; those above are tuned"""
    members: int = 3
    """networks over utterances, from different beginnings, on one encoder; their logits are averaged"""
    epochs: int = 6
    width: int = 256
    rate: float = 2e-3
    """learning rate of the networks over utterances, falling to nothing"""
    tuning: float = 2e-4
    """learning rate of the encoder's last layer, reached in the first epoch, falling to nothing"""
    fading: float = 0.9
    """learning rate of a layer beside that of the layer above"""
    dropout: float = 0.45
    decay: float = 0.02
    """weight decay"""
    rough: int = 2
    """ways of writing each conversation as a recogniser would, beside the way it is written"""
    written: float = 0.6
    """share of the steps that take a conversation as it is written"""
    lost: float = 0.05
    """share of tokens that are hidden in the rough ways of writing"""
    skipped: float = 0.1
    """share of tokens that the tuned layers do not see, others in each step"""
    moments: float = 0.4
    """weight of the moments beside the acts"""
    lift: float = 0.3
    """how far rare labels count more: (absent / present) to this power"""
    seed: int = 1


@dataclass(frozen=True)
class Way:
    """What the frozen layers make of a conversation in one way of writing: averages (utterances, hidden) after the
    lower tap, and states (tokens, hidden) in bfloat16 of all utterances, of these lengths, end to end."""

    pooled: Tensor
    states: Tensor
    lengths: tuple[int, ...]


@dataclass(frozen=True)
class Ready:
    """A conversation to learn from, in each way of writing, and its features (utterances, 5) beside."""

    ways: tuple[Way, ...]
    beside: Array
    targets: Array
    known: Array


@dataclass(frozen=True)
class Trained:
    """Weights of the tuned layers by the encoder's names, and of each network over utterances by its own."""

    tensors: dict[str, Array]
    members: list[dict[str, Array]]


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


class Network(nn.Module):
    """The tuned layers and the networks above them."""

    def __init__(self, encoder: Encoder, recipe: Recipe) -> None:
        super().__init__()
        self.upper = Upper(encoder, recipe.first)
        self.members = nn.ModuleList(Context(2 * encoder.hidden, recipe) for _ in range(recipe.members))

    def embed(self, way: Way, *, lost: float = 0.0) -> Tensor:
        """Return embeddings (utterances, 2 · hidden): averages after the lower tap and after the last layer."""
        return torch.cat((way.pooled, self.upper(way.states, way.lengths, lost=lost)), 1)


def train(
    encoder: Encoder,
    ready: Sequence[Ready],
    learn_from: Collection[int],
    recipe: Recipe,
    *,
    say: Callable[[str], None] | None = None,
) -> Trained:
    """Tune the encoder's upper layers together with the networks over utterances.

    The same seed, data and version of torch give the same weights. One processor core takes about 80 seconds an
    epoch for 100 conversations.
    """
    torch.manual_seed(recipe.seed)
    torch.set_num_threads(1)
    chance, numbers = random.Random(recipe.seed), sorted(learn_from)
    network = Network(encoder, recipe)
    _centre(network, [ready[number].ways[0] for number in numbers[::3]])
    weights = _weights([ready[number] for number in numbers], recipe)
    optimiser, schedule = _optimiser(network, recipe, len(numbers))
    tuned = list(network.upper.parameters())
    for epoch in range(recipe.epochs):
        total = 0.0
        for number in chance.sample(numbers, len(numbers)):
            call = ready[number]
            way = 0 if chance.random() < recipe.written else chance.randrange(1, len(call.ways))
            embedded = network.embed(call.ways[way], lost=recipe.skipped)
            beside, targets = torch.from_numpy(call.beside), torch.from_numpy(call.targets)
            known = torch.from_numpy(call.known)
            loss = torch.zeros(())
            for member in network.members:
                losses = known * functional.binary_cross_entropy_with_logits(
                    member(embedded, beside), targets, pos_weight=weights, reduction="none"
                )
                loss = loss + (losses[:, :ACTS].sum() + recipe.moments * losses[:, ACTS:].sum()) / len(targets)
            optimiser.zero_grad()
            loss.backward()
            nn.utils.clip_grad_norm_(tuned, 1.0)
            optimiser.step()
            schedule.step()
            total += float(loss.detach()) / recipe.members
        if say:
            say(f"  epoch {epoch + 1} of {recipe.epochs}: loss {total / len(numbers):.2f}")
    return Trained(
        network.upper.tensors(),
        [{name: value.detach().numpy().copy() for name, value in member.state_dict().items()}
         for member in network.members],
    )  # fmt: skip


def _centre(network: Network, ways: Sequence[Way]) -> None:
    with torch.no_grad():
        seen = torch.cat([network.embed(way) for way in ways])
    for member in network.members:
        member.centre.data.copy_(seen.mean(0))
        member.spread.data.copy_(seen.std(0) + 1e-3)


def _optimiser(
    network: Network, recipe: Recipe, calls: int
) -> tuple[torch.optim.Optimizer, torch.optim.lr_scheduler.LambdaLR]:
    """The networks over utterances learn from the first step on; the encoder waits for them to know something."""
    above = [entry for entry in chain(*(member.parameters() for member in network.members)) if entry.requires_grad]
    groups: list[dict[str, object]] = [{"params": above, "lr": recipe.rate, "weight_decay": recipe.decay}]
    for depth, layer in enumerate(reversed(network.upper.layers)):
        rate = recipe.tuning * recipe.fading**depth
        groups.append({"params": list(layer.parameters()), "lr": rate, "weight_decay": recipe.decay / 2})
    optimiser = torch.optim.AdamW(groups, fused=True)
    steps = recipe.epochs * calls

    def falling(step: int) -> float:
        return max(0.02, 1.02 - step / steps)

    def rising(step: int) -> float:
        return min(1.0, step / calls) * falling(step)

    schedule = torch.optim.lr_scheduler.LambdaLR(optimiser, [falling, *[rising] * len(network.upper.layers)])
    return optimiser, schedule


def _weights(calls: Sequence[Ready], recipe: Recipe) -> Tensor:
    present = np.sum([(call.targets * call.known).sum(0) for call in calls], axis=0)
    known = np.sum([call.known.sum(0) for call in calls], axis=0)
    lift = ((known - present) / np.maximum(present, 1)) ** recipe.lift
    return torch.from_numpy(np.clip(lift, 1, 5).astype(np.float32))
