"""The readiness curve climbs by steps that can be pointed at."""

from __future__ import annotations

from analyser.moments.readiness import READY, readiness, states
from analyser.moments.story import Story
from analyser.records import ReadinessPoint
from tests.conversations import call

EXPLORED = (
    "S open_question,ask_situation: Hoe loopt het nu?",
    "C situation: Met dertig man.",
    "S open_question,follow_up,ask_problem: Wat gaat er mis?",
    "C need: De planning.",
    "S open_question,follow_up,ask_cause: Hoe komt dat?",
    "C cause: Niemand weet iets.",
    "S open_question,ask_result: Wat wilt u?",
    "C desired_result: Rust.",
)


def last(*lines: str) -> ReadinessPoint:
    return readiness(call(*lines))[-1]


def test_nothing_known_is_zero_and_small_talk_adds_nothing() -> None:
    points = readiness(call("S small_talk: Mooi weer.", "C small_talk: Zeker."))
    assert [point.level for point in points] == [0.0]


def test_the_curve_climbs_with_exploring_summary_and_confirmation() -> None:
    explored = last(*EXPLORED)
    summed = last(*EXPLORED, "S summary: Dus u wilt rust.")
    confirmed = last(*EXPLORED, "S summary: Dus u wilt rust.", "C confirm: Precies.")
    assert 0.3 < explored.level < READY <= summed.level < confirmed.level
    assert (explored.summarised, summed.summarised, summed.confirmed, confirmed.confirmed) == (False, True, False, True)


def test_a_need_told_unasked_counts_for_less_than_one_asked_for() -> None:
    assert last("C need: De planning.", "C cause: Niemand weet iets.").level < last(*EXPLORED[2:6]).level


def test_a_summary_that_the_client_puts_right_does_not_count() -> None:
    point = last(*EXPLORED, "S summary: Dus u wilt goedkoper.", "C correct: Nee, dat zeg ik niet.")
    assert not point.summarised
    assert point.level < READY


def test_an_invitation_lasts_until_the_answer_is_given() -> None:
    asked = ("C need: De planning.", "C invite: Wat zou u doen?")
    assert last(*asked).level >= READY
    assert last(*asked, "S pitch: Ik zou alles vastzetten.").invited
    after = last(*asked, "S pitch: Ik zou alles vastzetten.", "C situation: We zijn met dertig man.")
    assert not after.invited
    assert after.level < READY


def test_a_backchannel_does_not_end_an_invitation() -> None:
    point = last("C invite: Wat zou u doen?", "S pitch: Ik zou alles vastzetten.", "C backchannel: Ja.")
    assert point.invited


def test_the_level_never_leaves_its_bounds_and_points_are_in_order() -> None:
    points = readiness(call(*EXPLORED * 5, "S summary: Dus u wilt rust.", "C confirm: Precies.", timed=True))
    assert all(0 <= point.level <= 1 for point in points)
    assert [point.time for point in points] == sorted(point.time for point in points)


def test_doubtful_acts_move_the_curve_by_half() -> None:
    sure, unsure = last("C invite: Wat zou u doen?"), last("C invite=0.4: Wat zou u doen?")
    assert 0 < unsure.level < sure.level


def test_a_state_names_what_is_missing() -> None:
    story = Story(call("S pitch: Wij zijn goed.", "C need: De planning.", "S pitch: Wij zijn echt goed."))
    first, *_, end = states(story)
    assert first.missing == ("explored", "summarised", "confirmed")
    assert "problem" in first.untold
    assert "problem" not in end.untold
