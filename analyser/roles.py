"""Who sells and who buys, from what each voice says and does.

A small logistic model over ``role_evidence`` weighs every way to divide the voices over two sides; the confidence of a
voice's side is the share of the weight of the divisions that put it there. What a person decided goes over the model.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import reduce
from importlib import resources
from itertools import product

import numpy as np
from numpy.typing import NDArray

from analyser.languages import Pack
from analyser.records import Conversation, Side, Speaker
from analyser.relabel import find_speaker
from analyser.role_evidence import FEATURES, GROUPS, Evidence, features, gather, nothing

ASK_BELOW = 0.8
"""confidence of a side (0–1) below which a report asks who the seller is"""
SWAPPED_BELOW = 0.05
"""chance by what is said (0–1) below which a seller who was named beforehand is doubted"""
MOST_VOICES = 8
"""voices that are divided over the sides together; any others are taken for clients, without confidence"""
REASONS = 3


@dataclass(frozen=True)
class RoleModel:
    """Weights of ``FEATURES`` on their natural scale: positive for what sellers do more than clients."""

    weights: NDArray[np.float64]

    def score(self, seller: Evidence, client: Evidence) -> float:
        """Log odds that the first side is the seller's and the second the client's, and not the other way round."""
        return float(features(seller, client) @ self.weights)


def load_model() -> RoleModel:
    """The model that the package ships."""
    held = json.loads((resources.files("analyser.data") / "roles.json").read_text(encoding="utf-8"))
    return RoleModel(np.array([held["weights"][feature] for feature in FEATURES]))


def needs_asking(conversation: Conversation) -> bool:
    """Whether the sides are so unsure that a report should ask who the seller is."""
    return any(speaker.confidence < ASK_BELOW for speaker in conversation.speakers)


def assign_roles(
    conversation: Conversation,
    pack: Pack,
    *,
    seller: str | None = None,
    names: Mapping[str, str] | None = None,
    sides: Mapping[str, Side] | None = None,
) -> Conversation:
    """The conversation with each speaker's side, its confidence and why, and with ``names`` by label.

    ``seller`` is the label or name of a seller's voice, or left or right; ``sides`` are sides that a person chose, and
    go over ``seller``; labels in it that the call no longer has are passed over. Raises SpeakerError, naming the
    speakers of the call, when ``seller`` is none of them.
    """
    named = tuple(
        replace(speaker, name=(names or {}).get(speaker.label, speaker.name)) for speaker in conversation.speakers
    )
    conversation = replace(conversation, speakers=named)
    given = {label: side for label, side in (sides or {}).items() if label in {one.label for one in named}}
    if not given and seller is not None:
        given = {find_speaker(conversation, seller): "seller"}
    evidence = gather(conversation, pack)
    model = load_model()
    chances = _chances(evidence, given, model)
    speakers = []
    for speaker in named:
        chance = chances.get(speaker.label, 0.0)
        side: Side = given.get(speaker.label) or ("seller" if chance > 0.5 else "client")
        confidence = 1.0 if speaker.label in given else (chance if side == "seller" else 1 - chance)
        if speaker.label not in chances:
            confidence = 0.5
        speakers.append(replace(speaker, side=side, confidence=confidence))
    speakers = _both_sides(speakers, chances, given)
    if len(named) == 2 and len(given) == 1:
        speakers = [replace(speaker, confidence=1.0) for speaker in speakers]
    told = tuple(replace(one, why=_why(one, speakers, evidence, given, model, pack)) for one in speakers)
    return _with_sides(replace(conversation, speakers=told))


def contradicts(conversation: Conversation, pack: Pack, seller: str) -> bool:
    """Whether what is said clearly points to others than ``seller`` (a label or name, or left or right) as the seller:
    so it is when a telephone recorder has swapped its channels. Raises SpeakerError when that is no speaker."""
    chances = _chances(gather(conversation, pack), {}, load_model())
    return chances.get(find_speaker(conversation, seller), 0.5) < SWAPPED_BELOW


def _chances(evidence: Mapping[str, Evidence], given: Mapping[str, Side], model: RoleModel) -> dict[str, float]:
    """For each voice the chance that it is the seller's side, over all divisions in which both sides have a voice."""
    loudest = sorted(evidence, key=lambda label: (label not in given, -evidence[label].words))[:MOST_VOICES]
    if len(loudest) == 1:
        return {loudest[0]: 0.5 + 1e-6}
    divisions, scores = [], []
    for division in product((True, False), repeat=len(loudest)):
        fits = all(
            given.get(label) in (None, "seller" if sells else "client")
            for label, sells in zip(loudest, division, strict=True)
        )
        if fits and any(division) and not all(division):
            seller, client = (
                reduce(
                    Evidence.plus,
                    (evidence[label] for label, sells in zip(loudest, division, strict=True) if sells == side),
                    nothing(),
                )
                for side in (True, False)
            )
            divisions.append(division)
            scores.append(model.score(seller, client))
    if not divisions:
        return {label: float(given[label] == "seller") for label in loudest if label in given}
    # Half the log odds: a division and its mirror image then differ by the log odds.
    weights = np.exp((np.array(scores) - max(scores)) / 2)
    chances = weights @ np.array(divisions, dtype=float) / weights.sum()
    return dict(zip(loudest, map(float, chances), strict=True))


def _both_sides(speakers: list[Speaker], chances: Mapping[str, float], given: Mapping[str, Side]) -> list[Speaker]:
    """A seller and a client where there are two voices or more, unless a person said otherwise."""
    free = [speaker for speaker in speakers if speaker.label not in given]
    for side, best in (("seller", max), ("client", min)):
        if free and len(speakers) > 1 and all(speaker.side != side for speaker in speakers):
            chosen = best(free, key=lambda speaker: chances.get(speaker.label, 0.0))
            flipped = replace(chosen, side=side, confidence=1 - chosen.confidence)  # type: ignore[arg-type]
            speakers = [flipped if speaker is chosen else speaker for speaker in speakers]
    return speakers


def _with_sides(conversation: Conversation) -> Conversation:
    """Utterances, where there are any, on the sides of their speakers."""
    return replace(
        conversation,
        utterances=tuple(replace(one, side=conversation.side(one.speaker)) for one in conversation.utterances),
    )


def _why(
    speaker: Speaker,
    speakers: list[Speaker],
    evidence: Mapping[str, Evidence],
    given: Mapping[str, Side],
    model: RoleModel,
    pack: Pack,
) -> str:
    """What spoke most for the side, in the words of the language: names of cue groups that this voice used more."""
    if speaker.label in given:
        return pack.label("role.given")
    if len(speakers) == 1:
        return pack.label("role.only")
    mine = reduce(Evidence.plus, (evidence[one.label] for one in speakers if one.side == speaker.side), nothing())
    theirs = reduce(Evidence.plus, (evidence[one.label] for one in speakers if one.side != speaker.side), nothing())
    more = features(mine, theirs)
    towards = more * model.weights * (1 if speaker.side == "seller" else -1)
    reasons = [
        pack.cues[f"role_{FEATURES[place]}"][0].name
        for place in np.argsort(-towards)
        if place < len(GROUPS) and more[place] > 0 and towards[place] > 0 and pack.cues.get(f"role_{FEATURES[place]}")
    ]
    return ", ".join(reasons[:REASONS]) or pack.label("role.other")
