"""Places that may be a moment, and what is known about each: the ground on which they are judged."""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass

from analyser.moments.readiness import State
from analyser.moments.story import Story

POSSIBLE = 0.1
"""an act at least this likely may found a moment; whether it does is judged afterwards"""
BEFORE = (
    "situation", "need", "cause", "tried", "desired_result", "confirm", "correct", "insight", "invite", "own_solution",
    "objection", "power_play", "price_pressure", "ask_capability", "other", "next_step", "small_talk",
)  # fmt: skip
AFTER = (
    "confirm", "correct", "insight", "objection", "need", "invite", "backchannel", "other", "own_solution",
    "price_pressure", "power_play", "ask_capability", "situation", "desired_result", "next_step",
)  # fmt: skip
SELLER = (
    "open_question", "closed_question", "follow_up", "summary", "empathy", "reframe", "pitch", "price", "alternatives",
    "promise", "decline", "boundary", "concession", "own_wish", "common_goal", "optimism", "agenda", "next_step",
    "small_talk", "other", "backchannel",
)  # fmt: skip


@dataclass(frozen=True)
class Candidate:
    """A stretch that may be a moment of one of its family's kinds.

    ``first`` and ``last`` are places of utterances; ``quote`` is the place of the seller's words, ``client`` of the
    client's that they answer or are answered by; ``evidence`` are the utterances that speak for it.
    """

    family: str
    first: int
    last: int
    quote: int
    client: int | None
    evidence: tuple[int, ...]
    features: dict[str, float]
    anchor: int
    """the place before which the state of the conversation counts"""


def highest(story: Story, prefix: str, places: Iterable[int], acts: Iterable[str]) -> dict[str, float]:
    """The highest chance of each act over the places, as features named ``prefix.act``."""
    places = tuple(places)
    return {f"{prefix}.{act}": story.highest(places, act) for act in acts}


def amount(story: Story, places: Iterable[int], *acts: str) -> dict[str, float]:
    """How surely and how much was done of the acts: log odds of the likeliest, expected utterances and words.

    Utterances and words have a ceiling, so that mere length never decides.
    """
    places = tuple(places)
    count = sum(story.chance(place, *acts) for place in places)
    said = sum(story.chance(place, *acts) * story.lengths[place] for place in places)
    best = min(max(story.highest(places, *acts), 0.02), 0.98)
    return {"surely": math.log(best / (1 - best)), "count": min(count, 4.0), "words": min(said, 80.0)}


def cued(story: Story, places: Iterable[int], *groups: str) -> dict[str, float]:
    """Whether one of the utterances holds a cue of each group of the language pack (1.0) or not."""
    if story.pack is None:
        return {}
    texts = [story.utterances[place].text for place in places]
    return {f"cue.{group}": float(any(story.pack.hits(group, text) for text in texts)) for group in groups}


def heard(story: Story, first: int, last: int, *kinds: str) -> dict[str, float]:
    """What the tagger heard of the kinds of moment themselves, from one utterance before to one after."""
    places = range(first - 1, last + 2)
    return {
        f"heard.{kind}.{part}": story.highest(places, f"moment.{kind}.{part}")
        for kind in kinds
        for part in ("begin", "inside")
    }


def progress(story: Story, state: State, place: int) -> dict[str, float]:
    """How far the conversation was before ``place``."""
    features = {
        "state.level": state.level,
        "state.explored": state.explored,
        "state.summarised": state.summarised,
        "state.confirmed": state.confirmed,
        "state.invited": state.invited,
        "state.position": place / max(1, len(story)),
        "state.place": min(place, 60),
    }
    features |= {f"told.{step}": chance for step, chance in state.told.items()}
    features |= {f"asked.{step}": chance for step, chance in state.asked.items()}
    features |= {f"count.{name}": min(count, 12.0) for name, count in state.counts.items()}
    told = sum(state.told.values())
    return features | {"state.told": told, "state.asked": sum(state.asked.values())}
