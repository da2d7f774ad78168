"""The upper layers of the encoder in torch: they are tuned, the lower ones stay as they were restored."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn
from torch.nn import functional

from analyser.acts.tokens import by_length
from analyser.acts.training.restore import Encoder

Array = NDArray[np.float32]
MATRICES = ("q", "k", "v", "ao", "fi", "fo")
NORMS = ("aln", "oln")
TOKENS = 512
"""tokens that are taken in at once"""


class Layer(nn.Module):
    """One layer of the encoder, with the weights of that number in the restored tensors."""

    def __init__(self, encoder: Encoder, number: int) -> None:
        super().__init__()
        self.heads, self.size = encoder.heads, encoder.hidden // encoder.heads
        stored = encoder.tensors
        for part in MATRICES:
            weight = stored[f"l{number}.{part}.w"]
            setattr(self, part, _filled(nn.Linear(weight.shape[1], weight.shape[0]), stored, f"l{number}.{part}"))
        for part in NORMS:
            norm = nn.LayerNorm(encoder.hidden, encoder.epsilon)
            setattr(self, part, _filled(norm, stored, f"l{number}.{part}"))

    def forward(self, states: Tensor, hidden: Tensor) -> Tensor:
        """States (batch, tokens, hidden) in and out; ``hidden`` (batch, 1, 1, tokens) is added to what tokens see."""
        batch, tokens, width = states.shape
        query, key, value = (
            part(states).view(batch, tokens, self.heads, self.size).transpose(1, 2) for part in (self.q, self.k, self.v)
        )
        # written out: three times as fast on a CPU as torch's own for sentences of some thirty tokens
        seen = ((query * self.size**-0.5) @ key.transpose(-1, -2) + hidden).softmax(-1) @ value
        mixed: Tensor = self.ao(seen.transpose(1, 2).reshape(batch, tokens, width))
        states = self.aln(states + mixed.float())
        result: Tensor = self.oln(states + self.fo(functional.gelu(self.fi(states))).float())
        return result


class Upper(nn.Module):
    """The layers from a number on, and the average over tokens of what comes out of them."""

    def __init__(self, encoder: Encoder, first: int) -> None:
        super().__init__()
        self.first = first
        self.layers = nn.ModuleList(Layer(encoder, number) for number in range(first, encoder.layers))

    def forward(self, states: Tensor, lengths: Sequence[int], *, lost: float = 0.0) -> Tensor:
        """Turn what the lower layers make of utterances, laid end to end (tokens, hidden), into (utterances, hidden).

        A share of tokens (``lost``) is left out, another each time.
        """
        parts, order, means = torch.split(states, list(lengths)), list[int](), list[Tensor]()
        with torch.autocast("cpu", dtype=torch.bfloat16):
            for batch in by_length(lengths, tokens=TOKENS):
                inside = nn.utils.rnn.pad_sequence([parts[place] for place in batch], batch_first=True).float()
                kept = torch.arange(inside.shape[1])[None] < torch.tensor([[lengths[place]] for place in batch])
                if lost:
                    out = torch.rand(kept.shape) < lost
                    out[:, 0] = False
                    kept = kept & ~out
                unseen = torch.zeros(len(batch), 1, 1, inside.shape[1]).masked_fill(~kept[:, None, None], -30000.0)
                unseen = unseen.to(torch.bfloat16)
                for layer in self.layers:
                    inside = layer(inside, unseen)
                share = kept.float() / kept.sum(1, keepdim=True)
                means.append((inside.float() * share[..., None]).sum(1))
                order += batch
        back = torch.empty(len(order), dtype=torch.long)
        back[torch.tensor(order)] = torch.arange(len(order))
        return torch.cat(means)[back]

    def tensors(self) -> dict[str, Array]:
        """Return the weights under the encoder's names."""
        found: dict[str, Array] = {}
        for number, layer in enumerate(self.layers, self.first):
            for part in (*MATRICES, *NORMS):
                module = getattr(layer, part)
                found[f"l{number}.{part}.w"] = module.weight.detach().numpy().copy()
                found[f"l{number}.{part}.b"] = module.bias.detach().numpy().copy()
        return found


def _filled(module: nn.Linear | nn.LayerNorm, stored: Mapping[str, Array], name: str) -> nn.Module:
    module.weight.data = torch.from_numpy(stored[f"{name}.w"].copy())
    module.bias.data = torch.from_numpy(stored[f"{name}.b"].copy())
    return module
