"""The act network as it is shipped: checked files, one onnxruntime session, logits for each utterance."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from analyser.acts.labels import OUTPUTS
from analyser.acts.windows import Tokens, clip, join, lay_windows
from analyser.errors import ModelError
from analyser.records import Side

FOLDER = Path(__file__).parent / "data"
MANIFEST = "manifest.json"
BATCH = 2000
"""utterances that are turned into tokens at once, so that memory does not grow with the conversation's tokens"""


@dataclass(frozen=True)
class Manifest:
    """What goes with the network: how it wants its windows, and what its logits are worth.

    A logit x of output i means a probability of sigmoid(scale[i] · x + shift[i]); an act is given from its threshold
    on (a probability).
    """

    revision: str
    sha256: str
    budget: int
    before: int
    after: int
    markers: tuple[int, int]
    """token ids that stand before an utterance of the seller and of the client"""
    scale: tuple[float, ...]
    shift: tuple[float, ...]
    thresholds: tuple[float, ...]


class ActModel:
    """The network with its tokeniser; opening takes about half a second, so open it once for each conversation."""

    def __init__(self, folder: Path = FOLDER) -> None:
        """Open the model of a folder; raises ModelError when a file is missing, damaged or does not fit."""
        stored = _manifest(folder)
        self.manifest = stored
        network = _verified(folder / "model.onnx", stored.sha256)
        self._tokeniser, self._session = _open(network, folder)

    def logits(self, texts: Sequence[str], sides: Sequence[Side]) -> NDArray[np.float32]:
        """Return logits (utterances, outputs) in the order of ``labels``, for a whole conversation."""
        ids: list[list[int]] = []
        for at in range(0, len(texts), BATCH):
            encoded = self._tokeniser.encode_batch([text[:4000] for text in texts[at : at + BATCH]])
            ids.extend(clip(encoding.ids) for encoding in encoded)
        markers = [self.manifest.markers[side == "client"] for side in sides]
        result = np.zeros((len(texts), OUTPUTS), np.float32)
        windows = lay_windows(
            [len(tokens) + 1 for tokens in ids],
            budget=self.manifest.budget,
            before=self.manifest.before,
            after=self.manifest.after,
        )
        for window in windows:
            tokens = join(ids, markers, window)
            client = [side == "client" for side in sides[window.first : window.last]]
            rows = self._session.run(None, _feed(tokens, client))[0][0]
            result[window.begin : window.end] = rows[window.begin - window.first : window.end - window.first]
        return result

    def probabilities(self, logits: NDArray[np.float32]) -> NDArray[np.float32]:
        """Turn logits (utterances, outputs) into calibrated probabilities of the same shape."""
        scaled = logits * np.asarray(self.manifest.scale, np.float32) + np.asarray(self.manifest.shift, np.float32)
        return (1 / (1 + np.exp(-np.clip(scaled, -30, 30)))).astype(np.float32)


def _feed(tokens: Tokens, client: Sequence[bool]) -> dict[str, NDArray[Any]]:
    count = len(tokens.ids)
    sides = np.zeros((1, count, 1), np.float32)
    pool = np.zeros((1, len(tokens.spans), count), np.float32)
    for place, (begin, end) in enumerate(tokens.spans):
        sides[0, begin:end] = client[place]
        pool[0, place, begin:end] = 1 / (end - begin)
    return {
        "ids": np.array([tokens.ids], np.int64),
        "client": sides,
        "first": np.array([begin for begin, _ in tokens.spans], np.int64),
        "pool": pool,
    }


def _manifest(folder: Path) -> Manifest:
    path = folder / MANIFEST
    try:
        stored = json.loads(path.read_text(encoding="utf-8"))
        values: dict[str, Any] = {
            key: tuple(value) if isinstance(value, list) else value for key, value in stored.items()
        }
        made = Manifest(**values)
    except OSError as error:
        raise ModelError(f"The act model is missing: {path} cannot be read. Install analyser again.") from error
    except (ValueError, TypeError, AttributeError) as error:
        raise ModelError(f"{path}: the act model's manifest is damaged ({error}). Install analyser again.") from error
    if not len(made.scale) == len(made.shift) == len(made.thresholds) == OUTPUTS:
        raise ModelError(f"{path}: the act model was made for other labels. Train it again, or install analyser again.")
    return made


def _verified(path: Path, expected: str) -> bytes:
    try:
        content = path.read_bytes()
    except OSError as error:
        raise ModelError(f"The act model is missing: {path} cannot be read. Install analyser again.") from error
    if sha256(content).hexdigest() != expected:
        raise ModelError(f"{path}: the act model is damaged (its sha256 differs). Install analyser again.")
    return content


def _open(network: bytes, folder: Path) -> tuple[Any, Any]:
    """Return tokeniser and session; the tokeniser is a file of its own, held to what tokenizers can read."""
    import onnxruntime
    from tokenizers import Tokenizer

    path = folder / "tokenizer.json"
    try:
        tokeniser = Tokenizer.from_file(str(path))
    except Exception as error:  # tokenizers raises plain Exception
        raise ModelError(f"{path}: the act model's tokeniser is missing or damaged. Install analyser again.") from error
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = 1
    options.log_severity_level = 3
    try:
        session = onnxruntime.InferenceSession(network, options, providers=["CPUExecutionProvider"])
    except Exception as error:  # onnxruntime's own errors share no public base
        raise ModelError(f"The act model cannot be opened by onnxruntime {onnxruntime.__version__}: {error}") from error
    return tokeniser, session
