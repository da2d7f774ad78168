"""What is deleted by itself, so many days after a call came in: its sound, what was said in it, or all of it.

With the words go the sound, out of which they could be heard again, and what people wrote about the call in their own
words (comments, notes at a moment, open answers, corrections), because it quotes. What stays are the figures, the
moments without quotes, agreements, scores, the intention, and what is known of the call from outside: client, file
name, ground and consent. Those go with the whole call.
"""

from __future__ import annotations

import datetime as dt
import logging
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from typing import Any

from sqlalchemy import ColumnElement, delete, select, true, update
from sqlalchemy.orm import Session

from analyser.calls import FILE as INFO_FILE
from analyser.errors import AnalyserError, StorageError
from analyser.records import Analysis
from analyser.search import forget
from analyser.storage import read_record, write_atomic, write_record
from analyser.summaries import keep_summary
from analyser.web.access import changed, record
from analyser.web.database import forget_deleted
from analyser.web.deletion import OVERVIEW, PAGES, delete_calls, delete_leftovers, remove_all
from analyser.web.site import LANGUAGES, Site, say
from analyser.web.tables import Call, Comment, Feedback, Submission, Verdict, now
from analyser.web.vault import sweep
from analyser.workspace import JobState

EVERY = dt.timedelta(hours=1)
STAMP = ".swept"
KEPT = frozenset({"job.json", "settings.json", "analysis.json", INFO_FILE, ".lock"})
"""files of a call without words; the analysis is written anew without them"""
SOUND = ("recording*", ".recording*", ".audio*")
BUSY = ("queued", "running")
OMITTED = "[…]"
"""what stands where a text was deleted"""
log = logging.getLogger(__name__)


def sweep_due(site: Site, *, at: dt.datetime | None = None) -> int:
    """Delete what is due, once an hour at most; returns how many calls something was deleted of.

    The worker asks between calls. ``at`` is the time to go by and to sweep at in any case. Of a call of which a file
    cannot be removed the others do not suffer: it is tried again at the next sweep.
    """
    from filelock import FileLock, Timeout

    moment = at or now()
    with suppress(Timeout), FileLock(site.config.workspace / f"{STAMP}.lock", timeout=0, mode=0o600):
        if at is None and not _due(site.config.workspace / STAMP, moment):
            return 0
        write_atomic(site.config.workspace / STAMP, moment.isoformat())
        return _sweep(site, moment)
    return 0


def delete_recordings(site: Site, keys: Sequence[str], *, action: str = "retention.recording") -> list[str]:
    """Delete the sound of calls; returns the keys of those where that was done. What cannot be is logged."""
    done = _each(keys, lambda key: _remove_sound(site.config.calls / key))
    _mark(site, done, action, "sound_deleted")
    return done


def delete_words(site: Site, keys: Sequence[str], *, action: str = "retention.transcript") -> list[str]:
    """Delete what was said in calls and what was written about them; returns the keys of those where that was done.

    What cannot be deleted is logged. Raises StorageError when the search index cannot be written.
    """
    done = _each(keys, lambda key: _remove_words(site.config.calls / key))
    if done:
        for pattern in OVERVIEW:
            remove_all(site.config.calls.glob(pattern))
        forget(site.config.calls, *done)
        site.overviews.clear()
        _mark(site, done, action, "words_deleted", "sound_deleted", also=_blank)
        forget_deleted(site.database)
    return done


def without_words(analysis: Analysis) -> Analysis:
    """The analysis with its times, acts, counts and kinds of moment, and not a word of what was said."""
    talk = analysis.conversation
    code = talk.language if talk.language in LANGUAGES else LANGUAGES[0]
    caveat = say(code, "privacy.words_deleted")
    caveats = analysis.provenance.caveats
    return replace(
        analysis,
        conversation=replace(
            talk,
            speakers=tuple(
                # A seller's name is known from outside; a client's was heard.
                replace(one, why="", name=one.name if one.side == "seller" else None)
                for one in talk.speakers
            ),
            turns=tuple(replace(turn, words=()) for turn in talk.turns),
            utterances=tuple(replace(utterance, words=()) for utterance in talk.utterances),
        ),
        moments=tuple(replace(moment, quote="", why="") for moment in analysis.moments),
        provenance=replace(analysis.provenance, caveats=caveats if caveat in caveats else (*caveats, caveat)),
        dropped=(),
    )


