"""The tagger against other people's labels: AnnoMI, counselling conversations coded by experts (Wu et al. 2022).

Nothing was learnt from them. A therapist stands for the seller. Experts' codes are mapped so: question open or closed
is a question act, reflection is ``summary`` or ``empathy``, input (advice, information, options, negotiation) is
``pitch``, ``alternatives`` or ``price``. A conversation of high quality should listen more before it delivers.
"""

from __future__ import annotations

import csv
from collections import defaultdict
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from analyser.errors import TranscriptError
from analyser.evaluation.calls import Score, Tagger
from analyser.formats.labelled import estimate_words
from analyser.records import Conversation, Side, Speaker, Turn

SIDES: dict[str, Side] = {"therapist": "seller", "client": "client"}
AGREEMENT = {"question": 0.87, "open": 0.74, "closed": 0.74, "reflection": 0.66, "input": 0.64}
"""Fleiss' kappa of ten coders on seven of these conversations"""
CODES: dict[str, frozenset[str]] = {
    "question": frozenset({"open_question", "closed_question"}),
    "open": frozenset({"open_question"}),
    "closed": frozenset({"closed_question"}),
    "reflection": frozenset({"summary", "empathy"}),
    "input": frozenset({"pitch", "alternatives", "price"}),
}


@dataclass(frozen=True)
class CodedCall:
    """A conversation, the experts' codes for each turn (none for the client's), and whether it is a good one."""

    conversation: Conversation
    codes: tuple[frozenset[str], ...]
    good: bool


@dataclass(frozen=True)
class Agreement:
    """Scores by code, and how well the tagger's figures rank good conversations above poor ones (AUC, 0–1)."""

    codes: dict[str, Score]
    auc: dict[str, float]


def read_annomi(path: Path) -> list[CodedCall]:
    """Read coded conversations from AnnoMI's table; raises TranscriptError when it has other columns."""
    calls: dict[str, list[dict[str, str]]] = defaultdict(list)
    try:
        with path.open(encoding="utf-8", newline="") as file:
            for row in csv.DictReader(file):
                calls[row["transcript_id"]].append(row)
        return [_call(number, rows) for number, rows in calls.items()]
    except (OSError, KeyError, ValueError) as error:
        raise TranscriptError(f"{path}: cannot be read as AnnoMI's table ({error}).") from error


def _call(number: str, rows: Sequence[dict[str, str]]) -> CodedCall:
    codes: dict[int, list[dict[str, str]]] = defaultdict(list)
    for row in rows:
        codes[int(row["utterance_id"])].append(row)  # where several experts coded an utterance, the first counts
    turns, labels, now = [], [], 0.0
    for _, (row, *_others) in sorted(codes.items()):
        words = estimate_words(row["utterance_text"] or "…", now)
        turns.append(Turn(now, words[-1].end, row["interlocutor"], words))
        now = words[-1].end
        held = {name for name, column in (("question", "question_exists"), ("reflection", "reflection_exists"),
                                          ("input", "therapist_input_exists")) if row[column] == "True"}  # fmt: skip
        labels.append(frozenset(held | ({row["question_subtype"]} & {"open", "closed"})))
    conversation = Conversation(
        language="en",
        speakers=tuple(Speaker(name, side) for name, side in SIDES.items()),
        turns=tuple(turns),
        timed=False,
        title=number,
    )
    return CodedCall(conversation, tuple(labels), rows[0]["mi_quality"] == "high")


def compare(
    calls: Sequence[CodedCall], *, tagger: Tagger | None = None, progress: Callable[[int, int], None] | None = None
) -> Agreement:
    """Cut and tag the conversations as the product does, and hold the acts beside the experts' codes.

    Experts coded whole turns of the therapist: a turn has the acts of all utterances that it is cut into.
    """
    from analyser.acts import tag
    from analyser.languages import load_pack
    from analyser.utterances import cut

    pack, tagged = load_pack("en"), []
    for done, call in enumerate(calls, 1):
        tagged.append((tagger or tag)(cut(call.conversation, pack)))
        if progress:
            progress(done, len(calls))
    codes = {name: _score(calls, tagged, name, acts) for name, acts in CODES.items()}
    good = [call.good for call in calls]
    return Agreement(
        codes,
        {
            "listening balance": auc([listening_balance(conversation) for conversation in tagged], good),
            "input before the first reflection": auc([-premature_input(conversation) for conversation in tagged], good),
        },
    )


def listening_balance(conversation: Conversation) -> float:
    """(reflections − inputs) for each utterance of the seller."""
    said = [utterance for utterance in conversation.utterances if utterance.side == "seller"]
    heard = sum(utterance.does(*CODES["reflection"]) for utterance in said)
    delivered = sum(utterance.does(*CODES["input"]) for utterance in said)
    return (heard - delivered) / max(1, len(said))


def premature_input(conversation: Conversation) -> float:
    """Inputs before the first reflection, for each utterance of the seller."""
    said = [utterance for utterance in conversation.utterances if utterance.side == "seller"]
    early = 0
    for utterance in said:
        if utterance.does(*CODES["reflection"]):
            break
        early += utterance.does(*CODES["input"])
    return early / max(1, len(said))


def auc(values: Sequence[float], good: Sequence[bool]) -> float:
    """Chance that a good conversation has a higher value than a poor one, ties counting half."""
    above = [value for value, is_good in zip(values, good, strict=True) if is_good]
    below = [value for value, is_good in zip(values, good, strict=True) if not is_good]
    if not above or not below:
        return float("nan")
    wins = sum((one > other) + 0.5 * (one == other) for one in above for other in below)
    return wins / (len(above) * len(below))


def _score(calls: Sequence[CodedCall], tagged: Sequence[Conversation], name: str, acts: frozenset[str]) -> Score:
    both = found = there = total = 0
    for call, conversation in zip(calls, tagged, strict=True):
        given = {utterance.turn for utterance in conversation.utterances if utterance.does(*acts)}
        for place, (turn, codes) in enumerate(zip(conversation.turns, call.codes, strict=True)):
            if conversation.side(turn.speaker) == "seller":
                right, made = name in codes, place in given
                both, found, there, total = both + (made and right), found + made, there + right, total + 1
    precision, recall = both / max(1, found), both / max(1, there)
    agree = (total - there - found + 2 * both) / max(1, total)
    chance = (there * found + (total - there) * (total - found)) / max(1, total) ** 2
    return Score(
        cases=there,
        precision=precision,
        recall=recall,
        f1=2 * both / max(1, found + there),
        kappa=(agree - chance) / (1 - chance) if chance < 1 else 1.0,
    )
