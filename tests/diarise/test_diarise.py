"""The whole diariser on real sound; what it must hold to, not what it happens to give."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from analyser.diarise import diarise, networks
from analyser.diarise.networks import EMBEDDING, SEGMENTATION, Network, open_network
from analyser.errors import ModelError, SpeakerError
from analyser.records import SpeakerSpan

SHARED = Path(__file__).resolve().parents[2] / ".." / "shared" / "audio"
with_sound = pytest.mark.skipif(not SHARED.exists(), reason="needs ../shared/audio, which a checkout alone has not")
RATE = 16000


def run(samples: NDArray[np.int16], **options: int) -> tuple[SpeakerSpan, ...]:
    return diarise(samples, threads=1, **options)


@pytest.mark.parametrize("network", [SEGMENTATION, EMBEDDING])
def test_the_networks_are_the_ones_that_were_measured(network: Network) -> None:
    assert open_network(network, threads=1).get_inputs()[0].name == "x"


def test_a_damaged_or_missing_network_is_an_error(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    (tmp_path / "data").mkdir()
    (tmp_path / "data" / SEGMENTATION.file).write_bytes(b"not a network")
    monkeypatch.setattr(networks.resources, "files", lambda package: tmp_path)
    with pytest.raises(ModelError, match="damaged"):
        open_network(SEGMENTATION)
    with pytest.raises(ModelError, match="missing"):
        open_network(EMBEDDING)


@pytest.mark.parametrize("length", [0, 1, 100, 3 * RATE, 12 * RATE])
def test_silence_of_any_length_has_no_speakers(length: int) -> None:
    assert run(np.zeros(length, dtype=np.int16)) == ()


@pytest.mark.parametrize("speakers", [0, 5, -1])
def test_a_number_of_speakers_that_cannot_be_is_an_error(speakers: int) -> None:
    with pytest.raises(SpeakerError, match="1 to 4"):
        run(np.zeros(RATE, dtype=np.int16), speakers=speakers)


def test_music_and_noise_bring_no_crowd() -> None:
    time = np.arange(12 * RATE) / RATE
    chord = sum(np.sin(2 * np.pi * pitch * time) for pitch in (220, 277, 330)) * (1 + np.sin(2 * np.pi * 2 * time))
    tune = (3000 * chord + np.random.default_rng(0).normal(0, 200, len(time))).astype(np.int16)
    assert len({span.speaker for span in run(tune)}) <= 1


@with_sound
@pytest.mark.model
def test_a_shop_dialogue_has_two_speakers_who_are_told_apart() -> None:
    from analyser.audio import open_sound
    from analyser.evaluation.speakers import score_spans, truth_of

    path = SHARED / "nl-exams" / "l-a1-4-t1.mp3"
    sound = open_sound(path)
    truth = truth_of(path)
    assert truth
    score = score_spans(truth, run(sound.mono()), seconds=sound.recording.duration)
    assert score.found == 2
    assert score.confused < 0.02
    assert score.error < 0.12


@with_sound
@pytest.mark.model
def test_a_three_second_call_and_one_voice_alone_have_one_speaker() -> None:
    from analyser.audio import open_sound

    both = open_sound(SHARED / "en-dealer" / "call.flac").samples
    assert len({span.speaker for span in run(both[0, : 3 * RATE])}) == 1
    assert len({span.speaker for span in run(both[0, : 40 * RATE])}) == 1
    assert len({span.speaker for span in run(both[0, : 40 * RATE], speakers=1)}) == 1