def _sweep(site: Site, moment: dt.datetime) -> int:
    config = site.config
    swept: set[str] = set()
    idle = Call.state.not_in(BUSY)
    steps: tuple[tuple[int, ColumnElement[bool], Callable[[Site, list[str]], list[str]]], ...] = (
        (config.retention_call, true(), _delete_calls),
        (config.retention_transcript, Call.words_deleted.is_(None) & idle, delete_words),
        (config.retention_recording, Call.sound_deleted.is_(None) & idle, delete_recordings),
    )
    for days, still_there, act in steps:
        if not days:
            continue
        due = select(Call.key).where(Call.created < moment - dt.timedelta(days=days), still_there)
        with site.database.read() as session:
            keys = list(session.scalars(due.order_by(Call.created)))
        try:
            swept.update(act(site, keys))
        except (AnalyserError, OSError) as error:
            log.warning("calls that are due could not be deleted: %s", type(error).__name__)
    sweep(config)
    try:
        delete_leftovers(site)
    except StorageError as error:
        log.warning("what is left of a deleted call could not be removed: %s", error)
    return len(swept)


def _delete_calls(site: Site, keys: list[str]) -> list[str]:
    return keys if delete_calls(site, keys, detail="retention") else []


def _each(keys: Sequence[str], act: Callable[[str], None]) -> list[str]:
    """Do something with each; what fails for one keeps the others from nothing and is tried again another time."""
    done = []
    for key in keys:
        try:
            act(key)
        except (AnalyserError, OSError) as error:
            log.warning("something of call %s could not be deleted: %s", key, type(error).__name__)
        else:
            done.append(key)
    return done


def _remove_sound(folder: Path) -> None:
    for pattern in (*SOUND, PAGES):
        remove_all(folder.glob(pattern))


def _remove_words(folder: Path) -> None:
    path = folder / "analysis.json"
    kept = set(KEPT)
    if path.is_file():
        made = without_words(read_record(Analysis, path))
        write_record(path, made)
        keep_summary(folder, made)
        kept.add("summary.json")
        with suppress(StorageError):
            state = read_record(JobState, folder / "job.json")
            stages = {name: mark for name, mark in state.stages.items() if f"{name}.json" in KEPT}
            write_record(folder / "job.json", replace(state, stages=stages))
    if folder.is_dir():
        remove_all(file for file in folder.iterdir() if file.name not in kept)


def _due(stamp: Path, moment: dt.datetime) -> bool:
    try:
        return moment - dt.datetime.fromisoformat(stamp.read_text()) >= EVERY
    except (OSError, ValueError):
        return True


def _mark(
    site: Site, keys: Sequence[str], action: str, *columns: str, also: Callable[[Session, Call], None] | None = None
) -> None:
    for key in keys:
        with site.database.write() as session:
            call = session.scalar(select(Call).where(Call.key == key))
            if call is None:
                continue
            for column in columns:
                if getattr(call, column) is None:
                    setattr(call, column, now())
            if also is not None:
                also(session, call)
            record(session, None, action, call=key)
            changed(session, call, "deleted")


def _blank(session: Session, call: Call) -> None:
    """Take out what people wrote about the call; what they chose stays."""
    session.execute(update(Comment).where(Comment.call_id == call.id).values(text=OMITTED))
    session.execute(update(Verdict).where(Verdict.call_id == call.id, Verdict.comment != "").values(comment=OMITTED))
    session.execute(delete(Feedback).where(Feedback.call_id == call.id))
    for submission in session.scalars(select(Submission).where(Submission.call_id == call.id)):
        submission.answers = {question: _chosen(answer) for question, answer in submission.answers.items()}


def _chosen(answer: Any) -> Any:
    """An answer on a scorecard without what was written in it: numbers and choices stay."""
    if isinstance(answer, dict):
        return {name: _chosen(value) for name, value in answer.items()}
    return OMITTED if isinstance(answer, str) and answer else answer
