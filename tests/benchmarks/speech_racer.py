"""One system of the race: reads paths of recordings, one a line, and answers with what it heard and how long it took.

Arguments: the system's name, the model's folder, threads, beam size, language (or auto).
"""

from __future__ import annotations

import json
import resource
import sys
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

Hear = Callable[[str], str]


def analyser(model: str, threads: int, beam: int, language: str) -> Hear:
    from analyser.audio import open_sound
    from analyser.settings import Settings
    from analyser.transcribe import plan, recognise
    from analyser.transcribe.recogniser import Recogniser

    settings = Settings(language=language, model="base", threads=threads, beam=beam, device="cpu")
    chosen = replace(plan(settings), folder=Path(model))
    recogniser = Recogniser(chosen)

    def hear(path: str) -> str:
        found = recognise(open_sound(Path(path)), settings, plan=chosen, listener=recogniser)
        words = sorted(found.transcript.words, key=lambda word: word.start)
        return " ".join(word.text for word in words)

    return hear


def faster_whisper(model: str, threads: int, beam: int, language: str, *, batched: bool) -> Hear:
    from faster_whisper import BatchedInferencePipeline, WhisperModel

    loaded: Any = WhisperModel(model, device="cpu", compute_type="int8", cpu_threads=threads, local_files_only=True)
    options: dict[str, Any] = {"beam_size": beam, "word_timestamps": True, "vad_filter": True}
    options["language"] = None if language == "auto" else language
    if batched:
        loaded = BatchedInferencePipeline(loaded)
        options["batch_size"] = 8
    else:
        options["condition_on_previous_text"] = False

    def hear(path: str) -> str:
        segments, _ = loaded.transcribe(path, **options)
        return " ".join(segment.text for segment in segments)

    return hear


def whisper_ctranslate2(model: str, threads: int, beam: int, language: str) -> Hear:
    """Its own class with the defaults of its command line, but for what is the same for all."""
    from whisper_ctranslate2.commandline import CommandLine
    from whisper_ctranslate2.transcribe import Transcribe, TranscriptionOptions

    kept, sys.argv = sys.argv, [sys.argv[0], "none.wav"]
    given: dict[str, Any] = CommandLine.read_command_line()
    sys.argv = kept
    given["temperature"] = [0.0, 0.2, 0.4, 0.6, 0.8, 1.0]
    given["suppress_tokens"] = [-1]
    given |= {"beam_size": beam, "word_timestamps": True, "vad_filter": True, "print_colors": False}
    options = TranscriptionOptions(**{name: given.get(name) for name in TranscriptionOptions._fields})
    loaded = Transcribe(model, "cpu", 0, "int8", threads, None, True, False)

    def hear(path: str) -> str:
        found = loaded.inference(path, "transcribe", None if language == "auto" else language, False, False, options)
        return " ".join(segment["text"] for segment in found["segments"])

    return hear


def main() -> None:
    name, model, threads, beam, language = sys.argv[1:]
    makers: dict[str, Callable[[str, int, int, str], Hear]] = {
        "analyser": analyser,
        "faster-whisper batched": lambda *values: faster_whisper(*values, batched=True),
        "faster-whisper sequential": lambda *values: faster_whisper(*values, batched=False),
        "whisper-ctranslate2": whisper_ctranslate2,
    }
    answers, sys.stdout = sys.stdout, sys.stderr
    begun = time.perf_counter()
    hear = makers[name](model, int(threads), int(beam), language)
    answer: dict[str, Any] = {"load": time.perf_counter() - begun}
    print(json.dumps(answer), file=answers, flush=True)
    for line in sys.stdin:
        path = line.rstrip("\n")
        if not path:
            memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**20
            print(json.dumps({"memory": memory}), file=answers, flush=True)
            return
        begun, processor = time.perf_counter(), time.process_time()
        text = hear(path)
        answer = {"wall": time.perf_counter() - begun, "processor": time.process_time() - processor, "text": text}
        print(json.dumps(answer), file=answers, flush=True)


if __name__ == "__main__":
    main()
