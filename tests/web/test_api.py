"""The API as another program uses it: sending calls, following them, reading what was found, remarking on it."""

from __future__ import annotations

import io
import json
import zipfile
from collections.abc import Callable
from dataclasses import replace

import pytest
from sqlalchemy import select
from starlette.applications import Starlette
from starlette.testclient import TestClient

from analyser.report.exports import EXPORTS
from analyser.web import api_operations
from analyser.web.config import WebConfig
from analyser.web.identity import hash_token
from analyser.web.site import Site
from analyser.web.tables import ApiToken, Audit, Call, User
from tests.browsers import BASE, TYPED

People = Callable[[str], TestClient]
Add = Callable[..., str]
Program = Callable[[str], TestClient]
BINARY = {"content-type": "application/octet-stream"}


@pytest.fixture
def program(app: Starlette, site: Site, people: People) -> Program:
    """A program with a token of somebody."""
    people("ada")

    def made(name: str) -> TestClient:
        with site.database.write() as session:
            user = session.scalars(select(User).where(User.name == name)).one()
            if session.scalar(select(ApiToken.id).where(ApiToken.token == hash_token(name))) is None:
                session.add(ApiToken(user_id=user.id, name="test", token=hash_token(name)))
        return TestClient(app, base_url=f"{BASE}/api/v1/", headers={"authorization": f"Bearer {name}"})

    return made


def test_a_call_is_sent_and_waits(program: Program, site: Site) -> None:
    anna = program("anna")
    given = {
        "name": "gesprek.tsv",
        "client": "Jansen",
        "date": "2026-11-20",
        "ground": "consent",
        "consent": "gevraagd",
    }
    answer = anna.post("calls", params=given, content=TYPED.encode(), headers=BINARY)
    assert answer.status_code == 201, answer.text
    key = answer.json()["key"]
    told = anna.get(f"calls/{key}").json()
    assert (told["state"], told["client"], told["owner"], told["team"]) == ("queued", "Jansen", "anna", "north")
    assert (site.config.calls / key / "recording.tsv").read_text(encoding="utf-8") == TYPED
    assert [*site.config.uploads.iterdir(), *site.config.temporary.iterdir()] == []
    assert anna.get(f"calls/{key}/moments").status_code == 409
    assert anna.get(f"calls/{key}/state").json()["state"] == "queued"


@pytest.mark.parametrize(
    ("name", "content", "status"),
    [
        ("gesprek.wav", b"no sound at all", 422),
        ("gesprek.exe", b"MZ", 422),
        ("list.m3u8", b"#EXTM3U\nfile:///etc/passwd\n", 422),
        ("", b"x", 400),
        ("../../etc/cron.d/x.tsv", b"\x00\x01", 422),
    ],
)
def test_what_is_no_call_leaves_nothing(program: Program, site: Site, name: str, content: bytes, status: int) -> None:
    answer = program("anna").post("calls", params={"name": name}, content=content, headers=BINARY)
    assert answer.status_code == status, answer.text
    assert answer.json()["error"]
    assert [*site.config.uploads.iterdir(), *site.config.temporary.iterdir()] == []
    assert list(site.config.calls.iterdir()) == []
    with site.database.read() as session:
        assert session.scalars(select(Call)).all() == []


class TestSmall:
    """With room for little."""

    @pytest.fixture
    def config(self, config: WebConfig) -> WebConfig:
        return replace(config, max_upload=1000)

    @pytest.mark.parametrize("announced", [True, False])
    def test_a_file_that_is_too_large_is_refused(self, program: Program, site: Site, announced: bool) -> None:
        content = b"x" * 5000
        sent = content if announced else iter([content[:600], content[600:]])
        answer = program("anna").post("calls", params={"name": "a.wav"}, content=sent, headers=BINARY)
        assert answer.status_code == 413
        assert [*site.config.uploads.iterdir(), *site.config.temporary.iterdir()] == []


class TestFull:
    """On a disk without room."""

    @pytest.fixture
    def config(self, config: WebConfig) -> WebConfig:
        return replace(config, reserve=1 << 60)

    def test_nothing_is_taken_in(self, program: Program) -> None:
        answer = program("anna").post("calls", params={"name": "a.tsv"}, content=TYPED.encode(), headers=BINARY)
        assert (answer.status_code, "disk" in answer.json()["error"]) == (507, True)


