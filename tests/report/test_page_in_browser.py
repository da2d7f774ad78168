"""The page as a reader uses it, in Debian's chromium, from file://."""

from __future__ import annotations

import base64
import json
import shutil
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from analyser.records import Analysis
from analyser.report import render

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser")

pytestmark = [
    pytest.mark.browser,
    pytest.mark.skipif(CHROMIUM is None, reason="needs Debian's chromium: apt install chromium"),
]

Open = Callable[..., Any]


@pytest.fixture(scope="module")
def browser() -> Iterator[Any]:
    """One chromium for all tests of this file."""
    sync_api = pytest.importorskip("playwright.sync_api", reason="needs playwright: pip install playwright")
    with sync_api.sync_playwright() as playwright:
        chromium = playwright.chromium.launch(
            executable_path=CHROMIUM,
            args=["--no-sandbox", "--autoplay-policy=no-user-gesture-required", "--mute-audio"],
        )
        yield chromium
        chromium.close()


@pytest.fixture
def open_page(browser: Any, tmp_path: Path, save_wave: Any) -> Iterator[Open]:
    """Open a report with its recording beside it; nothing may be said on the console or asked of a network."""
    heard: list[str] = []
    contexts: list[Any] = []

    def open_it(
        analysis: Analysis, *, sound: bool = True, embedded: bool = False, width: int = 1280, **options: Any
    ) -> Any:
        audio = None
        if sound:
            seconds = analysis.recording.duration
            recording = save_wave(0.1 * np.sin(np.arange(int(8000 * seconds)) / 6), "call.wav", 8000)
            encoded = base64.b64encode(recording.read_bytes()).decode()
            audio = f"data:audio/wav;base64,{encoded}" if embedded else "call.wav"
        path = tmp_path / "report.html"
        path.write_text(render(analysis, audio=audio), encoding="utf-8")
        context = browser.new_context(viewport={"width": width, "height": 900}, accept_downloads=True, **options)
        contexts.append(context)
        # Long enough for a machine that does other work too; nothing waits longer than it must.
        context.set_default_timeout(60_000)
        page = context.new_page()
        page.on("console", lambda message: heard.append(f"{message.type}: {message.text}"))
        page.on("pageerror", lambda error: heard.append(f"error: {error}"))
        page.on("dialog", lambda dialog: dialog.accept())
        page.on(
            "request",
            lambda request: (
                request.url.startswith(("file:", "blob:", "data:")) or heard.append(f"asked: {request.url}")
            ),
        )
        page.goto(path.as_uri())
        return page

    yield open_it
    for context in contexts:
        context.close()
    assert heard == []


def now(page: Any) -> float:
    return float(page.evaluate("document.querySelector('#sound').currentTime"))


def playing(page: Any) -> None:
    page.wait_for_selector("#toggle[aria-label=Pauzeren]")


def paused(page: Any) -> None:
    page.wait_for_selector("#toggle[aria-label=Afspelen]")


def test_play_runs_head_and_words(analysis: Analysis, open_page: Open) -> None:
    page = open_page(analysis)
    page.click("#toggle")
    playing(page)
    page.locator("#now", has_text="0:01").wait_for()
    page.wait_for_selector("#head[visibility=visible]", state="attached")
    page.locator("#transcript").scroll_into_view_if_needed()
    page.wait_for_selector(".w.now")
    assert page.get_attribute("#toggle", "aria-label") == "Pauzeren"
    page.click("#toggle")
    paused(page)


def test_moment_plays_and_stops_at_its_end(analysis: Analysis, open_page: Open) -> None:
    page = open_page(analysis)
    page.select_option("#rate", "2")
    moment = analysis.moments[1]
    button = page.locator(f".card[data-key^={moment.kind}] .play")
    button.click()
    playing(page)
    paused(page)
    assert moment.end <= now(page) < moment.end + 1.5


def test_click_on_a_word_plays_it(analysis: Analysis, open_page: Open) -> None:
    page = open_page(analysis)
    page.locator("#u6").scroll_into_view_if_needed()
    page.locator("#u6 .w", has_text="busjes").click()
    playing(page)
    word = next(word for word in analysis.conversation.utterances[6].words if word.text == "busjes")
    assert word.start - 0.05 <= now(page) < word.start + 8


def test_keyboard_plays_steps_and_can_be_turned_off(analysis: Analysis, open_page: Open) -> None:
    page = open_page(analysis)
    page.keyboard.press("n")
    playing(page)
    assert now(page) >= analysis.moments[0].start
    page.keyboard.press("k")
    paused(page)
    here = now(page)
    page.keyboard.press("j")
    assert now(page) == pytest.approx(max(0, here - 5), abs=0.2)
    page.keyboard.press(">")
    assert page.input_value("#rate") == "1.25"
    page.keyboard.press("?")
    page.uncheck("#keys-on")
    page.click("#help-close")
    page.evaluate("document.activeElement.blur()")
    page.keyboard.press("k")
    assert page.evaluate("document.querySelector('#sound').paused")


