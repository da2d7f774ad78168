"""Voices that a team knows: kept only with their owner's consent, and matched against the speakers of a call.

A known voice is the mean of the vectors of what its owner said; nothing of the words or the sound is kept. The file
is JSON, so that its owner can read what is there and have it removed.
"""

from __future__ import annotations

import datetime
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from analyser.errors import SpeakerError
from analyser.records import SpeakerSpan
from analyser.storage import read_record, write_record

if TYPE_CHECKING:
    from analyser.diarise.embedding import Embedder

LEAST_SECONDS = 5.0
"""clean speech below which a voice is not told reliably"""
MOST_SECONDS = 60.0
"""speech that is heard at most; more adds nothing"""
PIECE_SECONDS = 3.0
SAME = 0.8
"""cosine from which a speaker is taken for a known voice: over pairs of the shared recordings 1 % of different people
reach it and 0.4 % of one person's pairs stay below (`tests/benchmarks/README-speakers.md`)"""
CLEAR = 0.08
"""and by which it must beat every other known voice"""


@dataclass(frozen=True)
class KnownVoice:
    """A person's voice: ``vector`` of length 1 (192 numbers), from ``seconds`` of speech, stored on ``added`` (ISO
    8601, UTC) with the ``consent`` that was noted, made by the network ``model``."""

    name: str
    vector: tuple[float, ...]
    seconds: float
    added: str
    consent: str
    model: str


@dataclass(frozen=True)
class KnownVoices:
    """All known voices of a folder or a team."""

    voices: tuple[KnownVoice, ...] = ()


@dataclass(frozen=True)
class Match:
    """A speaker of a call who sounds like a known voice; ``similarity`` is the cosine (−1 to 1)."""

    speaker: str
    name: str
    similarity: float


def list_voices(path: Path) -> tuple[KnownVoice, ...]:
    """The voices stored in a file, by name; none where there is no file. Raises StorageError when it is damaged."""
    if not path.exists():
        return ()
    return tuple(sorted(read_record(KnownVoices, path).voices, key=lambda voice: voice.name.casefold()))


def add_voice(
    path: Path, name: str, samples: NDArray[np.int16], spans: Sequence[SpeakerSpan], *, speaker: str, consent: str
) -> KnownVoice:
    """Store the voice of a speaker of a call under a name; a voice of that name is replaced.

    ``samples`` is what `diarise` was given (int16 mono, 16 kHz), ``spans`` what it returned. Raises SpeakerError when
    the call has no such speaker, too little of them alone, or no consent was noted; StorageError when the file cannot
    be written.
    """
    if not consent.strip():
        raise SpeakerError(
            f"The voice of {name} is kept only with consent: note who agreed, when and how, for instance "
            "--consent 'by e-mail, 3 March'."
        )
    vector, seconds = embed_speaker(samples, spans, speaker=speaker)
    voice = KnownVoice(
        name=name,
        vector=tuple(round(float(value), 6) for value in vector),
        seconds=round(seconds, 1),
        added=datetime.datetime.now(datetime.UTC).isoformat(timespec="seconds"),
        consent=consent.strip(),
        model=_model(),
    )
    others = tuple(known for known in list_voices(path) if known.name != name)
    write_record(path, KnownVoices((*others, voice)))
    return voice


def forget_voice(path: Path, name: str) -> None:
    """Remove a voice from the file; raises SpeakerError when there is none of that name."""
    voices = list_voices(path)
    kept = tuple(voice for voice in voices if voice.name != name)
    if len(kept) == len(voices):
        known = ", ".join(voice.name for voice in voices) or "none"
        raise SpeakerError(f"{path} holds no voice named {name}. Known: {known}.")
    write_record(path, KnownVoices(kept))


def match_voices(
    known: Sequence[KnownVoice], samples: NDArray[np.int16], spans: Sequence[SpeakerSpan]
) -> tuple[Match, ...]:
    """The speakers of a call who are known voices, the surest first; a name and a speaker are matched once at most.

    Speakers with too little clean speech, and voices stored by another network, match nobody.
    """
    from analyser.diarise.embedding import Embedder

    model = _model()
    usable = [voice for voice in known if voice.model == model]
    if not usable:
        return ()
    stored = np.array([voice.vector for voice in usable], dtype=np.float32)
    found: list[Match] = []
    embedder = Embedder()
    for speaker in sorted({span.speaker for span in spans}):
        try:
            vector, _ = embed_speaker(samples, spans, speaker=speaker, embedder=embedder)
        except SpeakerError:
            continue
        found.extend(closest(speaker, vector, stored, [voice.name for voice in usable]))
    matched: dict[str, Match] = {}
    for match in sorted(found, key=lambda match: -match.similarity):
        matched.setdefault(match.name, match)
    return tuple(matched.values())


def closest(
    speaker: str, vector: NDArray[np.float32], stored: NDArray[np.float32], names: Sequence[str]
) -> tuple[Match, ...]:
    """The stored voice that a speaker's vector is close to and clearly closer than to any other; else none."""
    similar = stored @ vector
    best = int(np.argmax(similar))
    rest = np.delete(similar, best)
    if similar[best] < SAME or (len(rest) and similar[best] - rest.max() < CLEAR):
        return ()
    return (Match(speaker, names[best], float(similar[best])),)


def embed_speaker(
    samples: NDArray[np.int16], spans: Sequence[SpeakerSpan], *, speaker: str, embedder: Embedder | None = None
) -> tuple[NDArray[np.float32], float]:
    """The vector (192, length 1) of a speaker and the seconds of speech it rests on: where nobody else speaks.

    ``embedder`` is the network, where it is loaded already. Raises SpeakerError when the call has no such speaker, or
    less than 5 s of them alone.
    """
    from analyser.diarise.embedding import Embedder, unit
    from analyser.diarise.filterbanks import RATE, features

    mine = [span for span in spans if span.speaker == speaker]
    if not mine:
        labels = ", ".join(sorted({span.speaker for span in spans})) or "none"
        raise SpeakerError(f"The call has no speaker {speaker}. Its speakers: {labels}.")
    parts = _alone(mine, [span for span in spans if span.speaker != speaker])
    seconds = sum(end - start for start, end in parts)
    if seconds < LEAST_SECONDS:
        raise SpeakerError(
            f"Speaker {speaker} is heard alone for {seconds:.1f} s; a voice needs {LEAST_SECONDS:.0f} s. "
            "Choose a call in which they say more."
        )
    pieces = [features(samples[int(start * RATE) : int(end * RATE)]) for start, end in parts]
    vectors = (embedder or Embedder()).embed(pieces)
    return unit(np.mean(vectors, axis=0)), seconds


def _alone(mine: Sequence[SpeakerSpan], others: Sequence[SpeakerSpan]) -> list[tuple[float, float]]:
    """Parts of 0.5 to 3 s in which the speaker is heard alone, up to a minute in all, the longest spans first."""
    parts: list[tuple[float, float]] = []
    total = 0.0
    for span in sorted(mine, key=lambda span: -span.duration):
        start = span.start
        cuts = sorted((other.start, other.end) for other in others if span.overlap(other) > 0)
        for begin, end in [*cuts, (span.end, span.end)]:
            while min(begin, span.end) - start >= 0.5 and total < MOST_SECONDS:
                stop = min(start + PIECE_SECONDS, begin, span.end)
                parts.append((start, stop))
                total += stop - start
                start = stop
            start = max(start, end)
    return parts


def _model() -> str:
    from analyser.diarise.networks import EMBEDDING

    return EMBEDDING.sha256
