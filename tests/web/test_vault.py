"""Recordings on the disk: whole, for their owner alone, and unreadable without the key where there is one."""

from __future__ import annotations

import itertools
import os
import stat
from dataclasses import replace
from pathlib import Path

import pytest

pytest.importorskip("cryptography", reason="the extra 'web' is not installed")

from analyser.errors import SettingsError, StorageError
from analyser.storage import write_atomic
from analyser.web import sealing, vault
from analyser.web.app import prepare
from analyser.web.config import WebConfig

SOUND = b"what was said " * 60_000  # some 840 kB: more than three blocks


@pytest.fixture
def locked(config: WebConfig, tmp_path: Path) -> WebConfig:
    key = tmp_path / "key"
    sealing.new_key(key)
    made = replace(config, key_file=key)
    prepare(made)
    return made


def keep(config: WebConfig, name: str = "call", content: bytes = SOUND) -> Path:
    source = config.uploads / "source"
    config.uploads.mkdir(parents=True, exist_ok=True)
    source.write_bytes(content)
    assert vault.keep(config, source, config.calls / name, ".wav") == "recording.wav"
    assert not source.exists()
    return config.calls / name


def read(config: WebConfig, folder: Path, start: int = 0, end: int | None = None) -> bytes:
    wanted = vault.size(config, folder, "recording.wav") if end is None else end
    return b"".join(vault.stream(config, folder, "recording.wav", start, wanted))


def test_a_kept_recording_is_not_on_the_disk_in_the_clear(locked: WebConfig) -> None:
    folder = keep(locked)
    kept = (folder / "recording.wav").read_bytes()
    assert b"what was said" not in kept
    assert read(locked, folder) == SOUND
    assert stat.S_IMODE((folder / "recording.wav").stat().st_mode) == 0o600
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700


@pytest.mark.parametrize("length", [0, 1, sealing.BLOCK - 1, sealing.BLOCK, sealing.BLOCK + 1])
def test_any_length_comes_back(locked: WebConfig, length: int) -> None:
    content = os.urandom(length)
    folder = keep(locked, content=content)
    assert vault.size(locked, folder, "recording.wav") == length
    assert read(locked, folder) == content


def test_a_part_is_that_part(locked: WebConfig) -> None:
    folder = keep(locked)
    edges = (0, 1, sealing.BLOCK - 1, sealing.BLOCK, sealing.BLOCK + 1, 2 * sealing.BLOCK, len(SOUND) - 1, len(SOUND))
    for start, end in itertools.combinations(edges, 2):
        assert read(locked, folder, start, end) == SOUND[start:end]


def test_two_keepings_of_one_sound_have_no_block_in_common(locked: WebConfig) -> None:
    one, two = ((keep(locked, name) / "recording.wav").read_bytes() for name in ("one", "two"))
    assert one[sealing.HEADER : sealing.HEADER + 64] != two[sealing.HEADER : sealing.HEADER + 64]


def swap_blocks(kept: bytes) -> bytes:
    size = sealing.BLOCK + sealing.TAG
    first, second = (kept[sealing.HEADER + n * size : sealing.HEADER + (n + 1) * size] for n in (0, 1))
    return kept[: sealing.HEADER] + second + first + kept[sealing.HEADER + 2 * size :]


@pytest.mark.parametrize(
    "spoil",
    [
        swap_blocks,
        lambda kept: kept[:-1],
        lambda kept: kept[: sealing.HEADER + sealing.BLOCK + sealing.TAG],
        lambda kept: kept[: sealing.HEADER - 4],
        lambda kept: kept + b"x",
        lambda kept: kept[:100] + bytes([kept[100] ^ 1]) + kept[101:],
        lambda kept: kept[:20] + bytes([kept[20] ^ 1]) + kept[21:],
        # cut off at a block, with the size in the header made to fit
        lambda kept: (
            kept[: sealing.HEADER - 8]
            + sealing.BLOCK.to_bytes(8, "big")
            + kept[sealing.HEADER : sealing.HEADER + sealing.BLOCK + sealing.TAG]
        ),
    ],
)
def test_what_was_changed_on_the_disk_is_refused(locked: WebConfig, spoil) -> None:  # type: ignore[no-untyped-def]
    path = keep(locked) / "recording.wav"
    path.write_bytes(spoil(path.read_bytes()))
    with pytest.raises(StorageError, match="damaged"):
        read(locked, path.parent)


