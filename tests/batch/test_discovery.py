"""What is found in folders, and what is put aside."""

from __future__ import annotations

import hashlib
import os
from pathlib import Path

import pytest

from analyser.batch.discovery import Unusable, content_hash, find, is_call
from analyser.errors import BatchError


def names(folder: Path, pattern: str = "*") -> list[str]:
    found, _ = find([str(folder)], pattern)
    return [item.relative for item in found]


def reasons(folder: Path) -> dict[str, str]:
    _, unusable = find([str(folder)])
    return {Path(item.source).name: item.reason for item in unusable}


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("gesprek.WAV", True),
        ("gesprek.m4a", True),
        ("call.tsv", True),
        ("call.vtt", True),
        ("transcript.json", True),
        ("jansen.transcript.json", True),
        ("analysis.json", False),
        ("notes.txt", False),
        ("wav", False),
    ],
)
def test_is_call_by_its_name(name: str, expected: bool) -> None:
    assert is_call(name) is expected


def test_find_goes_into_folders_also_one_named_like_a_recording(tmp_path: Path) -> None:
    (tmp_path / "x.wav").mkdir()
    (tmp_path / "x.wav" / "binnen.mp3").write_text("x")
    (tmp_path / "los.mp3").write_text("x")
    assert names(tmp_path) == ["los.mp3", "x.wav/binnen.mp3"]
    assert reasons(tmp_path) == {}


def test_find_passes_over_hidden_files_and_our_own_results(tmp_path: Path) -> None:
    (tmp_path / "._los.mp3").write_text("x")
    (tmp_path / ".Trash").mkdir()
    (tmp_path / ".Trash" / "weg.mp3").write_text("x")
    (tmp_path / "reports" / "los").mkdir(parents=True)
    (tmp_path / "reports" / "los" / "job.json").write_text("{}")
    (tmp_path / "reports" / "los" / "transcript.json").write_text("{}")
    assert names(tmp_path) == []


def test_find_names_what_is_no_file_to_read(tmp_path: Path) -> None:
    (tmp_path / "leeg.wav").touch()
    (tmp_path / "weg.wav").symlink_to(tmp_path / "er-niet.wav")
    os.mkfifo(tmp_path / "pijp.wav")
    found = reasons(tmp_path)
    assert "is empty" in found["leeg.wav"]
    assert "a link to a file that is not there" in found["weg.wav"]
    assert "no ordinary file" in found["pijp.wav"]


def test_find_names_what_may_not_be_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    # By hand: the tests may run as a user who may read everything.
    (tmp_path / "dicht.wav").write_text("x")
    monkeypatch.setattr(os, "access", lambda path, mode: False)
    assert "may not be read" in reasons(tmp_path)["dicht.wav"]


def test_find_takes_names_in_both_ways_of_writing_accents(tmp_path: Path) -> None:
    (tmp_path / "caf\u00e9.wav").write_text("een")
    (tmp_path / "cafe\u0301.wav").write_text("twee")
    assert len(names(tmp_path)) == 2
    assert len(names(tmp_path, "CAF\u00c9*")) == 2


def test_find_pattern_on_name_or_path(tmp_path: Path) -> None:
    for name in ("an", "bo"):
        (tmp_path / name).mkdir()
        (tmp_path / name / "ma.wav").write_text(name)
        (tmp_path / name / "di.mp3").write_text(name)
    assert names(tmp_path, "*.mp3") == ["an/di.mp3", "bo/di.mp3"]
    assert names(tmp_path, "an/*") == ["an/di.mp3", "an/ma.wav"]


def test_find_takes_a_file_once_however_often_its_folder_is_named(tmp_path: Path) -> None:
    (tmp_path / "ma.wav").write_text("x")
    found, _ = find([str(tmp_path), str(tmp_path), str(tmp_path / "ma.wav")])
    assert len(found) == 1


def test_find_a_folder_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(BatchError, match=r"no such folder"):
        find([str(tmp_path / "nergens")])


def test_find_behind_an_address() -> None:
    fsspec = pytest.importorskip("fsspec")
    memory = fsspec.filesystem("memory")
    memory.pipe("/week/an/ma.wav", b"goedemorgen")
    memory.pipe("/week/notes.txt", b"x")
    memory.pipe("/week/leeg.wav", b"")
    found, unusable = find(["memory://week"])
    assert [(item.source, item.relative, item.size) for item in found] == [
        ("memory:///week/an/ma.wav", "an/ma.wav", 11)
    ]
    assert [Path(item.source).name for item in unusable] == ["leeg.wav"]
    assert content_hash(found[0]) == hashlib.sha256(b"goedemorgen").hexdigest()


def test_unusable_says_which_file(tmp_path: Path) -> None:
    (tmp_path / "leeg.wav").touch()
    _, unusable = find([str(tmp_path)])
    assert unusable == [
        Unusable(
            str(tmp_path / "leeg.wav"),
            f"{tmp_path / 'leeg.wav'}: the file is empty. Copy it again from where it was recorded.",
        )
    ]
