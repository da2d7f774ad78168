"""Says what every utterance does: the acts of the codebook, from its words, its neighbours and its side.

One network for Dutch and English, shipped with the package and run by onnxruntime on a CPU; how it was trained, and
how well it does, is in ``models/acts/README.md``.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from analyser.records import Conversation


@dataclass(frozen=True)
class Tagged:
    """A conversation with acts, and what the network makes of moments at each utterance.

    ``begins`` and ``inside`` have shape (utterances, 14), in the order of ``labels.MOMENTS``: the probability that a
    moment of that type begins at the utterance, and that the utterance lies in one. ``acts`` has shape (utterances,
    44), in the order of ``labels.act_names()``: the calibrated probability of every act, also those not given.
    """

    conversation: Conversation
    acts: NDArray[np.float32]
    begins: NDArray[np.float32]
    inside: NDArray[np.float32]


def tag(conversation: Conversation) -> Conversation:
    """Return the conversation with acts on every utterance, the surest first, with calibrated confidences (0–1).

    What else the network thought of stands in ``hints``.

    Raises ModelError when the act model is missing or damaged.
    """
    return tag_fully(conversation).conversation


def tag_fully(conversation: Conversation, *, folder: Path | None = None) -> Tagged:
    """Tag the conversation and keep all probabilities. ``folder`` holds a model other than the one shipped."""
    from analyser.acts.calibration import choose
    from analyser.acts.hints import hints
    from analyser.acts.labels import ACTS, MOMENTS
    from analyser.acts.model import ActModel, shipped

    utterances = conversation.utterances
    if not utterances:
        nothing = np.zeros((0, len(MOMENTS)), np.float32)
        return Tagged(conversation, np.zeros((0, ACTS), np.float32), nothing, nothing)
    model = shipped() if folder is None else ActModel(folder)
    texts = [utterance.text for utterance in utterances]
    chances = model.probabilities(model.logits(texts, [utterance.side for utterance in utterances]), texts)
    tagged = tuple(
        replace(
            utterance, acts=choose(row, model.manifest.thresholds, utterance.side), hints=hints(row, utterance.side)
        )
        for utterance, row in zip(utterances, chances, strict=True)
    )
    middle = ACTS + len(MOMENTS)
    return Tagged(
        replace(conversation, utterances=tagged), chances[:, :ACTS], chances[:, ACTS:middle], chances[:, middle:]
    )
