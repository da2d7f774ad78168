from __future__ import annotations

import os
import sys
from types import ModuleType, SimpleNamespace
from typing import Any

import numpy as np
import pytest

from analyser.diarise.pyannote_adapter import diarise
from analyser.errors import ModelError
from analyser.records import SpeakerSpan

SAMPLES = np.zeros(16000, dtype=np.int16)


class Annotation:
    def itertracks(self, *, yield_label: bool) -> list[tuple[Any, int, str]]:
        assert yield_label
        return [
            (SimpleNamespace(start=2.0, end=3.0), 0, "SPEAKER_00"),
            (SimpleNamespace(start=0.5, end=2.5), 1, "SPEAKER_01"),
        ]


class Pipeline:
    """Notes what it was asked; its module notes whether telemetry was off when it was imported."""

    asked: dict[str, Any]

    @classmethod
    def from_pretrained(cls, source: str, token: str | None) -> Pipeline | None:
        if source == "absent":
            raise OSError("no such repository")
        return None if source == "gated" else cls()

    def __call__(self, sound: dict[str, Any], **options: Any) -> Any:
        Pipeline.asked = {"rate": sound["sample_rate"], **options}
        return SimpleNamespace(speaker_diarization=Annotation())


@pytest.fixture
def pyannote(monkeypatch: pytest.MonkeyPatch) -> None:
    class Audio(ModuleType):
        def __getattr__(self, name: str) -> Any:
            if name != "Pipeline":
                raise AttributeError(name)
            assert os.environ["PYANNOTE_METRICS_ENABLED"] == "0"
            return Pipeline

    torch = ModuleType("torch")
    torch.cuda = SimpleNamespace(is_available=lambda: False)  # type: ignore[attr-defined]
    torch.from_numpy = lambda array: array  # type: ignore[attr-defined]
    package = ModuleType("pyannote")
    package.__path__ = []
    monkeypatch.setenv("PYANNOTE_METRICS_ENABLED", "1")
    monkeypatch.delenv("PYANNOTE_PIPELINE", raising=False)
    for name, module in {"torch": torch, "pyannote": package, "pyannote.audio": Audio("pyannote.audio")}.items():
        monkeypatch.setitem(sys.modules, name, module)


@pytest.mark.usefixtures("pyannote")
def test_telemetry_is_off_before_the_import_and_labels_go_by_first_speech() -> None:
    assert diarise(SAMPLES, speakers=2) == (SpeakerSpan(0.5, 2.5, "A", 0.9), SpeakerSpan(2.0, 3.0, "B", 0.9))
    assert Pipeline.asked == {"rate": 16000, "num_speakers": 2}
    diarise(SAMPLES)
    assert Pipeline.asked == {"rate": 16000}


@pytest.mark.usefixtures("pyannote")
@pytest.mark.parametrize("source", ["absent", "gated"])
def test_weights_that_cannot_be_had_are_named_with_what_to_do(source: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PYANNOTE_PIPELINE", source)
    with pytest.raises(ModelError, match=f"{source} cannot be loaded.*HF_TOKEN"):
        diarise(SAMPLES)


def test_without_pyannote_the_error_says_how_to_install_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "pyannote.audio", None)
    monkeypatch.setitem(sys.modules, "torch", None)
    with pytest.raises(ModelError, match=r"analyser\[pyannote\]"):
        diarise(SAMPLES)
