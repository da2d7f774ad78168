"""The overview as a manager uses it, in Debian's chromium, from file://."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from typing import Any

import pytest

from analyser.overview.files import PAGE, write_overview
from tests.overview.made_calls import make_call

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser")

pytestmark = [
    pytest.mark.browser,
    pytest.mark.skipif(CHROMIUM is None, reason="needs Debian's chromium: apt install chromium"),
]


@pytest.fixture(scope="module")
def page(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Any]:
    """The overview of 130 calls of three sellers; nothing may be said on the console or asked of a network."""
    sync_api = pytest.importorskip("playwright.sync_api", reason="needs playwright: pip install playwright")
    output = tmp_path_factory.mktemp("reports")
    for number in range(130):
        make_call(
            output,
            f"call-{number:03d}",
            seller=("An", "Bo", 'C"><img src=x onerror=alert(1)>')[number % 3],
            client=f"Café {number}" if number % 10 == 0 else "Jansen",
            date=f"2026-11-{1 + number % 20:02d}",
            acts={"summary": number % 4, "pitch": number % 3},
            moments=(("insight", 0.9), ("premature_pitch", 0.8)) if number % 2 else (),
            talk=None if number == 7 else 0.3 + number / 400,
        )
    write_overview(output)
    heard: list[str] = []
    with sync_api.sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        opened = browser.new_page(viewport={"width": 1280, "height": 900})
        opened.set_default_timeout(60_000)
        opened.on("console", lambda message: heard.append(f"{message.type}: {message.text}"))
        opened.on("pageerror", lambda error: heard.append(f"error: {error}"))
        opened.on("dialog", lambda dialog: heard.append("dialog"))
        opened.on(
            "request",
            lambda request: request.url.startswith(("file:", "data:")) or heard.append(f"asked: {request.url}"),
        )
        opened.goto((output / PAGE).as_uri())
        yield opened
        browser.close()
    assert heard == []


def column(page: Any, place: int) -> list[str]:
    return [str(text) for text in page.locator(f"#rows td:nth-child({place})").all_inner_texts()]


@pytest.fixture(autouse=True)
def fresh(page: Any) -> None:
    page.reload()


def test_calls_are_shown_a_hundred_at_a_time(page: Any) -> None:
    assert page.locator("#rows tr").count() == 100
    page.click("#more")
    assert page.locator("#rows tr").count() == 130
    assert page.locator("#more").is_hidden()


def test_calls_are_sorted_by_a_click_on_a_heading_and_back_by_another(page: Any) -> None:
    dates = column(page, 1)
    assert dates == sorted(dates, reverse=True)
    page.click("[data-column='0']")
    assert column(page, 1) == sorted(column(page, 1))
    page.click("[data-column='5']")
    balances = [float(text.replace(",", ".")) for text in column(page, 6)]
    assert balances == sorted(balances, reverse=True)


def test_what_is_not_known_comes_last_both_ways(page: Any) -> None:
    page.click("#more")
    for _ in range(2):
        page.click("[data-column='8']")
        assert column(page, 9)[-1] == "–"
        assert column(page, 9).count("–") == 1


def test_calls_are_filtered_by_seller_and_words_without_regard_to_accents(page: Any) -> None:
    page.select_option("#seller", "Bo")
    assert set(column(page, 2)) == {"Bo"}
    page.fill("#search", "CAFE 100")
    assert column(page, 3) == ["Café 100"]
    assert page.locator("#shown").inner_text() == "1 van 130 gesprekken"


def test_charts_are_drawn_under_the_strict_policy(page: Any) -> None:
    for image in page.locator(".chart img").all():
        assert image.evaluate("image => image.complete && image.naturalWidth") > 300


def test_page_is_accessible(page: Any) -> None:
    axe = pytest.importorskip("axe_playwright_python.sync_playwright")
    results = axe.Axe().run(page, options={"runOnly": ["wcag2a", "wcag2aa"]})
    assert results.violations_count == 0, results.generate_report()
