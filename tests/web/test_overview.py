"""Overview and search: of the calls that one may see, and of no others."""

from __future__ import annotations

from collections.abc import Callable

from starlette.testclient import TestClient

People = Callable[[str], TestClient]
Add = Callable[..., str]


def test_without_calls_the_overview_says_so(client: TestClient) -> None:
    assert "nog geen geanalyseerde" in client.get("/overview").text
    assert client.get("/calls/overview").status_code == 404


def test_the_overview_counts_the_calls_that_one_may_see(people: People, add_call: Add) -> None:
    mine, colleagues, elsewhere = (add_call(owner) for owner in ("anna", "bram", "zoe"))
    for name, seen in (("anna", {mine}), ("tom", {mine, colleagues}), ("ada", {mine, colleagues, elsewhere})):
        shown = people(name).get("/calls/overview").text
        assert {key for key in (mine, colleagues, elsewhere) if key in shown} == seen


def test_a_link_in_the_overview_leads_to_the_page_of_the_call(client: TestClient, add_call: Add) -> None:
    key = add_call()
    assert f"./{key}/report.html" in client.get("/calls/overview").text
    assert client.get(f"/calls/{key}/report.html").headers["location"] == f"/calls/{key}"


def test_the_tables_can_be_had(client: TestClient, add_call: Add) -> None:
    key = add_call()
    for name in ("calls", "moments"):
        answer = client.get(f"/overview/{name}.csv")
        assert answer.headers["content-type"].startswith("text/csv")
        assert key in answer.text
    assert client.get("/overview/users.csv").status_code == 404


def test_days_and_sellers_choose(people: People, add_call: Add) -> None:
    add_call("anna")
    tom = people("tom")
    assert tom.get("/calls/overview?since=2099-01-01").status_code == 404
    assert tom.get("/calls/overview?seller=nobody").status_code == 404
    assert tom.get("/calls/overview?by=week&since=not-a-day").status_code == 200


def test_search_finds_what_was_said_in_ones_own_calls_only(people: People, add_call: Add) -> None:
    mine, other = add_call("anna"), add_call("zoe")
    anna = people("anna").get("/search?q=met de hand").text
    assert f"/calls/{mine}#u" in anna
    assert other not in anna
    assert mine not in people("uma").get("/search?q=met de hand").text


def test_search_by_moment_and_side(client: TestClient, add_call: Add) -> None:
    key = add_call()
    assert f"/calls/{key}#" in client.get("/search?moment=confirmed_summary").text
    assert "Niets gevonden" in client.get("/search?q=met de hand&side=seller").text
    assert client.get("/search?moment=no_such&side=nobody").status_code == 200


def test_what_is_asked_for_comes_back_as_text(client: TestClient, add_call: Add) -> None:
    add_call()
    wicked = '"><script>alert(1)</script>'
    for address in ("/search", "/overview"):
        shown = client.get(address, params={"q": wicked, "seller": wicked, "since": wicked, "by": wicked}).text
        assert "<script>alert" not in shown


def test_both_languages_have_all_texts() -> None:
    from analyser.web.site import LANGUAGES, texts

    first, *others = (set(texts(code)) for code in LANGUAGES)
    for other in others:
        assert first ^ other == set()
