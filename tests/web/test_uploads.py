"""Uploads in parts: they go on where they stopped, are never larger than was said, and are nobody else's."""

from __future__ import annotations

import datetime as dt
import errno
import json
import os
from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any

import pytest
from sqlalchemy import event, select
from sqlalchemy.exc import OperationalError
from starlette.applications import Starlette
from starlette.testclient import TestClient

from analyser.errors import AudioError
from analyser.web import intake, receiving, upload_rows, uploads
from analyser.web.site import Site
from analyser.web.tables import Call, Upload, now
from tests.browsers import TYPED, browser

People = Callable[[str], TestClient]
CONTENT = TYPED.encode()


def begin(client: TestClient, size: int = len(CONTENT), name: str = "gesprek.tsv", /, **given: Any) -> str:
    answer = client.post("/uploads", json={"name": name, "size": size, **given})
    assert answer.status_code in (200, 201), answer.text
    return str(answer.json()["key"])


def send(client: TestClient, key: str, content: bytes | Iterator[bytes], offset: int = 0) -> Any:
    return client.patch(f"/uploads/{key}", content=content, headers={"upload-offset": str(offset)})


def calls(site: Site) -> list[Call]:
    with site.database.read() as session:
        return list(session.scalars(select(Call).order_by(Call.id)).unique())


def test_an_upload_in_parts_becomes_a_call(client: TestClient, site: Site) -> None:
    key = begin(client, client="Bakker", ground="consent")
    first = send(client, key, CONTENT[:100])
    assert (first.status_code, first.json()["offset"]) == (200, 100)
    assert client.head(f"/uploads/{key}").headers["upload-offset"] == "100"
    last = send(client, key, CONTENT[100:], 100)
    assert last.status_code == 201
    (call,) = calls(site)
    assert (last.json()["call"], call.client, call.ground) == (call.key, "Bakker", "consent")
    assert (site.config.calls / call.key / call.recording).read_bytes() == CONTENT
    assert not list(site.config.uploads.iterdir())


def test_who_missed_the_answer_is_told_again_and_makes_no_second_call(client: TestClient, site: Site) -> None:
    key = begin(client, ref="r")
    send(client, key, CONTENT)
    (call,) = calls(site)
    assert begin(client, ref="r") == key
    assert client.get(f"/uploads/{key}").json()["call"] == call.key
    assert send(client, key, CONTENT).json()["call"] == call.key
    assert send(client, key, b"", len(CONTENT)).json()["call"] == call.key
    assert len(calls(site)) == 1


def test_two_files_alike_in_name_and_size_stay_apart(client: TestClient, site: Site) -> None:
    one, two = begin(client, ref="1"), begin(client, ref="2")
    assert one != two
    other = CONTENT.replace(b"Excel", b"Words")
    send(client, two, other[:50])
    send(client, one, CONTENT)
    send(client, two, other[50:], 50)
    kept = [(site.config.calls / call.key / call.recording).read_bytes() for call in calls(site)]
    assert kept == [CONTENT, other]


@pytest.mark.parametrize("offset", ["10", "-1", "x", "", "9" * 30])
def test_a_part_at_another_place_is_not_written(client: TestClient, site: Site, offset: str) -> None:
    key = begin(client)
    answer = client.patch(f"/uploads/{key}", content=CONTENT, headers={"upload-offset": offset})
    assert (answer.status_code, answer.json()["offset"]) == (409, 0)
    assert not calls(site)


def test_what_a_crash_left_beyond_the_offset_is_written_over(client: TestClient, site: Site) -> None:
    key = begin(client)
    send(client, key, CONTENT[:100])
    (path,) = site.config.uploads.iterdir()
    with path.open("ab") as file:
        file.write(b"\0" * 5000)
    send(client, key, CONTENT[100:], 100)
    (call,) = calls(site)
    assert (site.config.calls / call.key / call.recording).read_bytes() == CONTENT


