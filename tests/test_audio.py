"""Anything that FFmpeg decodes, and a clear word about what it does not."""

from __future__ import annotations

from pathlib import Path

import av
import numpy as np
import pytest
from numpy.typing import NDArray

from analyser.audio import RATE, Sound, encode_opus, let_go, open_sound
from analyser.errors import AudioError, StorageError
from tests.conftest import Wave

TIME = np.arange(2 * RATE) / RATE
TONE = 0.3 * np.sin(2 * np.pi * 440 * TIME)


def peak(samples: NDArray[np.int16]) -> float:
    """Hz of the loudest tone of shape (n,)."""
    spectrum = np.abs(np.fft.rfft(samples.astype(float)))
    return float(np.argmax(spectrum) * RATE / len(samples))


def encode(path: Path, codec: str, *, rate: int = 44_100, layout: str = "mono", container: str | None = None) -> Path:
    """The tone in another codec."""
    time = np.arange(2 * rate) / rate
    tone = (9000 * np.sin(2 * np.pi * 440 * time)).astype(np.int16)
    channels = 2 if layout == "stereo" else 1
    with av.open(str(path), "w", format=container) as out:
        stream = out.add_stream(codec, rate=rate)
        stream.layout, stream.bit_rate = layout, 64_000
        resampler = av.AudioResampler(
            format=stream.format, layout=layout, rate=rate, frame_size=stream.frame_size or 1024
        )
        frame = av.AudioFrame.from_ndarray(np.repeat(tone, channels)[None], format="s16", layout=layout)
        frame.sample_rate = rate
        for part in [*resampler.resample(frame), *resampler.resample(None), None]:
            out.mux(stream.encode(part))
    return path


@pytest.mark.parametrize(
    ("name", "codec", "rate"),
    [
        ("a.mp3", "libmp3lame", 44_100),
        ("a.m4a", "aac", 44_100),
        ("a.ogg", "libopus", 48_000),
        ("a.opus", "libopus", 48_000),
        ("a.flac", "flac", 8_000),
        ("a.webm", "libopus", 48_000),
        ("a.mkv", "aac", 22_050),
        ("a.mp4", "aac", 32_000),
        ("a.wma", "wmav2", 44_100),
        ("a.wav", "pcm_alaw", 8_000),
        ("a.aiff", "pcm_s16be", 96_000),
    ],
)
def test_audio_decodes(tmp_path: Path, name: str, codec: str, rate: int) -> None:
    sound = open_sound(encode(tmp_path / name, codec, rate=rate))
    assert sound.samples.dtype == np.int16
    assert sound.samples.shape[0] == 1
    assert sound.recording.sample_rate == rate
    assert sound.recording.duration == pytest.approx(2.0, abs=0.15)
    assert peak(sound.samples[0]) == pytest.approx(440, abs=5)


