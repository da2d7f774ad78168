"""Tokens of other programs: shown once, theirs alone, gone when revoked."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Callable

import pytest
from sqlalchemy import select
from starlette.applications import Starlette
from starlette.testclient import TestClient

from analyser.web.site import Site
from analyser.web.tables import ApiToken, Audit, now
from analyser.web.tokens import MOST
from tests.browsers import BASE, PASSWORD, browser

People = Callable[[str], TestClient]


def make(person: TestClient, name: str = "CRM") -> str:
    answer = person.post("/tokens", data={"action": "make", "name": name})
    assert answer.status_code == 200, answer.text
    found = re.search(r'id="token">(analyser_[\w-]{43})<', answer.text)
    assert found is not None
    return found[1]


def program(app: Starlette, token: str) -> TestClient:
    """A program, which says nothing of where it comes from."""
    headers = {"authorization": f"Bearer {token}"}
    return TestClient(app, base_url=BASE, headers=headers, follow_redirects=False)


def test_a_token_is_shown_once_and_kept_as_a_hash(people: People, site: Site) -> None:
    anna = people("anna")
    token = make(anna)
    assert token not in anna.get("/tokens").text
    with site.database.read() as session:
        kept = session.scalars(select(ApiToken)).one()
        assert kept.token not in token
        assert [row.action for row in session.scalars(select(Audit)) if "token" in row.action] == ["token.make"]


def test_with_a_token_a_program_is_its_user(app: Starlette, people: People) -> None:
    assert program(app, make(people("ada"))).get("/users").status_code == 200
    assert program(app, make(people("anna"))).get("/users").status_code == 404
    assert program(app, "analyser_made-up").get("/users").status_code == 303


def test_a_revoked_token_is_nobody(app: Starlette, people: People, site: Site) -> None:
    anna = people("anna")
    token = make(anna)
    with site.database.read() as session:
        key = session.scalars(select(ApiToken.key)).one()
    assert people("bram").post("/tokens", data={"action": "revoke", "key": key}).status_code == 404
    assert program(app, token).get("/password").status_code == 200
    assert anna.post("/tokens", data={"action": "revoke", "key": key}).status_code == 303
    assert program(app, token).get("/password").status_code == 303


def test_an_admin_sees_and_revokes_all_others_their_own(people: People, site: Site) -> None:
    make(people("anna"), "van anna")
    assert "van anna" not in people("tom").get("/tokens").text
    ada = people("ada")
    assert "van anna" in ada.get("/tokens").text
    with site.database.read() as session:
        key = session.scalars(select(ApiToken.key)).one()
    assert ada.post("/tokens", data={"action": "revoke", "key": key}).status_code == 303


def test_a_program_makes_no_tokens(app: Starlette, people: People) -> None:
    token = program(app, make(people("ada")))
    assert token.get("/tokens").status_code == 404
    assert token.post("/tokens", data={"action": "make", "name": "more"}).status_code == 404


def test_tokens_have_a_name_and_an_end(people: People) -> None:
    anna = people("anna")
    assert anna.post("/tokens", data={"action": "make", "name": " "}).status_code == 400
    for number in range(MOST):
        make(anna, f"number {number}")
    assert anna.post("/tokens", data={"action": "make", "name": "one more"}).status_code == 400


@pytest.mark.parametrize(("minutes", "noted"), [(0.5, False), (2, True)])
def test_its_use_is_noted_once_a_minute(
    app: Starlette, people: People, site: Site, minutes: float, noted: bool
) -> None:
    token = make(people("anna"))
    before = now() - dt.timedelta(minutes=minutes)
    with site.database.write() as session:
        session.scalars(select(ApiToken)).one().used = before
    program(app, token).get("/password")
    with site.database.read() as session:
        used = session.scalars(select(ApiToken.used)).one()
    assert (used != before) == noted


def test_the_token_of_the_machines_user_ends_when_there_are_accounts(app: Starlette, client: TestClient) -> None:
    token = make(client)
    assert program(app, token).get("/users").status_code == 200
    client.post("/users", data={"action": "add", "name": "ada", "password": PASSWORD, "role": "admin"})
    assert program(app, token).get("/users").status_code == 303
    assert browser(app).get("/users").status_code == 303
