"""How far the client's need is understood, utterance by utterance.

The level climbs in steps that a trainer can check against the transcript: the need is explored (up to 0.5), given
back in a summary (0.7; one that the client puts right does not count), and confirmed by the client (0.9). A client who
asks for the seller's view or offer invites it: the level is then at least 0.75, until the seller has delivered and the
client has the floor again. Delivering below ``READY`` is early. The order explore, summarise, confirm, deliver is that
of method M4 in the codebook.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from analyser.moments.story import ASKED, DELIVERY, LIKELY, TOLD, Story
from analyser.records import Conversation, ReadinessPoint

READY = 0.6
"""the line in the curve: from here on an offer is timely"""
EXPLORED, SUMMARISED, CONFIRMED, INVITED = 0.5, 0.7, 0.9, 0.75
WEIGHTS = {"situation": 0.1, "problem": 0.3, "cause": 0.2, "tried": 0.15, "result": 0.25}
"""what each step adds to exploring once the client has told it; asking alone adds half"""
OPEN_QUESTIONS = 3
"""fewer open questions or follow-ups than this, and the exploring counts in proportion (at least by half)"""

COUNTED = {
    "questions": (True, ("open_question", "closed_question")),
    "openings": (True, ("open_question", "follow_up")),
    "empathy": (True, ("empathy",)),
    "deliveries": (True, DELIVERY),
    "pitches": (True, ("pitch",)),
    "shared": (True, ("common_goal", "optimism")),
    "declines": (True, ("decline",)),
    "concessions": (True, ("concession",)),
    "agreement": (False, ("confirm", "insight")),
    "objections": (False, ("objection", "correct")),
}
"""what is counted along the way: whether the seller does it, and the acts"""


@dataclass(frozen=True)
class State:
    """What had been asked, told, summarised and confirmed before an utterance; all chances of 0–1 but the counts."""

    asked: Mapping[str, float] = field(default_factory=dict)
    told: Mapping[str, float] = field(default_factory=dict)
    explored: float = 0.0
    summarised: float = 0.0
    confirmed: float = 0.0
    invited: float = 0.0
    counts: Mapping[str, float] = field(default_factory=dict)
    """expected number of utterances so far that did each of the acts of ``COUNTED``"""

    @property
    def level(self) -> float:
        """Readiness, 0–1."""
        level = EXPLORED * self.explored
        level += (SUMMARISED - level) * self.summarised
        level += (CONFIRMED - level) * self.confirmed
        return max(level, INVITED * self.invited)

    @property
    def missing(self) -> tuple[str, ...]:
        """Readiness steps that were still missing."""
        steps = {"explored": self.explored >= 0.6, "summarised": self.summarised >= LIKELY}
        steps["confirmed"] = self.confirmed >= LIKELY
        return tuple(step for step, done in steps.items() if not done)

    @property
    def untold(self) -> tuple[str, ...]:
        """Diagnosis steps that the client had not told."""
        return tuple(step for step, chance in self.told.items() if chance < LIKELY)


def states(story: Story) -> list[State]:
    """The state before each utterance, and after the last (length n + 1)."""
    asked = dict.fromkeys(TOLD, 0.0)
    told = dict.fromkeys(TOLD, 0.0)
    counts = dict.fromkeys(COUNTED, 0.0)
    summarised = confirmed = invited = 0.0
    delivered = False
    answers = {answer: sure for _, answer, sure in story.confirmations}
    found = []
    for place in range(len(story) + 1):
        share = sum(weight * max(told[step], 0.5 * asked[step]) for step, weight in WEIGHTS.items())
        explored = share * (0.5 + 0.5 * min(1.0, counts["openings"] / OPEN_QUESTIONS))
        found.append(State(dict(asked), dict(told), explored, summarised, confirmed, invited, dict(counts)))
        if place == len(story):
            break
        seller = story.seller[place]
        for name, (by_seller, acts) in COUNTED.items():
            if by_seller == seller:
                counts[name] += story.chance(place, *acts)
        for step in TOLD:
            if seller:
                asked[step] = max(asked[step], story.chance(place, ASKED[step]))
            else:
                told[step] = max(told[step], story.chance(place, TOLD[step]))
        if seller:
            summarised = max(summarised, story.summaries.get(place, 0.0))
            delivered = delivered or story.does(place, *DELIVERY, "decline")
            continue
        confirmed = max(confirmed, answers.get(place, 0.0))
        if delivered and not story.thin(place):
            invited, delivered = 0.0, False
        invited = max(invited, story.chance(place, "invite"))
        delivered = delivered and not story.does(place, "invite")
    return found


def readiness(conversation: Conversation) -> tuple[ReadinessPoint, ...]:
    """The readiness curve: a point at the end of each utterance that moves it, and one at the start (level 0–1).

    Needs acts alone: times only place the points. Empty for a conversation without utterances.
    """
    if not conversation.utterances:
        return ()
    points = [_point(conversation.utterances[0].start, 0, State())]
    for place, state in enumerate(states(Story(conversation))[1:]):
        point = _point(conversation.utterances[place].end, place, state)
        last = points[-1]
        if abs(point.level - last.level) >= 0.005 or (point.summarised, point.confirmed, point.invited) != (
            last.summarised, last.confirmed, last.invited,
        ):  # fmt: skip
            points.append(point)
    return tuple(points)


def _point(time: float, place: int, state: State) -> ReadinessPoint:
    return ReadinessPoint(
        time=time,
        level=round(state.level, 3),
        utterance=place,
        explored=round(state.explored, 3),
        summarised=state.summarised >= LIKELY,
        confirmed=state.confirmed >= LIKELY,
        invited=state.invited >= LIKELY,
    )
