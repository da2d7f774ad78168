"""Moments: what a coach would stop the recording for, found in the acts, their order and their chances.

Candidates come from the acts (a pitch, a summary, a need …), one module a method; a small linear model learnt from
labelled calls judges which are moments and of which kind; the language pack says it in words. Times are not needed.
"""

from __future__ import annotations

from collections.abc import Iterable

from analyser.languages import Pack
from analyser.moments.families import FAMILIES, KINDS, METHODS
from analyser.moments.judge import Judgement, Model, load_models
from analyser.moments.m2 import join_pressures
from analyser.moments.readiness import State, readiness, states
from analyser.moments.story import Story
from analyser.moments.wording import (
    CLIENT_SPEAKS,
    QUOTE_WORDS,
    advice,
    fields,
    importance,
    missing_steps,
    shorten,
    sorts,
    variant,
    why,
)
from analyser.records import Conversation, Moment

__all__ = ["KINDS", "METHODS", "find_moments", "readiness"]

LEAST = 2
"""a side that says less than so many utterances of substance takes no part in a conversation worth coaching"""


def find_moments(
    conversation: Conversation, pack: Pack, *, models: dict[str, Model] | None = None
) -> tuple[Moment, ...]:
    """The moments of a tagged conversation, in order.

    ``models`` are the judges by family, the shipped ones by default. None for a conversation in which one side hardly
    speaks, or whose utterances have no acts.
    """
    story = Story(conversation, pack)
    for seller in (True, False):
        said = [place for place in range(len(story)) if story.seller[place] == seller and not story.thin(place)]
        if len(said) < LEAST:
            return ()
    known = states(story)
    judged = judge(story, known, models or load_models())
    used: set[str] = set()
    formal = pack.formal(" ".join(said.text for said in conversation.utterances if said.side == "seller"))
    return tuple(_moment(story, known[item.candidate.anchor], pack, item, used, formal) for item in judged)


def judge(story: Story, known: list[State], models: dict[str, Model]) -> list[Judgement]:
    """The judgements of all families, in order of their first utterance."""
    found: list[Judgement] = []
    for name, family in FAMILIES.items():
        judged = list(models[name].judge(list(family.candidates(story, known))))
        found += _join(story, judged) if name == "pressure" else judged
    return sorted(_settle(found), key=lambda item: (item.candidate.first, item.candidate.last, item.kind))


def _settle(judged: list[Judgement]) -> list[Judgement]:
    """Leaves out a pitch that is the answer to pressure, where that is the surer moment: one answer, one coaching."""
    pressures = [item for item in judged if item.candidate.family == "pressure"]
    pressed = [(item.confidence, set(item.candidate.evidence)) for item in pressures]
    return [
        item
        for item in judged
        if item.candidate.family != "delivery"
        or not any(sure > item.confidence and item.candidate.quote in said for sure, said in pressed)
    ]


def _join(story: Story, judged: Iterable[Judgement]) -> list[Judgement]:
    """Neighbouring stretches of pressure as one moment where they are one push."""
    joined: list[Judgement] = []
    for item in judged:
        last = joined[-1] if joined else None
        if last and last.kind == item.kind and join_pressures(story, last.candidate, item.candidate, item.kind):
            joined[-1] = last.extended(item)
        else:
            joined.append(item)
    return joined


def _moment(story: Story, state: State, pack: Pack, item: Judgement, used: set[str], formal: bool) -> Moment:
    found, kind = item.candidate, item.kind
    values, sort = fields(pack, story, state, item), variant(story, state, item)
    spoken = found.client if kind in CLIENT_SPEAKS and found.client is not None else found.quote
    return Moment(
        start=story.utterances[found.first].start,
        end=max(utterance.end for utterance in story.utterances[found.first : found.last + 1]),
        kind=kind,
        methods=METHODS[kind],
        first=found.first,
        last=found.last,
        quote=shorten(story.utterances[spoken].text, QUOTE_WORDS),
        why=why(pack, kind, sort, values),
        confidence=round(item.confidence, 3),
        evidence=tuple(sorted(set(found.evidence))),
        missing=missing_steps(kind, state),
        advice=advice(pack, kind, values, used, formal=formal, sorts=sorts(story, item, sort)),
        importance=importance(pack, kind),
    )
