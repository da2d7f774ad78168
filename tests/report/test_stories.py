"""Moments as they are read, and the two that come first."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from analyser.records import Analysis
from analyser.report.dialogue import Dialogue
from analyser.report.stories import key_of, leads, span_of, stories
from analyser.report.wording import Wording


@pytest.fixture(scope="module")
def wording() -> Wording:
    return Wording.of("nl")


def told(analysis: Analysis, wording: Wording) -> Any:
    return stories(analysis, Dialogue(analysis, wording), wording)


def first(analysis: Analysis, wording: Wording) -> Any:
    dialogue = Dialogue(analysis, wording)
    return leads(analysis, stories(analysis, dialogue, wording), dialogue, wording)


def test_story_has_the_turn_before_and_after(analysis: Analysis, wording: Wording) -> None:
    story = told(analysis, wording)[0]
    assert [line.text for line in story.before] == [analysis.conversation.utterances[1].text]
    assert [line.number for line in story.exchange] == ["2", "3"]
    assert [line.text for line in story.after] == ["Dat is nogal wat. Wat moet ik daarmee?"]
    assert story.tone == "attention" and story.missing == (
        "het probleem",
        "een samenvatting",
        "de bevestiging van de klant",
    )


def test_story_at_the_edges_and_out_of_range(analysis: Analysis, wording: Wording) -> None:
    last = len(analysis.conversation.utterances) - 1
    moment = replace(analysis.moments[0], first=last, last=last + 9, evidence=(last,))
    story = told(replace(analysis, moments=(moment,)), wording)[0]
    assert story.after == () and len(story.exchange) == 1
    assert span_of(replace(moment, first=-3, last=-1), 5) == (0, 0)


def test_key_stays_when_speakers_are_renamed(analysis: Analysis) -> None:
    assert key_of(analysis.moments[0]) == f"premature_pitch@{round(10 * analysis.moments[0].start)}"


def test_leads_take_the_weightiest_kind_and_its_clearest_moment(build: Any, wording: Wording) -> None:
    moments = [
        ("over_promise", ("M3",), 1, 1, (), 0.95),
        ("premature_pitch", ("M4",), 2, 2, (), 0.7),
        ("premature_pitch", ("M4",), 3, 3, (), 0.9),
        ("insight", ("M4",), 4, 4, (), 0.5),
    ]
    work, good = first(build(moments=moments), wording)
    assert work.story.number == "2" and "2 keer" in work.times
    assert good.story.kind == "insight"


def test_leads_hold_up_a_small_good_thing_outside_what_went_wrong(build: Any, wording: Wording) -> None:
    lines = [("S", "empathy", "Vervelend."), ("S", "open_question", "Hoe komt dat?"), ("C", "cause", "Druk.")]
    good = first(build(lines, [("missed_need", ("M4",), 0, 0, (), 0.9)]), wording)[1]
    assert good.story is None
    assert good.line.text == "Hoe komt dat?" and good.what == "open vraag"


def test_leads_say_so_kindly_when_there_is_nothing(build: Any, wording: Wording) -> None:
    work, good = first(build([("S", "other", "Hallo.")], []), wording)
    assert work.story is None and "Geen moment dat om aandacht vraagt" in work.title
    assert good.line is None and good.text


def test_only_as_many_moments_are_printed_as_fit(build: Any, wording: Wording) -> None:
    moments = [("missed_need", ("M4",), n, n, (), 0.5) for n in range(12)] + [
        ("premature_pitch", ("M4",), 3, 3, (), 0.9)
    ]
    printed = [story.number for story in told(build(moments=moments), wording) if story.printed]
    assert len(printed) == 6 and "12" in printed


def test_leads_name_the_habit_that_is_absent(build: Any, wording: Wording) -> None:
    lines = [("S", "closed_question", "Hoeveel mensen?"), ("C", "situation", "Tien.")] * 5
    work = first(build(lines, []), wording)[0]
    assert work.tone == "attention" and "niet samengevat" in work.text
    asked = first(build([*lines, ("S", "summary", "Dus tien.")], []), wording)[0]
    assert "geen open vraag" in asked.text


def test_leads_do_not_praise_what_was_misheard(build: Any, wording: Wording) -> None:
    call = build([("S", "open_question", "Hoe de morgen?"), ("C", "other", "Dag.")], [])
    said = call.conversation.utterances[0]
    mumbled = replace(said, words=tuple(replace(word, confidence=0.3) for word in said.words))
    conversation = replace(call.conversation, utterances=(mumbled, *call.conversation.utterances[1:]))
    assert first(call, wording)[1].line is not None
    assert first(replace(call, conversation=conversation), wording)[1].line is None
