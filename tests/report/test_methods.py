"""The five pages: what they find, and what they say when there is nothing."""

from __future__ import annotations

from typing import Any

import pytest

from analyser.records import Analysis
from analyser.report.dialogue import Dialogue
from analyser.report.methods import MethodPage, pages
from analyser.report.wording import Wording


@pytest.fixture(scope="module")
def wording() -> Wording:
    return Wording.of("nl")


def of(analysis: Analysis, wording: Wording) -> dict[str, MethodPage]:
    return {page.key: page for page in pages(analysis, Dialogue(analysis, wording), wording)}


def test_ladder_has_asked_and_told_in_order(analysis: Analysis, wording: Wording) -> None:
    page = of(analysis, wording)["M1"]
    situation, problem, cause, tried, result = page.rungs
    assert situation.asked is None and situation.unasked and situation.order == "1e aan bod"
    assert problem.asked is not None and problem.asked.number == "5" and not problem.unasked
    assert cause.answered is not None and tried.order == "" and result.order == "4e aan bod"
    assert "4 van de 5" in page.lead and "wat al geprobeerd is" in page.lead


def test_own_half_shows_how_strength_was_met(build: Any, analysis: Analysis, wording: Wording) -> None:
    assert [item.badge for item in of(analysis, wording)["M2"].groups[0].items] == ["als gelijke opgevangen"]
    lines = [("C", "power_play", "Waarom zou ik u nemen?"), ("S", "boundary", "Goede vraag."), ("C", "other", "Ja.")]
    unjudged = of(build(lines, []), wording)["M2"].groups[0].items[0]
    assert unjudged.badge == "niet beoordeeld" and [line.number for line in unjudged.lines] == ["0", "1"]


def test_promise_stands_with_the_question_that_called_for_it(build: Any, wording: Wording) -> None:
    lines = [
        ("C", "ask_capability", "Doet u dat ook?"),
        ("S", "promise", "Ja, natuurlijk!"),
        ("S", "decline", "Nee, dat niet."),
    ]
    promises, declines = of(build(lines, []), wording)["M3"].groups
    assert [line.number for line in promises.items[0].lines] == ["0", "1"]
    assert [line.number for line in declines.items[0].lines] == ["2"]


def test_summaries_with_the_answer(build: Any, wording: Wording) -> None:
    lines = [
        ("S", "summary", "Dus het is druk?"),
        ("C", "confirm", "Ja."),
        ("S", "summary", "En duur?"),
        ("C", "correct", "Nee, dat niet."),
        ("S", "summary", "Goed."),
    ]
    moments = [("unconfirmed_summary", ("M4",), 2, 2, (), 0.8)]
    group = of(build(lines, moments), wording)["M4"].groups[0]
    assert [item.badge for item in group.items] == ["bevestigd", "gecorrigeerd", ""]
    assert [item.moment for item in group.items] == ["", "0", ""]


@pytest.mark.parametrize(
    ("lines", "said"),
    [
        ([("S", "own_wish", "Ik wil de order."), ("S", "optimism", "Dit lukt.")], "voordat er vertrouwen"),
        ([("S", "common_goal", "Dat willen we beiden."), ("S", "own_wish", "Ik wil de order.")], "nadat er vertrouwen"),
        ([("S", "optimism", "Dit lukt.")], "geen eigen wens op tafel"),
        ([("S", "other", "Hallo.")], "kwamen in dit gesprek niet ter sprake"),
    ],
)
def test_trust_before_wishes(build: Any, wording: Wording, lines: list[tuple[str, str, str]], said: str) -> None:
    assert said in of(build(lines, []), wording)["M5"].lead


def test_empty_pages_are_kind(build: Any, wording: Wording) -> None:
    for page in of(build([("S", "other", "Hallo.")], []), wording).values():
        assert all(group.items or len(group.empty) > 20 for group in page.groups)
        assert page.groups
