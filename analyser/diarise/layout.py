"""How voices lie over the channels of a recording.

A telephone recorder that stores each side on a channel of its own gives two channels that are loud in turn. A stereo
file made from one microphone (joint or fake stereo) gives two channels that rise and fall together. The levels of
both, frame by frame, tell the two apart; nothing here needs to know what is speech.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from analyser.records import Layout

FRAME = 480
"""samples of 16 kHz in a frame of level: 30 ms"""
PIECES = 40
PIECE_SECONDS = 20
"""a long call is judged by pieces spread over it, so that a five-hour call costs what a short one does"""
DEAD_DB = 50.0
"""a channel this far below the other holds no voice of its own"""
SILENT_DB = 20.0
"""level (dB over one 16-bit step) that no voice is below"""
STEADY_DB = 6.0
"""a channel whose loud frames are less than this above its quiet ones holds hiss or hum, and no speech"""
APART_DB = 6.0
"""median level difference, after both channels are brought to the same loudness, from which they are two voices"""


def layout_of(samples: NDArray[np.int16]) -> Layout:
    """How voices lie over the channels: ``samples`` is int16 of shape (channels, n) at 16 kHz.

    ``mono``: one channel, or one that is alive beside dead ones. ``two-channel``: each channel has a side of its
    own. ``joint-stereo``: the channels hold the same voices and are to be mixed. ``none``: there are no samples.
    More than two living channels are taken as joint stereo. Reads pieces only, so that memory does not grow.
    """
    if samples.ndim != 2 or samples.size == 0:
        return "none"
    living = living_channels(samples)
    if samples.shape[0] == 1 or len(living) <= 1:
        return "mono"
    if len(living) > 2:
        return "joint-stereo"
    levels = frame_levels(samples[list(living)])
    return "two-channel" if separation(levels) >= APART_DB else "joint-stereo"


def living_channels(samples: NDArray[np.int16]) -> tuple[int, ...]:
    """Which channels (from 0) hold more than silence, hiss or hum; ``samples`` as for `layout_of`."""
    levels = frame_levels(samples)
    loud = np.percentile(levels, 99, axis=1)
    quiet = np.percentile(levels, 5, axis=1)
    alive = (loud > SILENT_DB) & (loud > loud.max() - DEAD_DB) & (loud - quiet > STEADY_DB)
    return tuple(int(channel) for channel in np.flatnonzero(alive))


def separation(levels: NDArray[np.float32]) -> float:
    """Median level difference in dB between two channels over the frames in which either is heard.

    ``levels`` has shape (2, frames) in dB. Each channel is first brought to the same loudness, so that a quiet
    side or a voice panned to one side makes no difference.
    """
    even = levels - np.percentile(levels, 97, axis=1, keepdims=True)
    heard = even.max(axis=0) > -20.0
    if not heard.any():
        return 0.0
    return float(np.median(np.abs(even[0, heard] - even[1, heard])))


def frame_levels(samples: NDArray[np.int16]) -> NDArray[np.float32]:
    """Levels in dB over one 16-bit step, shape (channels, frames of 30 ms), from pieces spread over the call."""
    channels, length = samples.shape
    piece = PIECE_SECONDS * 16000
    if length <= PIECES * piece:
        starts = list(range(0, length, piece))
    else:
        starts = [int(start) for start in np.linspace(0, length - piece, PIECES)]
    levels = []
    for start in starts:
        part = samples[:, start : start + piece].astype(np.float32)
        frames = max(1, part.shape[1] // FRAME)
        part = part[:, : frames * FRAME].reshape(channels, frames, -1)
        part -= part.mean(axis=2, keepdims=True)
        levels.append(10 * np.log10(np.mean(part**2, axis=2) + 1e-2))
    return np.concatenate(levels, axis=1).astype(np.float32)
