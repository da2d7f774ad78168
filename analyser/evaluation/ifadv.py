"""Questions in real spontaneous Dutch: the IFADV dialogues (Van Son et al. 2008), with every "?" taken away.

Nobody sells here. Each speaker is taken for the seller in turn, and what is scored is whether that speaker's
utterances are questions; the text is as transcribed, without capitals or punctuation.
"""

from __future__ import annotations

import csv
from collections import defaultdict
from collections.abc import Callable, Sequence
from pathlib import Path

from analyser.errors import TranscriptError
from analyser.evaluation.calls import Score, Tagger
from analyser.records import Conversation, Speaker, Turn, Utterance, Word

QUESTIONS = ("open_question", "closed_question")


def read_ifadv(path: Path) -> list[tuple[Conversation, tuple[bool, ...]]]:
    """Read the dialogues with, for each utterance, whether it is a question; raises TranscriptError for other tables.

    Each dialogue comes twice, once with either speaker as the seller.
    """
    talks: dict[str, list[dict[str, str]]] = defaultdict(list)
    try:
        with path.open(encoding="utf-8", newline="") as file:
            for row in csv.DictReader(file):
                if row["nature"] == "talk" and row["utterance"].strip(" ?"):
                    talks[row["source"]].append(row)
        return [
            _talk(name, sorted(rows, key=lambda row: float(row["begin"])), seller)
            for name, rows in talks.items()
            for seller in sorted({row["participant"] for row in rows})
        ]
    except (OSError, KeyError, ValueError) as error:
        raise TranscriptError(f"{path}: cannot be read as the table of IFADV ({error}).") from error


def _talk(name: str, rows: Sequence[dict[str, str]], seller: str) -> tuple[Conversation, tuple[bool, ...]]:
    turns, utterances, questions = [], [], []
    for row in rows:
        start, end = float(row["begin"]) / 1000, float(row["end"]) / 1000
        said = row["utterance"].replace("?", " ").split()
        step = (end - start) / len(said)
        words = tuple(Word(start + place * step, start + (place + 1) * step, word.split("*")[0])
                      for place, word in enumerate(said))  # fmt: skip
        speaker = row["participant"]
        turns.append(Turn(start, end, speaker, words))
        side = "seller" if speaker == seller else "client"
        utterances.append(Utterance(start, end, len(turns) - 1, speaker, side, words))  # type: ignore[arg-type]
        questions.append("?" in row["utterance"])
    present = sorted({row["participant"] for row in rows})
    speakers = tuple(Speaker(label, "seller" if label == seller else "client") for label in present)
    return Conversation("nl", speakers, tuple(turns), tuple(utterances), title=name), tuple(questions)


def compare(
    talks: Sequence[tuple[Conversation, tuple[bool, ...]]],
    *,
    tagger: Tagger | None = None,
    progress: Callable[[int, int], None] | None = None,
) -> Score:
    """Tag the dialogues and score questions on the utterances of whoever is taken for the seller."""
    from analyser.acts import tag

    both = found = there = total = 0
    for done, (conversation, questions) in enumerate(talks, 1):
        tagged = (tagger or tag)(conversation)
        for utterance, asked in zip(tagged.utterances, questions, strict=True):
            if utterance.side == "seller":
                given = utterance.does(*QUESTIONS)
                both, found, there, total = both + (given and asked), found + given, there + asked, total + 1
        if progress:
            progress(done, len(talks))
    agree = (total - there - found + 2 * both) / max(1, total)
    chance = (there * found + (total - there) * (total - found)) / max(1, total) ** 2
    return Score(
        there,
        both / max(1, found),
        both / max(1, there),
        2 * both / max(1, found + there),
        (agree - chance) / (1 - chance) if chance < 1 else 1.0,
    )
