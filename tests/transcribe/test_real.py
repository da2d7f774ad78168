"""The real recogniser on real sound: what is asserted is meaning, and a ceiling of errors."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from analyser.audio import Sound, open_sound
from analyser.evaluation.speech import compare
from analyser.records import Recording
from analyser.settings import Settings
from analyser.transcribe import recognise

pytestmark = [pytest.mark.model, pytest.mark.usefixtures("no_sockets")]


def test_recognise_a_dutch_call_that_opens_in_english(shared: Path) -> None:
    english = open_sound(shared / "audio/en-clips/sale.wav").mono()[: 27 * 16_000]
    dutch = open_sound(shared / "audio/nl-duo/call.wav")
    samples = np.concatenate([english, dutch.mono()])[None]
    sound = replace(dutch, samples=samples, recording=replace(dutch.recording, duration=samples.shape[1] / 16_000))
    found = recognise(sound, Settings(threads=1))
    first = " ".join(segment.text for segment in found.transcript.segments if segment.end < 27)
    rest = [segment for segment in found.transcript.segments if segment.start > 27]
    assert found.transcript.language == "nl"
    assert "I.d like to buy" in first.replace("'", ".") and "blue, black and red" in first
    assert {segment.language for segment in rest} == {"nl"}
    draft = json.loads((shared / "audio/nl-duo/draft-transcript.json").read_text(encoding="utf-8"))
    (turns,) = [turns for name, turns in draft["files"].items() if "mono" in name][:1]
    errors = compare(" ".join(turn[1] for turn in turns), " ".join(segment.text for segment in rest))
    assert errors.wer is not None and errors.wer < 0.2
    # Words lie where they are said: "20.000 euro" comes 45–50 s into the Dutch call.
    euro = next(word for segment in rest for word in segment.words if "euro" in word.text)
    assert 27 + 44 < euro.start < 27 + 50
    assert found.models[0].sha256.startswith("d01c3014")


def test_recognise_nothing_in_noise_and_tones() -> None:
    rng = np.random.default_rng(3)
    time = np.arange(20 * 16_000) / 16_000
    ring = np.sin(2 * np.pi * 425 * time) * (time % 5 < 1) * 6000
    noise = np.convolve(rng.normal(size=len(time)), np.ones(50) / 50, mode="same") * 4000
    samples = np.concatenate([ring, noise, np.zeros(10 * 16_000)]).astype(np.int16)[None]
    sound = Sound(Recording("hold.wav", "sha", samples.shape[1] / 16_000, 16_000, 1, "mono"), samples)
    assert recognise(sound, Settings(threads=1)).transcript.segments == ()
