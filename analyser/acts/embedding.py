"""The encoder: multilingual-e5-small in int8, run by onnxruntime, a batch to a thread."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import numpy as np
from numpy.typing import NDArray

from analyser.acts.tokens import by_length, wrap
from analyser.errors import ModelError

Array = NDArray[np.float32]
MOST = 4000
"""characters of an utterance that are looked at"""
PREFIX = "query: "
"""what the encoder was taught to read before a sentence"""
THREADS = 4
"""batches that are taken in side by side, on as many processor cores: quicker than one batch spread over them"""
TOKENS = 512
"""tokens that are taken in at once; more are slower, as they leave the processor's cache"""


class Embedder:
    """Tokeniser and encoder; opening takes a third of a second."""

    def __init__(self, encoder: bytes, tokeniser: bytes) -> None:
        """Open the contents of ``encoder.onnx`` and ``tokenizer.json``; raises ModelError when they do not fit."""
        import onnxruntime
        from tokenizers import Tokenizer

        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = 1
        options.log_severity_level = 3
        try:
            self._session = onnxruntime.InferenceSession(encoder, options, providers=["CPUExecutionProvider"])
            self._tokeniser = Tokenizer.from_str(tokeniser.decode("utf-8"))
        except Exception as error:  # neither library's errors share a public base
            version = onnxruntime.__version__
            raise ModelError(f"The act model cannot be opened (onnxruntime {version}): {error}") from error

    def __call__(self, texts: Sequence[str], *, change: Callable[[list[int]], list[int]] | None = None) -> Array:
        """Return an embedding (utterances, hidden) of each utterance by itself: the states after several layers,
        averaged over its tokens. ``change`` may alter token ids, for training."""
        result = np.zeros((len(texts), self._session.get_outputs()[0].shape[1]), np.float32)
        for batch, _, outputs in self.run(texts, change=change):
            result[batch] = outputs[0]
        return result

    def run(
        self, texts: Sequence[str], *, change: Callable[[list[int]], list[int]] | None = None
    ) -> Iterator[tuple[list[int], list[int], list[Array]]]:
        """Yield batches of like length: places among the texts, their numbers of tokens, and the encoder's outputs."""
        encoded = self._tokeniser.encode_batch([PREFIX + text[:MOST] for text in texts])
        ids = [wrap(encoding.ids) for encoding in encoded]
        if change:
            ids = [change(tokens) for tokens in ids]
        lengths = [len(tokens) for tokens in ids]

        def take_in(batch: list[int]) -> list[Array]:
            outputs: list[Array] = self._session.run(None, _feed([ids[place] for place in batch]))
            return outputs

        batches = by_length(lengths, tokens=TOKENS)
        with ThreadPoolExecutor(min(THREADS, os.cpu_count() or 1)) as pool:
            for batch, outputs in zip(batches, pool.map(take_in, batches), strict=True):
                yield batch, [lengths[place] for place in batch], outputs


def _feed(batch: Sequence[Sequence[int]]) -> dict[str, NDArray[Any]]:
    lengths = np.array([len(tokens) for tokens in batch], np.int32)
    ids = np.ones((len(batch), lengths.max()), np.int64)
    mask = np.zeros((*ids.shape, 1), np.float32)
    for row, tokens in enumerate(batch):
        ids[row, : len(tokens)] = tokens
        mask[row, : len(tokens)] = 1 / len(tokens)
    return {"ids": ids, "lengths": lengths, "mask": mask}
