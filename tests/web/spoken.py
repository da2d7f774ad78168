"""A call with sound, for tests of pages that play."""

from __future__ import annotations

import json
import wave
from pathlib import Path

import numpy as np


def give_sound(folder: Path, seconds: float = 40.0) -> str:
    """Make the typed call in ``folder`` one that was spoken, with a tone as its sound; returns the file's name."""
    with wave.open(str(folder / "recording.wav"), "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(8000)
        file.writeframes((3000 * np.sin(np.arange(int(8000 * seconds)) / 6)).astype("<i2").tobytes())
    for name in ("analysis", "said"):
        path = folder / f"{name}.json"
        kept = json.loads(path.read_text(encoding="utf-8"))
        kept["recording"] |= {"layout": "mono", "duration": seconds, "channels": 1, "sample_rate": 8000}
        (kept["conversation"] if name == "analysis" else kept)["timed"] = True
        path.write_text(json.dumps(kept), encoding="utf-8")
    return "recording.wav"
