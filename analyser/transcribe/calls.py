"""A whole call: windows in groups, decoded side by side, put together in order of time."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from threading import Lock
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from analyser.records import Dropped, ModelUse, Segment, Span, Transcript, Word
from analyser.settings import Settings
from analyser.transcribe import doubts, second
from analyser.transcribe.language import Vote, of_window, vote
from analyser.transcribe.plan import Plan
from analyser.transcribe.plan import plan as make_plan
from analyser.transcribe.recogniser import FRAMES, Heard, Recogniser
from analyser.transcribe.segments import segments_of
from analyser.transcribe.windows import Window, pack

if TYPE_CHECKING:
    from analyser.audio import Sound

Progress = Callable[[float, float], None]
VOTERS = 12
"""windows spread over the call that decide its language"""
SPARE = 1.0
"""seconds of silence in a window's context after its sound"""


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
    progress: Progress | None = None,
) -> Recognition:
    """The words of a call with the model that heard them.

    ``spans`` are the speech spans of each channel heard apart (one row for a mono recording); left out, they are
    found here. ``plan`` says with which model and how; left out, it is made from ``settings``. ``progress`` hears
    seconds of speech done and in all. No connection is opened. Raises ModelError when the model cannot be used.
    """
    apart = sound.recording.layout == "two-channel"
    rows = list(sound.samples) if apart else [sound.mono()]
    spans = _found(rows) if spans is None else spans
    windows = [window for channel, row in enumerate(rows) for window in pack(spans[channel], row, channel=channel)]
    chosen = plan or make_plan(settings)
    among = (settings.language,) if settings.language != "auto" else _known()
    if not windows:
        return Recognition(Transcript(among[0], 0.0, ()), (chosen.use,))
    call = _Call(Recogniser(chosen, hotwords=settings.hotwords), rows, windows, among, progress)
    kept, dropped = _kept(call, spans, apart=apart)
    kept += _second_look(call, spans, kept, dropped, apart=apart)
    kept.sort(key=lambda segment: (segment.start, segment.channel or 0))
    dropped.sort(key=lambda one: one.start)
    transcript = Transcript(call.vote.language, call.vote.confidence, tuple(kept), tuple(dropped))
    return Recognition(transcript, (chosen.use,), (call.vote.caveat,) if call.vote.caveat else ())


def _kept(call: _Call, spans: Sequence[Sequence[Span]], *, apart: bool) -> tuple[list[Segment], list[Dropped]]:
    """Segments of every window that are believed, and what was dropped."""
    kept: list[Segment] = []
    dropped: list[Dropped] = []
    phrases = doubts.phantoms()
    for window, heard in call.run():
        speech = spans[window.channel]
        clean, looped = doubts.unroll(heard)
        good, bad = doubts.sift(segments_of(window, clean, speech, apart=apart), clean, speech, phrases)
        kept += good
        dropped += bad
        for segment in segments_of(window, replace(heard, words=looped), speech, apart=apart):
            dropped.append(Dropped(segment.start, segment.end, segment.text, "repeats itself"))
    return kept, dropped


def _second_look(
    call: _Call,
    spans: Sequence[Sequence[Span]],
    kept: Sequence[Segment],
    dropped: Sequence[Dropped],
    *,
    apart: bool,
) -> list[Segment]:
    """Segments of speech that got no words at first: each span is heard once more, by itself."""
    found: list[Segment] = []
    phrases = doubts.phantoms()
    for channel, speech in enumerate(spans):
        own = [segment for segment in kept if not apart or segment.channel == channel]
        gaps = second.missed(speech, own, dropped)
        for span, window, heard in call.again(gaps, channel, own):
            near = [second.plain(word.text) for segment in own for word in segment.words if _beside(word, span)]
            inside = tuple(word for word in heard.words if window.in_call(word.start, word.end).overlap(span) > 0)
            heard = replace(heard, words=inside)
            if second.believed(heard, span, near, phrases):
                found += segments_of(window, heard, [span], apart=apart)
    return found


def _beside(word: Word, span: Span) -> bool:
    return word.end > span.start - 2 and word.start < span.end + 2


