"""What many calls are laid side by side by: each call's counts and moments, without its words.

An analysis of an hour is megabytes, and a year's overview reads thousands of them. So a summary is kept in the call's
folder as ``summary.json`` and made again when the analysis has changed since.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from analyser.calls import CallInfo, read_info
from analyser.errors import StorageError
from analyser.records import Analysis, Moment, Provenance, Recording, Speaker, TalkRatio, Tally
from analyser.storage import read_record, write_record
from analyser.workspace import jobs

FILE = "summary.json"
SCHEMA = 1
"""raised when a summary comes to hold something else, so that those that are kept are made anew"""


@dataclass(frozen=True)
class MomentSummary:
    """A moment without its evidence; ``number`` is its place in the analysis, from 0, as in the report's anchors."""

    number: int
    kind: str
    start: float
    end: float
    quote: str
    why: str
    confidence: float
    missing: tuple[str, ...] = ()


@dataclass(frozen=True)
class CallSummary:
    """One call for tables. ``stamp`` is of the analysis that it was made from; ``seller`` a name heard in the call."""

    schema: int
    stamp: str
    name: str
    sha256: str
    language: str
    timed: bool
    created: str
    seller: str
    tally: Tally
    talk_ratio: TalkRatio | None
    moments: tuple[MomentSummary, ...]


@dataclass(frozen=True)
class Call:
    """A call of a workspace: its folder's name, what is known of it from outside, and its summary."""

    folder: str
    info: CallInfo
    summary: CallSummary

    @property
    def seller(self) -> str:
        """Who sold, or an empty text."""
        return self.info.seller or self.summary.seller

    @property
    def date(self) -> str:
        """The day of the call as ISO 8601; the day of the analysis where no other is known."""
        return self.info.date or self.summary.created[:10]


@dataclass(frozen=True)
class _Talk:
    """The parts of a conversation that a summary needs."""

    language: str
    speakers: tuple[Speaker, ...]
    timed: bool = True


@dataclass(frozen=True)
class _Part:
    """The parts of an analysis that a summary needs; the rest of the file is read over."""

    recording: Recording
    conversation: _Talk
    tally: Tally
    talk_ratio: TalkRatio | None
    moments: tuple[Moment, ...]
    provenance: Provenance


def calls(output: Path) -> Iterator[Call]:
    """All analysed calls of a folder in order of folder name; one whose analysis cannot be read is passed over."""
    for folder in jobs(output):
        with suppress(StorageError):
            yield Call(folder.name, read_info(folder), summary(folder))


def summary(folder: Path) -> CallSummary:
    """The summary of the call in ``folder``, from its file where that is up to date; raises StorageError."""
    stamp = _stamp(folder)
    path = folder / FILE
    if path.is_file():
        with suppress(StorageError):
            kept = read_record(CallSummary, path)
            if kept.schema == SCHEMA and kept.stamp == stamp:
                return kept
    made = _summarise(read_record(_Part, folder / "analysis.json"), stamp)
    with suppress(StorageError):  # a folder that may only be read is read in full each time
        write_record(path, made)
    return made


def keep_summary(folder: Path, analysis: Analysis) -> None:
    """Keep the summary of an analysis that was just written; raises StorageError."""
    talk = _Talk(analysis.conversation.language, analysis.conversation.speakers, analysis.conversation.timed)
    part = _Part(analysis.recording, talk, analysis.tally, analysis.talk_ratio, analysis.moments, analysis.provenance)
    write_record(folder / FILE, _summarise(part, _stamp(folder)))


def _summarise(part: _Part, stamp: str) -> CallSummary:
    sellers = [speaker.name for speaker in part.conversation.speakers if speaker.side == "seller" and speaker.name]
    return CallSummary(
        schema=SCHEMA,
        stamp=stamp,
        name=part.recording.name,
        sha256=part.recording.sha256,
        language=part.conversation.language,
        timed=part.conversation.timed,
        created=part.provenance.created,
        seller=", ".join(sellers),
        tally=part.tally,
        talk_ratio=part.talk_ratio,
        moments=tuple(
            MomentSummary(
                number,
                moment.kind,
                moment.start,
                moment.end,
                moment.quote,
                moment.why,
                moment.confidence,
                moment.missing,
            )
            for number, moment in enumerate(part.moments)
        ),
    )


def _stamp(folder: Path) -> str:
    path = folder / "analysis.json"
    try:
        status = path.stat()
    except OSError as error:
        raise StorageError(f"{path}: cannot be read ({error.strerror or error}).") from error
    return f"{status.st_mtime_ns} {status.st_size}"
