"""A call typed out by hand, with acts, moments and readiness as a person would mark them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from functools import cache
from typing import Any

import pytest

from analyser.languages import Pack, load_pack
from analyser.records import (
    Act,
    Analysis,
    Conversation,
    Dropped,
    ModelUse,
    Moment,
    Provenance,
    ReadinessPoint,
    Recording,
    Side,
    Speaker,
    SpeakerSpan,
    TalkRatio,
    Turn,
    Utterance,
    Word,
)
from analyser.tallies import tally

Build = Callable[..., Analysis]
SIDES: dict[str, Side] = {"S": "seller", "C": "client"}

CALL = [
    ("S", "agenda", "Fijn dat u tijd heeft. Zullen we een half uur nemen?"),
    ("C", "situation", "Ja, dat is goed. We zijn met dertig monteurs en alles loopt via de telefoon."),
    ("S", "pitch", "Dan heb ik wat voor u, ons platform plant alles automatisch."),
    ("S", "pitch,price", "Het kost negenendertig euro per monteur per maand."),
    ("C", "objection", "Dat is nogal wat. Wat moet ik daarmee?"),
    ("S", "open_question,follow_up,ask_problem", "U heeft gelijk, ik ga te snel. Waar loopt u nu tegenaan?"),
    ("C", "need", "Elke ochtend belt iedereen tegelijk en dan staan er busjes stil."),
    ("S", "backchannel", "Hm-hm."),
    ("C", "cause", "Dat komt doordat niemand de planning vooraf ziet."),
    ("S", "empathy", "Dat moet frustrerend zijn."),
    ("S", "open_question,ask_result", "Hoe zou een goede ochtend eruitzien?"),
    ("C", "desired_result", "Dat iedereen om zeven uur weet waar hij heen moet."),
    (
        "S",
        "summary",
        "Dus de busjes staan stil omdat niemand de planning ziet, en u wilt dat het om zeven uur duidelijk is?",
    ),
    ("C", "confirm", "Ja, precies dat."),
    ("C", "price_pressure", "Maar voor negenendertig euro doe ik het niet, dat zeg ik u eerlijk."),
    ("S", "boundary", "Dat snap ik. Over de prijs praat ik graag zodra we weten of het past."),
    ("C", "ask_capability", "Kunt u ook onze magazijnvoorraad doen?"),
    ("S", "decline", "Nee, voorraad doen wij niet, daar zijn anderen beter in."),
    ("C", "invite", "Eerlijk. Hoe zou u het dan aanpakken?"),
    ("S", "alternatives,pitch", "Er zijn twee wegen: klein beginnen met acht monteurs, of meteen allemaal."),
    ("S", "common_goal", "We willen allebei dat die busjes om zeven uur rijden."),
    ("S", "next_step", "Zal ik dinsdag een voorstel sturen?"),
    ("C", "next_step", "Doe maar."),
]

MOMENTS = [
    ("premature_pitch", ("M4",), 2, 3, ("problem", "summarised", "confirmed"), 0.86),
    ("confirmed_summary", ("M4",), 12, 13, (), 0.91),
    ("power_play_met", ("M2",), 14, 15, (), 0.62),
    ("honest_decline", ("M1", "M3"), 16, 17, (), 0.8),
    ("timely_pitch", ("M4",), 18, 19, (), 0.71),
]


@cache
def _pack(language: str) -> Pack:
    return load_pack(language)


@pytest.fixture
def build() -> Build:
    """An analysis of lines (speaker, acts, text), the call above by default; fields of Analysis overrule."""

    def make(
        lines: list[tuple[str, str, str]] | None = None,
        moments: list[tuple[Any, ...]] | None = None,
        *,
        names: dict[str, str] | None = None,
        language: str = "nl",
        timed: bool = True,
        title: str = "Monteurs op tijd.wav",
        **fields: Any,
    ) -> Analysis:
        said = CALL if lines is None else lines
        marked = (MOMENTS if lines is None else []) if moments is None else moments
        conversation = _conversation(said, names or {}, language, timed, title)
        pack = _pack(language)
        found = tuple(_moment(conversation, *moment) for moment in marked)
        counted = tally(conversation, found, pack)
        share = counted.talk_ratio
        analysis = Analysis(
            recording=Recording("Monteurs op tijd.wav", "ab" * 32, conversation.end + 0.5, 16_000, 1, "mono"),
            conversation=conversation,
            tally=counted,
            talk_ratio=None if share is None else TalkRatio(share, share - 0.04, share + 0.04),
            moments=found,
            readiness=_readiness(conversation) if lines is None else (),
            provenance=Provenance(
                "1.0",
                "2026-11-21T20:15:00Z",
                (ModelUse("transcribe", "whisper-base", "1", "c0" * 32),),
                {"language": "auto"},
                ("Het model is klein.",),
                0.81,
                0.12,
            ),
            dropped=(Dropped(9.0, 10.0, "Ondertiteling", "repeated"),),
            language_confidence=0.98,
        )
        return replace(analysis, **fields)

    return make


@pytest.fixture
def analysis(build: Build) -> Analysis:
    """The call typed out above."""
    return build()


def _conversation(
    lines: list[tuple[str, str, str]], names: dict[str, str], language: str, timed: bool, title: str
) -> Conversation:
    """Lines at half a second a word, 0.3 s between them; every seventh word unsure; a backchannel is a turn apart."""
    turns: list[Turn] = []
    utterances: list[Utterance] = []
    now = 1.0
    for speaker, acts, text in lines:
        words = tuple(
            Word(now + 0.5 * place, now + 0.5 * place + 0.4, word, 0.3 if place % 7 == 6 else 0.9, speaker)
            for place, word in enumerate(text.split())
        )
        end, small = words[-1].end, acts == "backchannel"
        if turns and turns[-1].speaker == speaker and not (small or turns[-1].backchannel):
            turns[-1] = replace(turns[-1], end=end, words=turns[-1].words + words)
        else:
            turns.append(Turn(now, end, speaker, words, small))
        utterances.append(
            Utterance(
                now, end, len(turns) - 1, speaker, SIDES[speaker], words, tuple(Act(a, 0.8) for a in acts.split(","))
            )
        )
        now = end + 0.3
    return Conversation(
        language=language,
        speakers=tuple(Speaker(label, SIDES[label], 0.9, names.get(label)) for label in ("C", "S")),
        turns=tuple(turns),
        utterances=tuple(utterances),
        speech=tuple(SpeakerSpan(u.start, u.end, u.speaker) for u in utterances) if timed else (),
        timed=timed,
        title=title,
    )


def _moment(
    conversation: Conversation,
    kind: str,
    methods: tuple[Any, ...],
    first: int,
    last: int,
    missing: tuple[str, ...],
    confidence: float,
) -> Moment:
    said = conversation.utterances
    return Moment(
        said[first].start,
        said[last].end,
        kind,
        methods,
        first,
        last,
        said[first].text,
        f"Waarom dit {kind} is.",
        confidence,
        (first,),
        missing,
        "Vraag eerst wat het betekent.",
        "Omdat luisteren voor leveren gaat.",
    )


def _readiness(conversation: Conversation) -> tuple[ReadinessPoint, ...]:
    said = conversation.utterances
    levels = [(1, 0.1), (6, 0.25), (8, 0.35), (11, 0.5), (12, 0.7), (13, 0.95), (18, 1.0)]
    return tuple(
        ReadinessPoint(said[place].end, level, place, level, place >= 12, place >= 13, place >= 18)
        for place, level in levels
    )
