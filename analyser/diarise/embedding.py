"""What a voice sounds like, as a vector: 3D-Speaker's CAM++ over Kaldi filter banks.

CAM++ (Wang et al., "CAM++: A fast and efficient network for speaker verification", Interspeech 2023) learnt voices
in Chinese and English; vectors of the same voice point the same way, whatever is said.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from analyser.diarise.filterbanks import Features
from analyser.diarise.networks import EMBEDDING, open_network

SIZE = 192
GRAIN = 25
"""lengths are cut to a multiple of this many frames, so that pieces can share a run of the network"""
BATCH_FRAMES = 1200
"""most frames in one run, which bounds its memory"""
LEAST = 25
"""frames (0.25 s) below which no vector is made: there is too little to hear a voice in"""


class Embedder:
    """The network, loaded once for a recording."""

    def __init__(self, *, threads: int = 0) -> None:
        self._session: Any = open_network(EMBEDDING, threads=threads)

    def embed(self, pieces: Sequence[Features]) -> NDArray[np.float32]:
        """A unit vector for each piece of features, shape (pieces, 192); zeros where a piece is below 0.25 s."""
        vectors = np.zeros((len(pieces), SIZE), dtype=np.float32)
        by_length: dict[int, list[int]] = {}
        for index, piece in enumerate(pieces):
            if len(piece) >= LEAST:
                by_length.setdefault(len(piece) // GRAIN * GRAIN, []).append(index)
        for length, indices in sorted(by_length.items()):
            size = max(1, BATCH_FRAMES // length)
            for first in range(0, len(indices), size):
                chosen = indices[first : first + size]
                batch = np.stack([pieces[index][:length] for index in chosen])
                batch = batch - batch.mean(axis=1, keepdims=True)
                vectors[chosen] = self._session.run(None, {"x": batch})[0]
        return unit(vectors)


def unit(vectors: NDArray[np.float32]) -> NDArray[np.float32]:
    """The vectors at length 1; zero vectors stay zero."""
    lengths = np.linalg.norm(vectors, axis=-1, keepdims=True)
    return np.asarray(vectors / np.where(lengths > 0, lengths, 1), dtype=np.float32)
