"""M3, do what you are good at: unreserved promises, and honest declines (which M1 asks for as well)."""

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


def promises(story: Story, states: list[State]) -> Iterator[Candidate]:
    """Stretches in which the seller says yes without reserve; the client's questions between them belong to it."""
    chosen = [place for place in range(len(story)) if story.seller[place] and story.chance(place, "promise") > POSSIBLE]
    bridge = ("ask_capability", "objection", "other", "need")
    for run in story.runs(chosen, bridge):
        yield _answer(story, states, run, "promise", ("over_promise",), ("reservation", "unreserved"))


def declines(story: Story, states: list[State]) -> Iterator[Candidate]:
    """Stretches in which the seller says no to work, says what they are not for, or refers on."""
    chosen = [place for place in range(len(story)) if story.seller[place] and story.chance(place, "decline") > POSSIBLE]
    for run in story.runs(chosen, ("other", "objection", "alternatives"), reach=1):
        yield _answer(story, states, run, "decline", ("honest_decline",), ("referral", "reservation"))


def _answer(
    story: Story, states: list[State], run: tuple[int, ...], act: str, kinds: tuple[str, ...], cues: tuple[str, ...]
) -> Candidate:
    quote = max(run, key=lambda place: story.chance(place, act))
    before = story.before(run[0], seller=False, reach=3)
    after = story.reply(run[-1], seller=False)
    asked = [place for place in before if story.does(place, "ask_capability", "invite", "own_solution")]
    first = asked[-1] if asked else (before[-1] if before else run[0])
    features = {
        **progress(story, states[run[0]], run[0]),
        **highest(story, "in", run, SELLER),
        **highest(story, "before", before, BEFORE),
        **highest(story, "after", after, AFTER),
        **heard(story, run[0], run[-1], *kinds),
        **amount(story, run, act),
        **cued(story, run, *cues),
    }
    client = first if first != run[0] else None
    return Candidate(act, first, run[-1], quote, client, (first, *run), features, run[0])