def test_a_block_of_another_file_is_refused(locked: WebConfig) -> None:
    one, two = keep(locked, "one") / "recording.wav", keep(locked, "two") / "recording.wav"
    size = sealing.HEADER + sealing.BLOCK + sealing.TAG
    one.write_bytes(
        one.read_bytes()[: sealing.HEADER] + two.read_bytes()[sealing.HEADER : size] + one.read_bytes()[size:]
    )
    with pytest.raises(StorageError, match="damaged"):
        read(locked, one.parent)


def test_another_key_or_none_opens_nothing(locked: WebConfig, tmp_path: Path) -> None:
    folder = keep(locked)
    sealing.new_key(tmp_path / "other")
    with pytest.raises(StorageError, match="another key"):
        read(replace(locked, key_file=tmp_path / "other"), folder)
    with pytest.raises(StorageError, match="--key-file"):
        read(replace(locked, key_file=None), folder)


def test_what_was_kept_before_there_was_a_key_is_still_read(config: WebConfig, locked: WebConfig) -> None:
    folder = keep(config)
    assert read(locked, folder, 10, 20) == SOUND[10:20]
    with vault.plain(locked, folder, "recording.wav") as path:
        assert path == folder / "recording.wav"


def test_a_decrypted_file_is_its_owners_and_goes(locked: WebConfig) -> None:
    folder = keep(locked)
    with vault.plain(locked, folder, "recording.wav") as path:
        assert path.suffix == ".wav"
        assert path.read_bytes() == SOUND
        assert stat.S_IMODE(path.stat().st_mode) == 0o600
        assert stat.S_IMODE(path.parent.stat().st_mode) == 0o700
        assert vault.sweep(locked) == 0, "one that is in use was swept"
        assert path.exists()
    assert list(locked.temporary.iterdir()) == []


def test_a_decrypted_file_that_a_killed_process_left_is_swept(locked: WebConfig) -> None:
    left = locked.temporary / "plain-call-0123"
    left.mkdir()
    (left / "recording.wav").write_bytes(SOUND)
    (left / ".lock").touch()
    assert vault.sweep(locked) == 1
    assert list(locked.temporary.iterdir()) == []


def test_a_key_is_not_written_over_and_is_its_owners(tmp_path: Path) -> None:
    sealing.new_key(tmp_path / "key")
    assert stat.S_IMODE((tmp_path / "key").stat().st_mode) == 0o600
    with pytest.raises(SettingsError, match="already"):
        sealing.new_key(tmp_path / "key")


@pytest.mark.parametrize("content", [b"", b"c2hvcnQ=", b"not base64 at all!"])
def test_a_file_that_holds_no_key_is_named(config: WebConfig, tmp_path: Path, content: bytes) -> None:
    (tmp_path / "key").write_bytes(content)
    with pytest.raises(SettingsError, match="new-key"):
        vault.check_key(replace(config, key_file=tmp_path / "key"))


def test_files_in_a_folder_of_ones_own_are_ones_own(tmp_path: Path) -> None:
    for mode, expected in ((0o700, 0o600), (0o755, 0o644)):
        folder = tmp_path / f"{mode:o}"
        folder.mkdir()
        folder.chmod(mode)
        write_atomic(folder / "analysis.json", "{}")
        assert stat.S_IMODE((folder / "analysis.json").stat().st_mode) == expected


def test_a_workspace_that_others_could_read_is_closed(config: WebConfig) -> None:
    config.workspace.mkdir(mode=0o755)
    prepare(config)
    assert stat.S_IMODE(config.workspace.stat().st_mode) == 0o700
