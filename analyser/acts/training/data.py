"""Labelled conversations as what the network learns from, also in the words of a poor recogniser."""

from __future__ import annotations

import random
import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from analyser.acts.labels import ACTS, CLIENT_ACTS, MOMENTS, OUTPUTS, SELLER_ACTS, act_range
from analyser.formats.labelled import LabelledCall, read_labelled
from analyser.records import Side

FILLERS = {
    "nl": ("eh", "uh", "ja", "nou", "zeg maar", "dus", "ehm"),
    "en": ("um", "uh", "like", "you know", "so", "er"),
}


@dataclass(frozen=True)
class Example:
    """A conversation with its targets: ``targets`` and ``known`` (utterances, outputs), 0 or 1."""

    name: str
    language: str
    style: str
    sides: tuple[Side, ...]
    texts: tuple[str, ...]
    targets: NDArray[np.float32]
    known: NDArray[np.float32]


def read_examples(folder: Path) -> list[Example]:
    """Read every labelled conversation of a folder in order of name."""
    return [example(read_labelled(path)) for path in sorted(folder.glob("*.tsv"))]


def example(call: LabelledCall) -> Example:
    """Turn a labelled call into targets. A side's acts are unknown (not absent) for the other side."""
    utterances = call.conversation.utterances
    targets = np.zeros((len(utterances), OUTPUTS), np.float32)
    known = np.zeros_like(targets)
    known[:, ACTS:] = 1
    for place, (utterance, acts) in enumerate(zip(utterances, call.acts, strict=True)):
        outputs = act_range(utterance.side)
        names = SELLER_ACTS if utterance.side == "seller" else CLIENT_ACTS
        known[place, outputs.start : outputs.stop] = 1
        for act in acts:
            if act in names:
                targets[place, outputs.start + names.index(act)] = 1
    for moment in call.moments:
        kind = MOMENTS.index(moment.kind)
        targets[moment.first, ACTS + kind] = 1
        targets[moment.first : moment.last + 1, ACTS + len(MOMENTS) + kind] = 1
    return Example(
        name=call.name,
        language=call.headers.get("language", "nl"),
        style=call.headers.get("style", ""),
        sides=tuple(utterance.side for utterance in utterances),
        texts=tuple(utterance.text for utterance in utterances),
        targets=targets,
        known=known,
    )


def folds(examples: Sequence[Example], count: int, *, seed: int = 0) -> list[list[int]]:
    """Deal conversations over folds so that each has its share of languages, series and recogniser text."""
    chance = random.Random(seed)
    order = list(range(len(examples)))
    chance.shuffle(order)
    order.sort(key=lambda place: (examples[place].name[:4], "asr" in examples[place].style))
    dealt: list[list[int]] = [[] for _ in range(count)]
    for turn, place in enumerate(order):
        dealt[turn % count].append(place)
    return [sorted(fold) for fold in dealt]


def roughen(text: str, language: str, chance: random.Random, *, words: float = 0.03) -> str:
    """Write text as a recogniser would: no capitals or punctuation, fillers, and now and then a word lost or wrong.

    ``words`` is the share of words that are lost, misheard or preceded by a filler, each.
    """
    plain = re.sub(r"[^\w\s'-]", " ", text.lower())
    heard: list[str] = []
    for word in plain.split():
        draw = chance.random()
        if draw < words:
            continue
        if draw < 2 * words:
            heard.append(chance.choice(FILLERS.get(language, FILLERS["nl"])))
        elif draw < 3 * words and len(word) > 3:
            cut = chance.randrange(1, len(word) - 1)
            word = chance.choice((word[:cut] + word[cut + 1 :], word[:cut] + " " + word[cut:], word[:-1]))
        heard.append(word)
    return " ".join(heard) or text
