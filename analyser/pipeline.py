"""The story on one screen: a call is heard, laid out, tagged, counted, and searched for what a coach would stop at."""

from __future__ import annotations

import datetime
import statistics
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from analyser import __version__, plugins
from analyser.audio import hash_file
from analyser.hearing import Heard, Progress, hear, quiet
from analyser.languages import Pack, available, load_pack
from analyser.records import (
    Analysis,
    Conversation,
    Dropped,
    ModelUse,
    Provenance,
    Recording,
    SpeakerSpan,
    Word,
)
from analyser.relabel import Correction, apply, read_corrections
from analyser.settings import Settings
from analyser.workspace import Job, open_job

FALLBACK_LANGUAGE = "nl"


@dataclass(frozen=True)
class Said:
    """Who said what and when, however it came to be known: heard in a recording, or read from a transcript."""

    recording: Recording
    language: str
    words: tuple[Word, ...]
    spans: tuple[SpeakerSpan, ...]
    names: Mapping[str, str] = field(default_factory=dict)
    timed: bool = True
    models: tuple[ModelUse, ...] = ()
    caveats: tuple[str, ...] = ()
    dropped: tuple[Dropped, ...] = ()
    language_confidence: float = 1.0


def analyse(path: Path, settings: Settings, *, output: Path, progress: Progress = quiet) -> tuple[Analysis, Job]:
    """Analyse a recording or transcript into a folder of ``output``; returns the analysis and that folder.

    What was heard before with the same settings is not heard again, and corrections made to the call are kept.
    Raises the AnalyserError that says what is wrong with the file, a model, a setting or the disk.
    """
    from analyser.formats import is_transcript, read_transcript

    sha256 = hash_file(path)
    job = open_job(output, path.name, sha256)
    try:
        said = read_transcript(path, sha256) if is_transcript(path) else from_heard(hear(path, settings, job, progress))
        progress("analyse", 0, 1)
        analysis = understand(said, settings, corrections=read_corrections(job.folder))
        job.put("analysis", analysis, __version__)
        progress("analyse", 1, 1)
    except BaseException:
        job.discard_if_empty()
        raise
    return analysis, job


def from_heard(heard: Heard) -> Said:
    """What was heard, with each word given to a speaker."""
    from analyser.attribution import attribute

    transcript = heard.words.transcript
    return Said(
        recording=heard.recording,
        language=transcript.language,
        words=attribute(transcript, heard.voices.spans),
        spans=heard.voices.spans,
        models=heard.models,
        caveats=heard.caveats,
        dropped=transcript.dropped,
        language_confidence=transcript.language_confidence,
    )


def understand(said: Said, settings: Settings, *, corrections: tuple[Correction, ...] = ()) -> Analysis:
    """From words with speakers to an analysis: turns, sides, utterances, acts, moments, tallies."""
    from analyser.moments.readiness import readiness
    from analyser.roles import assign_roles
    from analyser.talk_ratio import talk_ratio
    from analyser.tallies import tally
    from analyser.turns import lay_out
    from analyser.utterances import cut

    pack = pack_for(said.language, settings)
    words, spans, names = apply(corrections, said.words, said.spans, said.names)
    conversation = lay_out(words, spans, pack, language=said.language, title=said.recording.name)
    conversation = assign_roles(conversation, pack, seller=settings.seller, names=names)
    conversation = plugins.load("taggers", settings.tagger)(cut(conversation, pack))
    moments = plugins.load("moments")(conversation, pack)
    return Analysis(
        recording=said.recording,
        conversation=conversation,
        tally=tally(conversation, moments, pack),
        talk_ratio=talk_ratio(conversation),
        moments=moments,
        readiness=readiness(conversation),
        provenance=provenance(said, settings, conversation),
        dropped=said.dropped,
        language_confidence=said.language_confidence,
    )


def pack_for(language: str, settings: Settings) -> Pack:
    """The pack of the call's language, or the Dutch one where there is none, with the team's own words on top."""
    return load_pack(language if language in available() else FALLBACK_LANGUAGE, settings.team)


def provenance(said: Said, settings: Settings, conversation: Conversation) -> Provenance:
    """What made this result, and what to keep in mind when reading it."""
    sure = [word.confidence for word in said.words]
    unsure = sum(word.duration for word in said.words if word.confidence < settings.low_confidence)
    spoken = sum(word.duration for word in said.words)
    heard = said.timed and bool(sure)
    return Provenance(
        version=__version__,
        created=datetime.datetime.now(datetime.UTC).isoformat(timespec="seconds"),
        models=said.models,
        settings={name: str(value) for name, value in vars(settings).items()},
        caveats=said.caveats,
        word_confidence=statistics.fmean(sure) if heard else None,
        low_confidence_share=unsure / spoken if heard and spoken else None,
    )
