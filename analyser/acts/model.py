"""The act network as it is shipped: checked files, one onnxruntime session, logits for each utterance."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from hashlib import sha256
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from analyser.acts.calibration import ASKING, calibrate
from analyser.acts.context import features, judge, read_members
from analyser.acts.embedding import Embedder
from analyser.acts.labels import OUTPUTS
from analyser.errors import ModelError
from analyser.records import Side

Array = NDArray[np.float32]
FOLDER = Path(__file__).parent / "data"
MANIFEST = "manifest.json"
TOKENS = 1024
"""tokens that the encoder takes in at once"""


@dataclass(frozen=True)
class Manifest:
    """What goes with the network: the hashes of its files, by name, and what its logits are worth.

    A logit x of output i means a probability of sigmoid(scale[i] · x + shift[i]), but for questions, which are
    weighed with punctuation (``calibration.asking``). An act is given from its threshold on (a probability).
    """

    revision: str
    sha256: dict[str, str]
    scale: tuple[float, ...]
    shift: tuple[float, ...]
    question: tuple[float, ...]
    thresholds: tuple[float, ...]


class ActModel:
    """The network with its tokeniser; opening takes about half a second."""

    def __init__(self, folder: Path = FOLDER) -> None:
        """Open the model of a folder; raises ModelError when a file is missing, damaged or does not fit."""
        self.manifest = _manifest(folder)
        files = {name: _verified(folder / name, expected) for name, expected in self.manifest.sha256.items()}
        try:
            encoder, tokeniser, context = files["encoder.onnx"], files["tokenizer.json"], files["context.npz"]
        except KeyError as error:
            raise ModelError(f"{folder / MANIFEST}: names no {error}. Install analyser again.") from None
        self._embed = Embedder(encoder, tokeniser)
        self._members = read_members(context)

    def logits(self, texts: Sequence[str], sides: Sequence[Side]) -> Array:
        """Return logits (utterances, outputs) in the order of ``labels``, for a whole conversation."""
        beside = features(sides, [len(text.split()) for text in texts])
        return judge(self._embed(texts), beside, self._members)

    def probabilities(self, logits: Array, texts: Sequence[str]) -> Array:
        """Turn logits (utterances, outputs) into calibrated probabilities of the same shape."""
        made = self.manifest
        scale, shift, question = (np.asarray(values, np.float32) for values in (made.scale, made.shift, made.question))
        return calibrate(logits, texts, scale, shift, question)


@cache
def shipped() -> ActModel:
    """The model of the package, opened once for all conversations of a process. Raises ModelError as ActModel does."""
    return ActModel()


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
    fits = len(made.scale) == len(made.shift) == len(made.thresholds) == OUTPUTS
    if not fits or len(made.question) != ASKING + 1:
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
