"""M4, listen, then deliver: pitches early and timely, summaries, needs passed over, insights won."""

from __future__ import annotations

from collections.abc import Iterator

from analyser.moments.candidates import (
    AFTER,
    BEFORE,
    POSSIBLE,
    SELLER,
    Candidate,
    amount,
    cued,
    heard,
    highest,
    progress,
)
from analyser.moments.readiness import State
from analyser.moments.story import DELIVERY, Story

FEELING = ("need", "cause", "tried", "desired_result", "situation", "correct", "objection", "own_solution", "other")


def deliveries(story: Story, states: list[State]) -> Iterator[Candidate]:
    """Stretches in which the seller pitches, prices or lays out options: early, timely, or merely an answer."""
    chosen = [place for place in range(len(story)) if story.seller[place] and story.chance(place, *DELIVERY) > POSSIBLE]
    for run in story.runs(chosen, ("objection", "other", "small_talk", "open_question")):
        before = story.before(run[0], seller=False)
        after = story.reply(run[-1], seller=False)
        invites = [place for place in range(max(0, run[0] - 6), run[0]) if story.does(place, "invite")]
        features = {
            **progress(story, states[run[0]], run[0]),
            **highest(story, "in", run, SELLER),
            **highest(story, "before", before, BEFORE),
            **highest(story, "just", before[-1:], BEFORE),
            **highest(story, "after", after, AFTER),
            **highest(story, "turn", [run[0] - 1], ("summary", "empathy", "decline", "boundary", "promise")),
            **heard(story, run[0], run[-1], "premature_pitch", "timely_pitch"),
            "invite.near": story.highest(range(run[0] - 3, run[0]), "invite"),
            "invite.far": story.highest(range(run[0] - 8, run[0]), "invite"),
            "pressure.near": story.highest(range(run[0] - 3, run[0]), "price_pressure", "power_play"),
            **amount(story, run, *DELIVERY),
        }
        first = invites[-1] if invites else run[0]
        quote = max(run, key=lambda place: story.chance(place, *DELIVERY))
        client = before[-1] if before else None
        yield Candidate("delivery", first, run[-1], quote, client, (*before[-1:], *run), features, run[0])


def summaries(story: Story, states: list[State]) -> Iterator[Candidate]:
    """Summaries with the client's answer: confirmed, corrected or left behind."""
    chosen = [place for place in range(len(story)) if story.seller[place] and story.chance(place, "summary") > POSSIBLE]
    for run in story.runs(chosen, reach=1):
        after = story.reply(run[-1], seller=False)
        following = range(run[-1] + 1, after[0] if after else min(len(story), run[-1] + 4))
        features = {
            **progress(story, states[run[0]], run[0]),
            **highest(story, "in", run, SELLER),
            **highest(story, "before", story.before(run[0], seller=False), BEFORE),
            **highest(story, "after", after, AFTER),
            **highest(story, "first", after[:1], AFTER),
            **highest(story, "following", following, SELLER),
            **highest(story, "next", range(run[-1] + 1, run[-1] + 2), AFTER),
            **heard(story, run[0], run[-1], "confirmed_summary", "unconfirmed_summary"),
            **amount(story, run, "summary"),
            **cued(story, run, "summary"),
            **cued(story, after[:1], "confirmation", "correction"),
        }
        quote = max(run, key=lambda place: story.chance(place, "summary"))
        answered = [place for place in after if story.chance(place, "confirm", "correct") > POSSIBLE]
        last = answered[0] if answered else (after[0] if after else run[-1])
        client = last if answered else (after[0] if after else None)
        yield Candidate("summary", run[0], last, quote, client, (*run, *answered[:1], *after[:1]), features, run[0])


def needs(story: Story, states: list[State]) -> Iterator[Candidate]:
    """Stretches in which the client voices a need, with the seller's reaction: passed over or taken up."""
    place = 0
    while place < len(story):
        if story.seller[place] or story.chance(place, "need") <= POSSIBLE:
            place += 1
            continue
        first = last = place
        while last + 1 < len(story) and (not story.seller[last + 1] or story.thin(last + 1)):
            last += 1
        place = last + 1
        if last + 1 >= len(story):
            break
        spoken = [p for p in range(first, last + 1) if not story.seller[p]]
        voiced = [p for p in spoken if story.chance(p, "need") > POSSIBLE]
        reaction = story.reply(last, seller=True, reach=2)
        if not reaction:
            continue
        later = story.reply(reaction[-1], seller=False)
        second = story.reply(later[-1], seller=True, reach=2) if later else range(0)
        seller = (*SELLER, "ask_situation", "ask_problem", "ask_cause", "ask_tried", "ask_result")
        features = {
            **progress(story, states[first], first),
            **highest(story, "in", voiced, BEFORE),
            **highest(story, "last", spoken[-1:], BEFORE),
            **highest(story, "all", spoken, ("invite", "ask_capability", "insight", "confirm")),
            **highest(story, "reaction", reaction, seller),
            **highest(story, "first", reaction[:1], seller),
            **highest(story, "heard", range(first, last + 1), ("empathy", "summary")),
            **highest(story, "later", later, AFTER),
            **highest(story, "second", second, ("empathy", "summary", "follow_up", "pitch")),
            **heard(story, first, reaction[-1], "missed_need"),
            "reaction.words": min(float(story.lengths[reaction[0]]), 40.0),
            **amount(story, voiced, "need"),
            **cued(story, voiced, "emotion"),
            **cued(story, reaction, "empathy"),
        }
        client = max(voiced, key=lambda p: story.chance(p, "need"))
        yield Candidate(
            "need", voiced[-1] if len(voiced) > 3 else voiced[0], reaction[0], reaction[0], client,
            (*voiced, reaction[0]), features, first,
        )  # fmt: skip


def insights(story: Story, states: list[State]) -> Iterator[Candidate]:
    """Stretches in which the client sees something new, with the question or view that brought it."""
    chosen = [
        place for place in range(len(story)) if not story.seller[place] and story.chance(place, "insight") > POSSIBLE
    ]
    for run in story.runs(chosen, ("other", "empathy"), reach=1):
        trigger = story.before(run[0], seller=True, reach=4)
        if not trigger:
            continue
        earlier = story.before(trigger[0], seller=True, reach=3)
        follow = story.reply(run[-1], seller=True)
        features = {
            **progress(story, states[run[0]], run[0]),
            **highest(story, "in", run, BEFORE),
            **highest(story, "trigger", trigger, SELLER),
            **highest(story, "earlier", earlier, ("reframe", "open_question", "follow_up", "summary")),
            **highest(story, "follow", follow, SELLER),
            **heard(story, trigger[-1], run[-1], "insight"),
            **amount(story, run, "insight"),
            **cued(story, run, "insight"),
            "distance": float(run[0] - trigger[-1]),
        }
        quote = max(trigger, key=lambda p: story.chance(p, "reframe", "open_question", "closed_question", "summary"))
        yield Candidate("insight", quote, run[-1], quote, run[0], (quote, *run), features, run[0])
