"""Makes two-party calls with a truth that is exact, from recordings of single voices.

    python tests/benchmarks/mixes.py ../shared/audio mixes/dev --part dev
    python tests/benchmarks/mixes.py ../shared/audio mixes/held-out --part held-out

Each mix is a WAV with an RTTM of the same name. README-speakers.md says what is in them, so that others can make the
same from other recordings. The random numbers are seeded by the mix's name: the same command makes the same files.
"""

from __future__ import annotations

import argparse
import json
import wave
import zlib
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from scipy import signal

from analyser.audio import open_sound
from analyser.diarise.pieces import runs
from analyser.records import SpeakerSpan
from analyser.rttm import read_rttm, write_rttm

RATE = 16000
Sound = NDArray[np.float64]


@dataclass(frozen=True)
class Clip:
    """One voice saying something: ``sound`` and the stretches of speech in it, (start, end) in samples."""

    sound: Sound
    speech: tuple[tuple[int, int], ...]


@dataclass(frozen=True)
class Recipe:
    """What a mix is made of. ``noise`` is the signal-to-noise ratio in dB, or None."""

    name: str
    voices: tuple[str, ...]
    seconds: float = 90.0
    overlap: float = 0.1
    replies: float = 0.3
    noise: float | None = None
    telephone: bool = False
    room: bool = False


# Exams of which the turns go to dev mixes; the others go to held-out mixes. Both have all three voices.
DEV_EXAMS = ("bij-de-huisarts", "l-a1-1-t2", "l-a2-10-t1", "l-a2-4-t1", "l-b1-2-t1", "l-b1-1-t3")
HELD_OUT_EXAMS = ("l-a2-8-t1", "l-a2-5-t1", "l-b1-5-t5", "l-b1-3-t2", "l-b1-4-t5", "l-a2-7-t1")
# The roles that the second of two female voices speaks; the exams do not say which voice is whose.
SECOND_FEMALE = {
    ("l-a2-10-t1", "Mevrouw_Hendriks"),
    ("l-b1-2-t1", "Interviewer"),
    ("l-a2-8-t1", "Bibliothecaris"),
    ("l-b1-5-t5", "Receptionist"),
    ("l-b1-4-t5", "Docent"),
}
MALE = {
    ("bij-de-huisarts", "Dokter"),
    ("l-a1-1-t2", "Loketmedewerker"),
    ("l-a2-10-t1", "Kapper"),
    ("l-a2-4-t1", "Medewerker"),
    ("l-b1-1-t3", "Medewerker"),
    ("l-a2-5-t1", "Makelaar"),
    ("l-b1-3-t2", "Medewerker"),
    ("l-a2-7-t1", "Adviseur"),
}


def recipes(part: str) -> list[Recipe]:
    """The mixes of a part: pairs near and far apart, one voice alone, three and four, clean to telephone."""
    pairs = [("big", "small"), ("male", "female"), ("female", "female2"), ("male", "big"), ("female2", "small")]
    if part == "held-out":
        pairs = [("agent", "caller"), ("female", "female2"), ("male", "agent"), ("big", "small"), ("female", "caller")]
    voices = sorted({voice for pair in pairs for voice in pair})
    made = []
    for number, pair in enumerate(pairs):
        name = "-".join(pair)
        made += [
            Recipe(f"{name}-clean", pair, overlap=0.05),
            Recipe(f"{name}-telephone", pair, overlap=0.1, telephone=True),
            Recipe(f"{name}-room", pair, overlap=0.2, room=True, noise=20),
            Recipe(f"{name}-noise", pair, overlap=0.0 if number % 2 else 0.15, noise=10, telephone=bool(number % 2)),
        ]
    for number, voice in enumerate(voices):
        made.append(Recipe(f"alone-{voice}", (voice,), seconds=60 + 20 * (number % 3), replies=0, overlap=0))
        made.append(
            Recipe(
                f"alone-{voice}-telephone", (voice,), seconds=90, replies=0, overlap=0, telephone=True, noise=15,
                room=bool(number % 2),
            )
        )  # fmt: skip
    made.append(Recipe("three", tuple(voices[:3]), seconds=120))
    made.append(Recipe("four-telephone", tuple(voices[:4]), seconds=150, telephone=True))
    return made


