"""Privacy in the browser: a call is deleted only when that is meant, and the pages are readable by everybody."""

from __future__ import annotations

import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from starlette.testclient import TestClient

from analyser.web.site import Site
from analyser.web.tables import Audit
from tests.web.test_deletion import holding

pytestmark = pytest.mark.browser
People = Callable[[str], TestClient]
AddCall = Callable[..., str]
OpenPage = Callable[..., Any]


def test_a_call_is_deleted_after_a_second_thought(site: Site, add_call: AddCall, open_page: OpenPage) -> None:
    key = add_call(client="Bas Hinkepoot", name="kwibuslijst.tsv")
    page = open_page(f"/calls/{key}")
    page.get_by_role("link", name="Privacy").click()
    page.get_by_text("Dit gesprek verwijderen").click()
    page.get_by_role("button", name="Definitief verwijderen").click()
    # The browser does not send the form before the box is ticked.
    assert page.url.endswith(f"/calls/{key}/privacy")
    assert (site.config.calls / key).is_dir()
    page.get_by_label("Ja, verwijder alles").check()
    page.get_by_role("button", name="Definitief verwijderen").click()
    page.wait_for_url(lambda url: url.endswith("/"))
    assert "Hinkepoot" not in page.content()
    assert holding(site.config.workspace, "Hinkepoot", "kwibuslijst", "nachtrust") == {}


def test_ground_consent_and_export(people: People, add_call: AddCall, open_page: OpenPage, tmp_path: Path) -> None:
    anna = people("anna")
    page = open_page(f"/calls/{add_call('anna')}/privacy", person=anna)
    page.get_by_label("Waarom mag dit gesprek").select_option("interest")
    page.get_by_label("Wie is wanneer").fill("aan het begin gezegd")
    page.get_by_role("button", name="Bewaren").click()
    page.get_by_role("status").wait_for()
    assert page.get_by_label("Wie is wanneer").input_value() == "aan het begin gezegd"
    with page.expect_download() as download:
        page.get_by_role("link", name="Alles van dit gesprek").click()
    download.value.save_as(tmp_path / "all.zip")
    assert any(name.endswith("report.html") for name in zipfile.ZipFile(tmp_path / "all.zip").namelist())


@pytest.mark.parametrize(("width", "scheme"), [(360, "light"), (1280, "dark")])
def test_everybody_can_read_the_pages(
    people: People,
    site: Site,
    add_call: AddCall,
    open_page: OpenPage,
    axe: Callable[..., list[Any]],
    width: int,
    scheme: str,
) -> None:
    ada = people("ada")
    key = add_call("anna", client="Bas Hinkepoot")
    with site.database.write() as session:
        session.add_all(Audit(user="anna", action="call.open", call=key, address="127.0.0.1") for _ in range(120))
    page = open_page(f"/calls/{key}/privacy", person=ada, width=width, color_scheme=scheme)
    for address in (f"/calls/{key}/privacy", "/audit?user=anna", "/admin"):
        page.goto(page.url.split("/calls/")[0].split("/audit")[0].split("/admin")[0] + address)
        for summary in page.locator("summary").all():
            summary.click()
        assert axe(page) == [], address
        assert page.evaluate("document.documentElement.scrollWidth <= document.documentElement.clientWidth"), address