def test_timeline_by_keyboard_says_what_is_said(analysis: Analysis, open_page: Open) -> None:
    page = open_page(analysis)
    page.focus("#tl")
    page.keyboard.press("ArrowRight")
    page.keyboard.press("ArrowRight")
    assert "Klant: Ja, dat is goed." in page.get_attribute("#tl", "aria-valuetext")
    assert page.is_visible("#tip")
    page.keyboard.press("PageDown")
    first = page.locator(".card h3").first.inner_text()
    assert first in page.get_attribute("#tl", "aria-valuetext")
    page.keyboard.press("Enter")
    playing(page)
    assert analysis.moments[0].start - 0.2 <= now(page) < analysis.moments[0].start + 8


def test_timeline_hover_shows_the_quote_and_zoom_widens(analysis: Analysis, open_page: Open) -> None:
    page = open_page(analysis)
    page.locator("#timeline").scroll_into_view_if_needed()
    box = page.locator("#tl").bounding_box()
    said = analysis.conversation.utterances[2]
    x = box["x"] + box["width"] * said.middle / analysis.recording.duration
    page.mouse.move(x, box["y"] + 110)
    page.wait_for_selector("#tip:not([hidden])")
    assert "ons platform plant alles" in page.inner_text("#tip")
    page.click("#zoom-in")
    assert page.locator("#tl").bounding_box()["width"] > 1.9 * box["width"]
    page.click("#zoom-all")
    assert page.locator("#tl").bounding_box()["width"] == pytest.approx(box["width"], abs=2)


def test_filter_by_tone_method_and_kind(analysis: Analysis, open_page: Open) -> None:
    page = open_page(analysis)
    assert page.locator(".card:visible").count() == 5
    page.click(".pill[data-filter=attention]")
    assert page.locator(".card:visible").count() == 1
    page.click(".pill[data-filter=M3]")
    assert page.locator(".card:visible").get_attribute("data-key").startswith("honest_decline@")
    page.select_option("#kind", "power_play_met")
    assert page.locator(".card:visible").count() == 0
    assert page.is_visible("#none-left")


def test_review_blind_then_side_by_side_through_a_file(analysis: Analysis, open_page: Open, tmp_path: Path) -> None:
    page = open_page(analysis)
    for card in page.locator(".card").all():
        card.locator("[data-vote=agree]").click()
    page.locator(".comment").first.fill("Hier ging ik te snel.")
    page.locator(".comment").first.press("Tab")
    with page.expect_download() as download:
        page.click("#review-export")
    mine = json.loads(Path(download.value.path()).read_text(encoding="utf-8"))
    assert mine["format"] == "analyser-review" and mine["version"] == 1
    assert "trainer" not in mine
    assert len(mine["trainee"]) == 5
    trainer = {**mine, "trainer": {}, "intention": ""}
    del trainer["trainee"]
    for number, key in enumerate(mine["trainee"]):
        trainer["trainer"][key] = {"verdict": "disagree" if number < 2 else "agree", "comment": "<b>x</b>"}
    file = tmp_path / "trainer.json"
    file.write_text(json.dumps(trainer), encoding="utf-8")
    page.set_input_files("#review-file", str(file))
    page.locator("#news", has_text="geladen").wait_for(state="attached")
    assert page.locator(".sides:visible").count() == 0
    page.click("#reveal")
    first = page.locator(".sides").first.inner_text()
    assert "oneens" in first and "<b>x</b>" in first and "Hier ging ik te snel." in first
    assert "3 van de 5 gelijk, kappa 0,00" in page.inner_text("#agreement")
    page.reload()
    assert page.locator(".comment").first.input_value() == "Hier ging ik te snel."


@pytest.mark.parametrize(
    "content",
    ["not json", "[]", '{"format": "analyser-review", "version": 1, "recording": "other"}', '{"format": 1}', "null"],
)
def test_review_file_that_does_not_fit_changes_nothing(
    analysis: Analysis, open_page: Open, tmp_path: Path, content: str
) -> None:
    page = open_page(analysis)
    file = tmp_path / "review.json"
    file.write_text(content, encoding="utf-8")
    page.set_input_files("#review-file", str(file))
    page.wait_for_selector("#news:not(:empty)", state="attached")
    assert page.locator("[data-vote][aria-pressed=true]").count() == 0


def test_intention_is_kept(analysis: Analysis, open_page: Open) -> None:
    page = open_page(analysis)
    page.click("#suggest")
    assert page.input_value("#intention") == "Vraag eerst wat het betekent."
    page.reload()
    assert page.input_value("#intention") == "Vraag eerst wat het betekent."


def test_rename_and_swap_reach_the_whole_page(analysis: Analysis, open_page: Open) -> None:
    page = open_page(analysis)
    seller = next(n for n, speaker in enumerate(analysis.conversation.speakers) if speaker.side == "seller")
    page.fill(f"#n{seller}", 'Anna <i> "$HOME"')
    shown = page.locator(f"#transcript [data-name='{seller}']").all_text_contents()
    assert set(shown) == {'Anna <i> "$HOME"'}
    assert page.inner_text("#command") == 'analyser relabel REPORT --name "S=Anna <i> \\"\\$HOME\\""'
    page.click("#swap")
    assert page.is_visible("#swapped")
    assert '--seller "C"' in page.inner_text("#command")
    with page.expect_download() as download:
        page.click("#corrections")
    written = json.loads(Path(download.value.path()).read_text(encoding="utf-8"))
    assert {"kind": "side", "speaker": "C", "side": "seller"} in written["corrections"]


