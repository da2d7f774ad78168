from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import faster_whisper
import numpy as np
import pytest

from analyser.errors import ModelError
from analyser.records import ModelUse
from analyser.transcribe import Plan
from analyser.transcribe.recogniser import Heard, HeardWord, Recogniser, _words, loaded

USE = ModelUse("speech recognition", "base", "1", "hash")


class Whisper:
    """Takes the place of faster_whisper.WhisperModel: counts what it is asked to encode."""

    made: dict[str, Any]

    def __init__(self, folder: str, **options: Any) -> None:
        if folder == "broken":
            raise RuntimeError("Unable to open file 'model.bin'")
        Whisper.made = {"folder": folder, **options}
        self.encoded: list[tuple[int, ...]] = []
        self.hf_tokenizer = SimpleNamespace(encode=lambda text, add_special_tokens: SimpleNamespace(ids=text.split()))
        self.feature_extractor = lambda sound, padding: np.zeros((80, len(sound) // 160 + 1), dtype=np.float32)

    def encode(self, features: np.ndarray) -> np.ndarray:
        self.encoded.append(features.shape)
        return features


@pytest.fixture(autouse=True)
def whisper(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(faster_whisper, "WhisperModel", Whisper)


def recogniser(device: str, **options: Any) -> tuple[Recogniser, list[tuple[int, ...]]]:
    made = Recogniser(Plan(Path("folder"), USE, device=device, compute="float16"), **options)
    return made, made._whisper.encoded


def test_recogniser_is_loaded_from_its_folder_and_never_from_a_hub() -> None:
    recogniser("cuda")
    assert Whisper.made["folder"] == "folder"
    assert Whisper.made["local_files_only"] is True
    assert (Whisper.made["device"], Whisper.made["compute_type"]) == ("cuda", "float16")


def test_recogniser_encodes_a_batch_as_one_on_a_gpu() -> None:
    made, encoded = recogniser("cuda")
    windows = [made.encode(np.zeros(16_000, dtype=np.float32), frames=200) for _ in range(3)]
    made.stack(windows)
    assert encoded == [(3, 80, 200)]


def test_recogniser_encodes_windows_one_by_one_on_a_cpu() -> None:
    made, encoded = recogniser("cpu")
    windows = [made.encode(np.zeros(16_000, dtype=np.float32), frames=200) for _ in range(3)]
    assert made.stack(windows).shape == [3, 80, 200]
    assert encoded == [(1, 80, 200)] * 3


def test_recogniser_that_cannot_be_loaded_is_told() -> None:
    with pytest.raises(ModelError, match="analyser doctor"):
        Recogniser(Plan(Path("broken"), USE))


def test_hotwords_are_bounded() -> None:
    made, _ = recogniser("cpu", hotwords=[f"Product{n}" for n in range(200)])
    assert made._hotwords.startswith("Product0, Product1")
    assert len(made._hotwords.split()) == 64
    assert recogniser("cpu")[0]._hotwords == ""


def test_words_join_what_is_written_without_a_space() -> None:
    parts = [
        {"word": " 20", "start": 0.0, "end": 0.4, "probability": 0.9},
        {"word": ".000", "start": 0.4, "end": 0.9, "probability": 0.6},
        {"word": " euro.", "start": 0.9, "end": 1.2, "probability": 0.8},
        {"word": "", "start": 1.2, "end": 1.2, "probability": 0.8},
    ]
    assert _words(parts) == (HeardWord(" 20.000", 0.0, 0.9, 0.6), HeardWord(" euro.", 0.9, 1.2, 0.8))


def test_compression_tells_a_text_that_repeats_itself() -> None:
    words = tuple(HeardWord(f" {word}", 0, 1, 0.9) for word in ("dank u wel " * 20).split())
    assert Heard(words, -0.2, 0.0, "nl").compression > 2.4
    assert Heard(words[:3], -0.2, 0.0, "nl").compression < 2.4
    assert Heard((), -0.2, 0.0, "nl").compression == 0.0


@pytest.mark.usefixtures("whisper")
def test_loaded_once_for_all_calls_that_want_the_same() -> None:
    plan = Plan(Path("folder"), USE, why=("2.0 GiB are free",))
    first = loaded(plan)
    assert loaded(replace(plan, why=("1.9 GiB are free",))) is first
    assert loaded(plan, ("Jansen",)) is not first
    assert loaded(replace(plan, threads=2)) is not first
