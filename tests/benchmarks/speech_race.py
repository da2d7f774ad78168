"""The race: our recognition against what people would pick instead, in one run, file by file in turn.

    python tests/benchmarks/speech_race.py ../shared/audio/nl-exams [--threads 2] [--long MINUTES] [--save results.json]

Every system is a process of its own with the same model, beam and number of threads, and hears the same file while the
others wait, so that a noisy machine is noisy for all. Time is from the file to timed words: decoding, voice activity,
recognition; loading the model is told apart. Words are normalised alike. Silence, music and noise are made here.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
import wave
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np

from analyser.audio import SUFFIXES, open_sound
from analyser.evaluation.speech import WordScore, compare, read_truth, truth_beside
from analyser.models import find, ready

SYSTEMS = ("analyser", "faster-whisper batched", "faster-whisper sequential", "whisper-ctranslate2")
RATE = 16_000


@dataclass(frozen=True)
class Run:
    """One file heard by one system: seconds on the clock and of processor time, and what was written."""

    wall: float
    processor: float
    text: str


class Racer:
    """A system in a process of its own."""

    def __init__(self, system: str, options: argparse.Namespace) -> None:
        worker = Path(__file__).with_name("speech_racer.py")
        command = [sys.executable, str(worker), system, options.model, str(options.threads), str(options.beam)]
        command.append(options.language)
        environment = {**os.environ, "OMP_NUM_THREADS": str(options.threads), "HF_HUB_OFFLINE": "1"}
        self.process = subprocess.Popen(
            command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, env=environment
        )
        self.load = float(self._answer()["load"])

    def hear(self, path: Path) -> Run:
        answer = self._ask(str(path))
        return Run(answer["wall"], answer["processor"], answer["text"])

    def finish(self) -> float:
        """Ends the process; its peak memory in GiB."""
        memory = float(self._ask("")["memory"])
        self.process.wait()
        return memory

    def _ask(self, line: str) -> dict[str, Any]:
        assert self.process.stdin is not None
        self.process.stdin.write(line + "\n")
        self.process.stdin.flush()
        return self._answer()

    def _answer(self) -> dict[str, Any]:
        assert self.process.stdout is not None
        line = self.process.stdout.readline()
        if not line:
            raise SystemExit("a system ended before it answered; see above for its last words")
        answer: dict[str, Any] = json.loads(line)
        return answer


def recordings(folders: list[Path], limit: int | None) -> list[Path]:
    """Recordings with truth beside them, every so many of them where a limit is set."""
    found = [
        path
        for folder in folders
        for path in sorted(folder.iterdir())
        if path.suffix.lower() in SUFFIXES and truth_beside(path)
    ]
    return found[:: max(1, len(found) // limit)][:limit] if limit else found


def truth_of(path: Path) -> str:
    """What is said in a recording, in order."""
    beside = truth_beside(path)
    assert beside is not None
    turns = sorted(read_truth(beside), key=lambda turn: turn.start)
    return " ".join(turn.text for turn in turns)


def joined(paths: list[Path], minutes: float, folder: Path) -> Path:
    """One long mono call made of recordings, over and over."""
    path = folder / "long.wav"
    with wave.open(str(path), "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(RATE)
        while file.tell() < minutes * 60 * RATE:
            for one in paths:
                file.writeframes(open_sound(one).mono().astype("<i2").tobytes())
                file.writeframes(bytes(2 * RATE))
                if file.tell() >= minutes * 60 * RATE:
                    break
    return path


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folders", nargs="*", type=Path)
    parser.add_argument("--systems", nargs="*", default=list(SYSTEMS), choices=SYSTEMS)
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--beam", type=int, default=5)
    parser.add_argument("--language", default="nl", help="auto lets each system find it")
    parser.add_argument("--limit", type=int, help="so many recordings, spread over the folders")
    parser.add_argument("--long", type=float, metavar="MINUTES", help="a call of that length, joined of the recordings")
    parser.add_argument("--empty", type=float, metavar="MINUTES", help="of silence, music and noise each")
    parser.add_argument("--save", type=Path, help="a JSON file for every text and figure")
    options = parser.parse_args()
    options.model = str(ready(find("base"))[0])
    with tempfile.TemporaryDirectory() as scratch:
        files: list[tuple[Path, str | None]] = [
            (path, truth_of(path)) for path in recordings(options.folders, options.limit)
        ]
        if options.long:
            files = [(joined([path for path, _ in files], options.long, Path(scratch)), None)]
        if options.empty:
            files += [(path, "") for path in empty_calls(options.empty, Path(scratch))]
        race(files, options)


def race(files: list[tuple[Path, str | None]], options: argparse.Namespace) -> None:
    racers = {system: Racer(system, options) for system in options.systems}
    seconds = 0.0
    runs: dict[str, list[Run]] = {system: [] for system in racers}
    for place, (path, _) in enumerate(files):
        seconds += open_sound(path).recording.duration
        # Another one first each time: the first to read a file pays for the disk.
        order = list(racers)[place % len(racers) :] + list(racers)[: place % len(racers)]
        for system in order:
            runs[system].append(racers[system].hear(path))
            print(f"{path.name}: {system} {runs[system][-1].wall:.1f} s", file=sys.stderr, flush=True)
    memory = {system: racer.finish() for system, racer in racers.items()}
    print(f"{len(files)} recordings, {seconds:.0f} s, {options.threads} threads, beam {options.beam}\n")
    print(
        "| system | time | × real time | processor time | peak memory | loading | WER | words: wrong / lost / added |"
    )
    print("| --- | ---: | ---: | ---: | ---: | ---: | ---: | ---: |")
    for system, mine in runs.items():
        wall, processor = sum(run.wall for run in mine), sum(run.processor for run in mine)
        pairs = [(truth, run.text) for (_, truth), run in zip(files, mine, strict=True) if truth is not None]
        score = sum((compare(truth, text) for truth, text in pairs), WordScore())
        wer = f"{score.wer:.3f}" if score.wer is not None else "–"
        print(
            f"| {system} | {wall:.0f} s | {seconds / wall:.1f} | {processor:.0f} s | {memory[system]:.2f} GiB "
            f"| {racers[system].load:.1f} s | {wer} | {score.substituted} / {score.deleted} / {score.inserted} |"
        )
    if options.save:
        saved = {
            system: {path.name: asdict(run) for (path, _), run in zip(files, mine, strict=True)}
            for system, mine in runs.items()
        }
        options.save.write_text(json.dumps(saved, ensure_ascii=False, indent=1), encoding="utf-8")


def empty_calls(minutes: float, folder: Path) -> Iterator[Path]:
    """Recordings in which nobody speaks, each of so many minutes."""
    rng = np.random.default_rng(7)
    length = int(minutes * 60 * RATE)
    for name, make in {"silence": silence, "hold music": music, "noise": noise, "ring tones": rings}.items():
        path = folder / f"{name}.wav"
        with wave.open(str(path), "wb") as file:
            file.setnchannels(1)
            file.setsampwidth(2)
            file.setframerate(RATE)
            for start in range(0, length, 30 * RATE):
                time = (start + np.arange(min(30 * RATE, length - start))) / RATE
                sound = np.clip(make(time, rng), -1, 1)
                file.writeframes((sound * 32767).astype("<i2").tobytes())
        yield path


def silence(time: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """What an idle line carries: a few steps of hiss."""
    return rng.normal(size=len(time)) * 1e-4


def noise(time: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """A room: rumble that swells, breathing of broad noise every four seconds, keys struck in bursts."""
    white = rng.normal(size=len(time))
    rumble = np.convolve(white, np.ones(200) / 200, mode="same") * (0.5 + 0.4 * np.sin(time / 3))
    breath = rng.normal(size=len(time)) * np.clip(np.sin(2 * np.pi * time / 4), 0, 1) ** 4 * 0.03
    keys = np.zeros(len(time))
    for place in rng.integers(0, len(time) - 400, size=60):
        keys[place : place + 400] += rng.normal(size=400) * np.exp(-np.arange(400) / 60) * 0.3
    return rumble + breath + keys


def music(time: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Chords of three plucked notes with overtones, a bass, and a beat."""
    sound = np.zeros(len(time))
    for beat in range(int(time[0]), int(time[-1]) + 1):
        root = 220 * 2 ** (int(rng.integers(0, 12)) / 12)
        since = np.clip(time - beat, 0, None)
        envelope = np.where(time >= beat, np.exp(-2.5 * since), 0) * (since < 3)
        for ratio in (1, 1.26, 1.5):
            sound += sum(np.sin(2 * np.pi * root * ratio * n * time) / n**1.5 for n in (1, 2, 3)) * envelope * 0.06
        sound += np.sin(np.pi * root * time) * envelope * 0.15
        sound += rng.normal(size=len(time)) * np.where(time >= beat, np.exp(-30 * since), 0) * 0.1
    return sound


def rings(time: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """The European ring tone, 425 Hz for one second in five, and a busy tone after every third."""
    ringing = (time % 5 < 1) & (time % 20 < 15)
    busy = (time % 1 < 0.5) & (time % 20 >= 15)
    return np.sin(2 * np.pi * 425 * time) * (ringing | busy) * 0.2 + rng.normal(size=len(time)) * 1e-3


if __name__ == "__main__":
    main()
