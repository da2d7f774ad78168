"""Records to files and back."""

from __future__ import annotations

from pathlib import Path

import pytest

from analyser.errors import StorageError
from analyser.records import Act, Conversation, Speaker, Turn, Utterance, Word
from analyser.storage import from_json, read_record, schema, to_json, write_atomic, write_record

WORDS = (Word(0.0, 0.4, "Goedemorgen,"), Word(0.4, 0.9, "<b>Anna</b>", 0.5, "A"))
CALL = Conversation(
    language="nl",
    speakers=(Speaker("A", "seller", 0.9),),
    turns=(Turn(0.0, 0.9, "A", WORDS),),
    utterances=(Utterance(0.0, 0.9, 0, "A", "seller", WORDS, (Act("small_talk", 0.8),)),),
)


def test_storage_gives_back_the_same_record(tmp_path: Path) -> None:
    write_record(tmp_path / "deep" / "call.json", CALL)
    assert read_record(Conversation, tmp_path / "deep" / "call.json") == CALL


def test_storage_says_which_field_is_off() -> None:
    broken = to_json(CALL).replace('"seller"', '"zeller"')
    with pytest.raises(StorageError, match=r"mine\.json.*speakers\.0\.side"):
        from_json(Conversation, broken, source="mine.json")


def test_storage_failed_write_leaves_the_old_file_and_nothing_else(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "call.json"
    write_atomic(path, "old")

    def full(handle: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("analyser.storage.os.fsync", full)
    with pytest.raises(StorageError, match="No space left on device"):
        write_atomic(path, "new")
    assert path.read_text() == "old"
    assert [file.name for file in tmp_path.iterdir()] == ["call.json"]


def test_storage_interrupted_write_leaves_nothing_half(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def stop(handle: int) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr("analyser.storage.os.fsync", stop)
    with pytest.raises(KeyboardInterrupt):
        write_atomic(tmp_path / "call.json", "new")
    assert list(tmp_path.iterdir()) == []


def test_storage_missing_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(StorageError, match=r"gone\.json"):
        read_record(Conversation, tmp_path / "gone.json")


def test_storage_schema_names_the_fields() -> None:
    assert {"language", "turns", "utterances"} <= set(schema(Conversation)["properties"])
