"""Calls in which each side has a channel of its own: channel = speaker, once what leaks across is taken out.

A line carries the other side over as crosstalk (at once) or as an echo (up to half a second later), softer and with
the same shape of wave or of loudness. Speech found on a channel is counted unless it is such a copy.
"""

from __future__ import annotations

import itertools
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from analyser.diarise.layout import layout_of, living_channels
from analyser.diarise.pieces import runs
from analyser.records import SpeakerSpan
from analyser.speech import STEP, speech_spans

__all__ = ["LABELS", "diarise_channels", "layout_of", "living_channels"]

LABELS = ("left", "right")
RATE = 16000
THRESHOLD = 0.35
RELEASE = 0.2
"""speech probabilities at which speech begins and ends: low, since nothing but one voice is on a channel"""
LONGEST_ECHO = 0.6
"""seconds by which an echo may come after its source"""
SOFTER_DB = 4.0
"""a copy is at least this much softer than its source, with both channels brought to the loudness of their own side"""
SAME_WAVE = 0.4
"""correlation of the waves from which one is a copy of the other; two voices stay below 0.25"""
SAME_SHAPE = 0.88
"""correlation of the loudness (dB over 10 ms) from which one is a copy, its wave bent by codecs and echo cancelling"""
PART = int(1.0 * RATE)
"""samples that are judged at a time"""
CERTAIN = 0.99
DOUBTFUL = 0.8
"""confidences of speech on a channel while the other is silent, and while the other speaks"""


def diarise_channels(
    samples: NDArray[np.int16], probabilities: Sequence[NDArray[np.float32]]
) -> tuple[SpeakerSpan, ...]:
    """Spans of speech of "left" (channel 0) and "right" (channel 1), in order of start.

    ``samples``: int16 of shape (2, n) at 16 kHz, possibly a memory map; ``probabilities``: for each channel the
    chance of speech per 512 samples (`analyser.speech.speech_probabilities`). Channels that differ in length are
    heard as far as each goes.
    """
    found = [_candidates(row) for row in probabilities[:2]]
    steps = max((len(row) for row in found), default=0)
    heard = np.zeros((2, steps), dtype=bool)
    for channel, row in enumerate(found):
        heard[channel, : len(row)] = row
    levels = _levels(samples, steps)
    gain = [_own_level(levels, heard, channel) for channel in (0, 1)]
    kept = heard.copy()
    for channel in (0, 1):
        for start, end in _parts(heard[channel]):
            if _is_copy(samples, levels, heard, gain, channel, start, end):
                kept[channel, start:end] = False
    spans = []
    for channel, label in enumerate(LABELS):
        for start, end in runs(kept[channel]):
            if end - start < 3:
                continue
            alone = float(1 - kept[1 - channel, start:end].mean())
            sure = DOUBTFUL + (CERTAIN - DOUBTFUL) * alone
            spans.append(SpeakerSpan(start * STEP / RATE, min(end * STEP, samples.shape[1]) / RATE, label, sure))
    return tuple(sorted(spans, key=lambda span: (span.start, span.end, span.speaker)))


def _candidates(probabilities: NDArray[np.float32]) -> NDArray[np.bool_]:
    """Where there is speech on a channel, per step of 512 samples."""
    mask = np.zeros(len(probabilities), dtype=bool)
    for span in speech_spans(probabilities, threshold=THRESHOLD, release=RELEASE, min_silence=0.25, pad=0.06):
        mask[round(span.start * RATE / STEP) : round(span.end * RATE / STEP)] = True
    return mask


def _levels(samples: NDArray[np.int16], steps: int) -> NDArray[np.float32]:
    """Level in dB per channel and step, shape (2, steps)."""
    levels = np.full((2, steps), -20.0, dtype=np.float32)
    for first in range(0, steps, 2000):
        part = samples[:2, first * STEP : (first + 2000) * STEP].astype(np.float32)
        count = min(steps - first, part.shape[1] // STEP)
        power = np.mean(part[:, : count * STEP].reshape(2, count, STEP) ** 2, axis=2)
        levels[:, first : first + count] = 10 * np.log10(power + 1e-2)
    return levels


def _own_level(levels: NDArray[np.float32], heard: NDArray[np.bool_], channel: int) -> float:
    """How loud (dB) the side of a channel is on it: where it speaks while the other channel is softer."""
    mine = levels[channel][heard[channel] & (levels[channel] >= levels[1 - channel])]
    if len(mine) < 10:
        mine = levels[channel][heard[channel]]
    return float(np.percentile(mine, 80)) if len(mine) else 0.0


def _parts(mask: NDArray[np.bool_]) -> list[tuple[int, int]]:
    """Runs of a mask cut into parts of about a second."""
    size = PART // STEP
    parts: list[tuple[int, int]] = []
    for start, end in runs(mask):
        count = max(1, round((end - start) / size))
        edges = np.linspace(start, end, count + 1).astype(int)
        parts.extend((int(first), int(last)) for first, last in itertools.pairwise(edges))
    return parts


def _is_copy(
    samples: NDArray[np.int16],
    levels: NDArray[np.float32],
    heard: NDArray[np.bool_],
    gain: list[float],
    channel: int,
    start: int,
    end: int,
) -> bool:
    """Whether steps ``start`` to ``end`` of a channel hold only what leaked over from the other."""
    other = 1 - channel
    back = int(LONGEST_ECHO * RATE / STEP)
    early = max(0, start - back)
    if not heard[other, early:end].any():
        return False
    source = float(np.percentile(levels[other, early:end], 80)) - gain[other]
    copy = float(np.percentile(levels[channel, start:end], 80)) - gain[channel]
    if copy > source - SOFTER_DB:
        return False
    here = samples[channel, start * STEP : end * STEP].astype(np.float32)
    there = samples[other, early * STEP : end * STEP].astype(np.float32)
    return (
        _correlation(np.diff(here), np.diff(there)) >= SAME_WAVE
        or _correlation(_loudness(here), _loudness(there)) >= SAME_SHAPE
    )


def _loudness(sound: NDArray[np.float32]) -> NDArray[np.float32]:
    """Level in dB per 10 ms, less its mean."""
    frames = len(sound) // 160
    level = 10 * np.log10(np.mean(sound[: frames * 160].reshape(frames, 160) ** 2, axis=1) + 10)
    return np.asarray(level - level.mean(), dtype=np.float32)


def _correlation(short: NDArray[np.float32], long: NDArray[np.float32]) -> float:
    """The highest normalised correlation (0–1) of a signal with any equally long part of a longer one."""
    size = len(short)
    if size < 20 or len(long) < size:
        return 0.0
    length = 1 << (len(long) + size - 1).bit_length()
    product = np.fft.irfft(np.fft.rfft(long, length) * np.conj(np.fft.rfft(short, length)), length)
    energy = np.concatenate([[0.0], np.cumsum(long.astype(np.float64) ** 2)])
    parts = energy[size:] - energy[:-size]
    scale = np.sqrt(np.maximum(parts, 1e-3) * max(float(np.sum(short.astype(np.float64) ** 2)), 1e-3))
    return float(np.clip(np.max(product[: len(parts)] / scale), 0, 1))
