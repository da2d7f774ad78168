"""Who said what and when, however it came to be known: between hearing or reading a call and understanding it."""

from __future__ import annotations

from dataclasses import dataclass, field

from analyser.records import Dropped, ModelUse, Recording, SpeakerSpan, Word


@dataclass(frozen=True)
class Said:
    """Words and speech with their speakers, as heard in a recording or read from a transcript.

    ``names`` gives labels their names. ``timed`` is false where times are estimated from words. Stored as
    ``transcript.json``, it can be analysed again on any machine, without the recording.
    """

    recording: Recording
    language: str
    words: tuple[Word, ...]
    spans: tuple[SpeakerSpan, ...]
    names: dict[str, str] = field(default_factory=dict)
    sellers: tuple[str, ...] = ()
    """labels of voices that the team knows as its own"""
    timed: bool = True
    models: tuple[ModelUse, ...] = ()
    caveats: tuple[str, ...] = ()
    dropped: tuple[Dropped, ...] = ()
    language_confidence: float = 1.0
    schema: int = 1