def test_audio_hears_two_voices_on_two_channels_apart(save_wave: Wave) -> None:
    noise = np.random.default_rng(1).normal(0, 0.2, 8 * RATE)
    left = noise * (np.arange(8 * RATE) // (2 * RATE) % 2 == 0)
    right = noise * (np.arange(8 * RATE) // (2 * RATE) % 2 == 1)
    assert open_sound(save_wave(np.stack([left, right]))).recording.layout == "two-channel"
    both = left + 0.01 * right
    assert open_sound(save_wave(np.stack([both * 0.5, both]))).recording.layout == "joint-stereo"


def test_audio_mono_is_the_mean_of_both_channels(save_wave: Wave) -> None:
    sound = open_sound(save_wave(np.stack([TONE, np.zeros_like(TONE)])))
    assert np.abs(sound.mono()).max() == pytest.approx(0.15 * 32767, rel=0.05)


def test_audio_samples_are_mapped_not_held(save_wave: Wave) -> None:
    assert isinstance(open_sound(save_wave(TONE)).samples.base, np.memmap)


@pytest.mark.skipif(not Path("/proc/self/status").exists(), reason="reads the process's memory from /proc")
def test_audio_what_was_read_can_be_let_go_and_read_again(save_wave: Wave) -> None:
    def resident() -> int:
        lines = Path("/proc/self/status").read_text(encoding="ascii").splitlines()
        return sum(int(line.split()[1]) for line in lines if line.startswith(("RssFile", "RssShmem"))) * 1024

    sound = open_sound(save_wave(np.random.default_rng(0).normal(0, 0.1, 600 * RATE)))
    row = sound.mono()[16:]
    total = int(row.astype(np.int64).sum())
    before = resident()
    let_go(row)
    assert before - resident() > 0.8 * row.nbytes
    assert int(row.astype(np.int64).sum()) == total
    let_go(np.zeros(3, np.int16))  # not mapped: nothing happens


@pytest.mark.parametrize(
    ("name", "content", "expected"),
    [
        ("notes.wav", b"Beste Anna,\nhierbij de notulen.\n" * 50, "not a recording"),
        ("empty.wav", b"", "empty"),
        ("short.wav", b"RIFF", "not a recording"),
        ("bomb.wav", b"PK\x03\x04" + bytes(5000), "not a recording"),
    ],
)
def test_audio_bad_file_is_named_and_explained(tmp_path: Path, name: str, content: bytes, expected: str) -> None:
    path = tmp_path / name
    path.write_bytes(content)
    with pytest.raises(AudioError, match=expected) as caught:
        open_sound(path)
    assert name in str(caught.value)


@pytest.mark.parametrize(
    "playlist",
    [
        "#EXTM3U\n#EXT-X-TARGETDURATION:10\n#EXTINF:10,\nfile://{target}\n#EXT-X-ENDLIST\n",
        "ffconcat version 1.0\nfile {target}\n",
        "#EXTM3U\n#EXT-X-TARGETDURATION:10\n#EXTINF:10,\nhttp://127.0.0.1:9/a.ts\n#EXT-X-ENDLIST\n",
    ],
)
@pytest.mark.usefixtures("no_sockets")
def test_audio_playlist_opens_no_other_file(tmp_path: Path, save_wave: Wave, playlist: str) -> None:
    target = save_wave(TONE, "secret.wav")
    for name in ("list.wav", "list.m3u8", "list.mp3"):
        path = tmp_path / name
        path.write_text(playlist.format(target=target))
        with pytest.raises(AudioError):
            open_sound(path)


def test_audio_video_without_sound_is_explained(tmp_path: Path) -> None:
    path = tmp_path / "screen.mp4"
    with av.open(str(path), "w") as out:
        stream = out.add_stream("mpeg4", rate=5)
        stream.width, stream.height, stream.pix_fmt = 64, 64, "yuv420p"
        for _ in range(5):
            out.mux(stream.encode(av.VideoFrame.from_ndarray(np.zeros((64, 64, 3), np.uint8), format="rgb24")))
        out.mux(stream.encode(None))
    with pytest.raises(AudioError, match="no sound track"):
        open_sound(path)


def test_audio_truncated_file_gives_what_is_there_and_says_so(tmp_path: Path) -> None:
    whole = encode(tmp_path / "whole.flac", "flac").read_bytes()
    path = tmp_path / "cut.flac"
    path.write_bytes(whole[: len(whole) // 2])
    sound = open_sound(path)
    assert 0.5 < sound.recording.duration < 1.8
    assert sound.caveats


def test_audio_wave_file_that_was_cut_off_says_so(save_wave: Wave) -> None:
    path = save_wave(np.random.default_rng(0).normal(0, 0.1, 20 * RATE))
    assert not open_sound(path).caveats
    whole = path.read_bytes()
    path.write_bytes(whole[: len(whole) // 2])
    assert any("says 20 s, but its sound ends after 10 s" in caveat for caveat in open_sound(path).caveats)


def test_audio_wave_header_that_was_never_filled_in_claims_nothing(save_wave: Wave) -> None:
    path = save_wave(np.random.default_rng(0).normal(0, 0.1, 20 * RATE))
    whole = bytearray(path.read_bytes())
    place = whole.index(b"data") + 4
    whole[place : place + 4] = whole[4:8] = b"\xff\xff\xff\xff"
    path.write_bytes(whole)
    sound = open_sound(path)
    assert sound.recording.duration == pytest.approx(20, abs=0.1)
    assert not sound.caveats


def test_audio_full_disk_is_a_clear_error(save_wave: Wave, monkeypatch: pytest.MonkeyPatch) -> None:
    class Full:
        def __enter__(self) -> Full:
            return self

        def __exit__(self, *_: object) -> None: ...

        def write(self, _: bytes) -> int:
            raise OSError(28, "No space left on device")

    path = save_wave(TONE)
    monkeypatch.setattr("analyser.audio._scratch", Full)
    with pytest.raises(StorageError, match=r"No space left.*TMPDIR"):
        open_sound(path)


def test_audio_missing_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(AudioError, match=r"gone\.wav"):
        open_sound(tmp_path / "gone.wav")


def test_audio_opus_holds_the_same_sound(tmp_path: Path, save_wave: Wave) -> None:
    path = tmp_path / "small.ogg"
    path.write_bytes(encode_opus(open_sound(save_wave(TONE))))
    again: Sound = open_sound(path)
    assert again.recording.duration == pytest.approx(2.0, abs=0.1)
    assert peak(again.samples[0]) == pytest.approx(440, abs=5)
