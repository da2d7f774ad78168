"""A whole call: speech in windows, heard, sifted, and looked at again where there are no words."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from analyser.errors import ModelError
from analyser.records import Dropped, ModelUse, Segment, Span, Transcript, Word
from analyser.settings import Settings
from analyser.transcribe import doubts, second
from analyser.transcribe.journal import Journal
from analyser.transcribe.language import Vote
from analyser.transcribe.planning import Plan
from analyser.transcribe.planning import plan as make_plan
from analyser.transcribe.recogniser import Heard, loaded
from analyser.transcribe.segments import segments_of
from analyser.transcribe.windows import Window, pack
from analyser.transcribe.work import Listener, Progress, Work

if TYPE_CHECKING:
    from analyser.audio import Sound


Phrases = frozenset[tuple[str, ...]]
NEAR = 1.0
"""seconds beside a span in which its words may be echoes of the words there"""


@dataclass(frozen=True)
class Recognition:
    """A transcript, the model that made it, and what a reader should know of it."""

    transcript: Transcript
    models: tuple[ModelUse, ...]
    caveats: tuple[str, ...] = ()


def transcribe(
    sound: Sound,
    settings: Settings,
    *,
    spans: Sequence[Sequence[Span]] | None = None,
    plan: Plan | None = None,
    progress: Progress | None = None,
) -> Transcript:
    """The words of a call; see `recognise`."""
    return recognise(sound, settings, spans=spans, plan=plan, progress=progress).transcript


def recognise(
    sound: Sound,
    settings: Settings,
    *,
    spans: Sequence[Sequence[Span]] | None = None,
    plan: Plan | None = None,
    journal: Path | None = None,
    listener: Listener | None = None,
    progress: Progress | None = None,
) -> Recognition:
    """The words of a call with the model that heard them.

    ``spans`` are the speech spans of each channel heard apart (one row for a mono recording); left out, they are
    found here. ``plan`` says with which model and how; left out, it is made from ``settings``. ``journal`` is a file
    in which a run that was stopped finds what was heard; it is removed at the end. ``listener`` is a recogniser
    loaded before. ``progress`` hears seconds of speech done and in all. No connection is opened. Raises ModelError
    when the model cannot be used, StorageError when the journal cannot be written.
    """
    apart = sound.recording.layout == "two-channel"
    rows = list(sound.samples) if apart else [sound.mono()]
    spans = _found(rows) if spans is None else [sorted(row, key=lambda span: span.start) for row in spans]
    windows = [window for channel, row in enumerate(rows) for window in pack(spans[channel], row, channel=channel)]
    chosen = plan or make_plan(settings)
    among = (settings.language,) if settings.language != "auto" else _known()
    if not windows:
        return Recognition(Transcript(among[0], 0.0, ()), (chosen.use,))
    key = f"{sound.recording.sha256} {chosen.key} {settings.language} {' '.join(settings.hotwords)}"
    notes = Journal(journal, key) if journal is not None else None
    work = Work(
        listener or loaded(chosen, settings.hotwords),
        rows,
        windows,
        among,
        batch=chosen.batch,
        workers=chosen.workers,
        journal=notes,
        progress=progress,
    )
    try:
        vote, heard = work.run()
    except RuntimeError as error:
        raise ModelError(
            f"{sound.recording.name}: the recogniser failed on {chosen.device} ({error}). "
            'Try again with less at a time (batch = 2 in the settings) or on the CPU (device = "cpu").'
        ) from error
    phrases = doubts.phantoms(hotwords=settings.hotwords)
    kept: list[Segment] = []
    dropped: list[Dropped] = []
    for channel, speech in enumerate(spans):
        own = [pair for pair in heard if pair[0].channel == channel]
        good, bad = _sifted(own, speech, phrases, apart=apart)
        kept += good + _second_look(work, channel, speech, good, bad, vote, phrases, apart=apart)
        dropped += bad
    kept.sort(key=lambda segment: (segment.start, segment.channel or 0))
    dropped.sort(key=lambda one: one.start)
    if notes is not None:
        notes.close()
    transcript = Transcript(vote.language, vote.confidence, tuple(kept), tuple(dropped))
    return Recognition(transcript, (chosen.use,), (vote.caveat,) if vote.caveat else ())


def _sifted(
    pairs: Sequence[tuple[Window, Heard]], speech: Sequence[Span], phrases: Phrases, *, apart: bool
) -> tuple[list[Segment], list[Dropped]]:
    """Segments of a channel's windows that are believed, in order, and what was dropped."""
    kept: list[Segment] = []
    dropped: list[Dropped] = []
    for window, heard in sorted(pairs, key=lambda pair: pair[0].start):
        clean, looped = doubts.unroll(heard)
        good, bad = doubts.sift(segments_of(window, clean, speech, apart=apart), clean, speech, phrases)
        kept += good
        dropped += bad
        for segment in segments_of(window, replace(heard, words=looped), speech, apart=apart):
            dropped.append(Dropped(segment.start, segment.end, segment.text, "repeats itself"))
    return kept, dropped


def _second_look(
    work: Work,
    channel: int,
    speech: Sequence[Span],
    kept: Sequence[Segment],
    dropped: Sequence[Dropped],
    vote: Vote,
    phrases: Phrases,
    *,
    apart: bool,
) -> list[Segment]:
    """Segments of speech that got no words at first: each span is heard once more, by itself."""
    found: list[Segment] = []
    starts = [segment.start for segment in kept]
    words = [word for segment in kept for word in segment.words]
    for span in second.missed(speech, kept, dropped):
        place = bisect_right(starts, span.start) - 1
        window, heard = work.again(span, channel, kept[place].language if place >= 0 else vote.language)
        inside = tuple(word for word in heard.words if window.in_call(word.start, word.end).overlap(span) > 0)
        near = [second.plain(word.text) for word in words if _beside(word, span)]
        if second.believed(replace(heard, words=inside), span, near, phrases):
            found += segments_of(window, replace(heard, words=inside), [span], apart=apart)
    return found


def _beside(word: Word, span: Span) -> bool:
    return word.end > span.start - NEAR and word.start < span.end + NEAR


def _found(rows: Sequence[NDArray[np.int16]]) -> tuple[tuple[Span, ...], ...]:
    from analyser.speech import speech_probabilities, speech_spans

    return tuple(speech_spans(speech_probabilities(row)) for row in rows)


def _known() -> tuple[str, ...]:
    from analyser.languages import available

    return tuple(available())
