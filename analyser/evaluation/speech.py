"""How well words are heard: word error rate, lost backchannels and invented words, against truth beside recordings.

Truth is a JSON file beside the recording, of the same name, with ``turns``: each with ``text`` and, where they are
known, ``start`` and ``end`` in seconds. Word errors are counted by jiwer over words normalised alike on both sides.
"""

from __future__ import annotations

import json
import re
import unicodedata
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from analyser.errors import StorageError
from analyser.languages import Pack
from analyser.records import Span, Transcript, Word

NEAR = 0.5
"""seconds that a word may stand beside the turn it belongs to"""


@dataclass(frozen=True)
class TrueTurn(Span):
    """What was said; ``timed`` is false where start and end are not known."""

    text: str
    timed: bool = True


@dataclass(frozen=True)
class WordScore:
    """Counts over one or more recordings; they add up, and rates are properties."""

    words: int = 0
    """words of the truth"""
    substituted: int = 0
    deleted: int = 0
    inserted: int = 0
    backchannels: int = 0
    """turns of the truth that are backchannels, where times are known"""
    lost_backchannels: int = 0
    """those in which nothing was recognised"""
    invented: int = 0
    """words written where the truth has no speech"""
    seconds: float = 0.0
    """of recording"""

    @property
    def errors(self) -> int:
        """Substitutions, deletions and insertions."""
        return self.substituted + self.deleted + self.inserted

    @property
    def wer(self) -> float | None:
        """Word error rate; None without words."""
        return self.errors / self.words if self.words else None

    def __add__(self, other: WordScore) -> WordScore:
        return WordScore(
            *(getattr(self, name) + getattr(other, name) for name in self.__dataclass_fields__),
        )


def normalise(text: str) -> str:
    """Text as it is compared: lower case, no punctuation, one space; numbers as they are written, "20.000" as 20000."""
    plain = unicodedata.normalize("NFKC", text).lower().replace("’", "'")
    plain = re.sub(r"(?<=\d)[.,](?=\d)", "", plain)
    plain = re.sub(r"[^\w\s']|(?<!\w)'|'(?!\w)", " ", plain)
    return " ".join(plain.split())


def compare(truth: str, heard: str) -> WordScore:
    """Word errors of ``heard`` against ``truth``; every word of ``heard`` is inserted where the truth is empty."""
    import jiwer

    reference, hypothesis = normalise(truth), normalise(heard)
    if not reference:
        return WordScore(inserted=len(hypothesis.split()))
    output = jiwer.process_words(reference, hypothesis)
    return WordScore(
        words=len(reference.split()),
        substituted=output.substitutions,
        deleted=output.deletions,
        inserted=output.insertions,
    )


def score(transcript: Transcript, truth: Sequence[TrueTurn], pack: Pack | None = None) -> WordScore:
    """A transcript against what was said; ``pack`` knows the backchannels of the language."""
    turns = sorted(truth, key=lambda turn: turn.start) if all(turn.timed for turn in truth) else list(truth)
    words = sorted(transcript.words, key=lambda word: word.start)
    counted = compare(" ".join(turn.text for turn in turns), " ".join(word.text for word in words))
    if not all(turn.timed for turn in turns):
        return counted
    signs = [turn for turn in turns if pack is not None and pack.is_backchannel(turn.text)]
    lost = sum(not any(_within(word, turn, 0.0) for word in words) for turn in signs)
    invented = sum(not any(_within(word, turn, NEAR) for turn in turns) for word in words)
    return counted + WordScore(backchannels=len(signs), lost_backchannels=lost, invented=invented)


def _within(word: Word, turn: Span, near: float) -> bool:
    return turn.start - near <= word.middle <= turn.end + near


def read_truth(path: Path) -> tuple[TrueTurn, ...]:
    """The turns of a truth file; raises StorageError where it is not of the form that this module tells."""
    try:
        data: Any = json.loads(path.read_text(encoding="utf-8"))
        turns = data["turns"]
        return tuple(
            TrueTurn(
                start=float(turn.get("start") or 0.0),
                end=float(turn.get("end") or 0.0),
                text=str(turn["text"]),
                timed=turn.get("start") is not None and turn.get("end") is not None,
            )
            for turn in turns
        )
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
        raise StorageError(f"{path}: is no truth of a recording ({error}). It needs turns with a text each.") from error


def truth_beside(recording: Path) -> Path | None:
    """The truth file of a recording: of its name, or of its name before ``_stereo`` or ``_mono``."""
    stem = re.sub(r"_(stereo|mono)$", "", recording.stem)
    found = (recording.with_name(f"{name}.json") for name in (recording.stem, stem))
    return next((path for path in found if path.is_file()), None)


def evaluate(
    folder: Path, transcribe: Callable[[Path], tuple[Transcript, float]], pack: Pack | None = None
) -> dict[str, WordScore]:
    """The score of each recording in ``folder`` that has truth beside it, by name.

    ``transcribe`` gives a recording's transcript and its length in seconds. Raises StorageError where there is none.
    """
    from analyser.audio import SUFFIXES

    scores: dict[str, WordScore] = {}
    for path in sorted(folder.iterdir()):
        beside = truth_beside(path) if path.suffix.lower() in SUFFIXES else None
        if beside is not None:
            transcript, seconds = transcribe(path)
            scores[path.name] = score(transcript, read_truth(beside), pack) + WordScore(seconds=seconds)
    if not scores:
        raise StorageError(f"{folder}: holds no recording with truth beside it (NAME.json with turns).")
    return scores
