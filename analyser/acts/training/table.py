"""Windows of tokens as tensors."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from analyser.acts.training.data import Example
from analyser.acts.windows import Window, clip, join

Encode = Callable[[list[str]], list[list[int]]]
UNKNOWN = 3


@dataclass(frozen=True)
class Seen:
    """A window with its targets. ``states`` (tokens, hidden) are float16, from above the frozen layers."""

    example: int
    ids: tuple[int, ...]
    spans: tuple[tuple[int, int], ...]
    client: tuple[bool, ...]
    targets: NDArray[np.float32]
    known: NDArray[np.float32]
    states: Tensor | None = None


class Table:
    """Token embeddings, kept as they came; the last two are the markers of seller and client."""

    def __init__(self, weights: NDArray[np.float32], encode: Encode) -> None:
        self.weights = torch.from_numpy(weights)
        self.seller = len(weights) - 2
        self.encode = encode

    def tokens(self, texts: Sequence[str]) -> list[list[int]]:
        """Token ids of utterances, the long ones shortened."""
        return [clip(ids) for ids in self.encode(list(texts))]

    def window(self, number: int, example: Example, ids: list[list[int]], window: Window) -> Seen:
        """The window of an example as the network sees it."""
        markers = [self.seller + (side == "client") for side in example.sides]
        tokens = join(ids, markers, window)
        part = slice(window.first, window.last)
        client = tuple(side == "client" for side in example.sides[part])
        return Seen(number, tokens.ids, tokens.spans, client, example.targets[part], example.known[part])

    def embed(self, windows: Sequence[Seen]) -> tuple[Tensor, Tensor]:
        """Return embedded tokens (batch, tokens, hidden) and mask (batch, tokens)."""
        ids, mask = _pad([torch.tensor(window.ids) for window in windows])
        return self.weights[ids], mask


def batch(windows: Sequence[Seen]) -> tuple[Tensor, Tensor, Tensor, Tensor, Tensor]:
    """Return what ``Network.forward`` takes, for windows with states."""
    states, mask = _pad([window.states.float() for window in windows if window.states is not None])
    most = max(len(window.spans) for window in windows)
    client = torch.zeros(mask.shape)
    first = torch.zeros(len(windows), most, mask.shape[1])
    pool = torch.zeros_like(first)
    for row, window in enumerate(windows):
        for place, (begin, end) in enumerate(window.spans):
            first[row, place, begin] = 1
            pool[row, place, begin:end] = 1 / (end - begin)
            client[row, begin:end] = float(window.client[place])
    return states, mask, client, first, pool


def _pad(rows: Sequence[Tensor]) -> tuple[Tensor, Tensor]:
    longest = max(len(row) for row in rows)
    padded = torch.zeros((len(rows), longest, *rows[0].shape[1:]), dtype=rows[0].dtype)
    mask = torch.zeros(len(rows), longest)
    for place, row in enumerate(rows):
        padded[place, : len(row)] = row
        mask[place, : len(row)] = 1
    return padded, mask
