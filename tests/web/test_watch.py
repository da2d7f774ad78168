"""The folder from which recordings are taken."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
from sqlalchemy import select
from starlette.testclient import TestClient

from analyser.errors import StorageError
from analyser.web import intake, watch
from analyser.web.site import Site
from analyser.web.tables import Call
from tests.browsers import TYPED

People = Callable[[str], TestClient]


@pytest.fixture
def watched(site: Site, tmp_path: Path) -> Site:
    folder = tmp_path / "watched"
    folder.mkdir()
    return Site(replace(site.config, watch=folder), site.database)


def put(site: Site, name: str, text: str = TYPED) -> Path:
    assert site.config.watch is not None
    path = site.config.watch / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")
    return path


def calls(site: Site) -> list[Call]:
    with site.database.read() as session:
        return list(session.scalars(select(Call).order_by(Call.name)).unique())


def test_a_file_is_taken_when_it_has_come_to_rest(watched: Site) -> None:
    path = put(watched, "20261120 bakker.tsv", TYPED[:100])
    assert watch.take(watched) == 0
    path.write_text(TYPED, encoding="utf-8")
    assert watch.take(watched) == 0
    assert watch.take(watched) == 1
    assert watch.take(watched) == 0
    (call,) = calls(watched)
    assert (call.name, call.date, call.state) == ("20261120 bakker.tsv", "2026-11-20", "queued")
    assert not path.exists()
    assert not list(watched.config.uploads.iterdir())


def test_a_folder_named_after_a_user_is_theirs(watched: Site, people: People) -> None:
    people("anna")
    put(watched, "Anna/a.tsv")
    put(watched, "archief/b.tsv", TYPED + "S\tclosing\tDag.\n")
    watch.take(watched)
    assert watch.take(watched) == 2
    hers, other = calls(watched)
    assert (hers.owner.name, hers.uploader.name) == ("anna", "ada")  # type: ignore[union-attr]
    assert (other.owner, other.seller) == (None, "")


def test_what_cannot_be_taken_is_set_apart_with_the_reason(watched: Site) -> None:
    for text in ("no sound", "nor here"):
        put(watched, "call.wav", text)
        watch.take(watched)
        watch.take(watched)
    assert watched.config.watch is not None
    refused = sorted(path.name for path in (watched.config.watch / "refused").iterdir())
    assert len(refused) == 4
    assert refused[-2:] == ["call.wav", "call.wav.txt"]
    assert "call.wav: is not a recording" in (watched.config.watch / "refused" / "call.wav.txt").read_text()
    assert watch.take(watched) == 0


def test_a_crash_before_the_file_is_removed_makes_no_second_call(watched: Site) -> None:
    put(watched, "a.tsv")
    watch.take(watched)
    watch.take(watched)
    path = put(watched, "a.tsv")
    watch.take(watched)
    watch.take(watched)
    assert len(calls(watched)) == 1
    assert not path.exists()


def test_links_hidden_files_and_others_are_left_alone(watched: Site, tmp_path: Path) -> None:
    outside = tmp_path / "outside.tsv"
    outside.write_text(TYPED, encoding="utf-8")
    assert watched.config.watch is not None
    (watched.config.watch / "link.tsv").symlink_to(outside)
    put(watched, ".hidden.tsv")
    put(watched, "notes.docx")
    for _ in range(2):
        assert watch.take(watched) == 0
    assert outside.is_file()


def test_a_full_disk_leaves_the_file_where_it_is(watched: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    path = put(watched, "a.tsv")
    watch.take(watched)
    monkeypatch.setattr(intake, "room", lambda config: -1)
    with pytest.raises(StorageError):
        watch.take(watched)
    assert path.is_file()
    assert not calls(watched)


def test_without_a_folder_nothing_is_watched(site: Site) -> None:
    assert watch.take(site) == 0
    assert watch.take(Site(replace(site.config, watch=site.config.workspace / "none"), site.database)) == 0
