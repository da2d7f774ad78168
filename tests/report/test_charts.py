"""Places and paths of the picture, true to time."""

from __future__ import annotations

import re
from dataclasses import replace
from itertools import pairwise
from typing import Any

import pytest

from analyser.moments.readiness import READY
from analyser.records import Analysis, ReadinessPoint, Span
from analyser.report.charts import MARK_ROWS, bars, overlap, speech_of, timeline
from analyser.report.readiness_curve import curve, level_at, milestones
from analyser.report.wording import Wording


@pytest.fixture(scope="module")
def wording() -> Wording:
    return Wording.of("nl")


def drawn(path: str) -> list[tuple[float, float]]:
    """The spans that a path of bars stands for, in seconds."""
    spans, here = [], 0
    for step, width in re.findall(r"m(-?\d+) 0h(\d+)", path):
        here += int(step)
        spans.append((here / 20, (here + int(width)) / 20))
        here += int(width)
    return spans


def test_bars_stand_where_the_spans_are() -> None:
    spans = [Span(1.0, 2.5), Span(2.0, 3.0), Span(7.25, 7.25)]
    assert drawn(bars(spans)) == [(1.0, 2.5), (2.0, 3.0), (7.25, 7.3)]
    assert bars([]) == ""


def test_overlap_is_what_both_share() -> None:
    left, right = [Span(0, 2), Span(3, 6)], [Span(1, 4), Span(5, 9)]
    assert overlap(left, right) == [Span(1, 2), Span(3, 4), Span(5, 6)]
    assert overlap(left, []) == []


def test_speech_of_joins_spans_of_a_side_that_touch(analysis: Analysis) -> None:
    seller = speech_of(analysis.conversation, "seller")
    assert seller[0] == Span(1.0, 6.4)
    assert all(one.end < other.start for one, other in pairwise(seller))


def test_timeline_shows_early_offer_with_its_gap_up_to_the_line(analysis: Analysis, wording: Wording) -> None:
    picture = timeline(analysis, wording)
    early = [delivery for delivery in picture.deliveries if delivery.look == "premature"]
    assert len(early) == 1
    assert float(early[0].gap_top) == pytest.approx(100 * (1 - READY))
    assert float(early[0].gap_height) + float(early[0].height) == pytest.approx(100 * READY, abs=0.1)
    assert early[0].tag == "te vroeg"
    said = analysis.conversation.utterances[2]
    assert float(early[0].x) == pytest.approx(100 * said.start / analysis.recording.duration, abs=0.01)
    assert [delivery.look for delivery in picture.deliveries] == ["premature", "timely"]
    assert "0:14 (10%)" in picture.verdict


def test_timeline_marks_never_hide_each_other_while_rows_last(analysis: Analysis, wording: Wording) -> None:
    first = analysis.moments[0]
    near = tuple(replace(first, start=first.start + 0.1 * number) for number in range(MARK_ROWS))
    marks = timeline(replace(analysis, moments=near), wording).marks
    assert {mark.row for mark in marks} == {str(row) for row in range(MARK_ROWS)}


def test_timeline_of_a_call_without_anything(build: Any, wording: Wording) -> None:
    picture = timeline(build([], []), wording)
    assert picture.curve == "" and picture.marks == () and picture.overlap == ""
    assert "geen begripslijn" in picture.verdict


def test_ticks_get_denser_by_level(analysis: Analysis, wording: Wording) -> None:
    ticks = timeline(analysis, wording).ticks
    assert [tick.label for tick in ticks if tick.level == "0"] == ["0:00", "0:30", "1:00", "1:30"]
    assert len([tick for tick in ticks if tick.level == "2"]) > len([tick for tick in ticks if tick.level == "1"])


POINTS = (
    ReadinessPoint(10.0, 0.5, 1, 0.5, False, False, False),
    ReadinessPoint(20.0, 0.9, 2, 0.5, True, True, False),
    ReadinessPoint(30.0, 0.2, 3, 0.2, False, False, False),
)


def test_curve_steps_up_and_down() -> None:
    assert curve(POINTS, 40.0) == "M0 100H200V50H400V10H600V80H800"


def test_level_holds_until_the_next_point() -> None:
    assert [level_at(POINTS, second) for second in (0, 10, 19.9, 25, 99)] == [0, 0.5, 0.5, 0.9, 0.2]


def test_milestones_name_the_furthest_step() -> None:
    assert [(stone.look, stone.x) for stone in milestones(POINTS, 40.0)] == [("confirmed", "50")]
