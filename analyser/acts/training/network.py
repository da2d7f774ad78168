"""The act network in torch: a BERT encoder over a window of conversation, and one output row for each utterance."""

from __future__ import annotations

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn
from torch.nn import functional

from analyser.acts.labels import OUTPUTS
from analyser.acts.training.restore import Encoder


class Layer(nn.Module):
    """One encoder layer (post-norm, as in BERT)."""

    def __init__(self, hidden: int, heads: int, inner: int, epsilon: float) -> None:
        super().__init__()
        self.heads = heads
        self.qkv = nn.Linear(hidden, 3 * hidden)
        self.out = nn.Linear(hidden, hidden)
        self.norm = nn.LayerNorm(hidden, epsilon)
        self.up = nn.Linear(hidden, inner)
        self.down = nn.Linear(inner, hidden)
        self.last = nn.LayerNorm(hidden, epsilon)

    def forward(self, states: Tensor, mask: Tensor) -> Tensor:
        """States (batch, tokens, hidden), additive mask (batch, 1, 1, tokens) to states."""
        batch, tokens, hidden = states.shape
        query, key, value = self.qkv(states).view(batch, tokens, 3, self.heads, -1).permute(2, 0, 3, 1, 4)
        scores = (query @ key.transpose(-1, -2)) * (hidden // self.heads) ** -0.5 + mask
        mixed = scores.softmax(-1).to(value.dtype) @ value
        mixed = self.out(mixed.transpose(1, 2).reshape(batch, tokens, hidden))
        states = self.norm(states + mixed)
        inner = self.down(functional.gelu(self.up(states)))
        states = self.last(states + inner)
        return states


class Network(nn.Module):
    """From embedded tokens to logits of acts and moments for each utterance."""

    def __init__(self, encoder: Encoder, *, frozen: int = 0, dropout: float = 0.1) -> None:
        super().__init__()
        hidden = encoder.hidden
        self.frozen = frozen
        self.position = nn.Parameter(torch.from_numpy(encoder.tensors["emb.pos"] + encoder.tensors["emb.type"]))
        self.norm = nn.LayerNorm(hidden, encoder.epsilon)
        self.layers = nn.ModuleList(
            Layer(hidden, encoder.heads, encoder.inner, encoder.epsilon) for _ in range(encoder.layers)
        )
        self.roles = nn.Parameter(torch.zeros(2, hidden))
        self.head_dropout = nn.Dropout(dropout)
        self.head = nn.Linear(2 * hidden, OUTPUTS)
        self._fill(encoder)

    def _fill(self, encoder: Encoder) -> None:
        names = {"out": "ao", "up": "fi", "down": "fo", "norm": "aln", "last": "oln"}
        weights = {key: torch.from_numpy(value) for key, value in encoder.tensors.items()}
        with torch.no_grad():
            self.norm.weight.copy_(weights["emb.ln.w"])
            self.norm.bias.copy_(weights["emb.ln.b"])
            for place, layer in enumerate(self.layers):
                for kind, parameter in (("w", "weight"), ("b", "bias")):
                    qkv = torch.cat([weights[f"l{place}.{part}.{kind}"] for part in "qkv"])
                    getattr(layer.qkv, parameter).copy_(qkv)
                    for ours, theirs in names.items():
                        getattr(getattr(layer, ours), parameter).copy_(weights[f"l{place}.{theirs}.{kind}"])
            nn.init.normal_(self.head.weight, std=0.02)
            nn.init.constant_(self.head.bias, -3.0)

    def below(self, embedded: Tensor, mask: Tensor) -> Tensor:
        """Embedded tokens (batch, tokens, hidden) and mask (batch, tokens), 1 where a token stands, to the states
        above the frozen layers."""
        states: Tensor = self.norm(embedded + self.position[: embedded.shape[1]])
        for layer in self.layers[: self.frozen]:
            states = layer(states, _additive(mask))
        return states

    def encode(self, states: Tensor, mask: Tensor) -> Tensor:
        """Carry states (batch, tokens, hidden) from above the frozen layers to the top."""
        for layer in self.layers[self.frozen :]:
            states = layer(states, _additive(mask))
        return states

    def rows(self, states: Tensor, mask: Tensor, client: Tensor, first: Tensor, pool: Tensor) -> Tensor:
        """Return a row (batch, utterances, 2 · hidden) for each utterance from the states of ``below``.

        ``client`` (batch, tokens) is 1 where the client speaks: a learnt vector tells the tokens of the two sides
        apart. ``first`` and ``pool`` (batch, utterances, tokens) pick an utterance's marker, and average its tokens.
        """
        states = self.encode(states + torch.lerp(self.roles[0], self.roles[1], client[..., None]), mask)
        return torch.cat((first.to(states.dtype) @ states, pool.to(states.dtype) @ states), -1)

    def forward(self, states: Tensor, mask: Tensor, client: Tensor, first: Tensor, pool: Tensor) -> Tensor:
        """Return logits (batch, utterances, outputs), from what ``rows`` takes."""
        logits: Tensor = self.head(self.head_dropout(self.rows(states, mask, client, first, pool)))
        return logits


def _additive(mask: Tensor) -> Tensor:
    return (1.0 - mask)[:, None, None, :] * -1e4


def average(states: Tensor, mask: Tensor) -> NDArray[np.float32]:
    """Mean of the states over tokens, of length 1: the sentence embedding of the encoder as it came."""
    mean = (states * mask[..., None]).sum(1) / mask.sum(1, keepdim=True)
    embedding: NDArray[np.float32] = functional.normalize(mean, dim=-1).detach().numpy()
    return embedding
