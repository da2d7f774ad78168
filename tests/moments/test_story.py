"""A conversation as chances: runs, replies and confirmations."""

from __future__ import annotations

from dataclasses import replace

from analyser.moments.story import Story
from analyser.records import Act
from tests.conversations import call

CALL = call(
    "S promise: Ja hoor.",
    "C ask_capability,objection: Ook de gasaansluiting?",
    "S promise: Komt goed.",
    "C need: We zitten er echt mee.",
    "C backchannel: Ja.",
    "S promise: Regelen we.",
)


def test_utterances_are_one_run_across_bridging_acts_and_backchannels() -> None:
    story = Story(CALL)
    places = [place for place in range(len(story)) if story.chance(place, "promise")]
    assert list(story.runs(places, ("ask_capability", "objection"))) == [(0, 2), (5,)]
    assert list(story.runs(places, ("ask_capability", "need"))) == [(0, 2, 5)]
    assert list(story.runs(places)) == [(0,), (2,), (5,)]


def test_what_the_tagger_heard_of_moments_does_not_break_a_run() -> None:
    heard = (Act("moment.over_promise.inside", 0.99), Act("promise", 0.01))
    utterances = tuple(replace(said, hints=heard) for said in CALL.utterances)
    story = Story(replace(CALL, utterances=utterances))
    assert list(story.runs([0, 2], ("ask_capability",))) == [(0, 2)]
    assert story.chance(0, "moment.over_promise.inside") == 0.99


def test_an_accepted_act_counts_with_its_own_confidence_and_a_hint_with_its() -> None:
    said = replace(CALL.utterances[0], acts=(Act("promise", 0.9),), hints=(Act("promise", 0.2), Act("decline", 0.1)))
    story = Story(replace(CALL, utterances=(said,)))
    assert (story.chance(0, "promise"), story.chance(0, "decline"), story.chance(0, "pitch")) == (0.9, 0.1, 0.0)
    assert story.chance(5, "promise") == 0.0


def test_a_reply_skips_backchannels_and_ends_with_the_side() -> None:
    story = Story(CALL)
    assert list(story.reply(2, seller=False)) == [3, 4]
    assert list(story.reply(0, seller=True)) == [2]
    assert list(story.reply(5, seller=False)) == []


def test_a_summary_that_is_put_right_counts_for_nothing() -> None:
    story = Story(call("S summary: Dus goedkoper.", "C correct: Nee.", "S summary: Dus rust.", "C confirm: Precies."))
    assert story.summaries == {0: 0.0, 2: 1.0}
    assert story.confirmations == [(2, 3, 1.0)]
