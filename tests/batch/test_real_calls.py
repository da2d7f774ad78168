"""A folder with a call of three seconds and one of three hours, through the real pipeline."""

from __future__ import annotations

import wave
from pathlib import Path

import numpy as np
import pytest

from analyser.audio import open_sound
from analyser.batch.engines import threads
from analyser.batch.plan import Request
from analyser.batch.run import run_batch
from analyser.settings import Settings
from analyser.summaries import calls
from tests.conftest import SAMPLES

pytestmark = pytest.mark.model
RATE = 16_000


def test_three_seconds_and_three_hours(tmp_path: Path) -> None:
    talk = open_sound(SAMPLES / "nl-premature.ogg").mono()
    folder = tmp_path / "calls"
    folder.mkdir()
    # Somebody forgot to stop the recorder: a talk of half a minute, hours of an empty room, and two words at the end.
    room = np.random.default_rng(1).integers(-3, 4, 60 * RATE).astype("<i2")
    with wave.open(str(folder / "three hours.wav"), "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(RATE)
        file.writeframes(talk[: 30 * RATE].astype("<i2").tobytes())
        for _ in range(3 * 60):
            file.writeframes(room.tobytes())
        file.writeframes(talk[5 * RATE : 8 * RATE].astype("<i2").tobytes())
    with wave.open(str(folder / "three seconds.wav"), "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(RATE)
        file.writeframes(talk[5 * RATE : 8 * RATE].astype("<i2").tobytes())
    output = tmp_path / "reports"
    summary = run_batch(Request((str(folder),), output, Settings(language="nl")), threads(1))
    assert (summary.done, summary.failed) == (2, 0)
    lengths = {call.summary.name: call.summary.tally.duration for call in calls(output)}
    assert lengths["three seconds.wav"] == pytest.approx(3, abs=0.1)
    assert lengths["three hours.wav"] == pytest.approx(10_833, abs=1)
    assert (output / "three-hours" / "report.html").stat().st_size < 500_000
