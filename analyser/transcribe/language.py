"""Which language a call is in, and each window of it: a vote over the whole call, never the first seconds alone."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

SURE = 0.8
"""a window is in another language than its call only when it is this likely among the languages known"""
FOREIGN = 0.6
"""share of the vote from which a language without a pack is told to the user"""


@dataclass(frozen=True)
class Vote:
    """The language of a call with its share of the vote (0–1), among the languages asked for.

    ``heard`` is the winner among all languages that the recogniser knows, with its share: when it is another one,
    the user is told.
    """

    language: str
    confidence: float
    heard: str
    heard_share: float

    @property
    def caveat(self) -> str | None:
        """What to tell the user when another language than those known was heard."""
        if self.heard == self.language or self.heard_share < FOREIGN:
            return None
        return (
            f"The call sounds like language '{self.heard}' ({self.heard_share:.0%}), which there is no language pack "
            f"for; it was transcribed as '{self.language}'."
        )


def vote(windows: Sequence[tuple[float, Mapping[str, float]]], among: Sequence[str]) -> Vote:
    """The language of a call from windows spread over it: (seconds of speech, probability of each language).

    Windows weigh by their length, so that an opening in another language does not decide for the rest.
    """
    total = sum(seconds for seconds, _ in windows) or 1.0
    shares: dict[str, float] = {}
    for seconds, row in windows:
        for language, value in row.items():
            shares[language] = shares.get(language, 0.0) + seconds * value / total
    heard = max(shares, key=shares.__getitem__, default=among[0])
    known = {language: shares.get(language, 0.0) for language in among}
    language = max(known, key=known.__getitem__)
    weight = sum(known.values())
    confidence = known[language] / weight if weight else 1 / len(among)
    return Vote(language, confidence, heard, shares.get(heard, 0.0))


def share(row: Mapping[str, float], among: Sequence[str]) -> dict[str, float]:
    """The probabilities of ``among`` (0–1), as if there were no other languages."""
    known = {language: row.get(language, 0.0) for language in among}
    weight = sum(known.values())
    return {language: value / weight if weight else 1 / len(among) for language, value in known.items()}


def of_window(row: Mapping[str, float], call: str, among: Sequence[str], *, sure: float = SURE) -> str:
    """The language to write a window in: the call's, unless another of those known is likely beyond doubt."""
    known = share(row, among)
    best = max(known, key=known.__getitem__)
    return best if row and known[best] >= sure else call
