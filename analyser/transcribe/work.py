"""The work on one call: windows in groups of like length, decoded side by side; resumable."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from threading import Lock
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from analyser.audio import let_go
from analyser.records import Span
from analyser.transcribe import doubts
from analyser.transcribe.journal import Journal
from analyser.transcribe.language import SURE, Vote, of_window, share, vote
from analyser.transcribe.recogniser import FRAMES, Heard
from analyser.transcribe.second import window_around
from analyser.transcribe.windows import Window, halves

Progress = Callable[[float, float], None]
VOTERS = 12
"""windows spread over the call that decide its language"""
SPARE = 0.6
"""seconds of silence in a window's context after its sound"""
NO_REPEAT = 5
"""a window that looped is decoded again without writing the same so many tokens twice"""
DIVISIBLE = 8.0
"""seconds from which a window that holds two languages is cut in two"""


class Listener(Protocol):
    """What the work needs of a recogniser; see `analyser.transcribe.recogniser.Recogniser`."""

    def encode(self, sound: NDArray[np.float32], *, frames: int) -> Any: ...
    def stack(self, encoded: Sequence[Any]) -> Any: ...
    def languages(self, encoded: Any) -> list[dict[str, float]]: ...
    def decode(self, encoded: Any, durations: Sequence[float], language: str, *, no_repeat: int = 0) -> list[Heard]: ...


@dataclass
class Work:
    """Hears the windows of a call. ``rows`` are its channels (int16, shape (n,)), ``among`` the languages to choose."""

    listener: Listener
    rows: Sequence[NDArray[np.int16]]
    windows: Sequence[Window]
    among: Sequence[str]
    batch: int = 4
    workers: int = 1
    journal: Journal | None = None
    progress: Progress | None = None
    _encoded: dict[Window, Any] = field(default_factory=dict)
    _done: float = 0.0
    _lock: Lock = field(default_factory=Lock)

    def run(self) -> tuple[Vote, list[tuple[Window, Heard]]]:
        """The call's language, and every window (or its halves) with what was heard in it."""
        known = self.journal.known() if self.journal else {}
        results = [pair for window in self.windows for pair in known.get(window, ())]
        waiting = sorted((window for window in self.windows if window not in known), key=lambda one: -one.duration)
        groups = _grouped(waiting, self.batch, self.workers)
        self._tell(sum(window.duration for window in self.windows if window in known))
        with ThreadPoolExecutor(self.workers) as pool:
            try:
                chosen = self._vote(pool, groups)
                for found in pool.map(lambda group: self._group(group, chosen), groups):
                    results += found
            except BaseException:
                pool.shutdown(wait=False, cancel_futures=True)
                raise
        return chosen, results

    def again(self, span: Span, channel: int, language: str) -> tuple[Window, Heard]:
        """A span of speech heard by itself."""
        window = window_around(span, channel, len(self.rows[channel]))
        return window, self._decode_one(window, language)

    def _vote(self, pool: ThreadPoolExecutor, groups: Sequence[Sequence[Window]]) -> Vote:
        """The language, from windows spread over the call; what was encoded for it is kept for decoding."""
        if len(self.among) == 1:
            return Vote(self.among[0], 1.0, self.among[0], 1.0)
        if self.journal and (kept := self.journal.vote()):
            return kept
        frames = {window: _frames(group) for group in groups for window in group}
        in_order = sorted(frames, key=lambda window: window.start)
        places = np.linspace(0, len(in_order) - 1, min(VOTERS, len(in_order))).round().astype(int)

        def listen(window: Window) -> tuple[float, dict[str, float]]:
            encoded = self.listener.encode(self._sound(window), frames=frames[window])
            self._encoded[window] = encoded
            return window.duration, self.listener.languages(self.listener.stack([encoded]))[0]

        chosen = vote(list(pool.map(listen, [in_order[place] for place in dict.fromkeys(places.tolist())])), self.among)
        if self.journal:
            self.journal.write_vote(chosen)
        return chosen

    def _group(self, group: Sequence[Window], chosen: Vote) -> list[tuple[Window, Heard]]:
        frames = _frames(group)
        kept = [self._encoded.pop(window, None) for window in group]
        encoded = {
            window: self.listener.encode(self._sound(window), frames=frames) if one is None else one
            for window, one in zip(group, kept, strict=True)
        }
        batch = self.listener.stack(list(encoded.values()))
        rows = self.listener.languages(batch) if len(self.among) > 1 else [{}] * len(group)
        spoken: dict[str, list[Window]] = {}
        found: dict[Window, list[tuple[Window, Heard]]] = {}
        for window, row in zip(group, rows, strict=True):
            parts = self._parts(window, row, chosen.language)
            if parts:
                found[window] = [(part, self._decode_one(part, language)) for part, language in parts]
            else:
                spoken.setdefault(of_window(row, chosen.language, self.among), []).append(window)
        for language, windows in spoken.items():
            if len(windows) < len(group):
                batch = self.listener.stack([encoded[window] for window in windows])
            heard = self.listener.decode(batch, [window.duration for window in windows], language)
            for window, result in zip(windows, heard, strict=True):
                if doubts.loops(result):
                    one = self.listener.stack([encoded[window]])
                    result = self.listener.decode(one, [window.duration], language, no_repeat=NO_REPEAT)[0]
                found[window] = [(window, result)]
        if self.journal:
            self.journal.write(found)
        self._tell(sum(window.duration for window in group))
        return [pair for window in group for pair in found[window]]

    def _parts(self, window: Window, row: Mapping[str, float], call: str) -> list[tuple[Window, str]]:
        """The halves of a window that holds two languages, each with its own; nothing where it holds one."""
        if not row or window.duration < DIVISIBLE or max(share(row, self.among).values()) >= SURE:
            return []
        parts = []
        for part in halves(window):
            row = self.listener.languages(self._encode_one(part))[0]
            parts.append((part, of_window(row, call, self.among)))
        return parts if len({language for _, language in parts}) > 1 else []

    def _decode_one(self, window: Window, language: str) -> Heard:
        return self.listener.decode(self._encode_one(window), [window.duration], language)[0]

    def _encode_one(self, window: Window) -> Any:
        return self.listener.stack([self.listener.encode(self._sound(window), frames=_frames([window]))])

    def _sound(self, window: Window) -> NDArray[np.float32]:
        sound = window.sound(self.rows[window.channel])
        let_go(self.rows[window.channel])
        return sound

    def _tell(self, seconds: float) -> None:
        if self.progress is not None and seconds:
            with self._lock:
                self._done += seconds
                self.progress(self._done, sum(window.duration for window in self.windows))


def _grouped(windows: Sequence[Window], batch: int, workers: int) -> list[Sequence[Window]]:
    """Groups of at most ``batch`` windows, as even as can be, so that no worker waits for another's last group."""
    count = -(-len(windows) // (batch * workers)) * workers
    size = max(1, -(-len(windows) // max(1, count)))
    return [windows[first : first + size] for first in range(0, len(windows), size)]


def _frames(group: Sequence[Window]) -> int:
    """The context that holds every window of a group, in hundredths of a second (an even number)."""
    longest = max(window.duration for window in group)
    return min(FRAMES, 2 * int(50 * (longest + SPARE)))