@pytest.mark.parametrize(
    ("size", "name", "status"),
    [
        (3 << 30, "lang.wav", 413),
        (10**18, "lang.wav", 422),
        (0, "leeg.wav", 422),
        (-5, "leeg.wav", 422),
        (10, "gesprek.html", 422),
        (10, "gesprek.m3u8", 422),
        (10, "gesprek", 422),
    ],
)
def test_what_cannot_be_taken_is_refused_before_a_byte_is_sent(
    client: TestClient, site: Site, size: int, name: str, status: int
) -> None:
    answer = client.post("/uploads", json={"name": name, "size": size})
    assert (answer.status_code, bool(answer.json()["error"])) == (status, True)
    assert not list(site.config.uploads.iterdir())


def test_a_stream_without_end_is_cut_off(client: TestClient, site: Site) -> None:
    key = begin(client)
    sent = 0

    def endless() -> Iterator[bytes]:
        nonlocal sent
        while sent < 64 << 20:
            sent += 1 << 20
            yield bytes(1 << 20)

    assert send(client, key, endless()).status_code == 413
    assert sum(path.stat().st_size for path in site.config.uploads.iterdir()) <= len(CONTENT)
    assert client.get(f"/uploads/{key}").json()["offset"] == 0


def test_more_than_was_said_is_refused_by_its_header(client: TestClient) -> None:
    assert send(client, begin(client), CONTENT + b"x").status_code == 413


def test_a_file_that_is_no_call_is_refused_and_gone(client: TestClient, site: Site) -> None:
    key = begin(client, 300, "call.wav")
    answer = send(client, key, b"\0" * 300)
    assert answer.status_code == 422
    assert answer.json()["error"].startswith("call.wav: ")
    assert client.get(f"/uploads/{key}").status_code == 404
    assert not list(site.config.uploads.iterdir())
    assert not list(site.config.calls.iterdir())


def test_uploads_are_their_owner_s(people: People) -> None:
    anna, ada = people("anna"), people("ada")
    key = begin(anna)
    for other in (ada, people("bram")):
        assert other.get(f"/uploads/{key}").status_code == 404
        assert send(other, key, CONTENT).status_code == 404
        assert other.delete(f"/uploads/{key}").status_code == 404
        assert other.get("/uploads").json() == {"uploads": []}
    assert [upload["key"] for upload in anna.get("/uploads").json()["uploads"]] == [key]


def test_a_cancelled_upload_leaves_nothing(client: TestClient, site: Site) -> None:
    key = begin(client)
    send(client, key, CONTENT[:10])
    assert client.delete(f"/uploads/{key}").status_code == 204
    assert client.get("/uploads").json() == {"uploads": []}
    assert not list(site.config.uploads.iterdir())


