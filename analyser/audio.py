"""Recordings as sound: anything that FFmpeg decodes, brought to 16 kHz, 16 bit, piece by piece.

The decoded samples lie in an anonymous temporary file that is mapped into memory, so that a call of four hours takes
no more memory than one of four minutes, and nothing of it stays behind however the program ends.
"""

from __future__ import annotations

import hashlib
import io
import mmap
import tempfile
import wave
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from analyser.errors import AudioError, StorageError
from analyser.records import Recording

if TYPE_CHECKING:
    import av

RATE = 16_000
"""Hz; what recogniser, voice activity and speaker networks take"""
PIECE = 60 * RATE
"""samples handled at a time"""
UNFILLED = 0x7FFFFF00
"""bytes of sound from which a wave file's header is one that its recorder meant to fill in at the end"""
LONGEST = 12 * 3600.0
"""seconds; a header may claim a hundred hours, and a disk may believe it"""
LEAST_BYTES = 64.0
"""bytes a second below which no recording of speech goes: Opus at its lowest has 750"""

# Containers that hold sound and nothing else to open. Playlists (hls, concat, dash …) are left out on purpose: they
# make a decoder read other files and addresses.
CONTAINERS = (
    "wav,w64,mp3,mov,mp4,m4a,3gp,3g2,mj2,ogg,flac,matroska,webm,matroska\\,webm,mov\\,mp4\\,m4a\\,3gp\\,3g2\\,mj2,asf,aac,ac3,eac3,"
    "aiff,au,amr,amrnb,amrwb,caf,avi,mpeg,mpegts,wv,ape,tta,gsm,g722,opus"
)
SUFFIXES = frozenset(
    f".{ending}"
    for ending in (
        *("wav", "w64", "mp3", "m4a", "mp4", "mov", "3gp", "ogg", "oga", "opus", "flac", "webm", "mkv", "mka", "wma"),
        *(
            "asf",
            "wmv",
            "aac",
            "ac3",
            "aif",
            "aiff",
            "au",
            "amr",
            "caf",
            "avi",
            "mpg",
            "mpeg",
            "ts",
            "wv",
            "ape",
            "gsm",
        ),
    )
)
"""endings of the files that a folder is searched for"""


