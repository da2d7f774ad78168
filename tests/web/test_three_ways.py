"""The three ways of use from start to end, in a browser, with the real pipeline and a real recording.

A seller uploads after the meeting, on a phone; a manager reads the team's overview; a trainer goes through the report
together with the seller.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from starlette.testclient import TestClient

from analyser.web.site import Site
from analyser.web.worker import work_off
from tests.conftest import SAMPLES

pytestmark = [pytest.mark.browser, pytest.mark.model]

People = Callable[[str], TestClient]
Open = Callable[..., Any]


def test_upload_overview_and_review(people: People, site: Site, open_page: Open, axe: Callable[..., list[Any]]) -> None:
    anna, tom = people("anna"), people("tom")

    # The seller, on a phone: choose the file, say why it may be processed, and see it come.
    phone = open_page("/", person=anna, width=360)
    assert axe(phone) == []
    phone.goto(phone.url.rstrip("/") + "/upload")
    assert axe(phone) == []
    phone.set_input_files("#files", SAMPLES / "nl-premature.ogg")
    phone.get_by_role("textbox", name="Klant").fill("Groothandel De Boer")
    phone.select_option("[name=ground]", "consent")
    phone.locator("#send").click()
    phone.locator("#done").wait_for()
    kept = phone.locator("#list a[href^='/calls/']").get_attribute("href")
    phone.goto(phone.url.replace("/upload", kept))
    phone.get_by_text("wacht", exact=True).wait_for()

    # The page changes by itself when the analysis is there.
    assert work_off(site) == 1
    report = phone.frame_locator("#report")
    report.get_by_role("heading", level=1).wait_for()
    assert phone.evaluate("document.documentElement.scrollWidth") <= 360
    assert axe(phone) == []

    # The manager: the overview of the team counts the call, and leads to the moment in it.
    desk = open_page("/overview", person=tom)
    assert axe(desk) == []
    overview = desk.frame_locator("#overview")
    overview.get_by_text("Anna").first.wait_for()
    overview.locator("#moments a[href*='report.html#m']").first.click()
    desk.wait_for_url(f"**{kept}#m*")

    # The trainer and the seller before one call: what one writes, the other sees; an offer came too early in it.
    shown = desk.frame_locator("#report")
    shown.get_by_text("Te vroeg aangeboden").first.wait_for()
    desk.evaluate("window.marked = true")
    phone.evaluate("window.marked = true")
    desk.locator("#comment-text").fill("Hier had je eerst kunnen samenvatten.")
    desk.locator("#composer button.main").click()
    phone.locator("#tab-comments").click()
    phone.locator("#comments").get_by_text("Hier had je eerst kunnen samenvatten.").wait_for()
    phone.locator("#tab-intention").click()
    phone.locator("#intention-form textarea").fill("Eerst samenvatten, dan pas iets aanbieden.")
    phone.locator("#intention-form button.main").click()
    desk.locator("#tab-intention").click()
    desk.wait_for_function(
        "document.querySelector('#intention-form textarea').value === 'Eerst samenvatten, dan pas iets aanbieden.'"
    )
    assert all(page.evaluate("window.marked") for page in (desk, phone)), "a page was loaded again"
    assert axe(desk) == []

    # The sound is there to be played, from any second.
    part = anna.get(f"{kept}/audio", headers={"range": "bytes=100-199"})
    assert (part.status_code, len(part.content)) == (206, 100)
    # And a seller of another team finds nothing of it.
    zoe = people("zoe")
    for address in (kept, f"{kept}/report", f"{kept}/audio"):
        assert zoe.get(address).status_code == 404
