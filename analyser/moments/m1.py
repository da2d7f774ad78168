"""M1, diagnose, then reframe: reframes before or after the whole picture."""

from __future__ import annotations

from collections.abc import Iterator

from analyser.moments.candidates import AFTER, BEFORE, POSSIBLE, SELLER, Candidate, amount, heard, highest, progress
from analyser.moments.readiness import State
from analyser.moments.story import Story


def reframes(story: Story, states: list[State]) -> Iterator[Candidate]:
    """Stretches in which the seller offers another view, with the client's answer: early or timely."""
    chosen = [place for place in range(len(story)) if story.seller[place] and story.chance(place, "reframe") > POSSIBLE]
    for run in story.runs(chosen, ("objection", "other", "correct"), reach=1):
        anchor = max(run, key=lambda place: story.chance(place, "reframe"))
        before = story.before(run[0], seller=False)
        after = story.reply(run[-1], seller=False)
        last = after[0] if after else run[-1]
        for place in after:
            if story.does(place, "insight", "confirm", "correct", "objection"):
                last = place
                break
        features = {
            **progress(story, states[run[0]], run[0]),
            **highest(story, "in", run, SELLER),
            **highest(story, "before", before, BEFORE),
            **highest(story, "after", after, AFTER),
            **heard(story, run[0], last, "early_reframe", "timely_reframe"),
            **amount(story, run, "reframe"),
        }
        client = last if after else (before[-1] if before else None)
        yield Candidate("reframe", run[0], last, anchor, client, (*run, *after[:1]), features, run[0])
