"""A conversation as the moment finders read it: who speaks, which acts are how likely, what has been told so far."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from functools import cached_property

from analyser.languages import Pack
from analyser.records import Conversation

STEPS = ("situation", "problem", "cause", "tried", "result")
TOLD = {"situation": "situation", "problem": "need", "cause": "cause", "tried": "tried", "result": "desired_result"}
"""the client's act that tells a step of the diagnosis"""
ASKED = {step: f"ask_{step}" for step in STEPS}
"""the seller's act that asks for it"""
QUESTIONS = ("open_question", "closed_question", "follow_up")
DELIVERY = ("pitch", "price", "alternatives")
PRESSURE = ("power_play", "price_pressure")
LIKELY = 0.5


class Story:
    """Chances of acts by place in the conversation. Places count utterances from 0."""

    def __init__(self, conversation: Conversation, pack: Pack | None = None) -> None:
        self.conversation = conversation
        self.pack = pack
        self.utterances = conversation.utterances
        self._chances = [
            {act.name: act.confidence for act in (*utterance.hints, *utterance.acts)}
            for utterance in conversation.utterances
        ]
        self.seller = [utterance.side == "seller" for utterance in conversation.utterances]

    def __len__(self) -> int:
        return len(self.utterances)

    def chance(self, place: int, *acts: str) -> float:
        """How likely the utterance does one of the acts: the likeliest of them. 0 outside the conversation."""
        if not 0 <= place < len(self):
            return 0.0
        chances = self._chances[place]
        return max((chances.get(act, 0.0) for act in acts), default=0.0)

    def does(self, place: int, *acts: str) -> bool:
        """Whether one of the acts is likelier than not."""
        return self.chance(place, *acts) >= LIKELY

    def highest(self, places: Iterable[int], *acts: str) -> float:
        """The highest chance of the acts over the places; 0 for none."""
        return max((self.chance(place, *acts) for place in places), default=0.0)

    def thin(self, place: int) -> bool:
        """Whether the utterance is no more than a sign of listening."""
        return self.chance(place, "backchannel") >= LIKELY

    @cached_property
    def lengths(self) -> list[int]:
        """Words of each utterance."""
        return [len(utterance.words) for utterance in self.utterances]

    def reply(self, place: int, *, seller: bool, reach: int = 4) -> range:
        """The other side's utterances that follow: the first stretch of that side that is more than a backchannel.

        Looks ``reach`` utterances ahead; empty when that side says nothing of substance there.
        """
        end = min(len(self), place + 1 + reach)
        for start in range(place + 1, end):
            if self.seller[start] == seller and not self.thin(start):
                stop = start + 1
                while stop < len(self) and self.seller[stop] == seller:
                    stop += 1
                return range(start, stop)
        return range(0)

    def before(self, place: int, *, seller: bool, reach: int = 5) -> range:
        """The stretch of one side that comes before, backchannels of the other within it included."""
        last = place - 1
        while last >= 0 and place - last <= reach and (self.seller[last] != seller or self.thin(last)):
            last -= 1
        if last < 0 or place - last > reach or self.seller[last] != seller:
            return range(0)
        first = last
        while first > 0 and (self.seller[first - 1] == seller or self.thin(first - 1)):
            first -= 1
        return range(first, last + 1)

    def runs(self, chosen: Iterable[int], bridge: Iterable[str] = (), reach: int = 2) -> Iterator[tuple[int, ...]]:
        """Places put together where at most ``reach`` utterances of the ``bridge`` acts (or none) lie between them.

        Utterances of the same side as the run never bridge unless they are backchannels.
        """
        acts = tuple(bridge)
        run: list[int] = []
        for place in chosen:
            between = range(run[-1] + 1, place) if run else range(0)
            if run and (len(between) > reach or not all(self._bridges(inner, acts) for inner in between)):
                yield tuple(run)
                run = []
            run.append(place)
        if run:
            yield tuple(run)

    def _bridges(self, place: int, acts: tuple[str, ...]) -> bool:
        if self.thin(place):
            return True
        chances = {act: chance for act, chance in self._chances[place].items() if not act.startswith("moment.")}
        best = max(chances, key=lambda act: chances[act], default="other")
        return best in acts

    @cached_property
    def summaries(self) -> dict[int, float]:
        """How likely each utterance of the seller is a summary that the client does not put right."""
        found = {}
        for place in range(len(self)):
            chance = self.chance(place, "summary") if self.seller[place] else 0.0
            if chance:
                answer = self.reply(place, seller=False, reach=3)
                doubt = self.highest(answer, "correct") - self.highest(answer, "confirm")
                found[place] = chance * (1 - max(0.0, doubt))
        return found

    @cached_property
    def confirmations(self) -> list[tuple[int, int, float]]:
        """Summaries that the client confirms: (summary, confirmation, chance), in order."""
        found = []
        for place in range(len(self)):
            summary = self.chance(place, "summary") if self.seller[place] else 0.0
            if summary < 0.2:
                continue
            for answer in self.reply(place, seller=False, reach=3):
                sure = min(summary, self.chance(answer, "confirm"))
                if sure >= 0.2:
                    found.append((place, answer, sure))
                    break
        return found
