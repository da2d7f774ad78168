"""A folder for each recording, whose files are the state."""

from __future__ import annotations

from pathlib import Path

import pytest

from analyser.errors import StorageError
from analyser.records import Span
from analyser.workspace import folder_name, jobs, key_of, open_job


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("gesprek 12 mei.wav", "gesprek-12-mei"),
        ("../../etc/passwd", "passwd"),
        ("..\\..\\boot.ini", "boot"),
        ('"><img onerror=x>.mp3', "img-onerror-x"),
        ("💥.wav", "call"),
        ("..", "call"),
        (".wav", "wav"),
        ("cafe\u0301.m4a", "café"),
        ("a" * 300 + ".wav", "a" * 80),
        ("week.42.wav", "week.42"),
    ],
)
def test_folder_name_is_never_a_path(name: str, expected: str) -> None:
    assert folder_name(name) == expected


def test_workspace_stage_is_made_once_for_a_key(tmp_path: Path) -> None:
    made: list[int] = []

    def make() -> Span:
        made.append(1)
        return Span(0.0, float(len(made)))

    job = open_job(tmp_path, "call.wav", "a" * 64)
    assert job.stage("speech", Span, "k1", make) == Span(0.0, 1.0)
    assert open_job(tmp_path, "call.wav", "a" * 64).stage("speech", Span, "k1", make) == Span(0.0, 1.0)
    assert job.stage("speech", Span, "k2", make) == Span(0.0, 2.0)
    (job.folder / "speech.json").write_text("{")
    assert job.stage("speech", Span, "k2", make) == Span(0.0, 3.0)
    assert len(made) == 3


def test_workspace_same_name_of_another_recording_gets_its_own_folder(tmp_path: Path) -> None:
    first = open_job(tmp_path, "call.wav", "a" * 64)
    second = open_job(tmp_path, "call.wav", "b" * 64)
    assert first.folder != second.folder
    assert open_job(tmp_path, "call.wav", "b" * 64).folder == second.folder
    assert open_job(tmp_path, "call.wav", "a" * 64).folder == first.folder


def test_workspace_failed_recording_leaves_nothing_but_finished_work_stays(tmp_path: Path) -> None:
    job = open_job(tmp_path, "call.wav", "a" * 64)
    job.discard(unfinished=False)
    assert [path for path in tmp_path.iterdir() if path.name != ".lock"] == []
    job = open_job(tmp_path, "call.wav", "a" * 64)
    job.put("speech", Span(0, 1), "k")
    job.discard(unfinished=False)
    assert (job.folder / "speech.json").is_file()
    assert list(jobs(tmp_path)) == []
    job.put("analysis", Span(0, 1), "k")
    job.discard()
    assert (job.folder / "analysis.json").is_file()


def test_workspace_output_that_is_a_file_is_named(tmp_path: Path) -> None:
    (tmp_path / "reports").write_text("")
    with pytest.raises(StorageError, match="reports"):
        open_job(tmp_path / "reports", "call.wav", "a" * 64)


def test_workspace_keeps_the_recording_beside_the_report(tmp_path: Path) -> None:
    source = tmp_path / "call.WAV"
    source.write_bytes(b"sound")
    job = open_job(tmp_path / "out", source.name, "a" * 64)
    assert job.keep_recording(source, lambda: b"opus") == "recording.wav"
    assert (job.folder / "recording.wav").read_bytes() == b"sound"
    other = tmp_path / "call.wma"
    other.write_bytes(b"sound")
    assert job.keep_recording(other, lambda: b"opus") == "recording.ogg"
    assert (job.folder / "recording.ogg").read_bytes() == b"opus"
    job.delete()
    assert not job.folder.exists()
    assert source.read_bytes() == b"sound"


def test_key_changes_with_what_the_result_hangs_on() -> None:
    assert key_of("a", Span(0, 1)) == key_of("a", Span(0, 1)) != key_of("a", Span(0, 2))


def test_a_recording_that_gave_way_keeps_its_folder_when_the_other_is_gone(tmp_path: Path) -> None:
    first = open_job(tmp_path, "call.wav", "a" * 64)
    second = open_job(tmp_path, "call.wav", "b" * 64)
    first.delete()
    assert open_job(tmp_path, "call.wav", "b" * 64).folder == second.folder
