"""Every address of the app, asked about a call by those whose call it is not: none answers, none changes anything.

The addresses are those that the app itself knows, so that a new one is asked too. One that changes something of a call
needs an entry in BODIES or FORMS, which says how its owner asks: a refusal of what nobody could ask would prove little.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from starlette.testclient import TestClient

from analyser.web import live
from analyser.web.tables import new_key
from tests.web.world import World, world

STRANGERS = ("zoe", "bram", "uma")
"""a seller of another team, a colleague, the trainer of another team; the call is anna's"""
SECRETS = re.compile(r"geheim\w+|nachtrust|groothandel|Excel")
OPEN = ("/login", "/health", "/language/{code}")
STREAMS = ("/events", "/calls/{key}/events")
"""what is told goes on for as long as a stream lives: here for as long as it takes to tell what was missed"""
PASSES_ON = ("/calls/{key}/report.html",)
"""sends everyone to the call's page, which is asked too, and says nothing by itself"""
BODIES: dict[tuple[str, str], Any] = {
    ("POST", "/calls/{key}/retry"): None,
    ("POST", "/calls/{key}/cancel"): None,
    ("POST", "/calls/{key}/comments"): {"text": "van mij", "kind": "praise"},
    ("POST", "/calls/{key}/comments/{comment}"): {"text": "van mij"},
    ("POST", "/calls/{key}/comments/{comment}/acknowledge"): {"taken": True},
    ("DELETE", "/calls/{key}/comments/{comment}"): None,
    ("POST", "/calls/{key}/verdicts"): {"moment": "{moment}", "verdict": "agree"},
    ("POST", "/calls/{key}/scores/{card}"): {"answers": {}},
    ("POST", "/calls/{key}/intention"): {"text": "Eerst samenvatten"},
    ("POST", "/calls/{key}/corrections"): {"what": "not", "moment": "{moment}"},
    ("POST", "/calls/{key}/speakers"): {"swap": True},
    ("POST", "/calls/{key}/verdicts/done"): {"done": True},
    ("PATCH", "/uploads/{key}"): b"x",
    ("DELETE", "/uploads/{key}"): None,
    ("PATCH", "/api/v1/uploads/{key}"): b"x",
    ("DELETE", "/api/v1/uploads/{key}"): None,
    ("POST", "/api/v1/calls/{key}/retry"): None,
    ("POST", "/api/v1/calls/{key}/cancel"): None,
    ("POST", "/api/v1/calls/{key}/comments"): {"text": "van mij"},
    ("DELETE", "/api/v1/calls/{key}"): None,
}
FORMS = {
    ("POST", "/calls/{key}/privacy"): {"ground": "consent", "consent": "gevraagd"},
    ("POST", "/calls/{key}/delete"): {"sure": "yes"},
}
MEANT = {"name": "anna", "user": "anna", "client": "geheimeklant", "action": "remove", "sure": "yes"}
LEAVE = ("/login", "/logout", "/password", "/language/{code}")
"""what changes the asker's own session"""


@pytest.fixture(autouse=True)
def short(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(live, "LIFETIME", 0.0)


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory, analysed: Path) -> Iterator[World]:
    with world(tmp_path_factory.mktemp("access") / "workspace", analysed) as built:
        yield built


def fill(path: str, keys: dict[str, str], method: str = "GET") -> str:
    """The address with a key in each of its places."""
    kind = "call"
    if "/uploads/" in path:
        kind = "doomed_upload" if method == "DELETE" else "upload"
    elif path.endswith("/retry"):
        kind = "failed"
    elif path.endswith("/cancel"):
        kind = "queued"
    elif path.endswith("/delete") or (method == "DELETE" and path.endswith("/calls/{key}")):
        kind = "doomed"
    comment = keys["other" if path.endswith("/acknowledge") else "own"]
    places = {"key": keys[kind], "comment": comment, "card": keys["card"]}
    places |= {"name": "calls", "code": "nl", "format": "txt"}
    return path.format(**places)


def ask(asker: TestClient, method: str, path: str, keys: dict[str, str]) -> Any:
    """Ask as the owner would."""
    if (method, path) in FORMS:
        return asker.request(method, fill(path, keys, method), data=FORMS[method, path])
    body = BODIES.get((method, path))
    headers = {"upload-offset": "0", "content-type": "application/octet-stream"} if isinstance(body, bytes) else {}
    if isinstance(body, bytes):
        return asker.request(method, fill(path, keys, method), content=body, headers=headers)
    if body is None:
        headers = {"last-event-id": "0"} if path in STREAMS else {}
        return asker.request(method, fill(path, keys, method), headers=headers)
    filled = {name: value.format(**keys) if isinstance(value, str) else value for name, value in body.items()}
    return asker.request(method, fill(path, keys, method), json=filled)


def elsewhere(keys: dict[str, str]) -> dict[str, str]:
    """Keys that nobody has."""
    return {kind: value if kind == "moment" else new_key() for kind, value in keys.items()}


def of_a_call(path: str) -> bool:
    """Whether an address is that of one call or upload, or of a part of one."""
    return "{" in path and path not in OPEN


def plain(text: str, *keys: dict[str, str]) -> str:
    """An answer without keys, so that two can be compared."""
    for some in keys:
        for value in some.values():
            text = text.replace(value, "KEY")
    return text


