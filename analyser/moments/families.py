"""The fourteen kinds of moment, in families that share their candidates."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace

from analyser.moments import m1, m2, m3, m4, m5
from analyser.moments.candidates import Candidate
from analyser.moments.readiness import State
from analyser.moments.rules import rules
from analyser.moments.story import Story
from analyser.records import Method


@dataclass(frozen=True)
class Family:
    """Kinds of moment that compete for the same stretches, and what finds those."""

    find: Callable[[Story, list[State]], Iterator[Candidate]]
    kinds: tuple[str, ...]

    def candidates(self, story: Story, known: list[State]) -> Iterator[Candidate]:
        """The stretches that may be moments, each with what the codebook's definitions make of it."""
        for found in self.find(story, known):
            yield replace(found, features={**found.features, **rules(found.family, found.features)})


FAMILIES: dict[str, Family] = {
    "delivery": Family(m4.deliveries, ("premature_pitch", "timely_pitch")),
    "summary": Family(m4.summaries, ("confirmed_summary", "unconfirmed_summary")),
    "need": Family(m4.needs, ("missed_need",)),
    "insight": Family(m4.insights, ("insight",)),
    "reframe": Family(m1.reframes, ("early_reframe", "timely_reframe")),
    "decline": Family(m3.declines, ("honest_decline",)),
    "promise": Family(m3.promises, ("over_promise",)),
    "pressure": Family(m2.pressures, ("power_play_met", "power_play_yielded")),
    "own_wish": Family(m5.wishes, ("early_own_wish", "timely_own_wish")),
}

METHODS: dict[str, tuple[Method, ...]] = {
    "premature_pitch": ("M4",),
    "timely_pitch": ("M4",),
    "confirmed_summary": ("M4",),
    "unconfirmed_summary": ("M4",),
    "missed_need": ("M4",),
    "insight": ("M4",),
    "early_reframe": ("M1",),
    "timely_reframe": ("M1",),
    "honest_decline": ("M1", "M3"),
    "over_promise": ("M3",),
    "power_play_met": ("M2",),
    "power_play_yielded": ("M2",),
    "early_own_wish": ("M5",),
    "timely_own_wish": ("M5",),
}
KINDS = tuple(METHODS)