def test_search_counts_and_steps(analysis: Analysis, open_page: Open) -> None:
    page = open_page(analysis)
    page.fill("#search", "BUSJES")
    assert page.inner_text("#hits") == "3 keer gevonden"
    page.press("#search", "Enter")
    assert page.inner_text("#hits") == "1 van 3"
    page.fill("#search", "olifant")
    assert page.inner_text("#hits") == "Niet gevonden"


def test_tabs_by_keyboard(analysis: Analysis, open_page: Open) -> None:
    page = open_page(analysis)
    assert page.locator(".panel:visible").count() == 1
    page.focus("#tab-M1")
    page.keyboard.press("ArrowLeft")
    assert page.is_visible("#p-M5") and not page.is_visible("#p-M1")


def test_recording_that_moved_can_be_found(analysis: Analysis, open_page: Open, save_wave: Any) -> None:
    page = open_page(analysis, sound=False)
    assert page.is_visible("#find")
    path = save_wave(0.1 * np.sin(np.arange(int(8000 * analysis.recording.duration)) / 6), "elsewhere.wav", 8000)
    page.set_input_files("#file", str(path))
    playing(page)
    assert not page.is_visible("#find")


def test_sound_within_the_page_plays(analysis: Analysis, open_page: Open) -> None:
    page = open_page(analysis, embedded=True)
    page.click("#toggle")
    playing(page)
    page.locator("#now", has_text="0:01").wait_for()


def test_follow_stops_on_scroll_and_comes_back(analysis: Analysis, open_page: Open) -> None:
    page = open_page(analysis)
    page.locator("#transcript").scroll_into_view_if_needed()
    page.click("#toggle")
    playing(page)
    page.mouse.move(600, 400)
    page.mouse.wheel(0, 40)
    page.wait_for_selector(".resume:not([hidden])")
    assert page.get_attribute("#follow", "aria-pressed") == "false"
    page.click(".resume")
    assert page.get_attribute("#follow", "aria-pressed") == "true"


@pytest.mark.parametrize("many", [1, 5])
def test_print_is_two_to_four_pages_of_a4(build: Any, open_page: Open, many: int) -> None:
    """Also where a call has many times as many moments as a page holds."""
    call = build()
    page = open_page(replace(call, moments=call.moments * many))
    content = page.pdf(prefer_css_page_size=True)
    assert 2 <= content.count(b"/Type /Page\n") <= 4
    page.emulate_media(media="print")
    assert not page.is_visible("#transcript") and not page.is_visible(".player")
    assert page.is_visible(".card")


@pytest.mark.parametrize(("width", "scheme"), [(360, "dark"), (1280, "light"), (1920, "dark")])
def test_accessible_and_never_wider_than_the_screen(
    analysis: Analysis, open_page: Open, width: int, scheme: str
) -> None:
    axe = pytest.importorskip("axe_playwright_python.sync_playwright", reason="needs axe-playwright-python")
    page = open_page(analysis, width=width, color_scheme=scheme)
    page.check("#show-acts")
    page.click("#reveal")
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    rules = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
    found = axe.Axe().run(page, options={"runOnly": {"type": "tag", "values": rules}})
    assert [(v["id"], [n["html"][:160] for n in v["nodes"]][:4]) for v in found.response["violations"]] == []


@pytest.mark.parametrize(
    "text", ["<script>alert(1)</script>", '"><img src=x onerror=alert(1)>', "{{7*7}}", "\u202egnp.exe", "w" * 10_000]
)
def test_hostile_text_runs_nothing_and_breaks_nothing(build: Any, open_page: Open, text: str) -> None:
    lines = [("S", "pitch", f"Kijk {text} dan"), ("C", "need", text)]
    moments = [("premature_pitch", ("M4",), 0, 1, (), 0.9)]
    page = open_page(build(lines, moments, title=text[:200], names={"S": text, "C": text}), width=360)
    assert page.locator(".card").count() == 1
    assert page.locator("main img, main script").count() == 0
    assert page.evaluate("document.documentElement.scrollWidth") <= 360
    page.fill("#search", "kijk")
    assert page.inner_text("#hits") == "1 keer gevonden"


def test_written_conversation_reads_without_a_player(build: Any, open_page: Open) -> None:
    page = open_page(build(timed=False), sound=False)
    assert page.locator(".player").count() == 0
    page.locator(".card .play").first.click()
    page.click(".pill[data-filter=good]")
    assert page.locator(".card:visible").count() == 4


def test_reads_without_javascript(analysis: Analysis, open_page: Open) -> None:
    page = open_page(analysis, java_script_enabled=False)
    assert page.is_visible("noscript p")
    assert page.locator(".turn").first.is_visible() and page.locator(".panel").last.is_visible()
    assert page.locator(".card").first.is_visible() and not page.is_visible(".player")
