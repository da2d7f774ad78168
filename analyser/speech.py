"""Where there is speech, apart from the recogniser and finely enough for gaps and overlaps.

The network is Silero VAD 6 (MIT), as faster-whisper ships it: one probability for each 512 samples. faster-whisper's
own spans (2 s of silence, 400 ms of padding) are too coarse to measure response gaps by.
"""

from __future__ import annotations

from collections.abc import Callable
from importlib.util import find_spec
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from analyser.audio import let_go
from analyser.errors import ModelError
from analyser.records import Span

RATE = 16_000
STEP = 512
"""samples for each probability: 32 ms"""
STEP_SECONDS = STEP / RATE
CONTEXT = 64
"""samples before each step that the network looks back on"""
PIECE = 1024
"""steps run at a time (33 s), so that memory stays flat for hours"""


def speech_probabilities(
    samples: NDArray[np.int16], *, progress: Callable[[float, float], None] | None = None
) -> NDArray[np.float32]:
    """The chance of speech (0–1) for each 512 samples of mono sound at 16 kHz; the last step is padded with silence.

    ``samples`` has shape (n,) and may be a memory map: slices are read, and the network's recurrent state is carried
    from one to the next, so the result does not depend on the slicing. ``progress`` hears seconds done and in all.
    Raises ModelError when faster-whisper's network is not where it should be.
    """
    session = _session()
    count = -(-len(samples) // STEP)
    result = np.zeros(count, dtype=np.float32)
    hidden = np.zeros((1, 1, 128), dtype=np.float32)
    cell = np.zeros((1, 1, 128), dtype=np.float32)
    context = np.zeros(CONTEXT, dtype=np.float32)
    for first in range(0, count, PIECE):
        steps = min(PIECE, count - first)
        part = samples[first * STEP : (first + steps) * STEP]
        piece = np.zeros(steps * STEP, dtype=np.float32)
        piece[: len(part)] = part
        piece /= 32768
        rows = piece.reshape(steps, STEP)
        before = np.vstack([context, rows[:-1, -CONTEXT:]])
        inputs = {"input": np.concatenate([before, rows], axis=1), "h": hidden, "c": cell}
        output, hidden, cell = session.run(None, inputs)  # type: ignore[attr-defined]
        result[first : first + steps] = output.reshape(-1)
        context = piece[-CONTEXT:]
        let_go(samples)
        if progress is not None:
            progress((first + steps) * STEP_SECONDS, count * STEP_SECONDS)
    return result


def speech_spans(
    probabilities: NDArray[np.float32],
    *,
    threshold: float = 0.5,
    release: float = 0.35,
    min_silence: float = 0.2,
    min_speech: float = 0.1,
    pad: float = 0.03,
) -> tuple[Span, ...]:
    """Spans of speech, in order and apart, from the probabilities of `speech_probabilities`.

    Speech begins where the probability reaches ``threshold`` and ends where it falls below ``release``; silences
    shorter than ``min_silence`` seconds are closed, spans shorter than ``min_speech`` left out, and each span is
    widened by ``pad`` seconds on both sides, within the recording.
    """
    found: list[tuple[int, int]] = []
    start: int | None = None
    for step, value in enumerate(probabilities.tolist()):
        if start is None and value >= threshold:
            start = step
        elif start is not None and value < release:
            found.append((start, step))
            start = None
    if start is not None:
        found.append((start, len(probabilities)))
    joined: list[tuple[int, int]] = []
    for first, last in found:
        if joined and (first - joined[-1][1]) * STEP_SECONDS < min_silence:
            joined[-1] = (joined[-1][0], last)
        else:
            joined.append((first, last))
    total = len(probabilities) * STEP_SECONDS
    return tuple(
        Span(max(0.0, first * STEP_SECONDS - pad), min(total, last * STEP_SECONDS + pad))
        for first, last in joined
        if (last - first) * STEP_SECONDS >= min_speech
    )


def _session() -> object:
    import onnxruntime

    spec = find_spec("faster_whisper")
    folders = spec.submodule_search_locations if spec is not None else None
    path = Path(next(iter(folders))) / "assets" / "silero_vad_v6.onnx" if folders else None
    if path is None or not path.is_file():
        raise ModelError(
            "The voice activity network silero_vad_v6.onnx is missing. "
            "Install it again: pip install --force-reinstall 'faster-whisper>=1.2'."
        )
    options = onnxruntime.SessionOptions()
    # One thread: the recogniser has the others, and the arena would keep the largest piece's memory for good.
    options.inter_op_num_threads = options.intra_op_num_threads = 1
    options.enable_cpu_mem_arena = False
    options.log_severity_level = 4
    session: object = onnxruntime.InferenceSession(str(path), options, providers=["CPUExecutionProvider"])
    return session
