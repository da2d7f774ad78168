"""M5, trust first, own wishes second: what the seller wants for themselves before or after trust was built."""

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
from analyser.moments.story import Story


def wishes(story: Story, states: list[State]) -> Iterator[Candidate]:
    """Stretches in which the seller says what they want, with the client's answer: early or timely."""
    chosen = [
        place for place in range(len(story)) if story.seller[place] and story.chance(place, "own_wish") > POSSIBLE
    ]
    for run in story.runs(chosen, reach=1):
        before = story.before(run[0], seller=False)
        after = story.reply(run[-1], seller=False)
        features = {
            **progress(story, states[run[0]], run[0]),
            **amount(story, run, "own_wish"),
            **cued(story, run, "own_wish"),
            **highest(story, "in", run, SELLER),
            **highest(story, "before", before, BEFORE),
            **highest(story, "after", after, AFTER),
            **heard(story, run[0], run[-1], "early_own_wish", "timely_own_wish"),
            "near.concession": story.highest(range(run[0] - 4, run[0] + 1), "concession"),
        }
        quote = max(run, key=lambda place: story.chance(place, "own_wish"))
        last = after[0] if after else run[-1]
        client = after[0] if after else None
        yield Candidate("own_wish", run[0], last, quote, client, (*run, *after[:1]), features, run[0])
