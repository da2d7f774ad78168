"""Lines laid out in time and mixed to the sound of a room or of a telephone line."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path

import numpy as np
from kokoro import RATE, Line
from numpy.typing import NDArray
from script import SIDES, Entry

Sound = NDArray[np.float32]
SPEECH_DB = -22.0  # loudness of each voice while it speaks (RMS, dBFS)
BACKCHANNEL_DB = -3.0  # people listen more softly than they talk
ROOM_DB = -60.0  # noise of the room, so that a pause is no digital silence
PHONE_RATE = 8000
PHONE_BAND = (300.0, 3400.0)  # Hz
PHONE_NOISE_DB = -54.0
CROSSTALK_DB = -36.0
CROSSTALK_DELAY = 0.004  # seconds
LEAD = 0.6  # seconds of room before the first word and after the last
CODECS = {".mp3": ("libmp3lame", 56_000), ".ogg": ("libopus", 40_000), ".flac": ("flac", None)}


@dataclass(frozen=True)
class Placed:
    """A spoken line with its start in the call, in seconds."""

    entry: Entry
    line: Line
    start: float

    @property
    def end(self) -> float:
        """Where its last word ends, in seconds."""
        return self.start + self.line.words[-1].end


def place(entries: Sequence[Entry], lines: Sequence[Line], rng: np.random.Generator) -> tuple[Placed, ...]:
    """Give every line its start: as its hints say, else after a gap as between people (median near 0.2 s)."""
    placed: list[Placed] = []
    floor: Placed | None = None
    free = dict.fromkeys(SIDES.values(), LEAD)  # when each mouth is free again
    for entry, line in zip(entries, lines, strict=True):
        change = float(np.clip(rng.logistic(0.2, 0.1), -0.1, 0.7))
        same = float(rng.uniform(0.25, 0.5))
        if floor is None:
            start = LEAD
        elif entry.inside is not None:
            start = floor.start + entry.inside * (floor.end - floor.start)
        else:
            usual = same if entry.side == floor.entry.side else change
            start = floor.end + (entry.gap if entry.gap is not None else usual)
        now = Placed(entry, line, max(start, free[entry.side]))
        free[entry.side] = now.end + 0.12
        if entry.inside is None:
            floor = now
        placed.append(now)
    return tuple(placed)


def tracks(placed: Sequence[Placed]) -> Sound:
    """Seller and client as two tracks, shape (2, n) at 24 kHz, each at the same loudness."""
    length = round((max(each.end for each in placed) + LEAD) * RATE)
    sound = np.zeros((2, length), np.float32)
    for row, side in enumerate(SIDES.values()):
        own = [each for each in placed if each.entry.side == side]
        spoken = np.concatenate([each.line.samples for each in own])
        loudness = _level(SPEECH_DB) / float(np.sqrt(np.mean(spoken**2)))
        for each in own:
            samples = each.line.samples * loudness * (_level(BACKCHANNEL_DB) if each.entry.backchannel else 1.0)
            at = round(each.start * RATE)
            piece = samples[: length - at]
            sound[row, at : at + len(piece)] += piece
    return sound


def room(sound: Sound, rng: np.random.Generator) -> Sound:
    """Both voices in one room: shape (1, n), with a noise floor."""
    mixed = sound.sum(axis=0, keepdims=True) + rng.normal(0, _level(ROOM_DB), (1, sound.shape[1]))
    return _limit(mixed)


def telephone(sound: Sound, rng: np.random.Generator) -> Sound:
    """A recorded telephone line, shape (2, n) at 8 kHz: seller left, client right, band, noise and some crosstalk."""
    from scipy.signal import butter, resample_poly, sosfiltfilt

    slow = resample_poly(sound, PHONE_RATE, RATE, axis=1)
    delayed = np.pad(slow, ((0, 0), (round(CROSSTALK_DELAY * PHONE_RATE), 0)))[:, : slow.shape[1]]
    heard = slow + delayed[::-1] * _level(CROSSTALK_DB) + rng.normal(0, _level(PHONE_NOISE_DB), slow.shape)
    band = butter(4, PHONE_BAND, "bandpass", fs=PHONE_RATE, output="sos")
    return _limit(sosfiltfilt(band, heard, axis=1))


def write_sound(path: Path, sound: Sound, rate: int) -> None:
    """Encode sound of shape (channels, n), −1 to 1, in the format of the file's ending."""
    import av

    codec, bits = CODECS[path.suffix]
    options = {"joint_stereo": "0"} if codec == "libmp3lame" else {}
    layout = "stereo" if len(sound) == 2 else "mono"
    unfinished = path.with_name(f".{path.name}")
    with av.open(str(unfinished), "w", format=path.suffix[1:]) as container:
        stream = container.add_stream(codec, rate=rate, options=options, layout=layout)
        if bits:
            stream.bit_rate = bits
        frame = av.AudioFrame.from_ndarray(
            np.ascontiguousarray((sound.T * 32767).round().astype(np.int16).reshape(1, -1)), format="s16", layout=layout
        )
        frame.sample_rate, frame.pts, frame.time_base = rate, 0, Fraction(1, rate)
        container.mux(stream.encode(frame))
        container.mux(stream.encode(None))
    unfinished.replace(path)


def _level(decibels: float) -> float:
    return float(10 ** (decibels / 20))


def _limit(sound: NDArray[np.floating]) -> Sound:
    peak = float(np.abs(sound).max())
    return (sound * min(1.0, 0.89 / peak)).astype(np.float32)
