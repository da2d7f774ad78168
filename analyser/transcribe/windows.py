"""Speech packed into windows for the recogniser: full, cut in pauses, nothing twice.

A window is a row of pieces of the recording with the long silences between them left out; times within a window are
brought back to times of the call.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from analyser.records import Span

RATE = 16_000
MARGIN = 0.25
"""seconds of sound kept on both sides of a span, where the pause is long enough"""
MOST = 29.4
"""seconds in a window at most; Whisper hears 30 s, and wants to hear the end of speech in it"""
EARLIEST = 0.7
"""a window is cut in its longest pause after this share of its fair length"""


@dataclass(frozen=True)
class Window:
    """Pieces of one channel that are recognised together: (first, last) samples, in order and apart."""

    pieces: tuple[tuple[int, int], ...]
    channel: int = 0

    @property
    def duration(self) -> float:
        """Seconds of sound in the window."""
        return sum(last - first for first, last in self.pieces) / RATE

    @property
    def start(self) -> float:
        """Second of the call at which the window begins."""
        return self.pieces[0][0] / RATE

    @property
    def end(self) -> float:
        """Second of the call at which the window ends."""
        return self.pieces[-1][1] / RATE

    def sound(self, samples: NDArray[np.int16]) -> NDArray[np.float32]:
        """The pieces of ``samples`` (shape (n,)) one after another, −1 to 1."""
        parts = [samples[first:last] for first, last in self.pieces]
        sound: NDArray[np.float32] = np.concatenate(parts).astype(np.float32)
        sound /= 32768
        return sound

    def in_call(self, start: float, end: float) -> Span:
        """A span of the window in times of the call: it lies within the piece that holds its middle."""
        middle = (start + end) / 2
        before = 0.0
        for first, last in self.pieces:
            length = (last - first) / RATE
            if middle < before + length or (first, last) == self.pieces[-1]:
                low, high = first / RATE, last / RATE
                begin = min(high, max(low, low + start - before))
                return Span(begin, min(high, max(begin, low + end - before)))
            before += length
        raise AssertionError("a window has pieces")  # pragma: no cover


def pack(
    spans: Sequence[Span],
    samples: NDArray[np.int16],
    *,
    channel: int = 0,
    most: float = MOST,
    margin: float = MARGIN,
) -> tuple[Window, ...]:
    """Windows of at most ``most`` seconds that hold all of ``spans`` (in order and apart), each in one window.

    A span longer than a window is cut where it is quietest. Pauses longer than twice ``margin`` are shortened to it.
    """
    atoms = _atoms(spans, samples, most=most, margin=margin)
    windows: list[Window] = []
    while atoms:
        taken = _take(atoms, most)
        windows.append(Window(_joined(atoms[:taken]), channel))
        atoms = atoms[taken:]
    return tuple(windows)


def halves(window: Window) -> tuple[Window, ...]:
    """A window cut in two near its middle, between pieces where there are several."""
    if len(window.pieces) == 1:
        ((first, last),) = window.pieces
        middle = (first + last) // 2
        return (Window(((first, middle),), window.channel), Window(((middle, last),), window.channel))
    lengths = np.cumsum([last - first for first, last in window.pieces])
    place = int(np.argmin(np.abs(lengths[:-1] - lengths[-1] / 2))) + 1
    return (Window(window.pieces[:place], window.channel), Window(window.pieces[place:], window.channel))


def _atoms(spans: Sequence[Span], samples: NDArray[np.int16], *, most: float, margin: float) -> list[tuple[int, int]]:
    """Spans in samples with their share of the pauses around them, none longer than a window."""
    atoms: list[tuple[int, int]] = []
    spans = _merged(spans)
    for place, span in enumerate(spans):
        before = spans[place - 1].end if place else 0.0
        after = spans[place + 1].start if place + 1 < len(spans) else len(samples) / RATE
        start = span.start - min(margin, max(0.0, (span.start - before) / (2 if place else 1)))
        end = span.end + min(margin, max(0.0, (after - span.end) / (2 if place + 1 < len(spans) else 1)))
        first, last = max(0, round(start * RATE)), min(len(samples), round(end * RATE))
        if atoms:
            first = max(first, atoms[-1][1])
        while last - first > most * RATE:
            cut = _quietest(samples, first + int(0.6 * most * RATE), first + int(most * RATE))
            atoms.append((first, cut))
            first = cut
        if last > first:
            atoms.append((first, last))
    return atoms


def _merged(spans: Sequence[Span]) -> list[Span]:
    """Spans in order and apart, whatever they came as."""
    merged: list[Span] = []
    for span in sorted(spans, key=lambda span: span.start):
        if merged and span.start <= merged[-1].end:
            merged[-1] = Span(merged[-1].start, max(merged[-1].end, span.end))
        else:
            merged.append(span)
    return merged


def _take(atoms: Sequence[tuple[int, int]], most: float) -> int:
    """How many atoms go into the next window: it is cut in the longest pause that costs no window more.

    Few full windows are better than many: the recogniser gets words right by what stands around them.
    """
    lengths = np.cumsum([last - first for first, last in atoms[: _fitting(atoms, most)]]) / RATE
    if len(lengths) == len(atoms):
        return len(atoms)
    left = sum(last - first for first, last in atoms) / RATE
    count = -(-left // most)
    least = max(left - (count - 1) * most, EARLIEST * left / count)
    best, longest = len(lengths), -1.0
    for place in range(len(lengths)):
        pause = (atoms[place + 1][0] - atoms[place][1]) / RATE
        if lengths[place] >= least and pause >= longest:
            best, longest = place + 1, pause
    return best


def _fitting(atoms: Sequence[tuple[int, int]], most: float) -> int:
    length = 0.0
    for place, (first, last) in enumerate(atoms):
        length += (last - first) / RATE
        if length > most + 1e-6:
            return max(1, place)
    return len(atoms)


def _joined(atoms: Sequence[tuple[int, int]]) -> tuple[tuple[int, int], ...]:
    pieces: list[tuple[int, int]] = []
    for first, last in atoms:
        if pieces and pieces[-1][1] == first:
            pieces[-1] = (pieces[-1][0], last)
        else:
            pieces.append((first, last))
    return tuple(pieces)


def _quietest(samples: NDArray[np.int16], first: int, last: int) -> int:
    """The sample in the middle of the quietest 100 ms between two samples."""
    frame = RATE // 10
    part = np.abs(samples[first:last].astype(np.float32))
    sums = np.convolve(part, np.ones(frame, dtype=np.float32), mode="valid")[:: frame // 4]
    return first + int(np.argmin(sums)) * (frame // 4) + frame // 2
