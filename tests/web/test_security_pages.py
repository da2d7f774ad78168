"""What pages must hold to: untrusted text stays text, changes come from our pages, headers, sizes, paths."""

from __future__ import annotations

import html
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest
from starlette.applications import Starlette
from starlette.testclient import TestClient

from analyser.pipeline import analyse
from analyser.settings import Settings
from analyser.web import guard, live
from analyser.web.identity import SESSION_COOKIE
from tests.browsers import TYPED
from tests.web.test_security_access import ask, fill, of_a_call
from tests.web.world import World, world

MARK = """<img src=x onerror=cracked()>'"{{7*7}}"""
ALSO = "</script><img src=x onerror=cracked()>"
"""in what was said, where it goes through scripts' data too"""
SELF = ("/login", "/logout", "/password")


@pytest.fixture(autouse=True)
def short(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(live, "LIFETIME", 0.0)


@pytest.fixture(scope="module")
def said(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of a call in which script is said, from a file that is named by script."""
    folder = tmp_path_factory.mktemp("said")
    source = folder / "typed.tsv"
    source.write_text(TYPED.replace("Excel", f"Excel {ALSO}").replace("nachtrust", MARK), encoding="utf-8")
    _, job = analyse(source, Settings(), output=folder, name=f"{ALSO}.tsv", folder="call")
    return job.folder


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory, said: Path) -> Iterator[World]:
    with world(tmp_path_factory.mktemp("pages") / "workspace", said, mark=MARK) as built:
        yield built


@pytest.fixture
def app(made: World) -> Starlette:
    """What the fixture ``live`` serves to real browsers."""
    return made.app


def pages(made: World, name: str) -> Iterator[tuple[str, Any]]:
    asker = made.as_browser(name)
    for method, path in made.addresses():
        if method == "GET" and path not in SELF:
            yield path, ask(asker, method, path, made.keys)


@pytest.mark.parametrize("name", ["anna", "tom", "ada"])
def test_what_people_wrote_and_said_is_shown_as_text(made: World, name: str) -> None:
    shown, wrong = set(), []
    for path, answer in pages(made, name):
        if "text/html" in answer.headers.get("content-type", ""):
            if "<img src=x" in answer.text or "49" in answer.text.split("geheimeklant")[0][-60:]:
                wrong.append(path)
            if html.escape("<img src=x") in answer.text or "\\u003cimg src=x" in answer.text:
                shown.add(path)
        else:
            assert answer.headers["x-content-type-options"] == "nosniff", path
    assert wrong == []
    # Were the text not there at all, this would say nothing.
    assert {"/", "/calls/{key}", "/calls/{key}/report", "/calls/{key}/privacy"} <= shown


@pytest.mark.parametrize("name", ["anna", "ada"])
def test_what_is_asked_is_given_back_as_text(made: World, name: str) -> None:
    asker, wrong = made.as_browser(name), []
    fields = ("q", "seller", "client", "state", "since", "until", "sort", "page", "by", "moment", "side", "user")
    query = "&".join(f"{field}={quote(ALSO)}" for field in (*fields, "action", "call", "saved", "deleted", "masked"))
    for method, path in made.addresses():
        if path in SELF:
            continue
        places = dict.fromkeys(("key", "comment", "card", "name", "code", "format"), quote(ALSO, safe=""))
        sent = dict.fromkeys(("name", "url", "team", "role", "action", "display", "text", "user", "client"), ALSO)
        for address in (f"{fill(path, made.keys, method)}?{query}", path.format(**places)):
            kind = {} if method == "GET" else {"data": sent}
            answer = asker.request(method, address, **kind)
            if "<img src=x" in answer.text and "json" not in answer.headers.get("content-type", ""):
                wrong.append(f"{method} {path}: {answer.status_code}")
            if "<" in answer.headers.get("location", "") + answer.headers.get("content-disposition", ""):
                wrong.append(f"{method} {path}: in a header")
    assert wrong == []


@pytest.mark.browser
def test_no_script_of_ours_makes_elements_of_text(made: World, live: str, chromium: Any) -> None:
    """What our scripts put into pages is text too; the pages' policy would hide it from the tests above."""
    context = chromium.new_context()
    address = live.split("//")[1]
    context.add_cookies([{"name": SESSION_COOKIE, "value": made.cookies["tom"], "url": f"http://{address}"}])
    page = context.new_page()
    page.on("dialog", lambda dialog: pytest.fail(f"a dialog: {dialog.message}"))
    key = made.keys["call"]
    for path in ("/", f"/calls/{key}", "/overview", "/search?q=Excel", f"/calls/{key}/privacy", "/scorecards"):
        page.goto(live + path)
        page.wait_for_load_state("load")
        if path == f"/calls/{key}":
            page.get_by_text("geheimeopmerking").first.wait_for(state="attached")
        for frame in page.frames:
            assert frame.evaluate("document.querySelectorAll('img[src=x]').length") == 0, (path, frame.url)
    context.close()


def test_changes_come_from_our_pages_only(made: World) -> None:
    before, wrong = made.state(), []
    for name in ("anna", ""):
        asker = made.as_browser(name)
        asker.headers.pop("origin")
        for method, path in made.addresses():
            if method == "GET":
                continue
            for headers in (
                {"origin": "https://evil.example"},
                {"sec-fetch-site": "cross-site"},
                {"origin": "null"},
                {},
            ):
                sent = {"data": {"sure": "yes", "action": "remove", "name": "zoe"}, "headers": headers}
                answer = asker.request(method, fill(path, made.keys, method), **sent)
                # Who has no session at an API is told that first.
                if answer.status_code != 403 and not (
                    not name and path.startswith("/api/") and answer.status_code == 401
                ):
                    wrong.append(f"{method} {path} as {name} with {headers}: {answer.status_code}")
    assert wrong == []
    assert made.state() == before


def test_nothing_is_changed_by_looking(made: World) -> None:
    before = made.state()
    for name in ("anna", "tom", "ada"):
        for _path, answer in pages(made, name):
            assert answer.status_code < 500
    assert made.state() == before


@pytest.mark.parametrize("name", ["", "ada"])
def test_headers_of_every_answer(made: World, name: str) -> None:
    asker = made.as_browser(name)
    for method, path in made.addresses():
        if path in SELF:
            continue
        for address in (fill(path, made.keys, method), f"{path.split('{')[0]}/nothing/here"):
            headers = asker.request(method, address).headers
            told = (method, address)
            policy = headers["content-security-policy"]
            assert "frame-ancestors 'self'" in policy, told
            assert "unsafe" not in policy, told
            assert headers["x-content-type-options"] == "nosniff", told
            assert headers["referrer-policy"] == "same-origin", told
            assert headers["cross-origin-resource-policy"] == "same-origin", told
            assert "no-store" in headers["cache-control"] or "no-cache" in headers["cache-control"], told
            assert "server" not in headers, told
            assert "access-control-allow-origin" not in headers, told


def test_a_page_that_says_its_own_policy_says_a_strict_one(made: World) -> None:
    """The report and the overview are whole pages, which bring the policy that they also have as files."""
    for path in ("/calls/{key}/report", "/calls/overview"):
        text = made.as_browser("tom").get(fill(path, made.keys)).text
        policy = html.unescape(text.split('http-equiv="Content-Security-Policy" content="')[1].split('">')[0])
        assert "default-src 'none'" in policy, path
        scripts = next(part for part in policy.split(";") if "script-src" in part)
        assert "sha256-" in scripts, path
        assert "unsafe" not in scripts, path


@pytest.mark.parametrize(
    "kind", ["application/x-www-form-urlencoded", "application/json", "multipart/form-data; boundary=x"]
)
def test_large_bodies_are_refused(made: World, kind: str) -> None:
    start = b'--x\r\ncontent-disposition: form-data; name="text"\r\n\r\n' if "multipart" in kind else b"text="
    for name in ("", "anna"):
        asker, wrong = made.as_browser(name), []
        for method, path in made.addresses():
            if method != "POST" or path == "/api/v1/calls" or path == "/logout" or path.startswith("/language"):
                continue  # takes files, or reads no body at all

            def sent() -> Iterator[bytes]:
                yield start
                for _ in range(50):
                    yield b"x" * (1 << 16)

            for content in (start + b"x" * (guard.LARGEST + 1), sent()):
                answer = asker.request(
                    method, fill(path, made.keys, method), content=content, headers={"content-type": kind}
                )
                if not 300 <= answer.status_code < 500:
                    wrong.append(f"{method} {path}: {answer.status_code}")
        assert wrong == []


def test_many_fields_are_refused(made: World) -> None:
    content = "&".join(f"f{number}=1" for number in range(50_000))
    headers = {"content-type": "application/x-www-form-urlencoded"}
    for path in ("/login", "/users", "/tokens", "/webhooks"):
        assert made.as_browser("ada").post(path, content=content, headers=headers).status_code == 400, path


def test_json_that_is_deep_or_strange_is_refused(made: World) -> None:
    anna, wrong = made.as_browser("anna"), []
    strange = ("[" * 50_000, '{"a":' * 20_000, "nul", '"\\ud800"', "1e999", "{}{}", "\xff", '{"text": {"a": 1}}')
    for method, path in made.addresses():
        if method in ("POST", "PATCH") and of_a_call(path):
            for content in strange:
                headers = {"content-type": "application/json"}
                answer = anna.request(
                    method,
                    fill(path, made.keys | {"call": made.keys["queued"]}),
                    content=content.encode("latin-1"),
                    headers=headers,
                )
                if answer.status_code >= 500:
                    wrong.append(f"{method} {path} {content[:10]}: {answer.status_code}")
    assert wrong == []


@pytest.mark.parametrize(
    "path",
    [
        "../app.py",
        "..%2fapp.py",
        "%2e%2e/app.py",
        "%2e%2e%2fapp.py",
        "..%5capp.py",
        "....//app.py",
        "/etc/passwd",
        "%2fetc%2fpasswd",
        "app.css/../../app.py",
        "app.css%00.py",
        "",
        ".",
        "C:/windows/win.ini",
    ],
)
def test_static_files_are_those_of_the_app_alone(made: World, path: str) -> None:
    answer = made.as_browser("").get(f"/static/{path}")
    assert answer.status_code in (303, 404, 405), answer.status_code
    assert "import" not in answer.text


def test_static_files_are_there(made: World) -> None:
    answer = made.as_browser("").get("/static/app.css")
    assert answer.status_code == 200
    assert "immutable" in answer.headers["cache-control"]
    assert made.as_browser("").post("/static/app.css").status_code in (404, 405)


def test_a_redirect_goes_nowhere_else(made: World) -> None:
    anna = made.as_browser("anna")
    for back in ("//evil.example", "https://evil.example", "/\\evil.example", "?x\r\nset-cookie: a=b"):
        answer = anna.post(f"/calls/{made.keys['queued']}/cancel", data={"back": back})
        location = answer.headers["location"]
        assert location.startswith(("/?", "/calls/")) or location == "/", location
        assert "\n" not in location
    for path in ("//evil.example", "/\\evil.example", "/login/"):
        assert "evil.example" not in anna.get(path).headers.get("location", "").split("?")[0].removeprefix(
            "http://127.0.0.1:8000"
        )


def test_one_programs_token_is_not_a_browsers_session(made: World) -> None:
    stranger = TestClient(made.app, base_url="http://127.0.0.1:8000", follow_redirects=False)
    for sent in (
        {"headers": {"authorization": "Bearer "}},
        {"headers": {"authorization": "Basic dG9rZW4tb2YtYWRhOg=="}},
        {"headers": {"authorization": f"Bearer {made.cookies['ada']}"}},
        {"headers": {"cookie": f"{SESSION_COOKIE}=token-of-ada"}},
        {"params": {"token": "token-of-ada", SESSION_COOKIE: made.cookies["ada"]}},
    ):
        assert stranger.get("/api/v1/me", **sent).status_code == 401, sent


def test_a_session_ends_with_its_user(made: World) -> None:
    from analyser.web.tables import User

    with made.site.database.write() as session:
        user = session.query(User).filter_by(name="zoe").one()
        user.active = False
    assert made.as_browser("zoe").get("/").status_code == 303
    assert made.as_program("zoe").get("/api/v1/me").status_code == 401
    with made.site.database.write() as session:
        session.query(User).filter_by(name="zoe").one().active = True