class _Call:
    """The work on one call: groups of windows of like length, so that little of any context is empty."""

    def __init__(
        self,
        recogniser: Recogniser,
        rows: Sequence[NDArray[np.int16]],
        windows: Sequence[Window],
        among: Sequence[str],
        progress: Progress | None,
    ) -> None:
        self.recogniser, self.rows, self.among = recogniser, rows, among
        self.windows = sorted(windows, key=lambda window: -window.duration)
        self.total = sum(window.duration for window in windows)
        self.done = 0.0
        self.progress, self.lock = progress, Lock()
        size = recogniser.plan.batch
        self.groups = [self.windows[first : first + size] for first in range(0, len(self.windows), size)]
        self.encoded: dict[Window, Any] = {}
        self.vote = Vote(among[0], 1.0, among[0], 1.0)

    def run(self) -> list[tuple[Window, Heard]]:
        """Every window with what was heard in it."""
        if len(self.among) > 1:
            self.vote = self._vote()
        with ThreadPoolExecutor(self.recogniser.plan.workers) as pool:
            try:
                return [pair for group in pool.map(self._group, self.groups) for pair in group]
            except BaseException:
                pool.shutdown(wait=False, cancel_futures=True)
                raise

    def _vote(self) -> Vote:
        """The language, from windows spread over the call; what was encoded for it is kept for decoding."""
        in_order = sorted(self.windows, key=lambda window: window.start)
        places = np.linspace(0, len(in_order) - 1, min(VOTERS, len(in_order))).round().astype(int)
        voters = [in_order[place] for place in dict.fromkeys(places.tolist())]

        def listen(window: Window) -> tuple[float, dict[str, float]]:
            group = next(group for group in self.groups if window in group)
            encoded = self.recogniser.encode(self._sound(window), frames=_frames(group))
            self.encoded[window] = encoded
            return window.duration, self.recogniser.languages(encoded)[0]

        with ThreadPoolExecutor(self.recogniser.plan.workers) as pool:
            return vote(list(pool.map(listen, voters)), self.among)

    def _group(self, group: Sequence[Window]) -> list[tuple[Window, Heard]]:
        encoded = {
            window: self.encoded.pop(window, None) or self.recogniser.encode(self._sound(window), frames=_frames(group))
            for window in group
        }
        spoken: dict[str, list[Window]] = {}
        for window in group:
            row = self.recogniser.languages(encoded[window])[0] if len(self.among) > 1 else {}
            spoken.setdefault(of_window(row, self.vote.language, self.among), []).append(window)
        found: list[tuple[Window, Heard]] = []
        for language, windows in spoken.items():
            batch = self.recogniser.stack([encoded[window] for window in windows])
            durations = [window.duration for window in windows]
            for window, heard in zip(windows, self.recogniser.decode(batch, durations, language), strict=True):
                if doubts.loops(heard):
                    again = self.recogniser.decode(encoded[window], [window.duration], language, no_repeat=5)[0]
                    heard = again
                found.append((window, heard))
        self._tell(sum(window.duration for window in group))
        return found

    def again(
        self, gaps: Sequence[Span], channel: int, near: Sequence[Segment]
    ) -> Iterator[tuple[Span, Window, Heard]]:
        """Each of ``gaps`` heard by itself, in the language of the segment before it."""
        starts = [segment.start for segment in near]
        for span in gaps:
            place = bisect_right(starts, span.start) - 1
            language = near[place].language if place >= 0 else self.vote.language
            window = second.window_around(span, channel, len(self.rows[channel]))
            encoded = self.recogniser.encode(self._sound(window), frames=_frames([window]))
            yield span, window, self.recogniser.decode(encoded, [window.duration], language)[0]

    def _sound(self, window: Window) -> NDArray[np.float32]:
        return window.sound(self.rows[window.channel])

    def _tell(self, seconds: float) -> None:
        if self.progress is not None:
            with self.lock:
                self.done += seconds
                self.progress(self.done, self.total)


def _frames(group: Sequence[Window]) -> int:
    """The context that holds every window of a group, in hundredths of a second."""
    longest = max(window.duration for window in group)
    return min(FRAMES, 2 * int(50 * (longest + SPARE)))


def _found(rows: Sequence[NDArray[np.int16]]) -> tuple[tuple[Span, ...], ...]:
    from analyser.speech import speech_probabilities, speech_spans

    return tuple(speech_spans(speech_probabilities(row)) for row in rows)


def _known() -> tuple[str, ...]:
    from analyser.languages import available

    return tuple(available())
