"""Cuts turns into utterances that do one thing.

A cut is decided at every place between two words of a turn, from the words around it, the marks that the recogniser
wrote, how long the utterance has become, and the pause there. The weights were learnt from turns that people cut by
hand, with and without punctuation (``acts/training/cuts.py``); the weight of a pause is set by hand, as the labelled
conversations have no times.
"""

from __future__ import annotations

import json
import math
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from analyser.errors import ModelError
from analyser.records import Conversation, Side, Utterance, Word

if TYPE_CHECKING:
    from analyser.languages import Pack

WEIGHTS = Path(__file__).parent / "acts" / "data" / "cuts.json"
PAUSE, PAUSE_WEIGHT, PAUSE_MOST = 0.4, 2.0, 3.0
"""seconds of silence that lie within an utterance; log-odds for each second more, and the most that they can add"""
LONGEST = 80
"""words after which an utterance is cut at its likeliest place"""
MARKS = ".?!…"


def cut(conversation: Conversation, pack: Pack, *, weights: Path = WEIGHTS) -> Conversation:
    """Return the conversation with its turns cut into utterances, without acts, in order of start.

    A backchannel stays one utterance, and so does a turn of listening signs alone. ``weights`` is the file of learnt
    weights; ModelError is raised when it is missing or damaged.
    """
    learnt = read_weights(weights)
    utterances: list[Utterance] = []
    for place, turn in enumerate(conversation.turns):
        side = conversation.side(turn.speaker)
        whole = turn.backchannel or len(turn.words) < 3 or pack.is_backchannel(turn.text)
        ends = [] if whole else find_cuts(turn.words, side, learnt, timed=conversation.timed)
        begins = [0, *ends]
        for begin, end in zip(begins, [*ends, len(turn.words)], strict=True):
            words = turn.words[begin:end]
            if words:
                utterances.append(Utterance(words[0].start, words[-1].end, place, turn.speaker, side, words))
    utterances.sort(key=lambda utterance: (utterance.start, utterance.turn))
    return replace(conversation, utterances=tuple(utterances))


def read_weights(path: Path) -> dict[str, float]:
    """Read learnt weights by feature; raises ModelError when the file is missing or damaged."""
    try:
        stored = json.loads(path.read_text(encoding="utf-8"))
        return {str(key): float(value) for key, value in stored.items()}
    except OSError as error:
        raise ModelError(f"The weights for cutting turns are missing: {path}. Install analyser again.") from error
    except (ValueError, TypeError, AttributeError) as error:
        raise ModelError(f"{path}: the weights for cutting turns are damaged. Install analyser again.") from error


def find_cuts(words: Sequence[Word], side: Side, weights: Mapping[str, float], *, timed: bool) -> list[int]:
    """Return the places, from 1, of the words that begin a new utterance within a turn."""
    texts = [word.text for word in words]
    context = Context.of(texts, side)
    threshold = weights.get("threshold marked" if context.marked else "threshold bare", 0.0)
    cuts: list[int] = []
    begin, likeliest, place = 0, (-math.inf, 0), 1
    while place < len(texts):
        odds = sum(weights.get(feature, 0.0) for feature in context.features(begin, place))
        if timed:
            pause = words[place].start - words[place - 1].end
            odds += min(PAUSE_MOST, max(0.0, pause - PAUSE) * PAUSE_WEIGHT)
        likeliest = max(likeliest, (odds, place))
        if odds > threshold:
            cuts.append(place)
        elif place - begin >= LONGEST:
            cuts.append(likeliest[1])
            place = likeliest[1]
        if cuts and cuts[-1] == place and begin != place:
            begin, likeliest = place, (-math.inf, place + 1)
        place += 1
    return cuts


class Context:
    """The words of a turn as the features are taken from them."""

    def __init__(self, words: list[str], marks: list[str], capitals: list[bool], side: Side) -> None:
        self.words, self.marks, self.capitals, self.side = words, marks, capitals, side
        self.marked = any(mark in MARKS for mark in marks[:-1] if mark)
        ahead, self.ahead = "", [""] * len(words)
        for place in range(len(words) - 1, -1, -1):
            ahead = marks[place] if marks[place] and marks[place] in MARKS else ahead
            self.ahead[place] = ahead

    @classmethod
    def of(cls, texts: Sequence[str], side: Side) -> Context:
        """Take words as they were written apart into plain words, closing marks and capitals."""
        words, marks, capitals = [], [], []
        for text in texts:
            plain = text.strip("\"'“”‘’()[]")
            bare = plain.rstrip(".,?!…:;–-")
            mark = plain[len(bare) :][:1] if bare else plain[:1]
            words.append((bare or plain).lower())
            marks.append(mark)
            capitals.append(plain[:1].isupper())
        return cls(words, marks, capitals, side)

    def features(self, begin: int, place: int) -> list[str]:
        """Name what speaks for or against a cut before word ``place`` in the utterance that began at ``begin``."""
        mark = self.marks[place - 1]
        stop = "stop" if mark and mark in MARKS else "comma" if mark else "marked" if self.marked else "bare"
        word, previous = self.words[place], self.words[place - 1]
        after = self.words[place + 1] if place + 1 < len(self.words) else "$"
        before = self.words[place - 2] if place - 2 >= begin else "^"
        opening = self.words[begin]
        length, left = _size(place - begin), _size(len(self.words) - place)
        return [
            "bias",
            f"mark {mark}",
            f"{stop}",
            f"{stop} side {self.side}",
            f"{stop} length {length}",
            f"{stop} left {left}",
            f"{stop} capital {self.capitals[place]}",
            f"{stop} ahead {self.ahead[place]} after {mark}",
            f"{stop} next {word}",
            f"next {word} {after}",
            f"{stop} {self.side} next {word}",
            f"{stop} last {previous}",
            f"last {before} {previous}",
            f"{stop} opening {opening}",
            f"{previous} | {word}",
            f"length {length} side {self.side}",
        ]


def _size(words: int) -> str:
    for most in (1, 2, 3, 5, 8, 12, 18, 26):
        if words <= most:
            return str(most)
    return "more"