@pytest.mark.parametrize("name", ["", *STRANGERS])
@pytest.mark.parametrize("program", [False, True])
def test_nothing_of_a_call_is_told_to_others(made: World, name: str, program: bool) -> None:
    asker = made.as_program(name) if program else made.as_browser(name)
    before, wrong = made.state(), []
    for method, path in made.addresses():
        if path in (*LEAVE, *OPEN):
            continue
        if method != "GET" and not of_a_call(path):
            continue
        answer = ask(asker, method, path, made.keys)
        told = f"{method} {path} as {name or 'nobody'}: {answer.status_code}"
        if SECRETS.search(answer.text) or any(
            key in answer.text for kind, key in made.keys.items() if kind != "moment"
        ):
            wrong.append(f"{told} says {SECRETS.findall(answer.text)[:3] or 'a key'}")
        if not name and answer.status_code not in (401, 303, 403):
            wrong.append(told)
        if not name or not of_a_call(path) or path in PASSES_ON:
            continue
        other = elsewhere(made.keys)
        random = ask(asker, method, path, other)
        if plain(answer.text, made.keys) != plain(random.text, other) or answer.status_code != random.status_code:
            wrong.append(f"{told}, and for a key that nobody has {random.status_code}")
        if answer.status_code != 404 and path != "/overview/{name}.csv":
            wrong.append(told)
    assert wrong == []
    assert made.state() == before


@pytest.mark.parametrize("name", STRANGERS)
def test_what_others_send_changes_nothing_of_a_call(made: World, name: str) -> None:
    asker, before, wrong = made.as_browser(name), made.state(), []
    for method, path in made.addresses():
        if method == "GET" or "{" in path or path in LEAVE:
            continue
        for sent in ({"data": MEANT | {"key": made.keys["call"]}}, {"json": {}}):
            answer = asker.request(method, path, **sent)
            if answer.status_code >= 500 or SECRETS.search(answer.text):
                wrong.append(f"{method} {path} as {name}: {answer.status_code}")
    assert wrong == []
    assert made.state() == before


@pytest.mark.parametrize("api", [False, True])
def test_its_owner_is_answered_everywhere(tmp_path: Path, analysed: Path, api: bool) -> None:
    """What is refused to others is what its owner is given; otherwise the refusals above would say nothing."""
    with world(tmp_path / "workspace", analysed) as made:
        anna, wrong = made.as_browser("anna"), []
        asked = [one for one in made.addresses() if of_a_call(one[1])]
        asked = [one for one in asked if one[1].startswith("/api/") == api]
        assert asked
        # What takes something away comes last.
        for method, path in sorted(asked, key=lambda one: (one[0] == "DELETE", one[1].endswith(("/done", "/delete")))):
            if method != "GET":
                known = (method, path) in {*BODIES, *FORMS} or path.startswith("/scorecards/")
                assert known, f"say in BODIES how {method} {path} is asked"
            answer = ask(anna, method, path, made.keys)
            if answer.status_code >= 400 and not path.startswith("/scorecards"):
                wrong.append(f"{method} {path}: {answer.status_code} {answer.text[:200]}")
        assert wrong == []


def test_a_trainer_of_the_team_and_an_admin_see_it(made: World) -> None:
    for name in ("tom", "ada"):
        for asker in (made.as_browser(name), made.as_program(name)):
            assert asker.get(f"/calls/{made.keys['call']}").status_code == 200
            assert asker.get(f"/api/v1/calls/{made.keys['call']}").status_code == 200


def test_a_call_that_a_seller_brought_for_another_is_not_theirs(made: World) -> None:
    """Nor is one of a team that one left."""
    with made.site.database.write() as session:
        from analyser.web.tables import Call, User

        bram = session.query(User).filter_by(name="bram").one()
        call = session.query(Call).filter_by(key=made.keys["call"]).one()
        before, call.uploader_id = call.uploader_id, bram.id
    assert made.as_browser("bram").get(f"/calls/{made.keys['call']}").status_code == 404
    with made.site.database.write() as session:
        session.query(Call).filter_by(key=made.keys["call"]).one().uploader_id = before


def test_keys_are_not_guessable_and_numbers_stay_inside(made: World) -> None:
    keys = {new_key() for _ in range(2000)}
    assert len(keys) == 2000
    assert all(re.fullmatch("[0-9a-f]{32}", key) for key in keys)
    # Each bit is as often set as not: a counter or a time would show.
    for place in range(128):
        share = sum(int(key, 16) >> place & 1 for key in keys) / 2000
        assert 0.4 < share < 0.6
    number = re.compile(r'"(id|\w+_id)"\s*:\s*\d+|/(calls|uploads|users|comments|scorecards)/\d+\b')
    wrong = []
    for name in ("anna", "tom", "ada"):
        for method, path in made.addresses():
            if method == "GET" and path not in LEAVE:
                answer = made.as_browser(name).get(fill(path, made.keys))
                found = number.search(answer.text)
                if found:
                    wrong.append(f"{path} as {name}: {found[0]}")
    assert wrong == []


@pytest.mark.parametrize(
    "key", ["1", "0", "-1", "%2e%2e", "%00", "x" * 5000, "' OR 1=1 --", "0" * 32, "\N{SNOWMAN}", "%ff%fe"]
)
def test_keys_that_are_none(made: World, key: str) -> None:
    for method, path in made.addresses():
        if method == "GET" and of_a_call(path) and path not in PASSES_ON:
            places = dict.fromkeys(("key", "comment", "card", "name", "format"), key)
            answer = made.as_browser("ada").get(path.format(**places))
            assert answer.status_code in (303, 307, 404), (path, answer.status_code)
