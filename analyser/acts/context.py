"""What an utterance does, given its embedding and those around it: the small upper part of the act network."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from io import BytesIO

import numpy as np
from numpy.typing import NDArray

from analyser.records import Side

Array = NDArray[np.float32]
GAPS = (1, 2, 4)
"""how far apart the utterances lie that each step looks at"""
FEATURES = 5
"""beside the embedding: seller, client, nearness of the beginning, of the end, and length"""


def features(sides: Sequence[Side], words: Sequence[int]) -> Array:
    """Return what is known of each utterance beside its words: shape (utterances, 5), each about 0–1."""
    count = len(sides)
    place = np.arange(count, dtype=np.float32)
    client = np.array([side == "client" for side in sides], np.float32)
    length = np.log1p(np.asarray(words, np.float32)) / 4
    return np.stack((1 - client, client, np.exp(-place / 4), np.exp(-(count - 1 - place) / 4), length), 1).astype(
        np.float32
    )


def judge(pooled: Array, beside: Array, members: Sequence[Mapping[str, Array]]) -> Array:
    """Return logits (utterances, outputs), averaged over the networks of these weights, from embeddings (utterances,
    hidden) and features (utterances, 5)."""
    logits: Array = np.mean([_judge(pooled, beside, weights) for weights in members], axis=0, dtype=np.float32)
    return logits


def write_members(members: Sequence[Mapping[str, Array]]) -> bytes:
    """Return networks as the bytes of an ``.npz`` in float16."""
    stored = {f"{number}/{name}": value.astype(np.float16) for number, weights in enumerate(members)
              for name, value in weights.items()}  # fmt: skip
    file = BytesIO()
    np.savez(file, **stored)  # type: ignore[arg-type]
    return file.getvalue()


def read_members(content: bytes) -> list[dict[str, Array]]:
    """Read what ``write_members`` wrote."""
    members: dict[str, dict[str, Array]] = {}
    with np.load(BytesIO(content), allow_pickle=False) as stored:
        for key in stored.files:
            number, _, name = key.partition("/")
            members.setdefault(number, {})[name] = stored[key].astype(np.float32)
    return list(members.values())


def _judge(pooled: Array, beside: Array, weights: Mapping[str, Array]) -> Array:
    own = np.concatenate(((pooled - weights["centre"]) / weights["spread"], beside), 1)
    states = _gelu(own @ weights["enter.weight"].T + weights["enter.bias"])
    for step, gap in enumerate(GAPS):
        kernel = weights[f"steps.{step}.weight"]
        padded = np.pad(states, ((gap, gap), (0, 0)))
        seen = (padded[place * gap : place * gap + len(states)] @ kernel[:, :, place].T for place in range(3))
        states = states + _gelu(np.sum(list(seen), axis=0) + weights[f"steps.{step}.bias"])
    logits: Array = np.concatenate((own, states), 1) @ weights["head.weight"].T + weights["head.bias"]
    return logits.astype(np.float32)


def _gelu(values: Array) -> Array:
    from scipy.special import erf

    result: Array = values * 0.5 * (1 + erf(values / np.sqrt(2)))
    return result
