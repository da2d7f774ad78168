"""Adding recordings and the list of calls in a browser."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from sqlalchemy import select
from starlette.testclient import TestClient

from analyser.web import worker
from analyser.web.site import Site
from analyser.web.tables import Call
from tests.browsers import TYPED

pytestmark = pytest.mark.browser
Open = Callable[..., Any]
Axe = Callable[..., list[Any]]


def file(name: str, text: str = TYPED) -> dict[str, Any]:
    return {"name": name, "mimeType": "text/plain", "buffer": text.encode()}


def calls(site: Site) -> list[Call]:
    with site.database.read() as session:
        return list(session.scalars(select(Call).order_by(Call.name)).unique())


@pytest.mark.parametrize("width", [360, 1280])
def test_from_an_empty_list_to_a_call_that_is_done(open_page: Open, axe: Axe, site: Site, width: int) -> None:
    from playwright.sync_api import expect

    page = open_page("/", width=width)
    assert axe(page) == []
    page.click("text=Voeg de eerste opname toe")
    page.set_input_files("#files", [file("2026-11-20 bakker.tsv"), file("notities.docx"), file("b.tsv")])
    page.wait_for_selector("input[type=date] >> nth=1")
    expect(page.locator("input[type=date]").first).to_have_value("2026-11-20")
    assert page.is_visible("text=is geen opname of uitgeschreven gesprek dat we kennen")
    page.fill(".files input >> nth=0", "Bakker <BV>")
    page.select_option("[name=ground]", "consent")
    page.fill("[name=consent]", "gevraagd bij het begin")
    assert axe(page) == []
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    page.click("#send")
    page.wait_for_selector("#done:not([hidden])")
    kept = calls(site)
    assert next((call.client, call.date, call.ground, call.state) for call in kept) == (
        "Bakker <BV>",
        "2026-11-20",
        "consent",
        "queued",
    )
    page.click("#done a")
    page.wait_for_selector("text=is zo aan de beurt")
    # The page hears of it by itself.
    assert worker.work_off(site) == 2
    page.locator(".tag.done").nth(1).wait_for()
    assert axe(page) == []
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")


def test_an_upload_goes_on_after_a_reload(open_page: Open, axe: Axe, client: TestClient, site: Site) -> None:
    content = TYPED.encode()
    begun = client.post("/uploads", json={"name": "half.tsv", "size": len(content), "client": "Bakker"}).json()
    client.patch(f"/uploads/{begun['key']}", content=content[:100], headers={"upload-offset": "0"})
    page = open_page("/upload")
    page.wait_for_selector("text=Niet afgemaakt")
    assert axe(page) == []
    page.set_input_files(f"#again-{begun['key']}", [file("half.tsv", TYPED + "S\tclosing\tDag.\n")])
    page.wait_for_selector("text=Dat is een ander bestand")
    page.set_input_files(f"#again-{begun['key']}", [file("half.tsv")])
    page.wait_for_selector("text=bewaard")
    (call,) = calls(site)
    assert (site.config.calls / call.key / call.recording).read_bytes() == content
    assert call.client == "Bakker"


def test_what_was_chosen_can_be_taken_away_again(open_page: Open, axe: Axe, site: Site) -> None:
    page = open_page("/upload", color_scheme="dark")
    page.set_input_files("#files", [file("toch niet.tsv"), file("goed.tsv")])
    page.wait_for_selector("input[type=date] >> nth=1")
    page.select_option("[name=ground]", "interest")
    page.click("text=Weghalen >> nth=0")
    page.click("#send")
    page.wait_for_selector("#done:not([hidden])")
    assert axe(page) == []
    assert [call.name for call in calls(site)] == ["goed.tsv"]
