"""A database that is locked or gone, and faults of ours: a page that says so, nothing of what lies behind, and on."""

from __future__ import annotations

import logging
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import pytest
from sqlalchemy import func, select
from starlette.testclient import TestClient

from analyser.web import database, intake
from analyser.web.app import create_app
from analyser.web.config import WebConfig
from analyser.web.site import Site
from analyser.web.tables import ApiToken, User
from tests.browsers import BASE, browser

People = Callable[[str], TestClient]


@pytest.fixture(autouse=True)
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    """Writers wait for each other for half a minute; here for a moment."""
    monkeypatch.setattr(database, "BUSY", 0.05)


@contextmanager
def moved(folder: Path) -> Iterator[None]:
    """The database's files are not there."""
    away = folder / "away"
    away.mkdir()
    files = list(folder.glob("analyser.sqlite*"))
    for file in files:
        file.rename(away / file.name)
    yield
    for file in files:
        (away / file.name).rename(file)


@contextmanager
def locked(config: WebConfig) -> Iterator[None]:
    with closing(sqlite3.connect(config.workspace / "analyser.sqlite", isolation_level=None)) as other:
        other.execute("BEGIN EXCLUSIVE")
        yield
        other.execute("ROLLBACK")


def make_token(anna: TestClient) -> int:
    return anna.post("/tokens", data={"action": "make", "name": "CRM"}).status_code


def test_a_locked_database_is_said_and_then_all_goes_on(config: WebConfig, people: People) -> None:
    anna = people("anna")
    with locked(config):
        assert anna.get("/tokens").status_code == 200  # reading goes on
        refused = anna.post("/tokens", data={"action": "make", "name": "CRM"})
        assert refused.status_code == 503
        assert refused.headers["retry-after"] == "10"
        assert "sqlite" not in refused.text.lower()
        told = anna.post("/calls/x/comments", json={"text": "x"}, headers={"accept": "application/json"})
        assert (told.status_code, "error" in told.json()) == (503, True)
    assert make_token(anna) == 200


def test_a_program_reads_on_while_the_database_is_locked(
    config: WebConfig, site: Site, people: People, add_call: Callable[..., str]
) -> None:
    from analyser.web.identity import hash_token

    people("anna")
    key = add_call("anna")
    with site.database.write() as session:
        anna = session.scalars(select(User).where(User.name == "anna")).one()
        session.add(ApiToken(user_id=anna.id, name="t", token=hash_token("t")))
    program = TestClient(people("anna").app, base_url=BASE, headers={"authorization": "Bearer t"})
    with locked(config):
        assert program.get(f"/api/v1/calls/{key}").status_code == 200
        answer = program.post(f"/api/v1/calls/{key}/comments", json={"text": "x"})
        assert answer.status_code == 503
        assert "database" in answer.json()["error"]


def test_on_this_machine_a_first_visit_to_a_locked_database_is_answered_too(
    config: WebConfig, client: TestClient
) -> None:
    with locked(config):
        assert client.get("/").status_code == 503
        assert client.get("/api/v1/me").json()["error"]
    assert client.get("/").status_code == 200


def test_a_database_that_is_gone_is_said_and_not_begun_anew(config: WebConfig, site: Site, people: People) -> None:
    anna = people("anna")
    assert make_token(anna) == 200
    with moved(config.workspace):
        for _ in range(3):
            assert anna.get("/tokens").status_code == 503
            assert make_token(anna) == 503
        assert anna.get("/api/v1/me").status_code == 503
        assert not (config.workspace / "analyser.sqlite").exists()
    assert make_token(anna) == 200
    with site.database.read() as session:
        assert session.scalar(select(func.count()).select_from(ApiToken)) == 2


def test_a_postgresql_server_that_goes_and_comes_back(postgres_config: WebConfig, postgres: str) -> None:
    import psycopg

    app = create_app(postgres_config)
    name = postgres_config.database.split("?")[0].rsplit("/", 1)[1]
    with browser(app) as asker, psycopg.connect(postgres.format("postgres"), autocommit=True) as admin:
        assert asker.get("/tokens").status_code == 200
        admin.execute(f'ALTER DATABASE "{name}" ALLOW_CONNECTIONS false')
        admin.execute("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = %s", (name,))
        gone = asker.get("/tokens")
        assert gone.status_code == 503
        assert name not in gone.text
        admin.execute(f'ALTER DATABASE "{name}" ALLOW_CONNECTIONS true')
        assert asker.get("/tokens").status_code == 200
    app.state.site.database.close()


def test_what_postgresql_cannot_keep_is_the_askers_mistake(postgres_config: WebConfig) -> None:
    app = create_app(postgres_config)
    with browser(app) as asker:
        asker.get("/")
        for path in ("/calls/%00", "/?q=%00", "/?seller=%00", "/search?q=%00", "/api/v1/calls/%00", "/audit?user=%00"):
            assert asker.get(path).status_code < 500, path
        assert asker.post("/tokens", data={"action": "make", "name": "a\0b"}).status_code < 500
        assert asker.post("/login", data={"name": "a\0b", "password": "x"}).status_code < 500
    app.state.site.database.close()


def test_a_fault_of_ours_tells_nothing(
    people: People, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    client = "Jansen BV"

    def broken(*_: object) -> int:
        raise RuntimeError(client)

    anna = people("anna")
    monkeypatch.setattr(intake, "room", broken)
    with caplog.at_level(logging.DEBUG, logger="analyser"):
        answer = anna.get("/")
    assert answer.status_code == 500
    for word in ("Jansen", "Traceback", "RuntimeError", ".py", "/work", "site-packages"):
        assert word not in answer.text
    assert "content-security-policy" in answer.headers
    assert "RuntimeError" in caplog.text
    assert "Jansen" not in caplog.text
