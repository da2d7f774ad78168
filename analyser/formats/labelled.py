"""Labelled calls, ``*.tsv``: one utterance a line with speaker, acts and text, then the moments.

The form is described in ``models/acts/CODEBOOK.md``. A conversation read from it has no times of its own: they are
estimated from the number of words, and ``timed`` is false.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from analyser.errors import TranscriptError
from analyser.records import Conversation, Side, Speaker, Turn, Utterance, Word

SECONDS_PER_WORD = 0.4
"""150 words a minute, an ordinary rate of speech; only used where a text has no times"""
SIDES: dict[str, Side] = {"S": "seller", "C": "client"}


@dataclass(frozen=True)
class LabelledMoment:
    """A moment as a person marked it: places of its first and last utterance, from 0."""

    kind: str
    first: int
    last: int
    why: str


@dataclass(frozen=True)
class LabelledCall:
    """A conversation without acts, and beside it what a person labelled: acts for each utterance, and moments."""

    headers: dict[str, str]
    conversation: Conversation
    acts: tuple[frozenset[str], ...]
    moments: tuple[LabelledMoment, ...]

    @property
    def name(self) -> str:
        """The call's id."""
        return self.headers.get("id", "")


def estimate_words(text: str, start: float) -> tuple[Word, ...]:
    """The words of ``text`` at an ordinary rate of speech from ``start`` (seconds) on."""
    return tuple(
        Word(start + place * SECONDS_PER_WORD, start + (place + 1) * SECONDS_PER_WORD, word)
        for place, word in enumerate(text.split())
    )


def read_labelled(path: Path) -> LabelledCall:
    """Read a labelled call; raises TranscriptError naming the line that is off."""
    try:
        text = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise TranscriptError(f"{path}: cannot be read as a labelled call ({error}).") from error
    headers: dict[str, str] = {}
    lines: list[tuple[str, frozenset[str], str]] = []
    moments: list[LabelledMoment] = []
    for number, line in enumerate(text.splitlines(), 1):
        if not line.strip():
            continue
        if line.startswith("# "):
            key, _, value = line[2:].partition(":")
            headers[key.strip()] = value.strip()
            continue
        cells = line.split("\t")
        if cells[0] == "@" and len(cells) == 5 and cells[2].isdigit() and cells[3].isdigit():
            moments.append(LabelledMoment(cells[1], int(cells[2]) - 1, int(cells[3]) - 1, cells[4]))
        elif cells[0] in SIDES and len(cells) == 3 and cells[2].strip():
            lines.append((cells[0], frozenset(cells[1].split(",")), cells[2].strip()))
        else:
            raise TranscriptError(
                f"{path}, line {number}: expected speaker (S or C), acts and text with tabs between them."
            )
    if not lines:
        raise TranscriptError(f"{path}: holds no utterances.")
    for moment in moments:
        if not 0 <= moment.first <= moment.last < len(lines):
            raise TranscriptError(
                f"{path}: a moment '{moment.kind}' names utterances {moment.first + 1} to {moment.last + 1}, "
                f"but there are {len(lines)}."
            )
    headers.setdefault("id", path.stem)
    conversation = _lay_out(headers, [(speaker, said) for speaker, _, said in lines])
    return LabelledCall(headers, conversation, tuple(acts for _, acts, _ in lines), tuple(moments))


def _lay_out(headers: dict[str, str], lines: list[tuple[str, str]]) -> Conversation:
    """Lines as utterances, consecutive lines of one speaker as a turn."""
    turns: list[Turn] = []
    utterances: list[Utterance] = []
    now = 0.0
    for speaker, said in lines:
        words = estimate_words(said, now)
        end = words[-1].end
        if turns and turns[-1].speaker == speaker:
            turns[-1] = Turn(turns[-1].start, end, speaker, turns[-1].words + words)
        else:
            turns.append(Turn(now, end, speaker, words))
        utterances.append(Utterance(now, end, len(turns) - 1, speaker, SIDES[speaker], words))
        now = end
    present = sorted({speaker for speaker, _ in lines}, reverse=True)
    return Conversation(
        language=headers.get("language", "nl"),
        speakers=tuple(Speaker(label, SIDES[label], 1.0, why="labelled") for label in present),
        turns=tuple(turns),
        utterances=tuple(utterances),
        timed=False,
        title=headers["id"],
    )
