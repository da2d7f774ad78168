"""The same on SQLite and on PostgreSQL: tables, accounts, the queue's claims, and what goes with a call."""

from __future__ import annotations

import threading
from collections.abc import Callable
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import func, inspect, select
from starlette.testclient import TestClient

from analyser.web import deletion, intake, worker
from analyser.web.config import WebConfig
from analyser.web.database import open_database
from analyser.web.identity import Identity
from analyser.web.queue import claim
from analyser.web.site import Site
from analyser.web.tables import Base, Call, Comment, Event, User
from tests.browsers import TYPED

People = Callable[[str], TestClient]


@pytest.fixture(params=["sqlite", "postgresql"])
def config(request: pytest.FixtureRequest, tmp_path: Path) -> WebConfig:
    """Every test of this module runs on both."""
    if request.param == "postgresql":
        made: WebConfig = request.getfixturevalue("postgres_config")
        return made
    return WebConfig(workspace=tmp_path / "workspace")


def test_the_migrations_make_the_tables_that_the_code_speaks_of(site: Site) -> None:
    with site.database.engine.connect() as connection:
        assert compare_metadata(MigrationContext.configure(connection), Base.metadata) == []
        made = set(inspect(connection).get_table_names())
    assert made - {"alembic_version"} == set(Base.metadata.tables)


def test_opening_again_keeps_what_is_there(config: WebConfig, site: Site, people: People) -> None:
    people("anna")
    again = open_database(config)
    with again.read() as session:
        assert session.scalar(select(func.count()).select_from(User)) == 6
    again.close()


def test_accounts(people: People) -> None:
    ada = people("ada")
    assert "zoe" in ada.get("/users").text
    assert (
        ada.post("/users", data={"action": "change", "name": "zoe", "role": "trainer", "team": "x"}).status_code == 303
    )
    assert (
        "has an account"
        in ada.post("/users", data={"action": "add", "name": "anna", "password": "long enough", "role": "seller"}).text
    )
    assert ada.post("/users", data={"action": "remove", "name": "zoe"}).status_code == 303
    assert "zoe" not in ada.get("/users").text


def test_what_is_of_a_call_goes_with_it(site: Site, people: People, add_call: Callable[..., str]) -> None:
    people("anna")
    kept, gone = add_call("anna"), add_call("anna")
    with site.database.write() as session:
        for key in (kept, gone):
            call = session.scalars(select(Call).where(Call.key == key)).one()
            first = Comment(call_id=call.id, kind="praise", text="Mooi", time=1.5)
            session.add(first)
            session.flush()
            session.add(Comment(call_id=call.id, kind="question", text="Waarom?", answers_id=first.id))
            session.add(Event(call_id=call.id, kind="comment"))
    with site.database.write() as session:
        session.delete(session.scalars(select(Call).where(Call.key == gone)).one())
    with site.database.read() as session:
        assert session.scalars(select(Call.key)).all() == [kept]
        assert session.scalar(select(func.count()).select_from(Comment)) == 2
        assert session.scalar(select(func.count()).select_from(Event)) == 1


def test_two_workers_at_once_take_each_call_once(site: Site, add_call: Callable[..., str]) -> None:
    keys = [add_call(state="queued") for _ in range(8)]
    taken: list[str] = []
    both = threading.Barrier(2)

    def work() -> None:
        both.wait()
        while True:
            with site.database.write() as session:
                call = claim(session)
                if call is None:
                    return
                taken.append(call.key)

    threads = [threading.Thread(target=work) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(taken) == sorted(keys)


def test_a_call_is_accepted_worked_off_and_deleted(site: Site, people: People, tmp_path: Path) -> None:
    anna = people("anna")
    source = tmp_path / "typed.tsv"
    source.write_text(TYPED, encoding="utf-8")
    with site.database.read() as session:
        user = session.scalars(select(User).where(User.name == "anna")).one()
        asker = Identity(user.id, user.name, user.shown, user.role, user.team)
    key = intake.accept(site, asker, source, "typed.tsv", intake.Details(client="Jansen"))
    assert not source.exists()
    assert worker.work_off(site) == 1
    with site.database.read() as session:
        assert session.scalars(select(Call.state).where(Call.key == key)).one() == "done"
    assert anna.get(f"/calls/{key}").status_code == 200
    answer = anna.post(f"/calls/{key}/comments", json={"text": "Zo doe ik het weer", "kind": "praise", "time": 1})
    assert answer.status_code == 201
    assert "Zo doe ik" in anna.get(f"/calls/{key}/comments").text
    assert deletion.delete_call(site, key)
    assert anna.get(f"/calls/{key}").status_code == 404
    with site.database.read() as session:
        assert session.scalar(select(func.count()).select_from(Comment)) == 0


def test_calls_and_comments_stay_when_a_user_goes(site: Site, people: People, add_call: Callable[..., str]) -> None:
    people("anna")
    key = add_call("anna")
    with site.database.write() as session:
        user = session.scalars(select(User).where(User.name == "anna")).one()
        call = session.scalars(select(Call).where(Call.key == key)).one()
        session.add(Comment(call_id=call.id, kind="praise", text="Mooi", author_id=user.id))
    with site.database.write() as session:
        session.delete(session.scalars(select(User).where(User.name == "anna")).one())
    with site.database.read() as session:
        call = session.scalars(select(Call).where(Call.key == key)).one()
        assert call.owner_id is None
        assert call.created.tzinfo is not None
        assert session.scalars(select(Comment.author_id)).all() == [None]


def test_what_went_wrong_halfway_was_not_written(site: Site) -> None:
    with pytest.raises(ZeroDivisionError), site.database.write() as session:
        session.add(User(name="half", role="seller"))
        session.flush()
        _ = 1 / 0
    with site.database.read() as session:
        assert session.scalar(select(func.count()).select_from(User)) == 0
