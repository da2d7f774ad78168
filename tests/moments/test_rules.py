"""The codebook's definitions as chances."""

from __future__ import annotations

import pytest

from analyser.languages import load_pack
from analyser.moments.families import FAMILIES
from analyser.moments.readiness import states
from analyser.moments.story import Story
from tests.conversations import call


def rules_of(family: str, *lines: str) -> dict[str, float]:
    """The definitions' chances for the only candidate of a family."""
    story = Story(call(*lines), load_pack("nl"))
    (found,) = FAMILIES[family].candidates(story, states(story))
    return {name.removeprefix("rule."): chance for name, chance in found.features.items() if name.startswith("rule.")}


def test_an_uninvited_pitch_is_premature_and_an_invited_one_timely() -> None:
    pitch = "S pitch: Wij plannen alles voor u."
    assert rules_of("delivery", "C situation: Met dertig man.", pitch)["premature_pitch"] == 1
    invited = rules_of("delivery", "C invite: Wat zou u doen?", pitch)
    assert (invited["premature_pitch"], invited["timely_pitch"]) == (0, 1)


def test_doubts_multiply() -> None:
    found = rules_of("summary", "S summary=0.8: Dus u wilt rust.", "C confirm=0.5: Ja precies.")
    assert found["confirmed_summary"] == pytest.approx(0.4)
    assert found["unconfirmed_summary"] == 0


@pytest.mark.parametrize(("reaction", "missed"), [("empathy", 0), ("open_question,ask_problem", 0), ("pitch", 1)])
def test_a_need_is_missed_unless_it_is_taken_up(reaction: str, missed: float) -> None:
    assert rules_of("need", "C need: Het gaat mis.", f"S {reaction}: Zo, dat.")["missed_need"] == missed


def test_a_boundary_meets_pressure_and_a_concession_yields_to_it() -> None:
    pressed = "C price_pressure: Daar ga je onder."
    assert rules_of("pressure", pressed, "S boundary: Dit is de prijs.")["power_play_met"] == 1
    assert rules_of("pressure", pressed, "S concession: Goed, tien eraf.")["power_play_yielded"] == 1


def test_a_reframe_is_early_before_the_problem_and_its_cause_are_told() -> None:
    view = "S reframe: U heeft geen planning nodig maar rust."
    assert rules_of("reframe", "C situation: Met dertig man.", view)["early_reframe"] == 1
    told = ("C need: Het gaat mis.", "C cause: Niemand weet iets.", view)
    assert rules_of("reframe", *told)["timely_reframe"] == 1