def test_a_big_file_goes_in_parts_and_on_after_a_break(program: Program) -> None:
    anna, content = program("anna"), TYPED.encode()
    begun = {"name": "gesprek.tsv", "size": len(content), "client": "Jansen", "ref": "once"}
    key = anna.post("uploads", json=begun).json()["key"]
    assert anna.post("uploads", json=begun).json()["key"] == key
    first = anna.patch(f"uploads/{key}", content=content[:100], headers=BINARY | {"upload-offset": "0"})
    assert (first.status_code, first.json()["offset"]) == (200, 100)
    assert anna.patch(f"uploads/{key}", content=b"x", headers=BINARY | {"upload-offset": "5"}).status_code == 409
    assert anna.patch(f"uploads/{key}", content=b"x", headers=BINARY).status_code == 400
    assert anna.get("uploads").json()["uploads"][0]["offset"] == anna.get(f"uploads/{key}").json()["offset"] == 100
    assert program("bram").get(f"uploads/{key}").status_code == 404
    last = anna.patch(f"uploads/{key}", content=content[100:], headers=BINARY | {"upload-offset": "100"})
    assert last.status_code == 201
    assert anna.get(f"calls/{last.json()['call']}").json()["client"] == "Jansen"


def test_pages_of_calls_meet_without_gap(program: Program, add_call: Add) -> None:
    anna = program("anna")
    keys = {add_call("anna") for _ in range(5)}
    found, after = [], None
    while True:
        page = anna.get("calls", params={"limit": 2} | ({"after": after} if after else {})).json()
        found += [call["key"] for call in page["calls"]]
        after = page["next"]
        if after is None:
            break
    assert len(found) == 5
    assert set(found) == keys


def test_filters(program: Program, add_call: Add) -> None:
    ada = program("ada")
    one = add_call("anna", client="Jansen 100%", date="2026-03-01")
    two = add_call("zoe", client="De Vries", date="2026-04-01", state="failed", reason="stuk")
    add_call("zoe", date="", client="x_y")

    def keys(**given: str) -> list[str]:
        return [call["key"] for call in ada.get("calls", params=given).json()["calls"]]

    assert keys(client="jansen") == keys(client="0%") == keys(until="2026-03-31") == keys(team="north") == [one]
    assert keys(state="failed") == keys(since="2026-04-01", until="2026-04-30") == [two]
    assert keys(client="%") == [one]
    assert len(keys(client="_")) == 1
    assert len(keys(since="2026-01-01")) == 3


def test_a_wrong_question_is_told_what_is_wrong(program: Program) -> None:
    anna = program("anna")
    for query in ("limit=0", "limit=1000", "state=gone", "since=2026-02-30", "what=ever", "limit=1&limit=2"):
        answer = anna.get(f"calls?{query}")
        assert (answer.status_code, len(answer.json()["error"]) > 10) == (400, True), query


def test_what_was_found(program: Program, add_call: Add, site: Site) -> None:
    anna, key = program("anna"), add_call("anna", client="Jansen")
    analysis = anna.get(f"calls/{key}/analysis.json").json()
    assert analysis == json.loads((site.config.calls / key / "analysis.json").read_text(encoding="utf-8"))
    transcript = anna.get(f"calls/{key}/transcript").json()
    assert "Excel" in " ".join(turn["text"] for turn in transcript["turns"])
    assert {turn["side"] for turn in transcript["turns"]} == {"seller", "client"}
    moments = anna.get(f"calls/{key}/moments").json()
    assert [one["kind"] for one in moments["moments"]] == [one["kind"] for one in analysis["moments"]]
    tallies = anna.get(f"calls/{key}/tallies").json()
    assert tallies["tally"] == analysis["tally"]
    assert tallies["listening_balance"] is not None
    with site.database.read() as session:
        opened = session.scalars(select(Audit.action).where(Audit.call == key, Audit.user == "anna")).all()
    assert opened == ["call.open"] * 4


def test_every_export(program: Program, add_call: Add) -> None:
    anna, key = program("anna"), add_call("anna")
    for name in EXPORTS:
        answer = anna.get(f"calls/{key}/exports/{name}")
        assert answer.status_code == 200, answer.text
        assert "attachment" in answer.headers["content-disposition"]
        if answer.headers["content-type"] == "application/zip":
            with zipfile.ZipFile(io.BytesIO(answer.content)) as archive:
                assert len(archive.namelist()) > 1
    assert anna.get(f"calls/{key}/exports/exe").status_code == 404


