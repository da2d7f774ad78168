"""From a recording to an analysis, with the real models on real sound, and with sockets closed."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from analyser.audio import open_sound
from analyser.errors import AudioError, StorageError
from analyser.outputs import write_outputs
from analyser.pipeline import analyse
from analyser.settings import Settings
from tests.conftest import SAMPLES, Wave

RATE = 16_000
ROOT = Path(__file__).parent.parent


@pytest.mark.model
@pytest.mark.usefixtures("no_sockets")
def test_pipeline_sample_call_end_to_end(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    source = SAMPLES / "nl-good.mp3"
    analysis, job = analyse(source, Settings(), output=tmp_path)
    written = write_outputs(analysis, job, Settings(), source=source)
    conversation = analysis.conversation

    assert conversation.language == "nl"
    assert sorted(speaker.side for speaker in conversation.speakers) == ["client", "seller"]
    seller = [one for one in conversation.utterances if one.side == "seller"]
    assert any(one.does("open_question") for one in seller)
    assert any(one.does("summary") for one in seller)
    assert analysis.tally.talk_ratio is not None and 0.3 < analysis.tally.talk_ratio < 0.8
    assert any(moment.kind == "confirmed_summary" for moment in analysis.moments)
    assert analysis.readiness[-1].level > 0.5
    assert {model.task for model in analysis.provenance.models} >= {"speech recognition", "speakers"}
    assert {file.name for file in written} >= {"report.html", "analysis.json", "transcript.json", "speakers.rttm"}
    assert not list(job.folder.glob(".partial*"))

    # Everything was kept: a second run hears nothing again.
    def refuse(*_: object, **__: object) -> None:
        raise AssertionError("heard again")

    monkeypatch.setattr("analyser.hearing.open_sound", refuse)
    again, _ = analyse(source, Settings(), output=tmp_path)
    assert again.moments == analysis.moments

    # Our own transcript gives the same conversation without the recording.
    from_words, _ = analyse(job.folder / "transcript.json", Settings(), output=tmp_path / "again")
    assert [turn.text for turn in from_words.conversation.turns] == [turn.text for turn in conversation.turns]


def quiet(seconds: float) -> np.ndarray:
    """A room without anyone: noise at −60 dB."""
    return np.random.default_rng(0).normal(0, 0.001, int(seconds * RATE))


def music(seconds: float) -> np.ndarray:
    """Three chords over and over."""
    time = np.arange(int(seconds * RATE)) / RATE
    chords = ((262, 330, 392), (220, 262, 330), (196, 247, 294))
    place = (time // 2).astype(int) % 3
    tones = np.array([sum(np.sin(2 * np.pi * tone * time) for tone in chord) for chord in chords])
    return 0.1 * tones[place, np.arange(len(time))] * np.exp(-(time % 0.5) * 3)


@pytest.mark.model
@pytest.mark.parametrize(
    "sound",
    [np.zeros(60 * RATE), quiet(60), music(60), np.random.default_rng(1).normal(0, 0.1, 60 * RATE)],
    ids=["silence", "empty room", "music", "noise"],
)
def test_pipeline_no_words_are_invented(tmp_path: Path, save_wave: Wave, sound: np.ndarray) -> None:
    try:
        analysis, _ = analyse(save_wave(sound), Settings(), output=tmp_path / "out")
    except AudioError as error:
        assert "no speech" in str(error)
        assert not (tmp_path / "out" / "call").exists()
    else:
        assert sum(len(turn.words) for turn in analysis.conversation.turns) == 0


@pytest.mark.model
def test_pipeline_names_of_any_kind(tmp_path: Path, save_wave: Wave) -> None:
    for name in ('het "gesprek" <1>.wav', "it's.wav", "💶 offerte.wav", "a b  c.wav"):
        with pytest.raises(AudioError, match="no speech"):
            analyse(save_wave(quiet(2), name), Settings(), output=tmp_path / "out")
    assert not [folder for folder in (tmp_path / "out").iterdir() if folder.is_dir()]


def test_pipeline_folder_that_cannot_be_written(tmp_path: Path, save_wave: Wave) -> None:
    (tmp_path / "out").write_text("a file, no folder")
    with pytest.raises(StorageError, match="--output"):
        analyse(save_wave(quiet(1)), Settings(), output=tmp_path / "out")


@pytest.mark.model
def test_pipeline_killed_run_leaves_whole_files_and_goes_on(tmp_path: Path) -> None:
    source = SAMPLES / "nl-premature.ogg"
    script = (
        "import os, signal, sys\n"
        "from pathlib import Path\n"
        "import analyser.hearing as hearing\n"
        "from analyser.pipeline import analyse\n"
        "from analyser.settings import Settings\n"
        "hearing._words = lambda *_: os.kill(os.getpid(), signal.SIGKILL)\n"
        "analyse(Path(sys.argv[1]), Settings(), output=Path(sys.argv[2]))\n"
    )
    killed = subprocess.run([sys.executable, "-c", script, str(source), str(tmp_path)], cwd=ROOT, env=os.environ)
    assert killed.returncode == -signal.SIGKILL
    folder = tmp_path / "nl-premature"
    assert (folder / "speech.json").is_file()
    assert not (folder / "words.json").exists() and not (folder / "analysis.json").exists()
    analysis, job = analyse(source, Settings(), output=tmp_path)
    assert job.folder == folder
    assert analysis.conversation.turns


@pytest.mark.model
def test_pipeline_one_voice_only_has_no_talk_ratio_to_trust(tmp_path: Path, save_wave: Wave) -> None:
    left = open_sound(SAMPLES / "nl-telephone.mp3").samples[0, : 40 * RATE] / 32768
    analysis, job = analyse(save_wave(left), Settings(), output=tmp_path / "out")
    assert len(analysis.conversation.speakers) == 1
    assert analysis.talk_ratio is None or not analysis.talk_ratio.trusted
    assert write_outputs(analysis, job, Settings())


@pytest.mark.model
def test_pipeline_truncated_mp3_is_analysed_as_far_as_it_goes(tmp_path: Path) -> None:
    path = tmp_path / "cut.mp3"
    whole = (SAMPLES / "nl-good.mp3").read_bytes()
    path.write_bytes(whole[: len(whole) // 4])
    analysis, _ = analyse(path, Settings(), output=tmp_path / "out")
    assert 20 < analysis.recording.duration < 40
    assert analysis.conversation.turns


def test_pipeline_three_voices_are_two_sides(tmp_path: Path) -> None:
    path = tmp_path / "meeting.vtt"
    said = (
        ("Anna", "Goedemorgen, ik ben Anna van Vakwerk en dit is mijn collega Bram. Waar loopt u tegenaan?"),
        ("Piet", "Bij ons op de zaak ligt de telefoon er vaak uit, en dan belt er niemand terug."),
        ("Bram", "Hoe lang speelt dat al bij u, en wat heeft u daar zelf al aan gedaan?"),
        ("Piet", "Al een half jaar. Onze vorige leverancier heeft het twee keer gerepareerd."),
        ("Anna", "Wij leveren een centrale die dat oplost, die kost honderd euro per maand."),
        ("Piet", "Dat moet ik met mijn vrouw bespreken."),
    )
    cues = "\n\n".join(
        f"00:00:{10 * place:02}.000 --> 00:00:{10 * place + 9:02}.000\n<v {name}>{text}</v>"
        for place, (name, text) in enumerate(said)
    )
    path.write_text(f"WEBVTT\n\n{cues}\n", encoding="utf-8")
    analysis, _ = analyse(path, Settings(), output=tmp_path / "out")
    sides = {speaker.name: speaker.side for speaker in analysis.conversation.speakers}
    assert sides == {"Anna": "seller", "Bram": "seller", "Piet": "client"}
    assert analysis.conversation.language == "nl"
