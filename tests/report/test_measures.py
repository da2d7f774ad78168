"""The figures: what they say, and when they rather say nothing."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from analyser.records import Analysis, SideTally, TalkRatio, Tally
from analyser.report.measures import headline, table
from analyser.report.wording import Wording


@pytest.fixture(scope="module")
def wording() -> Wording:
    return Wording.of("nl")


def test_headline_of_the_call(analysis: Analysis, wording: Wording) -> None:
    balance, summaries, premature, talk = headline(analysis, (), wording)
    assert balance.value == "−15" and balance.tone == "attention"
    assert "2 keer samengevat of meegeleefd, 4 keer aangeboden" in balance.detail
    assert summaries.value == "1 van 1" and summaries.tone == "good"
    assert premature.value == "1 van 2" and premature.tone == "attention"
    assert talk.value.endswith("%") and "90% zeker tussen" in talk.detail and "Gong Labs" in talk.norm


def test_talk_ratio_that_is_not_trusted_is_no_figure(analysis: Analysis, wording: Wording) -> None:
    talk = headline(replace(analysis, talk_ratio=TalkRatio(0.5, 0.3, 0.7)), (), wording)[3]
    assert talk.value == "Niet te zeggen"
    assert "tussen 30% en 70%" in talk.detail
    assert talk.meter is None


def test_talk_ratio_without_speech(build: Any, wording: Wording) -> None:
    talk = headline(build([], []), (), wording)[3]
    assert talk.value == "–"


def test_talk_ratio_of_a_written_call_says_that_it_is_estimated(build: Any, wording: Wording) -> None:
    talk = headline(build(timed=False), (), wording)[3]
    assert "Geschat uit het aantal woorden" in talk.detail


def test_headline_of_a_call_without_summary_or_offer(build: Any, wording: Wording) -> None:
    _, summaries, premature, _ = headline(build([("S", "other", "Hallo."), ("C", "other", "Dag.")]), (), wording)
    assert (summaries.value, summaries.tone) == ("geen", "")
    assert (premature.value, premature.tone) == ("nooit", "")


def test_headline_against_earlier_calls(analysis: Analysis, wording: Wording) -> None:
    earlier = Tally(
        calls=1,
        seller=SideTally(speech=30, utterances=50, acts={"summary": 10}),
        client=SideTally(speech=70),
        moments={"confirmed_summary": 3, "unconfirmed_summary": 1},
    )
    balance, summaries, premature, talk = headline(analysis, (earlier, earlier), wording)
    assert balance.earlier == "Gemiddeld in 2 eerdere gesprekken: +20"
    assert summaries.earlier == "Gemiddeld in 2 eerdere gesprekken: 6 van 8"
    assert premature.earlier == ""
    assert talk.earlier == "Gemiddeld in 2 eerdere gesprekken: 30%"


def test_table_points_to_places_and_leaves_times_out_of_written_calls(
    build: Any, analysis: Analysis, wording: Wording
) -> None:
    figures = {figure.name: figure for figure in table(analysis, wording)}
    assert figures["Vragen"].value == "2 open, 0 gesloten, 1 doorvragen"
    assert figures["Langste beurt verkoper"].start != ""
    assert [figure.name for figure in table(build(timed=False), wording)] == ["Vragen", "Stopwoorden"]
