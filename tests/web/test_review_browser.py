"""Trainer and trainee before one call, in Debian's chromium."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from sqlalchemy import select
from starlette.testclient import TestClient

from analyser.web.access import changed
from analyser.web.site import Site
from analyser.web.tables import Call
from tests.web.spoken import give_sound

pytestmark = pytest.mark.browser

People = Callable[[str], TestClient]
Open = Callable[..., Any]
SCORECARD = {
    "name": "Luisteren",
    "q0.text": "Luistert voor het aanbod",
    "q0.kind": "scale",
    "q0.low": "1",
    "q0.high": "5",
    "q0.low_label": "niet",
    "q0.high_label": "helemaal",
    "q0.guide": "Denk aan samenvatten en doorvragen.",
    "q1.text": "Vat samen",
    "q1.kind": "yes_no",
    "q2.text": "Wat viel op",
    "q2.kind": "multiple",
    "q2.options": "rust\nhaast\nhumor",
    "q3.text": "In één zin",
    "q3.kind": "open",
}


@pytest.fixture
def add_spoken(site: Site, add_call: Callable[..., str]) -> Callable[..., str]:
    """Put a call with sound into the workspace; returns its key."""

    def add(owner: str | None = None, **values: object) -> str:
        key = add_call(owner, recording="recording.wav", **values)
        give_sound(site.config.calls / key)
        return key

    return add


def report_of(page: Any) -> Any:
    """The report in its frame, once it speaks with the page."""
    frame = page.frame_locator("#report")
    frame.locator(".review .remark").first.wait_for()
    return frame


def marked(page: Any) -> None:
    """A mark that a reload would wipe out."""
    page.evaluate("window.marked = true")


def never_reloaded(page: Any) -> bool:
    return bool(page.evaluate("window.marked === true"))


def test_a_comment_at_a_time_reaches_the_other_without_reloading(
    people: People, add_spoken: Callable[..., str], open_page: Open
) -> None:
    key = add_spoken("anna")
    tom, anna = (open_page(f"/calls/{key}", person=people(name)) for name in ("tom", "anna"))
    for page in (tom, anna):
        report_of(page)
        marked(page)
    # Anna is typing; what she typed must stay where it is.
    anna.fill("#comment-text", "Ik ben nog aan het")
    report_of(tom).locator("#seek").evaluate(
        "field => { field.value = 12; field.dispatchEvent(new Event('input', { bubbles: true })); }"
    )
    tom.locator("#comment-time", has_text="0:12").wait_for()
    tom.fill("#comment-text", "Hier had je kunnen doorvragen.")
    tom.select_option("#comment-kind", "coaching")
    tom.click("#composer .main")
    thread = anna.locator(".thread.coaching", has_text="Hier had je kunnen doorvragen.")
    thread.wait_for()
    assert thread.locator(".time").inner_text() == "0:12"
    assert anna.input_value("#comment-text") == "Ik ben nog aan het"
    assert anna.evaluate("document.activeElement.id") == "comment-text"
    # An answer that is being written survives another remark, and comes in at the other's.
    thread.get_by_role("button", name="Antwoorden").click()
    anna.keyboard.type("Klopt, ")
    tom.fill("#comment-text", "En dit was mooi.")
    tom.click("#composer .main")
    anna.locator(".thread", has_text="En dit was mooi.").wait_for()
    anna.keyboard.type("doe ik.")
    thread.locator(".editor .main").click()
    tom.locator(".answer", has_text="Klopt, doe ik.").wait_for()
    thread.get_by_role("button", name="Gezien", exact=True).first.click()
    tom.locator(".thread", has_text="gezien door Anna").wait_for()
    assert never_reloaded(tom) and never_reloaded(anna)


def test_a_comment_plays_what_it_is_about(people: People, add_spoken: Callable[..., str], open_page: Open) -> None:
    key = add_spoken("anna")
    tom = people("tom")
    tom.post(f"/calls/{key}/comments", json={"text": "Luister", "time": 20})
    page = open_page(f"/calls/{key}", person=tom)
    frame = report_of(page)
    page.locator(".thread .time").click()
    frame.locator("#toggle[aria-label=Pauzeren]").wait_for()
    frame.locator("#now", has_text="0:21").wait_for()
    frame.locator("#toggle").click()
    assert frame.locator("#sound").evaluate("sound => sound.currentTime") >= 20


def test_a_comment_is_made_at_a_moment_and_leads_to_it(
    people: People, add_spoken: Callable[..., str], open_page: Open
) -> None:
    page = open_page(f"/calls/{add_spoken('anna')}", person=people("tom"), width=360)
    frame = report_of(page)
    frame.locator(".remark").first.click()
    page.locator("#comment-moment", has_text="Samenvatting bevestigd").wait_for()
    page.keyboard.type("Zo kan het dus.")
    page.keyboard.press("Control+Enter")
    page.locator(".thread").get_by_role("button", name="Samenvatting bevestigd").click()
    frame.locator(".remarks", has_text="1 opmerking").wait_for()
    assert page.locator(".call").get_attribute("data-tab") == "report"


def test_a_call_that_is_done_shows_its_report_by_itself(
    people: People, site: Site, add_call: Callable[..., str], open_page: Open
) -> None:
    key = add_call("anna", state="running", stage="words", progress=0.4)
    page = open_page(f"/calls/{key}", person=people("anna"))
    page.locator("#stage", has_text="Woorden herkennen").wait_for()
    with site.database.write() as session:
        call = session.scalars(select(Call).where(Call.key == key)).one()
        call.state = "done"
        changed(session, call, "state")
    page.frame_locator("#report").locator("h1").wait_for()


def test_verdicts_in_the_report_are_blind_then_side_by_side(
    people: People, add_spoken: Callable[..., str], open_page: Open
) -> None:
    key = add_spoken("anna")
    tom, anna = (open_page(f"/calls/{key}", person=people(name)) for name in ("tom", "anna"))
    frames = {page: report_of(page) for page in (tom, anna)}
    for page, vote, note in ((tom, "disagree", "Dit was geen samenvatting"), (anna, "agree", "Vind ik wel")):
        frames[page].locator(f".vote[data-vote={vote}]").first.click()
        frames[page].locator(".comment").first.fill(note)
        frames[page].locator(".comment").first.blur()
        page.click("#tab-judge")
        page.locator("#verdict-state", has_text="1 van de 1").wait_for()
    tom.click("#verdict-done")
    anna.locator("#verdict-state", has_text="De ander is klaar").wait_for()
    assert "geen samenvatting" not in frames[anna].locator("#moments").inner_text()
    assert frames[anna].locator(".sides").first.is_hidden()
    anna.click("#verdict-done")
    for frame in frames.values():
        frame.locator(".sides", has_text="Dit was geen samenvatting").wait_for()
        assert "Vind ik wel" in frame.locator(".sides").first.inner_text()
        assert frame.locator(".vote").first.is_hidden()


def test_scores_are_given_apart_then_side_by_side(
    people: People, add_spoken: Callable[..., str], open_page: Open
) -> None:
    key = add_spoken("anna")
    trainer, seller = people("tom"), people("anna")
    trainer.post("/scorecards/new", data=SCORECARD)
    tom, anna = (open_page(f"/calls/{key}", person=person) for person in (trainer, seller))
    for page, step, yes in ((tom, "2", "nee"), (anna, "4", "ja")):
        page.click("#tab-judge")
        card = page.locator(".score")
        card.get_by_role("radio", name=step, exact=True).check()
        card.get_by_role("radio", name=yes, exact=True).check()
        card.get_by_role("checkbox", name="rust").check()
        card.get_by_role("textbox", name="In één zin", exact=True).fill(f"Zin van {step}")
    tom.locator(".score form > button").click()
    anna.locator(".score .state", has_text="De ander is klaar").wait_for()
    assert "Zin van 2" not in anna.content()
    # What was filled in while the other became done is still there.
    assert anna.locator(".score").get_by_role("radio", name="4", exact=True).is_checked()
    anna.locator(".score form > button").click()
    for page in (tom, anna):
        page.locator(".compared", has_text="Zin van 2").wait_for()
        assert "Zin van 4" in page.locator(".score").inner_text()
        assert "1 van de 3 antwoorden gelijk" in page.locator(".score .state").inner_text()


def test_an_intention_is_suggested_by_the_report_and_taken_up(
    people: People, add_spoken: Callable[..., str], open_page: Open
) -> None:
    first, later = add_spoken("anna", date="2026-11-01"), add_spoken("anna", date="2026-11-08")
    anna = people("anna")
    page = open_page(f"/calls/{first}", person=anna)
    report_of(page)
    page.click("#tab-intention")
    page.click("#intention-suggest")
    assert "doorgevraagd" in page.input_value("#intention-text")
    page.select_option("#intention-measure", "confirmed_summary")
    page.click("#intention-form .main")
    page.locator("#intention-state", has_text="Bewaard").wait_for()
    after = open_page(f"/calls/{later}", person=anna)
    after.locator(".last", has_text="1 van de 1 samenvattingen bevestigd").wait_for()


def test_speakers_are_corrected_from_the_report(
    people: People, add_spoken: Callable[..., str], open_page: Open
) -> None:
    key = add_spoken("anna")
    page, other = (open_page(f"/calls/{key}", person=people(name)) for name in ("anna", "tom"))
    frame = report_of(page)
    report_of(other)
    frame.locator("[data-voice]").first.fill("Jansen")
    frame.locator("#voices button", has_text="Toepassen").click()
    for opened in (page, other):
        opened.frame_locator("#report").locator(".facts", has_text="Jansen").wait_for()


def test_a_missed_moment_is_chosen_in_the_conversation(
    people: People, add_spoken: Callable[..., str], open_page: Open
) -> None:
    key = add_spoken("anna")
    page = open_page(f"/calls/{key}", person=people("tom"))
    frame = report_of(page)
    page.click("#tab-judge")
    page.click("#missed summary")
    page.select_option("#missed-kind", "missed_need")
    page.click("#missed-pick")
    frame.locator("#u3").click()
    frame.locator("#u4").press("Enter")
    page.locator("#missed-picked", has_text="Excel").wait_for()
    page.click("#missed-form .main")
    page.locator("#corrections li", has_text="gemist").wait_for()
    frame.locator(".wrong summary").first.click()
    frame.locator(".not-one").first.click()
    page.locator("#corrections li", has_text="is er geen").wait_for()
    frame.locator(".told", has_text="Gemeld").wait_for()


def test_the_user_of_the_machine_sits_at_both_sides(add_spoken: Callable[..., str], open_page: Open) -> None:
    page = open_page(f"/calls/{add_spoken()}")
    frame = report_of(page)
    frame.locator(".vote[data-vote=agree]").first.click()
    page.click("#tab-judge")
    page.locator("#verdict-state", has_text="1 van de 1").wait_for()
    page.select_option("#side", "trainer")
    page.locator("#verdict-state", has_text="0 van de 1").wait_for()
    assert frame.locator(".vote[data-vote=agree]").first.get_attribute("aria-pressed") == "false"


@pytest.mark.parametrize(("width", "scheme"), [(360, "light"), (1280, "dark"), (360, "dark"), (1280, "light")])
def test_the_page_fits_and_is_accessible(
    people: People, add_spoken: Callable[..., str], open_page: Open, axe: Callable[..., Any], width: int, scheme: str
) -> None:
    key = add_spoken("anna", client="Groothandel in allerhande verpakkingsmaterialen " * 2)
    tom = people("tom")
    tom.post("/scorecards/new", data=SCORECARD)
    for kind in ("praise", "coaching", "question", "warning"):
        tom.post(f"/calls/{key}/comments", json={"text": "woord" * 60, "kind": kind, "time": 3})
    page = open_page(f"/calls/{key}", person=tom, width=width, color_scheme=scheme)
    report_of(page)
    for tab in ("comments", "judge", "intention"):
        page.click(f"#tab-{tab}")
        assert page.evaluate("document.documentElement.scrollWidth") <= width
        assert page.evaluate(
            "document.querySelector('.panel').scrollWidth <= document.querySelector('.panel').clientWidth"
        )
        assert axe(page) == [], tab
    assert page.frame_locator("#report").locator("html").evaluate("root => root.scrollWidth") <= width


@pytest.mark.parametrize("width", [360, 1280])
def test_scorecards_are_made_in_a_browser(people: People, open_page: Open, axe: Callable[..., Any], width: int) -> None:
    page = open_page("/scorecards/new", person=people("tom"), width=width)
    page.fill("input[name=name]", "Kaart")
    page.fill("input[name='q0.text']", "Eerste")
    page.click("#add")
    page.fill("input[name='q1.text']", "Tweede")
    page.select_option("select[name='q1.kind']", "single")
    page.fill("textarea[name='q1.options']", "a\nb")
    page.locator(".question").nth(1).get_by_role("button", name="Omhoog").click()
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    assert axe(page) == []
    page.click("form .main")
    page.get_by_role("link", name="Wijzigen").click()
    assert page.input_value("input[name='q0.text']") == "Tweede"
    assert page.input_value("textarea[name='q0.options']") == "a\nb"


def test_wicked_text_runs_nothing(people: People, add_spoken: Callable[..., str], open_page: Open) -> None:
    wicked = '"><script>document.title="owned"</script><img src=x onerror="document.title=1">'
    key = add_spoken("anna", client=wicked)
    tom = people("tom")
    tom.post("/scorecards/new", data={**SCORECARD, "name": wicked, "q0.text": wicked, "q1.text": wicked})
    tom.post(f"/calls/{key}/comments", json={"text": wicked, "time": 1})
    tom.post(f"/calls/{key}/intention", json={"text": wicked})
    tom.post(f"/calls/{key}/speakers", json={"names": {"S": wicked[:80]}})
    page = open_page(f"/calls/{key}", person=tom)
    report_of(page)
    page.locator(".thread", has_text="owned").wait_for()
    page.locator("#cards bdi", has_text="owned").wait_for(state="attached")
    assert page.locator("main img, main script").count() == 0
    assert page.title().startswith('">')