@dataclass(frozen=True, eq=False)
class Sound:
    """A decoded recording: ``samples`` int16 of shape (channels, n) at 16 kHz, one or two channels.

    ``caveats`` say what was wrong with the file, though it could be read.
    """

    recording: Recording
    samples: NDArray[np.int16]
    caveats: tuple[str, ...] = ()
    rate: int = RATE

    def mono(self) -> NDArray[np.int16]:
        """Shape (n,): the only channel, or the mean of both, mapped from a temporary file as well."""
        first: NDArray[np.int16] = self.samples[0]
        if self.samples.shape[0] == 1:
            return first
        with _scratch() as file:
            for start in range(0, self.samples.shape[1], PIECE):
                piece = self.samples[:, start : start + PIECE].astype(np.int32)
                _write(file, (piece.sum(axis=0) // piece.shape[0]).astype(np.int16))
            mean: NDArray[np.int16] = _mapped(file, 1)[0]
        return mean


def let_go(samples: NDArray[Any]) -> None:
    """Free the memory that a mapped recording took as it was read; what is asked for again is read again.

    Otherwise four hours of sound stay in memory because they were once looked at. Does nothing to samples that are
    not mapped, and nothing where the system has no such call.
    """
    owner: Any = samples
    while isinstance(owner, np.ndarray):
        owner = owner.base
    if isinstance(owner, mmap.mmap) and hasattr(owner, "madvise"):
        owner.madvise(mmap.MADV_DONTNEED)


def hash_file(path: Path) -> str:
    """The sha256 of a file's bytes; raises AudioError when it cannot be read."""
    try:
        with path.open("rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest()
    except OSError as error:
        raise AudioError(f"{path}: cannot be read ({error.strerror or error}).") from error


def open_sound(
    path: Path, *, sha256: str | None = None, progress: Callable[[float, float], None] | None = None
) -> Sound:
    """Decode a recording; ``progress`` hears seconds done and seconds in all.

    Raises AudioError for what is no recording, holds no sound track, or holds no sound; StorageError when the
    temporary file cannot be written.
    """
    import av

    digest = sha256 or hash_file(path)
    if path.stat().st_size == 0:
        raise AudioError(f"{path}: the file is empty. Copy the recording again from where it was made.")
    caveats: list[str] = []
    with path.open("rb") as source, _scratch() as file:
        try:
            container = _open(source)
        except (av.error.FFmpegError, ValueError) as error:
            raise AudioError(
                f"{path}: is not a recording that can be decoded ({_words(error)}). "
                "Give a sound or video file such as wav, mp3, m4a, ogg, flac, webm or mp4."
            ) from error
        with container:
            if not container.streams.audio:
                raise AudioError(
                    f"{path}: has no sound track. Export the meeting with its sound, or give the recording itself."
                )
            stream = container.streams.audio[0]
            rate, channels = stream.rate or 0, stream.channels or 0
            claimed = _wave_seconds(path) or (container.duration / av.time_base if container.duration else 0.0)
            kept = 2 if channels == 2 else 1
            count = 0
            for piece in _decode(container, stream, kept, path, caveats):
                _write(file, piece)
                count += piece.size // kept
                if count > LONGEST * RATE:
                    raise AudioError(f"{path}: is longer than {LONGEST / 3600:.0f} hours. Cut it into calls first.")
                if progress is not None:
                    progress(count / RATE, max(claimed, count / RATE))
        if count < RATE // 10:
            raise AudioError(f"{path}: holds no sound. Check the recording in a player.")
        samples = _mapped(file, kept)
    duration = count / RATE
    if claimed and duration < 0.9 * claimed - 1:
        caveats.append(f"The file says {claimed:.0f} s, but its sound ends after {duration:.0f} s.")
    recording = Recording(path.name, digest, duration, rate, channels)
    sound = Sound(recording, samples, tuple(dict.fromkeys(caveats)))
    return _with_layout(sound)


def check_sound(path: Path, *, longest: float = LONGEST, name: str | None = None) -> float | None:
    """Whether a file is a recording with sound in it, from its beginning alone; returns the seconds that it claims.

    ``name`` is what messages call it. None for a file that does not say how long it is, or says so beyond belief: a
    program that was cut off leaves a header that claims days. Raises AudioError for what is no recording, has no sound
    track, decodes to nothing, or is longer than ``longest`` seconds.
    """
    import av

    named = name or str(path)
    size = path.stat().st_size
    if not size:
        raise AudioError(f"{named}: the file is empty. Copy the recording again from where it was made.")
    with path.open("rb") as source:
        try:
            container = _open(source)
        except (av.error.FFmpegError, ValueError) as error:
            raise AudioError(
                f"{named}: is not a recording that can be decoded ({_words(error)}). "
                "Give a sound or video file such as wav, mp3, m4a, ogg, flac, webm or mp4."
            ) from error
        with container:
            if not container.streams.audio:
                raise AudioError(f"{named}: has no sound track. Export the meeting with its sound.")
            claimed = container.duration / av.time_base if container.duration else None
            if claimed is not None and claimed > longest:
                if size / claimed >= LEAST_BYTES:
                    raise AudioError(f"{named}: is longer than {longest / 3600:.0f} hours. Cut it into calls first.")
                claimed = None
            stream = container.streams.audio[0]
            if next(_decode(container, stream, 1, Path(named), []), None) is None:
                raise AudioError(f"{named}: holds no sound. Check the recording in a player.")
    return claimed


def encode_opus(sound: Sound, *, bitrate: int = 24_000) -> bytes:
    """The sound as one channel of Ogg Opus, small enough to travel inside a report (180 kB a minute at 24 kbit/s)."""
    import av

    buffer = io.BytesIO()
    mono = sound.mono()
    with av.open(buffer, "w", format="ogg") as container:
        stream: Any = container.add_stream("libopus", rate=48_000)
        stream.bit_rate, stream.layout = bitrate, "mono"
        resampler = av.AudioResampler(format="s16", layout="mono", rate=48_000)
        for start in range(0, len(mono), PIECE):
            frame = av.AudioFrame.from_ndarray(
                np.ascontiguousarray(mono[start : start + PIECE])[None], format="s16", layout="mono"
            )
            frame.sample_rate = RATE
            for resampled in resampler.resample(frame):
                container.mux(stream.encode(resampled))
        for resampled in resampler.resample(None):
            container.mux(stream.encode(resampled))
        container.mux(stream.encode(None))
    return buffer.getvalue()


def _open(source: IO[bytes]) -> av.container.InputContainer:
    """The file itself and nothing that it points at: containers by name, and no protocol at all."""
    import av

    return av.open(source, options={"format_whitelist": CONTAINERS, "protocol_whitelist": "none"})


def _wave_seconds(path: Path) -> float | None:
    """What the header of a wave file says, which FFmpeg passes over when the file is shorter; None for others, and for
    a header that was never filled in."""
    try:
        with wave.open(str(path)) as header:
            size = header.getnframes() * header.getnchannels() * header.getsampwidth()
            return header.getnframes() / header.getframerate() if size < UNFILLED else None
    except (wave.Error, EOFError, OSError, ZeroDivisionError):
        return None


def _decode(
    container: av.container.InputContainer, stream: Any, kept: int, path: Path, caveats: list[str]
) -> Iterator[NDArray[np.int16]]:
    """Interleaved int16 pieces at 16 kHz. What cannot be decoded is passed over, and said."""
    import av

    resampler = av.AudioResampler(format="s16", layout="stereo" if kept == 2 else "mono", rate=RATE)
    heard = False
    broken = 0
    packets = container.demux(stream)
    while True:
        try:
            packet = next(packets, None)
            if packet is None:
                break
            frames = packet.decode()
        except av.error.FFmpegError as error:
            broken += 1
            if isinstance(error, EOFError) or broken > 1000:
                break
            continue
        for frame in frames:
            heard = True
            yield from (resampled.to_ndarray().reshape(-1) for resampled in resampler.resample(frame))
    if not heard:
        raise AudioError(f"{path}: holds no sound that can be decoded. Copy the recording again, or export it anew.")
    yield from (resampled.to_ndarray().reshape(-1) for resampled in resampler.resample(None))
    if broken:
        caveats.append("Parts of the file are damaged and were passed over.")


def _with_layout(sound: Sound) -> Sound:
    from analyser.diarise.channels import layout_of

    return replace(sound, recording=replace(sound.recording, layout=layout_of(sound.samples)))


def _scratch() -> IO[bytes]:
    """A temporary file without a name; the system frees it when the last mapping of it goes."""
    return tempfile.TemporaryFile(prefix="analyser-")  # type: ignore[return-value,unused-ignore]


def _write(file: IO[bytes], samples: NDArray[np.int16]) -> None:
    try:
        file.write(samples.tobytes())
    except OSError as error:
        raise StorageError(
            f"{tempfile.gettempdir()}: no room for the decoded sound ({error.strerror or error}). "
            "Make room, or set TMPDIR to a disk that has some."
        ) from error


def _mapped(file: IO[bytes], channels: int) -> NDArray[np.int16]:
    """What was written, as a read-only map of shape (channels, n)."""
    file.flush()
    count = file.tell() // (2 * channels)
    if not count:
        return np.zeros((channels, 0), dtype=np.int16)
    return np.memmap(file, dtype=np.int16, mode="r", shape=(count, channels)).T


def _words(error: BaseException) -> str:
    return str(getattr(error, "strerror", None) or error)
