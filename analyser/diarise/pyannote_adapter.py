"""pyannote.audio's community-1 in place of our own diariser, for those with its weights, a token and a GPU.

Never needed: install ``analyser[pyannote]`` and choose it with ``--diariser pyannote``. pyannote.audio 4 sends
telemetry (origin of the pipeline, length of each file, number of speakers) unless it is switched off before its
import; here it always is. Weights come from the hub once (``HF_TOKEN`` in the environment) or from a folder named in
``PYANNOTE_PIPELINE``.
"""

from __future__ import annotations

import os
from typing import Any

import numpy as np
from numpy.typing import NDArray

from analyser.errors import ModelError
from analyser.records import SpeakerSpan

PIPELINE = "pyannote/speaker-diarization-community-1"
RATE = 16000


def diarise(samples: NDArray[np.int16], *, speakers: int | None = None) -> tuple[SpeakerSpan, ...]:
    """As `analyser.diarise.diarise`, by pyannote; every confidence is 0.9.

    The whole recording is held in memory. Raises ModelError when pyannote.audio or its weights are not there.
    """
    os.environ["PYANNOTE_METRICS_ENABLED"] = "0"
    try:
        import torch
        from pyannote.audio import Pipeline
    except ImportError as error:
        raise ModelError(
            "The diariser pyannote is not installed. Install it: pip install 'analyser[pyannote]', "
            "or leave --diariser out to use the one that comes with analyser."
        ) from error
    pipeline = _load(Pipeline)
    if torch.cuda.is_available():
        pipeline.to(torch.device("cuda"))
    sound = {"waveform": torch.from_numpy(samples.astype(np.float32)[None] / 32768), "sample_rate": RATE}
    result = pipeline(sound, **({} if speakers is None else {"num_speakers": speakers}))
    annotation = getattr(result, "speaker_diarization", result)
    return _spans(annotation)


def _load(pipeline: Any) -> Any:
    source = os.environ.get("PYANNOTE_PIPELINE", PIPELINE)
    try:
        loaded = pipeline.from_pretrained(source, token=os.environ.get("HF_TOKEN"))
    except Exception as error:  # the hub's client raises errors of many libraries, all meaning: no weights
        raise ModelError(f"{source} cannot be loaded ({error}). {_ADVICE}") from error
    if loaded is None:
        raise ModelError(f"{source} cannot be loaded. {_ADVICE}")
    return loaded


def _spans(annotation: Any) -> tuple[SpeakerSpan, ...]:
    """Spans with labels "A", "B", … in order of first speech."""
    tracks = sorted(
        ((float(turn.start), float(turn.end), str(label)) for turn, _, label in annotation.itertracks(yield_label=True))
    )
    names: dict[str, str] = {}
    for _, _, label in tracks:
        names.setdefault(label, chr(ord("A") + len(names)) if len(names) < 26 else f"S{len(names) + 1}")
    return tuple(SpeakerSpan(start, end, names[label], 0.9) for start, end, label in tracks)


_ADVICE = "Accept its terms on the hub and set HF_TOKEN, or set PYANNOTE_PIPELINE to a folder that holds it."
