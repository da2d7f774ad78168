from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from analyser.diarise import voices
from analyser.diarise.voices import KnownVoice, add_voice, closest, forget_voice, list_voices, match_voices
from analyser.errors import SpeakerError, StorageError
from analyser.records import SpeakerSpan

SILENCE = np.zeros(16000 * 20, dtype=np.int16)
SPANS = (SpeakerSpan(0.0, 8.0, "A"), SpeakerSpan(7.0, 9.0, "B"), SpeakerSpan(10.0, 20.0, "B"))


def heard(vectors: dict[str, list[float]]) -> object:
    """A stand-in for the network: each speaker of the call sounds as told."""

    def embed(samples: object, spans: object, *, speaker: str, embedder: object = None) -> tuple[np.ndarray, float]:
        if speaker not in vectors:
            raise SpeakerError("too little")
        vector = np.zeros(192, dtype=np.float32)
        vector[: len(vectors[speaker])] = vectors[speaker]
        return vector / np.linalg.norm(vector), 12.0

    return embed


@pytest.fixture
def known(tmp_path: Path) -> Path:
    return tmp_path / "voices.json"


def test_a_voice_is_added_listed_matched_and_forgotten(known: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(voices, "embed_speaker", heard({"A": [1, 0.1], "B": [0, 1]}))
    added = add_voice(known, "Zoë de Vries", SILENCE, SPANS, speaker="A", consent="by e-mail, 3 March")
    assert [(voice.name, voice.consent, voice.seconds) for voice in list_voices(known)] == [
        ("Zoë de Vries", "by e-mail, 3 March", 12.0)
    ]
    monkeypatch.setattr(voices, "embed_speaker", heard({"A": [0, 1], "B": [1, 0]}))
    (match,) = match_voices(list_voices(known), SILENCE, SPANS)
    assert (match.speaker, match.name) == ("B", "Zoë de Vries")
    assert match.similarity == pytest.approx(added.vector[0], abs=1e-4)
    forget_voice(known, "Zoë de Vries")
    assert list_voices(known) == ()
    assert "Zoë" not in known.read_text(encoding="utf-8")


def test_nothing_is_kept_without_consent(known: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(voices, "embed_speaker", heard({"A": [1]}))
    with pytest.raises(SpeakerError, match="consent"):
        add_voice(known, "Jan", SILENCE, SPANS, speaker="A", consent="  ")
    assert not known.exists()


def test_a_voice_added_again_is_replaced(known: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(voices, "embed_speaker", heard({"A": [1], "B": [0, 1]}))
    add_voice(known, "Jan", SILENCE, SPANS, speaker="A", consent="yes")
    add_voice(known, "Jan", SILENCE, SPANS, speaker="B", consent="yes")
    (voice,) = list_voices(known)
    assert voice.vector[:2] == (0.0, 1.0)


def test_forgetting_a_stranger_names_who_is_known(known: Path) -> None:
    with pytest.raises(SpeakerError, match="Known: none"):
        forget_voice(known, "Piet")


def test_a_speaker_halfway_two_voices_or_like_none_is_nobody() -> None:
    stored = np.array([[1, 0, 0], [0.95, 0.312, 0], [0, 0, 1]], dtype=np.float32)
    between = np.array([0.987, 0.16, 0.0], dtype=np.float32)
    far = np.array([0.5, 0.3, 0.8], dtype=np.float32) * 0.7
    assert closest("A", between, stored, ["x", "y", "z"]) == ()
    assert closest("A", far, stored, ["x", "y", "z"]) == ()
    assert closest("A", np.array([0.95, -0.3, 0.1], dtype=np.float32), stored, ["x", "y", "z"])[0].name == "x"


def test_a_voice_of_another_network_matches_nobody(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(voices, "embed_speaker", heard({"A": [1]}))
    other = KnownVoice("Jan", (1.0, *[0.0] * 191), 20.0, "2026-01-01T00:00:00+00:00", "yes", "another network")
    assert match_voices([other], SILENCE, SPANS) == ()


def test_a_speaker_who_is_not_there_or_says_too_little_is_named() -> None:
    with pytest.raises(SpeakerError, match="Its speakers: A, B"):
        voices.embed_speaker(SILENCE, SPANS, speaker="C")
    with pytest.raises(SpeakerError, match=r"heard alone for 0\.0 s"):
        voices.embed_speaker(SILENCE, [SpeakerSpan(0, 4, "A"), SpeakerSpan(0, 4, "B")], speaker="A")


def test_a_damaged_file_is_named(known: Path) -> None:
    known.write_text("{", encoding="utf-8")
    with pytest.raises(StorageError, match=r"voices\.json"):
        list_voices(known)
