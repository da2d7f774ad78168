"""The list of calls: what is found in it, by whom, and what can be done from it."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest
from sqlalchemy import select
from starlette.testclient import TestClient

from analyser.web import calls, intake
from analyser.web.site import Site
from analyser.web.tables import Audit, Call

People = Callable[[str], TestClient]
Add = Callable[..., str]


def listed(page: str) -> list[str]:
    return re.findall(r'id="call-([0-9a-f]{32})"', page)


def test_an_empty_list_says_what_to_do_first(client: TestClient) -> None:
    page = client.get("/").text
    assert 'href="/upload"' in page
    assert "Voeg de eerste opname toe" in page
    assert "<table" not in page


def test_everyone_sees_their_own(people: People, add_call: Add) -> None:
    anna = people("anna")
    hers, *_ = [add_call(name) for name in ("anna", "bram", "zoe")]
    assert listed(anna.get("/").text) == [hers]


def test_a_trainer_sees_the_team_and_an_admin_all(people: People, add_call: Add) -> None:
    tom = people("tom")
    anna, bram, _ = [add_call(name) for name in ("anna", "bram", "zoe")]
    assert set(listed(tom.get("/").text)) == {anna, bram}
    assert '<option value="Zoe"' not in tom.get("/").text


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("q=bakker", ["a"]),
        ("q=BAKKER+week", ["a"]),
        ("q=week", ["b", "a"]),
        ("q=%C3%89LAN", ["b"]),
        ("q=%25", []),
        ("q=_", []),
        ("state=failed", ["b"]),
        ("state=nonsense", ["b", "a"]),
        ("seller=Anna", ["a"]),
        ("since=2026-11-02", ["b"]),
        ("until=2026-11-01", ["a"]),
        ("since=rubbish", ["b", "a"]),
        ("sort=name", ["a", "b"]),
        ("sort=-date", ["b", "a"]),
        ("sort=password", ["b", "a"]),
        ("page=2", []),
        ("page=-1", ["b", "a"]),
        ("page=%C2%B2", ["b", "a"]),
    ],
)
def test_what_is_found(client: TestClient, add_call: Add, query: str, found: list[str]) -> None:
    keys = {
        "a": add_call(name="a week.wav", client="Bakker BV", seller="Anna", date="2026-11-01"),
        "b": add_call(
            name="b week.wav",
            client="Slagerij \u00c9lan",
            seller="Bram",
            date="2026-11-02",
            state="failed",
            reason="stil",
        ),
    }
    assert listed(client.get(f"/?{query}").text) == [keys[name] for name in found]


def test_a_long_list_has_pages(client: TestClient, add_call: Add, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(calls, "PER_PAGE", 2)
    keys = [add_call(name=f"{number}.wav") for number in range(3)]
    first = client.get("/?q=wav").text
    assert listed(first) == [keys[2], keys[1]]
    assert "?q=wav&amp;page=2" in first
    assert listed(client.get("/?q=wav&page=2").text) == [keys[0]]


def test_a_call_is_stopped_and_tried_again_from_the_list(client: TestClient, site: Site, add_call: Add) -> None:
    key = add_call(state="queued", finished=None)
    assert f"/calls/{key}/cancel" in client.get("/").text
    answer = client.post(f"/calls/{key}/cancel", data={"back": "?state=queued"})
    assert answer.headers["location"] == "/?state=queued"
    assert f"/calls/{key}/retry" in client.get("/").text
    assert client.post(f"/calls/{key}/retry", data={"back": "https://evil.example"}).headers["location"] == "/"
    with site.database.read() as session:
        assert session.scalars(select(Call)).one().state == "queued"
        assert list(session.scalars(select(Audit.action).order_by(Audit.id))) == ["call.cancel", "call.retry"]


def test_a_running_call_is_asked_to_stop(client: TestClient, site: Site, add_call: Add) -> None:
    key = add_call(state="running", stage="words", progress=0.5, left=200.0)
    page = client.get("/").text
    assert "woorden herkennen" in page
    assert "nog zo&#39;n 3 min" in page
    client.post(f"/calls/{key}/cancel")
    assert "wordt gestopt" in client.get("/").text
    with site.database.read() as session:
        call = session.scalars(select(Call)).one()
        assert (call.state, call.cancel) == ("running", True)


def test_a_call_without_its_sound_is_not_tried_again(client: TestClient, site: Site, add_call: Add) -> None:
    from analyser.web.tables import now

    key = add_call(state="failed", sound_deleted=now())
    assert f"/calls/{key}/retry" not in client.get("/").text
    client.post(f"/calls/{key}/retry")
    with site.database.read() as session:
        assert session.scalars(select(Call)).one().state == "failed"


def test_nobody_stops_another_sellers_call(people: People, add_call: Add) -> None:
    zoe = people("zoe")
    key = add_call("anna", state="queued")
    assert zoe.post(f"/calls/{key}/cancel").status_code == 404
    assert zoe.post(f"/calls/{'0' * 32}/retry").status_code == 404


def test_a_full_disk_is_said(client: TestClient, add_call: Add, monkeypatch: pytest.MonkeyPatch) -> None:
    add_call()
    assert "bijna vol" not in client.get("/", headers={"x-part": "calls"}).text
    monkeypatch.setattr(intake, "room", lambda config: -1)
    assert "bijna vol" in client.get("/", headers={"x-part": "calls"}).text


def test_the_table_alone_for_a_page_that_keeps_itself_up_to_date(client: TestClient, add_call: Add) -> None:
    key = add_call()
    part = client.get("/", headers={"x-part": "calls"}).text
    assert "<html" not in part
    assert listed(part) == [key]


def test_what_people_wrote_is_text(client: TestClient, add_call: Add) -> None:
    wicked = "</script><script>alert(1)</script>"
    add_call(name=wicked, client=wicked, seller=wicked, state="failed", reason=wicked)
    for page in (client.get("/"), client.get("/", params={"q": wicked, "seller": wicked, "since": wicked})):
        assert "<script>alert" not in page.text