def test_nobody_opens_more_uploads_than_they_can_finish(client: TestClient, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(uploads, "OPEN_UPLOADS", 2)
    for ref in "ab":
        begin(client, ref=ref)
    assert client.post("/uploads", json={"name": "a.tsv", "size": 10}).status_code == 429


def test_room_is_promised_once(client: TestClient, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(intake, "room", lambda config: 1000)
    begin(client, 600, "a.wav")
    assert client.post("/uploads", json={"name": "b.wav", "size": 600}).status_code == 507


def test_a_full_disk_is_said_and_the_upload_goes_on_when_there_is_room(
    client: TestClient, site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    key = begin(client)
    send(client, key, CONTENT[:100])

    def full(file: Any) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(receiving, "_sync", full)
    answer = send(client, key, CONTENT[100:], 100)
    assert answer.status_code == 507
    assert "No space" in answer.json()["error"]
    monkeypatch.undo()
    assert client.get(f"/uploads/{key}").json()["offset"] == 100
    assert send(client, key, CONTENT[100:], 100).status_code == 201
    (call,) = calls(site)
    assert (site.config.calls / call.key / call.recording).read_bytes() == CONTENT


def test_a_database_that_is_gone_for_a_while_loses_nothing(app: Starlette, client: TestClient, site: Site) -> None:
    key = begin(client)
    gone = True

    def refuse(*_: Any) -> None:
        if gone:
            raise OperationalError("INSERT", {}, Exception("database is locked"))

    event.listen(Call, "before_insert", refuse)
    try:
        answer = send(client, key, CONTENT)
        assert (answer.status_code, answer.headers["retry-after"]) == (503, "10")
        assert not calls(site)
        gone = False
        # All bytes are there: nothing has to be sent again.
        assert client.get(f"/uploads/{key}").json()["offset"] == len(CONTENT)
        assert send(client, key, b"", len(CONTENT)).status_code == 201
    finally:
        event.remove(Call, "before_insert", refuse)
    assert len(calls(site)) == 1


def test_a_database_that_another_program_holds_is_said(app: Starlette, client: TestClient, site: Site) -> None:
    import sqlite3

    key = begin(client)
    site.database.engine.dispose()

    @event.listens_for(site.database.engine, "connect")
    def impatient(connection: Any, _record: Any) -> None:
        connection.execute("PRAGMA busy_timeout=1")

    holder = sqlite3.connect(site.config.workspace / "analyser.sqlite", isolation_level=None)
    holder.execute("BEGIN IMMEDIATE")
    assert send(client, key, CONTENT).status_code == 503
    holder.execute("ROLLBACK")
    holder.close()
    assert client.get(f"/uploads/{key}").json()["offset"] == 0
    assert send(client, key, CONTENT).status_code == 201


def test_what_nobody_goes_on_with_is_swept(client: TestClient, site: Site) -> None:
    old, fresh = begin(client, ref="old"), begin(client, ref="fresh")
    for key in (old, fresh):
        send(client, key, CONTENT[:10])
    with site.database.write() as session:
        session.scalars(select(Upload).where(Upload.key == old)).one().touched = now() - dt.timedelta(days=3)
    for path in site.config.uploads.iterdir():
        os.utime(path, (0, 0))
    assert upload_rows.sweep_uploads(site) == 1
    assert [path.name.split(".")[0] for path in site.config.uploads.iterdir()] == [fresh]


@pytest.mark.parametrize("body", [b"", b"[]", b"{", b"[" * 50_000, b'"' + b"x" * 200_000 + b'"', b"\xff"])
def test_a_beginning_that_makes_no_sense_is_refused(client: TestClient, body: bytes) -> None:
    assert client.post("/uploads", content=body).status_code in (400, 413)


def test_only_pages_of_ours_upload(app: Starlette, people: People) -> None:
    anna = people("anna")
    key = begin(anna)
    anna.headers["origin"] = "https://evil.example"
    assert anna.post("/uploads", json={"name": "a.tsv", "size": 1}).status_code == 403
    assert send(anna, key, CONTENT).status_code == 403
    assert anna.delete(f"/uploads/{key}").status_code == 403
    stranger = browser(app)
    assert stranger.get("/upload").headers["location"] == "/login"


def test_the_day_is_guessed_for_the_page(client: TestClient) -> None:
    files = [{"name": "20261120.wav", "modified": 0}, {"name": "x.wav", "modified": 1_795_000_000_000}, {"name": 3}]
    assert client.post("/uploads/guess", json={"files": files}).json()["dates"] == ["2026-11-20", "2026-11-18", ""]
    assert client.post("/uploads/guess", json={"files": 3}).status_code == 400


def test_a_seller_chooses_nobody_else(people: People) -> None:
    assert 'name="seller"' not in people("anna").get("/upload").text
    shown = people("tom").get("/upload").text
    assert '<option value="bram">' in shown
    assert '<option value="zoe">' not in shown


def test_names_stay_text(client: TestClient, site: Site) -> None:
    wicked = '"><img src=x onerror=alert(1)>'
    key = begin(client, len(CONTENT), f"{wicked}.tsv", client=wicked, seller=wicked)
    send(client, key, CONTENT)
    shown = client.get("/").text
    assert "<img src=x" not in shown
    assert "&lt;img src=x" in shown
    assert json.loads(client.get(f"/uploads/{key}").text)["name"] == f"{wicked}.tsv"


def test_the_limit_holds_for_every_way_in(site: Site) -> None:
    path = site.config.uploads / "x.tsv"
    path.write_bytes(CONTENT)
    with pytest.raises(AudioError, match="larger than"):
        intake.check(replace(site.config, max_upload=100), path, "x.tsv")
