"""Who may log in, and what a browser must show to change something."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
from click.testing import CliRunner
from starlette.applications import Starlette
from starlette.testclient import TestClient

from analyser.cli import cli
from analyser.errors import SettingsError
from analyser.web.app import create_app
from analyser.web.config import WebConfig
from analyser.web.identity import SESSION_COOKIE
from tests.browsers import BASE, PASSWORD, browser

People = Callable[[str], TestClient]


def test_on_this_machine_nobody_logs_in(client: TestClient) -> None:
    assert client.get("/users").status_code == 200
    assert "HttpOnly" in client.get("/users", headers={"cookie": ""}).headers.get("set-cookie", "HttpOnly")


def test_beyond_this_machine_it_does_not_start_without_accounts(config: WebConfig) -> None:
    for reached in ({"host": "0.0.0.0"}, {"trusted_proxies": ("127.0.0.1",)}, {"allowed_hosts": ("calls.example",)}):
        with pytest.raises(SettingsError, match="analyser users add"):
            create_app(replace(config, **reached))  # type: ignore[arg-type]


def test_with_accounts_the_user_of_the_machine_is_nobody(client: TestClient) -> None:
    added = {"action": "add", "name": "ada", "password": PASSWORD, "role": "admin"}
    assert client.post("/users", data=added).status_code == 303
    assert client.get("/users").headers["location"] == "/login"


def test_a_wrong_password_and_an_unknown_name_look_the_same(app: Starlette, people: People) -> None:
    people("anna")
    pages = [
        browser(app).post("/login", data={"name": name, "password": "wrong wrong wrong"}) for name in ("anna", "nobody")
    ]
    assert [page.status_code for page in pages] == [401, 401]
    assert pages[0].text.replace("anna", "nobody") == pages[1].text


def test_guessing_has_to_wait_also_with_the_right_password(app: Starlette, people: People) -> None:
    people("anna")
    guesser = browser(app)
    tried = [guesser.post("/login", data={"name": "anna", "password": f"guess number {n}"}) for n in range(6)]
    assert [answer.status_code for answer in tried] == [401] * 5 + [429]
    assert guesser.post("/login", data={"name": "anna", "password": PASSWORD}).status_code == 429


def test_logging_in_gives_a_new_session_and_ends_the_one_that_was_brought(app: Starlette, people: People) -> None:
    first = people("anna")
    brought = first.cookies[SESSION_COOKIE]
    again = browser(app)
    again.cookies.set(SESSION_COOKIE, brought)
    answer = again.post("/login", data={"name": "anna", "password": PASSWORD})
    assert brought not in answer.headers["set-cookie"]
    assert first.get("/password").headers["location"] == "/login"


def test_a_cookie_that_somebody_made_up_is_nobody(app: Starlette, people: People) -> None:
    people("anna")
    stranger = browser(app)
    stranger.cookies.set(SESSION_COOKIE, "fixed-by-an-attacker")
    assert stranger.get("/password").headers["location"] == "/login"


def test_logging_out_ends_the_session_on_the_server(people: People) -> None:
    anna = people("anna")
    cookie = anna.cookies[SESSION_COOKIE]
    anna.post("/logout")
    anna.cookies.set(SESSION_COOKIE, cookie)
    assert anna.get("/password").headers["location"] == "/login"


@pytest.mark.parametrize(
    "headers",
    [
        {"origin": "https://evil.example"},
        {"origin": "http://127.0.0.1:9999"},
        {"origin": "null"},
        {"sec-fetch-site": "cross-site"},
        {"sec-fetch-site": "same-site"},
        {},
        {"x-csrf-token": "guessed"},
    ],
)
def test_a_change_from_elsewhere_is_refused(app: Starlette, people: People, headers: dict[str, str]) -> None:
    ada = people("ada")
    ada.headers.pop("origin")
    answer = ada.post("/users", data={"action": "remove", "name": "anna"}, headers=headers)
    assert answer.status_code == 403
    ada.headers["origin"] = BASE
    assert "anna" in ada.get("/users").text


def test_another_name_for_this_machine_is_refused(client: TestClient) -> None:
    assert client.get("/users", headers={"host": "evil.example"}).status_code == 421


def test_headers_of_a_proxy_count_only_when_it_is_trusted(config: WebConfig) -> None:
    from starlette.requests import Request
    from starlette.responses import PlainTextResponse

    from analyser.web.guard import Proxies

    async def show(scope, receive, send):  # type: ignore[no-untyped-def]
        request = Request(scope)
        await PlainTextResponse(f"{request.client.host} {request.url.scheme}")(scope, receive, send)

    sent = {"x-forwarded-for": "6.6.6.6, 203.0.113.9, 10.0.0.2", "x-forwarded-proto": "https"}
    for trusted, expected in (((), "10.0.0.1 http"), (("10.0.0.0/8",), "203.0.113.9 https")):
        asked = TestClient(Proxies(show, trusted), client=("10.0.0.1", 5000)).get("/", headers=sent)
        assert asked.text == expected


def test_only_an_admin_sees_and_changes_users(people: People) -> None:
    for name in ("anna", "tom"):
        person = people(name)
        assert person.get("/users").status_code == 404
        assert person.post("/users", data={"action": "remove", "name": "zoe"}).status_code == 404
        person.post("/logout")
    assert "zoe" in people("ada").get("/users").text


def test_the_last_admin_stays(people: People) -> None:
    ada = people("ada")
    assert "yourself" in ada.post("/users", data={"action": "remove", "name": "ada"}).text
    assert "only admin" in ada.post("/users", data={"action": "change", "name": "ada", "role": "seller"}).text


def test_a_new_password_logs_other_browsers_out(people: People) -> None:
    here, there = people("anna"), people("anna")
    assert here.post("/password", data={"old": "wrong", "new": "x" * 12}).status_code == 400
    assert here.post("/password", data={"old": PASSWORD, "new": "short"}).status_code == 400
    assert here.post("/password", data={"old": PASSWORD, "new": "another long password"}).status_code == 200
    assert here.get("/password").status_code == 200
    assert there.get("/password").headers["location"] == "/login"


def test_names_are_shown_as_text(people: People) -> None:
    ada = people("ada")
    wicked = '"><script>alert(1)</script>'
    ada.post(
        "/users",
        data={
            "action": "add",
            "name": "eve",
            "password": PASSWORD,
            "role": "seller",
            "team": wicked,
            "display": wicked,
        },
    )
    shown = ada.get("/users").text
    assert "<script>alert" not in shown
    assert "&lt;script&gt;" in shown
    answer = browser(ada.app).post("/login", data={"name": wicked, "password": wicked})
    assert "<script>alert" not in answer.text


def test_users_on_the_command_line(tmp_path: Path) -> None:
    def run(*words: str) -> str:
        answer = CliRunner().invoke(cli, ["users", *words, "--workspace", str(tmp_path / "w")])
        return answer.output if answer.exception is None else str(answer.exception)

    assert "Tom: " not in run("add", "Tom", "--role", "trainer", "--team", "noord", "--password", "x" * 12)
    assert run("list") == "tom\ttrainer\tnoord\n"
    assert "10 to 200" in run("add", "ann", "--password", "short")
    assert "has an account" in run("add", "TOM", "--password", "x" * 12)
    assert "nobody has that name" in run("remove", "nobody")
    run("reset", "tom", "--password", "y" * 12)
    run("remove", "tom")
    assert run("list") == ""