def gather(shared: Path, part: str) -> dict[str, list[Clip]]:
    """Clips of each voice, from recordings that the other part does not use."""
    clips: dict[str, list[Clip]] = {}
    for name in ("fillets_01", "fillets_03") if part == "dev" else ("fillets_05", "fillets_07"):
        sound = open_sound(shared / "nl-fillets" / f"{name}_stereo.flac").samples
        truth = json.loads((shared / "nl-fillets" / f"{name}.json").read_text())
        channel = {speaker: int(number) for number, speaker in truth["channels"].items()}
        for turn in truth["turns"]:
            row = sound[channel[turn["speaker"]]]
            _add(clips, turn["speaker"], row[int(turn["start"] * RATE) : int(turn["end"] * RATE)])
    for name in DEV_EXAMS if part == "dev" else HELD_OUT_EXAMS:
        row = open_sound(shared / "nl-exams" / f"{name}.mp3").mono()
        for span in read_rttm(shared / "nl-exams" / f"{name}.rttm")[name]:
            key = (name, span.speaker)
            voice = "male" if key in MALE else "female2" if key in SECOND_FEMALE else "female"
            _add(clips, voice, row[int(span.start * RATE) : int(span.end * RATE)])
    if part == "held-out":
        sound = open_sound(shared / "en-dealer" / "call.flac").samples
        (spans,) = read_rttm(shared / "en-dealer" / "call.rttm").values()
        for span in spans:
            row = sound[("agent", "caller").index(span.speaker)]
            _add(clips, span.speaker, row[int(span.start * RATE) : int(span.end * RATE)])
    return clips


def _add(clips: dict[str, list[Clip]], voice: str, samples: NDArray[np.int16]) -> None:
    """Cut a recording of one voice at its pauses, bring the parts to one loudness, and keep them."""
    sound = samples.astype(np.float64)
    frames = len(sound) // 160
    if frames < 25:
        return
    level = 10 * np.log10((sound[: frames * 160].reshape(frames, 160) ** 2).mean(axis=1) + 1)
    heard = signal.medfilt((level > np.percentile(level, 95) - 35).astype(float), 5) > 0.5
    parts: list[list[tuple[int, int]]] = []
    for start, end in runs(heard):
        if parts and start - parts[-1][-1][1] < 50:
            if start - parts[-1][-1][1] < 20:
                start = parts[-1].pop()[0]
            parts[-1].append((start, end))
        elif end - start >= 20:
            parts.append([(start, end)])
    for part in parts:
        first, last = part[0][0], part[-1][1]
        cut = sound[first * 160 : last * 160]
        loud = np.sqrt(np.mean(cut**2)) + 1e-9
        speech = tuple(((start - first) * 160, (end - first) * 160) for start, end in part)
        clips.setdefault(voice, []).append(Clip(cut * (2000 / loud), speech))


