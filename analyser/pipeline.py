"""The story on one screen: a call is heard, laid out, tagged, counted, and searched for what a coach would stop at."""

from __future__ import annotations

import datetime
import statistics
from dataclasses import replace
from pathlib import Path
from typing import Any

from analyser import __version__, plugins
from analyser.audio import hash_file
from analyser.errors import AudioError
from analyser.hearing import Heard, Progress, hear, quiet
from analyser.languages import Pack, available, load_pack
from analyser.records import (
    Analysis,
    Conversation,
    Provenance,
    Side,
)
from analyser.relabel import Correction, apply, parse_corrections, read_corrections, sides_of, write_corrections
from analyser.said import Said
from analyser.settings import Settings
from analyser.storage import read_record
from analyser.workspace import Job, existing_job, open_job

FALLBACK_LANGUAGE = "nl"
SWAPPED = (
    "The seller was said to be '{}', but what is said points to the other channel: they may have been swapped. "
    "If so, swap the speakers in the report, or with analyser relabel."
)


def analyse(
    path: Path,
    settings: Settings,
    *,
    output: Path,
    progress: Progress = quiet,
    name: str | None = None,
    folder: str | None = None,
) -> tuple[Analysis, Job]:
    """Analyse a recording or transcript into a folder of ``output``; returns the analysis and that folder.

    What was heard before with the same settings is not heard again, and corrections made to the call are kept.
    ``name`` is what people call the recording where that is not the file's name, ``folder`` the name of its folder.
    Raises the AnalyserError that says what is wrong with the file, a model, a setting or the disk.
    """
    from analyser.formats import is_transcript, read_transcript

    sha256 = hash_file(path)
    job = open_job(output, name or path.name, sha256, folder=folder)
    try:
        if is_transcript(path):
            said = read_transcript(path, sha256)
        else:
            said = from_heard(hear(path, settings, job, progress, meanwhile=lambda: warm(settings)))
        if name is not None:
            said = replace(said, recording=replace(said.recording, name=name))
        progress("analyse", 0, 1)
        analysis = understand(said, settings, corrections=read_corrections(job.folder))
        job.put("said", said, __version__)
        job.put("settings", settings, __version__)
        job.put("analysis", analysis, __version__)
        progress("analyse", 1, 1)
    except AudioError:
        # There is nothing in this file to go on with another time.
        job.discard()
        raise
    except BaseException:
        job.discard(unfinished=False)
        raise
    return analysis, job


def correct(folder: Path, *, undo: bool = False, **wanted: Any) -> tuple[Analysis, Job, Settings]:
    """Correct the speakers of the call in ``folder`` and compute all that depends on it anew.

    ``wanted`` is what ``relabel.parse_corrections`` takes; ``undo`` takes earlier corrections back first. The
    settings are those that the call was analysed with, and are returned. Raises StorageError when the folder holds no
    call, and SpeakerError naming the speakers when one is asked for that the call does not have.
    """
    job = existing_job(folder)
    settings = read_record(Settings, job.folder / "settings.json")
    said = read_record(Said, job.folder / "said.json")
    before = () if undo else read_corrections(job.folder)
    current = understand(said, settings, corrections=before)
    corrections = before + parse_corrections(current.conversation, **wanted)
    analysis = understand(said, settings, corrections=corrections)
    write_corrections(job.folder, corrections)
    job.put("analysis", analysis, __version__)
    return analysis, job, settings


def from_heard(heard: Heard) -> Said:
    """What was heard, with each word given to a speaker."""
    from analyser.attribution import attribute

    transcript = heard.words.transcript
    return Said(
        recording=heard.recording,
        language=transcript.language,
        words=attribute(transcript, heard.voices.spans),
        spans=heard.voices.spans,
        names=heard.voices.known,
        sellers=tuple(heard.voices.known),
        models=heard.models,
        caveats=heard.caveats,
        dropped=transcript.dropped,
        language_confidence=transcript.language_confidence,
    )


def understand(said: Said, settings: Settings, *, corrections: tuple[Correction, ...] = ()) -> Analysis:
    """From words with speakers to an analysis: turns, sides, utterances, acts, moments, tallies."""
    from analyser.moments.readiness import readiness
    from analyser.roles import assign_roles, contradicts
    from analyser.talk_ratio import talk_ratio
    from analyser.tallies import tally
    from analyser.turns import lay_out
    from analyser.utterances import cut

    pack = pack_for(said.language, settings)
    words, spans, names = apply(corrections, said.words, said.spans, said.names)
    conversation = lay_out(
        words, spans, pack, language=said.language, title=said.recording.name, names=names, timed=said.timed
    )
    # A voice that the team knows is its seller's; what a person chose goes over it.
    known: dict[str, Side] = {label: "seller" for label in said.sellers if settings.seller is None}
    sides = known | sides_of(corrections)
    conversation = assign_roles(conversation, pack, seller=settings.seller, sides=sides)
    named = None if sides or said.recording.layout != "two-channel" else settings.seller
    if named and contradicts(conversation, pack, named):
        said = replace(said, caveats=(*said.caveats, SWAPPED.format(named)))
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


def warm(settings: Settings) -> None:
    """Load what `understand` splits text with, a second's work, before there is any text."""
    pack_for(settings.language, settings).tokens("")


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
