"""M2, play on your own half: shows of strength and price pressure, and how each was met."""

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
from analyser.moments.story import LIKELY, PRESSURE, Story


def pressures(story: Story, states: list[State]) -> Iterator[Candidate]:
    """Stretches of pressure with the seller's answer: met as an equal, or yielded to."""
    chosen = [
        place for place in range(len(story)) if not story.seller[place] and story.chance(place, *PRESSURE) > POSSIBLE
    ]
    for run in story.runs(chosen, ("other", "objection"), reach=1):
        answer = story.reply(run[-1], seller=True, reach=3)
        if not answer:
            continue
        after = story.reply(answer[-1], seller=False)
        again = story.reply(after[-1], seller=True, reach=2) if after else range(0)
        features = {
            **progress(story, states[run[0]], run[0]),
            **amount(story, run, *PRESSURE),
            **cued(story, run, "price"),
            **cued(story, answer, "self_justification"),
            **highest(story, "in", run, BEFORE),
            **highest(story, "answer", answer, SELLER),
            **highest(story, "first", answer[:1], SELLER),
            **highest(story, "after", after, AFTER),
            **highest(story, "again", again, ("concession", "boundary", "pitch", "other")),
            **heard(story, run[0], answer[-1], "power_play_met", "power_play_yielded"),
            "answer.words": min(float(sum(story.lengths[place] for place in answer)), 80.0),
            "answer.count": min(float(len(answer)), 4.0),
        }
        quote = max(answer, key=lambda place: story.chance(place, "boundary", "concession", "pitch", "price"))
        yield Candidate("pressure", run[0], answer[-1], quote, run[0], (*run, *answer), features, run[0])


def join_pressures(story: Story, earlier: Candidate, later: Candidate, kind: str) -> bool:
    """Whether two neighbouring stretches that were judged alike are one moment: one push in several lines.

    A push on after a concession, a price or a bare word is the same push; after a boundary the client starts anew.
    """
    if later.first != earlier.last + 1:
        return False
    answer = range(earlier.quote, earlier.last + 1)
    return kind == "power_play_yielded" or story.highest(answer, "boundary") < LIKELY