def mix(recipe: Recipe, clips: dict[str, list[Clip]]) -> tuple[NDArray[np.int16], tuple[SpeakerSpan, ...]]:
    """The call as int16 at 16 kHz, and who speaks when."""
    chance = np.random.default_rng(zlib.crc32(recipe.name.encode()))
    length = int(recipe.seconds * RATE)
    tracks = {voice: np.zeros(length) for voice in recipe.voices}
    spans: list[SpeakerSpan] = []
    shuffled = {voice: [clips[voice][i] for i in chance.permutation(len(clips[voice]))] for voice in recipe.voices}
    used = dict.fromkeys(recipe.voices, 0)

    def take(voice: str) -> Clip:
        used[voice] += 1
        return shuffled[voice][(used[voice] - 1) % len(shuffled[voice])]

    def place(voice: str, clip: Clip, at: int) -> int:
        at = min(at, length)
        end = min(length, at + len(clip.sound))
        tracks[voice][at:end] += clip.sound[: end - at]
        spans.extend(
            SpeakerSpan((at + start) / RATE, min(length, at + stop) / RATE, voice)
            for start, stop in clip.speech
            if at + start < length
        )
        return at + len(clip.sound)

    now, turn = RATE // 2, 0
    while now < length - RATE:
        voice = recipe.voices[turn % len(recipe.voices)]
        for _ in range(int(chance.integers(1, 5))):
            if now >= length - RATE:
                break
            begun = now
            now = place(voice, take(voice), now) + int(RATE * chance.uniform(0.1, 0.6))
            if len(recipe.voices) > 1 and now - begun > 2 * RATE and chance.random() < recipe.replies:
                other = recipe.voices[(turn + 1) % len(recipe.voices)]
                place(other, _reply(take(other), chance), int(chance.uniform(begun + RATE // 2, now)))
        if chance.random() < 2 * recipe.overlap:
            now = max(0, now - int(RATE * chance.uniform(0.5, 1.5)))
        turn += 1 if len(recipe.voices) < 3 else int(chance.integers(1, len(recipe.voices)))
    sound = sum((track * 10 ** (chance.uniform(-4, 4) / 20) for track in tracks.values()), start=np.zeros(length))
    if recipe.room:
        sound = _in_room(sound, chance)
    if recipe.noise is not None:
        sound = sound + _noise(sound, recipe.noise, chance)
    if recipe.telephone:
        sound = _telephone(sound)
    return np.clip(np.round(sound), -32768, 32767).astype(np.int16), tuple(_joined(spans))


def _reply(clip: Clip, chance: np.random.Generator) -> Clip:
    """0.2 to 0.6 s from the start of a clip: a "ja" or "hm-hm"."""
    size = min(len(clip.sound), int(RATE * chance.uniform(0.2, 0.6)))
    fade = np.minimum(1, (size - np.arange(size)) / 320)
    return Clip(clip.sound[:size] * fade, ((0, size),))


def _in_room(sound: Sound, chance: np.random.Generator) -> Sound:
    """Reverberation of 0.3 to 0.5 s."""
    tail = np.arange(int(0.5 * RATE)) / RATE
    answer = chance.normal(size=len(tail)) * np.exp(-6.9 * tail / chance.uniform(0.3, 0.5)) * 0.03
    answer[0] = 1
    return np.asarray(signal.fftconvolve(sound, answer)[: len(sound)])


def _noise(sound: Sound, ratio: float, chance: np.random.Generator) -> Sound:
    """Pink-like noise at a ratio below the speech, in dB."""
    hiss = signal.lfilter([1], [1, -0.95], chance.normal(size=len(sound)))
    level = np.sqrt(np.mean(sound[np.abs(sound) > 50] ** 2)) if (np.abs(sound) > 50).any() else 1.0
    return np.asarray(hiss / hiss.std() * level * 10 ** (-ratio / 20))


def _telephone(sound: Sound) -> Sound:
    """300 to 3400 Hz at 8 kHz through 8-bit mu-law, back at 16 kHz."""
    band = signal.butter(6, [300, 3400], "bandpass", fs=RATE, output="sos")
    narrow = np.clip(signal.resample_poly(signal.sosfilt(band, sound), 1, 2) / 32768, -1, 1)
    steps = np.round(np.sign(narrow) * np.log1p(255 * np.abs(narrow)) / np.log(256) * 127) / 127
    return np.asarray(signal.resample_poly(np.sign(steps) * (256 ** np.abs(steps) - 1) / 255 * 32768, 2, 1))


def _joined(spans: list[SpeakerSpan]) -> list[SpeakerSpan]:
    """Spans in order; a speaker's own spans that touch or overlap are one."""
    joined: list[SpeakerSpan] = []
    for span in sorted(spans, key=lambda span: (span.speaker, span.start)):
        if joined and joined[-1].speaker == span.speaker and span.start <= joined[-1].end:
            span = SpeakerSpan(joined[-1].start, max(span.end, joined.pop().end), span.speaker)
        joined.append(span)
    return sorted(joined, key=lambda span: span.start)


def main() -> None:
    """Write the mixes of a part."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("shared", type=Path, help="folder with nl-fillets, nl-exams and en-dealer")
    parser.add_argument("output", type=Path)
    parser.add_argument("--part", choices=["dev", "held-out"], default="dev")
    arguments = parser.parse_args()
    arguments.output.mkdir(parents=True, exist_ok=True)
    clips = gather(arguments.shared, arguments.part)
    for recipe in recipes(arguments.part):
        samples, spans = mix(recipe, clips)
        with wave.open(str(arguments.output / f"{recipe.name}.wav"), "wb") as file:
            file.setnchannels(1)
            file.setsampwidth(2)
            file.setframerate(RATE)
            file.writeframes(samples.tobytes())
        write_rttm(arguments.output / f"{recipe.name}.rttm", spans, name=recipe.name)
        print(recipe.name, f"{len(samples) / RATE:.0f} s,", len(spans), "spans")


if __name__ == "__main__":
    main()
