"""An analysis as records of text: all that the page shows is decided here, and the templates only print it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import PurePath
from urllib.parse import quote

from analyser.records import Analysis, Dropped, Tally
from analyser.report import measures
from analyser.report.charts import Timeline, timeline
from analyser.report.dialogue import Badge, Dialogue, TurnView, Voice, voices
from analyser.report.methods import MethodPage, pages
from analyser.report.stories import Lead, Story, leads, stories
from analyser.report.wording import Wording, clean, clock, place
from analyser.roles import needs_asking

RATES = (0.75, 1, 1.25, 1.5, 1.75, 2)
"""speeds of the player"""


@dataclass(frozen=True)
class Fact:
    """A line of what the report rests on."""

    name: str
    value: str


@dataclass(frozen=True)
class ModelLine:
    """A model that had a part in the result."""

    task: str
    name: str
    revision: str
    sha256: str


@dataclass(frozen=True)
class About:
    """What the report rests on."""

    facts: tuple[Fact, ...]
    caveats: tuple[str, ...]
    models: tuple[ModelLine, ...]
    settings: tuple[Fact, ...]
    made: str
    dropped: tuple[str, ...]


@dataclass(frozen=True)
class Page:
    """The whole report."""

    language: str
    title: str
    recording: str
    sound: str
    timed: bool
    length: str
    seconds: str
    date: str
    written: bool
    asks: bool
    voices: tuple[Voice, ...]
    leads: tuple[Lead, Lead]
    headline: tuple[measures.Measure, ...]
    figures: tuple[measures.Figure, ...]
    timeline: Timeline
    stories: tuple[Story, ...]
    kinds: tuple[tuple[str, str], ...]
    methods_found: tuple[tuple[str, str], ...]
    print_rest: str
    methods: tuple[MethodPage, ...]
    turns: tuple[TurnView, ...]
    words: list[str]
    acts: tuple[Badge, ...]
    line_acts: list[str]
    rates: tuple[tuple[str, str], ...]
    about: About


def build(analysis: Analysis, wording: Wording, *, audio: str | None, earlier: Sequence[Tally] = ()) -> Page:
    """The report of a call; ``audio`` and ``earlier`` as for ``render``."""
    conversation = analysis.conversation
    dialogue = Dialogue(analysis, wording)
    told = stories(analysis, dialogue, wording)
    length = max(analysis.recording.duration, conversation.end)
    rest = sum(not story.printed for story in told)
    acts, line_acts = dialogue.acts()
    return Page(
        language=wording.pack.code,
        title=title(analysis),
        recording=analysis.recording.sha256,
        sound=sound_url(audio) if conversation.timed else "",
        timed=conversation.timed,
        length=wording.duration(length),
        seconds=f"{length:.2f}",
        date=wording.date(analysis.provenance.created),
        written=not conversation.timed,
        asks=needs_asking(conversation),
        voices=voices(conversation, wording),
        leads=leads(analysis, told, dialogue, wording),
        headline=measures.headline(analysis, earlier, wording),
        figures=measures.table(analysis, wording),
        timeline=timeline(analysis, wording),
        stories=told,
        kinds=tuple(sorted({(story.kind, story.name) for story in told}, key=lambda item: item[1])),
        methods_found=tuple(sorted({pair for story in told for pair in story.method_names})),
        print_rest=wording.count("moment.print_rest", rest) if rest else "",
        methods=pages(analysis, dialogue, wording),
        turns=dialogue.turns(),
        words=dialogue.words(),
        acts=acts,
        line_acts=line_acts,
        rates=tuple((place(rate), f"{wording.number(rate, 2).rstrip('0').rstrip('.,')}×") for rate in RATES),
        about=_about(analysis, wording),
    )


def title(analysis: Analysis) -> str:
    """The call's title: its own, or the file's name without folder and ending."""
    named = clean(analysis.conversation.title or analysis.recording.name).strip()
    stem = PurePath(named.replace("\\", "/")).name
    bare, dot, ending = stem.rpartition(".")
    return bare if dot and bare and len(ending) <= 4 and ending.isalnum() else stem or "–"


def sound_url(audio: str | None) -> str:
    """A file beside the page as a URL that can be nothing but relative; a ``data:audio/`` URL as it is."""
    if not audio:
        return ""
    if audio.startswith("data:audio/"):
        return audio
    return "./" * (not audio.startswith(".")) + quote(audio.replace("\\", "/").lstrip("/"), safe="/%")


def _about(analysis: Analysis, wording: Wording) -> About:
    made, conversation = analysis.provenance, analysis.conversation
    facts = [Fact(wording.say("about.recording"), clean(analysis.recording.name))]
    known = conversation.language == wording.pack.code
    facts.append(
        Fact(
            wording.say("about.language"),
            wording.say(
                "about.language_sure",
                name=wording.pack.name if known else clean(conversation.language),
                share=wording.percent(analysis.language_confidence),
            ),
        )
    )
    if made.word_confidence is not None:
        mean = wording.percent(made.word_confidence)
        facts.append(Fact(wording.say("about.words"), wording.say("about.words_value", mean=mean)))
    if made.low_confidence_share is not None:
        facts.append(Fact(wording.say("about.low"), wording.percent(made.low_confidence_share)))
    caveats = [clean(caveat) for caveat in made.caveats]
    if conversation.timed and conversation.language == "nl":
        caveats.append(wording.say("about.dutch_caveat"))
    return About(
        facts=tuple(facts),
        caveats=tuple(caveats),
        models=tuple(
            ModelLine(clean(use.task), clean(use.name), clean(use.revision), clean(use.sha256)) for use in made.models
        ),
        settings=tuple(Fact(clean(name), clean(value)) for name, value in sorted(made.settings.items())),
        made=wording.say("about.version", version=clean(made.version), date=wording.date(made.created)),
        dropped=tuple(_dropped(piece) for piece in analysis.dropped),
    )


def _dropped(piece: Dropped) -> str:
    return f"{clock(piece.start)} “{clean(piece.text)}” ({clean(piece.reason)})"
