"""What is heard in a recording: speech, words, and who speaks when; each kept, so that it is heard once."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path
from threading import RLock
from typing import TYPE_CHECKING, Protocol

import numpy as np
from numpy.typing import NDArray

from analyser import plugins
from analyser.audio import Sound, open_sound
from analyser.errors import AudioError
from analyser.records import ModelUse, Recording, Span, SpeakerSpan, Transcript
from analyser.settings import Settings
from analyser.storage import to_json
from analyser.workspace import Job, key_of

if TYPE_CHECKING:
    from analyser.diarise.voices import KnownVoice
    from analyser.transcribe import Plan

CHANNELS = ("left", "right")
HEARING = 4
"""raised when hearing comes to give another result from the same sound, so that what is kept is made anew"""
LEAST_SPEECH = 0.5
"""seconds of speech below which there is nothing to analyse"""


class Progress(Protocol):
    """Hears how far a stage is: its name, and how much is done of how much."""

    def __call__(self, stage: str, done: float, total: float, /) -> None: ...


def quiet(stage: str, done: float, total: float, /) -> None:
    """A progress that nobody looks at."""


@dataclass(frozen=True)
class Speech:
    """Where there is speech: spans in seconds for each channel, or one row for a recording heard as one."""

    recording: Recording
    channels: tuple[tuple[Span, ...], ...]
    caveats: tuple[str, ...] = ()

    @property
    def seconds(self) -> float:
        """Seconds of speech over all channels."""
        return sum(span.duration for spans in self.channels for span in spans)


@dataclass(frozen=True)
class Words:
    """What was recognised, and by which models."""

    transcript: Transcript
    models: tuple[ModelUse, ...]
    caveats: tuple[str, ...] = ()


@dataclass(frozen=True)
class Voices:
    """Who speaks when; ``known`` gives the names of speakers whose voice the team knows."""

    spans: tuple[SpeakerSpan, ...]
    models: tuple[ModelUse, ...] = ()
    caveats: tuple[str, ...] = ()
    known: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Heard:
    """All that was heard in a recording."""

    speech: Speech
    words: Words
    voices: Voices

    @property
    def recording(self) -> Recording:
        """What was heard."""
        return self.speech.recording

    @property
    def caveats(self) -> tuple[str, ...]:
        """What a reader should keep in mind."""
        return self.speech.caveats + self.words.caveats + self.voices.caveats

    @property
    def models(self) -> tuple[ModelUse, ...]:
        """The models that heard it."""
        return self.words.models + self.voices.models


class _Source:
    """The decoded sound, opened when a stage first needs it; kept stages need none."""

    def __init__(self, path: Path, job: Job, progress: Progress) -> None:
        self.path, self.job, self.progress = path, job, progress
        self._opening, self._listening = RLock(), RLock()
        self._sound: Sound | None = None
        self._probabilities: tuple[NDArray[np.float32], ...] | None = None

    @property
    def sound(self) -> Sound:
        # Two threads may ask at once, and the file is to be decoded once.
        with self._opening:
            if self._sound is None:
                self._sound = open_sound(
                    self.path, sha256=self.job.sha256, progress=lambda d, t: self.progress("decode", d, t)
                )
            return self._sound

    @property
    def probabilities(self) -> tuple[NDArray[np.float32], ...]:
        """Chance of speech, one value for every 32 ms, for each channel heard apart."""
        from analyser.speech import speech_probabilities

        with self._listening:
            if self._probabilities is None:
                self.progress("speech", 0, 1)
                self._probabilities = tuple(speech_probabilities(row) for row in _rows(self.sound))
                self.progress("speech", 1, 1)
            return self._probabilities


def hear(
    path: Path,
    settings: Settings,
    job: Job,
    progress: Progress = quiet,
    *,
    meanwhile: Callable[[], object] = lambda: None,
) -> Heard:
    """Hear a recording, or take from ``job`` what was heard in it before with the same settings.

    Voices are told apart while speech is found and words are recognised; after the voices ``meanwhile`` is called,
    for what the caller can make ready while the recogniser is busy. Raises AudioError when there is nothing to hear,
    ModelError when a model cannot be used, StorageError when nothing can be kept.
    """
    from analyser.diarise.voices import list_voices
    from analyser.transcribe import plan

    source = _Source(path, job, progress)
    base = key_of("hearing", str(HEARING), job.sha256)
    planned = plan(settings)
    known = list_voices(settings.voices) if settings.voices else ()
    voices_key = key_of(base, settings.diariser, str(settings.speakers), *(to_json(voice) for voice in known))
    words_key = key_of(base, planned.key, settings.language, *settings.hotwords)

    def find_voices() -> Voices:
        return job.stage("voices", Voices, voices_key, lambda: _voices(source, settings, known))

    def find_words(spans: tuple[tuple[Span, ...], ...]) -> Words:
        return job.stage("words", Words, words_key, lambda: _words(source, spans, settings, planned, words_key))

    with ThreadPoolExecutor(1) as pool:
        later = pool.submit(find_voices)
        pool.submit(meanwhile)
        speech = job.stage("speech", Speech, base, lambda: _speech(source))
        if speech.seconds < LEAST_SPEECH:
            raise AudioError(
                f"{path}: no speech was found in {speech.recording.duration:.0f} s of sound. "
                "Check in a player that the conversation was recorded."
            )
        spans = speech.channels
        if speech.recording.layout == "two-channel":
            # First who speaks on which channel: what one line carries over from the other is not to be written twice.
            spans = _by_channel(later.result(), len(spans))
        return Heard(speech, find_words(spans), later.result())


def _by_channel(voices: Voices, channels: int) -> tuple[tuple[Span, ...], ...]:
    """The spans of "left" and "right" as rows: what one line carries over from the other is in neither."""
    rows = (tuple(Span(span.start, span.end) for span in voices.spans if span.speaker == label) for label in CHANNELS)
    return tuple(rows)[:channels]


def _voices(source: _Source, settings: Settings, known: Sequence[KnownVoice]) -> Voices:
    source.progress("voices", 0, 1)
    apart = source.sound.recording.layout == "two-channel"
    rows = _rows(source.sound)
    spans = _spans(source.sound, rows, settings, lambda: source.probabilities)
    models: tuple[ModelUse, ...] = ()
    if not apart:
        models = _networks() if settings.diariser == "auto" else (ModelUse("speakers", settings.diariser),)
    names: dict[str, str] = {}
    if known:
        from analyser.diarise.voices import match_voices

        for label, row in zip(CHANNELS, rows, strict=False) if apart else ((None, rows[0]),):
            mine = [span for span in spans if label in (None, span.speaker)]
            names |= {match.speaker: match.name for match in match_voices(known, row, mine)}
    source.progress("voices", 1, 1)
    return Voices(spans, models, known=names)


def _spans(
    sound: Sound,
    rows: tuple[NDArray[np.int16], ...],
    settings: Settings,
    probabilities: Callable[[], tuple[NDArray[np.float32], ...]],
) -> tuple[SpeakerSpan, ...]:
    if sound.recording.layout == "two-channel":
        from analyser.diarise.channels import diarise_channels

        return diarise_channels(sound.samples, probabilities())
    diarise = plugins.load("diarisers", settings.diariser)
    found: tuple[SpeakerSpan, ...] = diarise(rows[0], speakers=settings.speakers)
    return found


def find_spans(sound: Sound, settings: Settings) -> tuple[SpeakerSpan, ...]:
    """Who speaks when in an opened recording, with nothing kept. Raises ModelError."""
    from analyser.speech import speech_probabilities

    rows = _rows(sound)
    return _spans(sound, rows, settings, lambda: tuple(speech_probabilities(row) for row in rows))


def hear_voice(path: Path, speaker: str) -> tuple[NDArray[np.int16], tuple[SpeakerSpan, ...]]:
    """The samples (n,) at 16 kHz in which a speaker of a recording is heard, and who speaks when in it."""
    sound = open_sound(path)
    spans = find_spans(sound, Settings())
    if sound.recording.layout == "two-channel" and speaker in CHANNELS:
        return sound.samples[CHANNELS.index(speaker)], tuple(span for span in spans if span.speaker == speaker)
    return sound.mono(), spans


def _rows(sound: Sound) -> tuple[NDArray[np.int16], ...]:
    """One array of samples for each channel heard apart."""
    return tuple(sound.samples) if sound.recording.layout == "two-channel" else (sound.mono(),)


def _networks() -> tuple[ModelUse, ...]:
    from analyser.diarise.networks import EMBEDDING, SEGMENTATION

    return tuple(ModelUse("speakers", one.name, one.revision, one.sha256) for one in (SEGMENTATION, EMBEDDING))


def _words(source: _Source, spans: tuple[tuple[Span, ...], ...], settings: Settings, planned: Plan, key: str) -> Words:
    from analyser.transcribe import recognise

    found = recognise(
        source.sound,
        settings,
        spans=spans,
        plan=planned,
        journal=source.job.folder / f"words-{key}.journal",
        progress=lambda done, total: source.progress("words", done, total),
    )
    return Words(found.transcript, found.models, found.caveats)


def _speech(source: _Source) -> Speech:
    from analyser.speech import speech_spans

    sound = source.sound
    return Speech(sound.recording, tuple(speech_spans(row) for row in source.probabilities), sound.caveats)