def test_masked(program: Program, add_call: Add) -> None:
    anna, key = program("anna"), add_call("anna", client="groothandel")
    for what in ("analysis.json", "transcript", "moments", "exports/txt"):
        assert "groothandel" not in anna.get(f"calls/{key}/{what}?masked=1").text, what
    assert anna.get(f"calls/{key}/transcript?masked=yes").status_code == 400


def test_comments_and_answers(program: Program, add_call: Add) -> None:
    anna, tom, key = program("anna"), program("tom"), add_call("anna")
    first = tom.post(f"calls/{key}/comments", json={"text": "Mooi gevraagd", "kind": "praise", "time": 12.5}).json()
    reply = anna.post(f"calls/{key}/comments", json={"text": "Dank je", "answers": first["key"]})
    assert (reply.status_code, reply.json()["answers"]) == (201, first["key"])
    told = anna.get(f"calls/{key}/comments").json()["comments"]
    assert [(one["author"], one["text"], one["kind"]) for one in told] == [
        ("Tom", "Mooi gevraagd", "praise"),
        ("Anna", "Dank je", "praise"),
    ]
    for wrong in (
        {},
        {"text": " "},
        {"text": "x", "kind": "rude"},
        {"text": "x", "time": -1},
        {"text": "x", "by": "tom"},
    ):
        assert anna.post(f"calls/{key}/comments", json=wrong).status_code == 400, wrong
    assert anna.post(f"calls/{key}/comments", content=b"text=x").status_code == 415
    large = json.dumps({"text": "x" * (api_operations.LARGEST + 1)})
    assert (
        anna.post(f"calls/{key}/comments", content=large, headers={"content-type": "application/json"}).status_code
        == 413
    )


def test_retry_cancel_delete(program: Program, add_call: Add, site: Site) -> None:
    anna, key = program("anna"), add_call("anna", state="failed", reason="stuk")
    assert anna.post(f"calls/{key}/retry").json()["state"] == "queued"
    assert anna.post(f"calls/{key}/retry").status_code == 409
    assert anna.post(f"calls/{key}/cancel").json()["state"] == "cancelled"
    assert anna.delete(f"calls/{key}").status_code == 204
    assert anna.get(f"calls/{key}").status_code == 404
    assert not (site.config.calls / key).exists()


def test_overview_is_of_the_calls_that_one_sees(program: Program, add_call: Add) -> None:
    add_call("anna")
    add_call("anna")
    add_call("zoe")
    assert program("ada").get("overview").json()["calls"] == 3
    mine = program("anna").get("overview", params={"by": "month"}).json()
    assert mine["calls"] == 2
    assert [group["calls"] for group in mine["groups"]] == [2]
    assert program("uma").get("overview", params={"until": "2020-01-01"}).json() == {
        "calls": 0,
        "all": None,
        "groups": [],
    }


def test_users_are_the_admins(program: Program) -> None:
    assert program("anna").get("users").status_code == 404
    assert [user["name"] for user in program("ada").get("users").json()["users"]][:2] == ["ada", "anna"]
    assert program("tom").get("me").json()["role"] == "trainer"


def test_refusals_are_json(program: Program, app: Starlette) -> None:
    anna = program("anna")
    for method, path, status in (
        ("GET", "nowhere", 404),
        ("PUT", "me", 405),
        ("DELETE", "calls", 405),
        ("GET", "calls/x", 404),
    ):
        answer = anna.request(method, path)
        assert (answer.status_code, len(answer.json()["error"]) > 10) == (status, True), path
    assert set(anna.put("me").headers["allow"].split(", ")) == {"GET", "HEAD"}
    nobody = TestClient(app, base_url=BASE)
    for method in ("GET", "POST", "DELETE"):
        answer = nobody.request(method, "/api/v1/calls")
        assert (answer.status_code, answer.headers["www-authenticate"]) == (401, "Bearer")


def test_the_page_for_people(people: People) -> None:
    text = people("anna").get("/api").text
    assert "/api/v1/calls/{key}/transcript" in text
    assert f"{BASE}/api/v1" in text
