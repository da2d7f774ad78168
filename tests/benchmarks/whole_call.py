"""What the whole of `analyse` costs beside recognition alone: one call joined from recordings, in one run.

    python -m tests.benchmarks.whole_call ../shared/audio/nl-exams --minutes 10 --threads 2

faster-whisper transcribes the call with the same model, beam and threads; then `analyse` does all, from the file to the
report, in a process of its own. Seconds on the clock and of the processors, and the peak of memory.
"""

from __future__ import annotations

import json
import multiprocessing
import resource
import tempfile
import time
import wave
from collections.abc import Callable
from pathlib import Path

import click
import numpy as np

RATE = 16_000


def join(folder: Path, seconds: float, target: Path) -> None:
    """Recordings of a folder one after the other, over and over, as one wave file of ``seconds``."""
    from analyser.audio import SUFFIXES, open_sound

    parts = [open_sound(path).mono() for path in sorted(folder.iterdir()) if path.suffix.lower() in SUFFIXES]
    samples = np.concatenate(parts)
    samples = np.tile(samples, int(np.ceil(seconds * RATE / len(samples))))[: int(seconds * RATE)]
    with wave.open(str(target), "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(RATE)
        file.writeframes(samples.tobytes())


def ours(call: Path, threads: int) -> None:
    """The whole of `analyse`, with its report."""
    from analyser.outputs import write_outputs
    from analyser.pipeline import analyse
    from analyser.settings import Settings

    settings = Settings(language="nl", threads=threads)
    with tempfile.TemporaryDirectory() as output:
        analysis, job = analyse(call, settings, output=Path(output))
        write_outputs(analysis, job, settings, source=call)


def words_alone(call: Path, threads: int) -> None:
    """Our recognition alone."""
    from analyser.audio import open_sound
    from analyser.settings import Settings
    from analyser.transcribe import transcribe

    transcribe(open_sound(call), Settings(language="nl", threads=threads))


def voices_alone(call: Path, threads: int) -> None:
    """Our diariser alone."""
    from analyser.audio import open_sound
    from analyser.hearing import find_spans
    from analyser.settings import Settings

    find_spans(open_sound(call), Settings())


def peer(call: Path, threads: int, *, batched: bool) -> None:
    """faster-whisper, batched by 8 or sequential with its voice activity; words timed."""
    from faster_whisper import BatchedInferencePipeline, WhisperModel

    from analyser.models import find, ready

    model = WhisperModel(str(ready(find("base"))[0]), device="cpu", compute_type="int8", cpu_threads=threads)
    if batched:
        found, _ = BatchedInferencePipeline(model).transcribe(
            str(call), language="nl", beam_size=5, batch_size=8, word_timestamps=True
        )
    else:
        found, _ = model.transcribe(
            str(call),
            language="nl",
            beam_size=5,
            vad_filter=True,
            word_timestamps=True,
            condition_on_previous_text=False,
        )
    list(found)


def batched(call: Path, threads: int) -> None:
    """faster-whisper batched."""
    peer(call, threads, batched=True)


def sequential(call: Path, threads: int) -> None:
    """faster-whisper sequential."""
    peer(call, threads, batched=False)


SYSTEMS: dict[str, Callable[[Path, int], None]] = {
    "faster-whisper batched": batched,
    "faster-whisper sequential": sequential,
    "our recognition alone": words_alone,
    "our diariser alone": voices_alone,
    "analyse from file to report": ours,
}


def _measure(name: str, call: Path, threads: int, result: Path) -> None:
    start = time.perf_counter()
    SYSTEMS[name](call, threads)
    used = resource.getrusage(resource.RUSAGE_SELF)
    result.write_text(json.dumps([time.perf_counter() - start, used.ru_utime + used.ru_stime, used.ru_maxrss / 1024]))


@click.command()
@click.argument("folder", type=click.Path(exists=True, file_okay=False, path_type=Path))
@click.option("--minutes", type=float, default=10.0, show_default=True)
@click.option("--threads", type=int, default=2, show_default=True)
@click.option("--systems", default=",".join(SYSTEMS), help="Names with commas between them.")
def main(folder: Path, minutes: float, threads: int, systems: str) -> None:
    """Measure each system on one call joined from the recordings in FOLDER."""
    spawn = multiprocessing.get_context("spawn")
    with tempfile.TemporaryDirectory() as scratch:
        call, result = Path(scratch) / "call.wav", Path(scratch) / "result.json"
        join(folder, 60 * minutes, call)
        print(
            "| system | seconds | processor seconds | × real time | peak memory |\n| --- | ---: | ---: | ---: | ---: |"
        )
        for name in systems.split(","):
            process = spawn.Process(target=_measure, args=(name, call, threads, result))
            process.start()
            process.join()
            clock, processor, memory = json.loads(result.read_text())
            print(
                f"| {name} | {clock:.1f} | {processor:.1f} | {60 * minutes / clock:.1f} | {memory:,.0f} MB |",
                flush=True,
            )


if __name__ == "__main__":
    main()
