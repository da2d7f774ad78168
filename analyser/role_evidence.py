"""What a speaker says and does, counted: the evidence from which roles are told.

Only counts of closed word classes, cue groups of the language pack and conduct (who asks, who answers at length) are
used, no vocabulary of a trade, so that what is learnt in one sector holds in another. Counts of several
voices add up to those of a side.
"""

from __future__ import annotations

import re
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from analyser.languages import Pack
from analyser.records import Conversation, Turn

GROUPS = (
    "you", "i", "my", "we", "they", "past", "ask", "ask_you", "diagnose", "summary", "empathy", "offer", "price",
    "ask_price", "ask_offer", "own_side", "problem", "stall", "confirm", "acknowledge", "greet", "come_for", "next",
    "agenda", "view",
)  # fmt: skip
"""cue groups of a language pack, there called ``role_…``"""
CONDUCT = ("asks", "asks_of_you", "asks_of_self", "you_told", "we_told", "answers")
FEATURES = (*GROUPS, *CONDUCT)
SHRINK = 4.0
"""sentences of neutral evidence that everyone is given, so that a few words prove little"""
CHUNK = 25
"""words that make a sentence where a recogniser gave no punctuation"""
MOST_TURNS = 240
"""turns that are looked at in a longer call: the first two thirds of these, and the last"""
_SENTENCE = re.compile(r"(?<=[.?!…])\s+")


class Evidence(NamedTuple):
    """Sums over what was said; two add up."""

    sentences: float
    words: float
    replies: float
    reply_words: float
    hits: NDArray[np.float64]
    """sentences with each of GROUPS, then: questions, questions with you, questions with I or we, told you, told we"""

    def plus(self, other: Evidence) -> Evidence:
        """The evidence of both."""
        return Evidence(
            self.sentences + other.sentences,
            self.words + other.words,
            self.replies + other.replies,
            self.reply_words + other.reply_words,
            self.hits + other.hits,
        )


def nothing() -> Evidence:
    """The evidence of a voice that said nothing."""
    return Evidence(0.0, 0.0, 0.0, 0.0, np.zeros(len(GROUPS) + 5))


def gather(conversation: Conversation, pack: Pack) -> dict[str, Evidence]:
    """The evidence on each speaker label, from the turns alone; backchannels prove nothing."""
    turns = [turn for turn in conversation.turns if not turn.backchannel and turn.words]
    if len(turns) > MOST_TURNS:
        turns = turns[: MOST_TURNS * 2 // 3] + turns[-MOST_TURNS // 3 :]
    found = {speaker.label: nothing() for speaker in conversation.speakers}
    asked_by = None
    for turn in turns:
        evidence = _of_turn(turn, pack, answers=asked_by not in (None, turn.speaker))
        found[turn.speaker] = found.get(turn.speaker, nothing()).plus(evidence)
        asked_by = turn.speaker if pack.is_question(_sentences(turn.text)[-1]) else None
    return found


def features(mine: Evidence, theirs: Evidence) -> NDArray[np.float64]:
    """What tells two sides apart, shape (len(FEATURES),); changes its sign when the sides change places."""
    return _rates(mine) - _rates(theirs)


def _rates(evidence: Evidence) -> NDArray[np.float64]:
    answers = np.log1p(evidence.reply_words / (evidence.replies + 1.0))
    return np.append(evidence.hits / (evidence.sentences + SHRINK), answers)


def _sentences(text: str) -> list[str]:
    parts = []
    for sentence in _SENTENCE.split(text):
        words = sentence.split()
        parts += [" ".join(words[at : at + CHUNK]) for at in range(0, len(words), CHUNK)]
    return parts


def _of_turn(turn: Turn, pack: Pack, *, answers: bool) -> Evidence:
    sentences = _sentences(turn.text)
    hits = np.zeros(len(GROUPS) + 5)
    for sentence in sentences:
        held = {group.removeprefix("role_") for group in pack.groups("role_", sentence)}
        hits[: len(GROUPS)] += [group in held for group in GROUPS]
        question = pack.is_question(sentence)
        you, we = "you" in held, "we" in held
        hits[len(GROUPS) :] += (
            question,
            question and you,
            question and (we or "i" in held),
            you and not question,
            we and not question,
        )
    words = float(len(turn.words))
    return Evidence(float(len(sentences)), words, float(answers), words if answers else 0.0, hits)
