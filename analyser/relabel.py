"""Corrections of who speaks, kept as data beside the call and applied before turns are laid out.

Words are never changed, only whose they are; everything that depends on it is made anew from there. Corrections are
applied in the order in which they were made, so a later one speaks of the labels that the earlier ones left.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Literal

from analyser.errors import SpeakerError
from analyser.records import Conversation, Side, Span, SpeakerSpan, Word
from analyser.storage import read_record, write_record

FILE = "corrections.json"
_RANGE = re.compile(r"(?P<start>[\d:.]+)\s*-\s*(?P<end>[\d:.]+)")
_NEW_VOICE = re.compile(r"[A-Z]")


@dataclass(frozen=True)
class Correction:
    """One thing that a person put right.

    ``side``: ``speaker`` is on ``side``. ``name``: ``speaker`` is called ``name``. ``merge``: ``source`` is the same
    voice as ``speaker`` and takes its label. ``give``: what ``source`` (anyone, when empty) says from ``start`` to
    ``end`` (seconds) was said by ``speaker``.
    """

    kind: Literal["side", "name", "merge", "give"]
    speaker: str
    side: Side | None = None
    name: str = ""
    source: str = ""
    start: float = 0.0
    end: float = 0.0


@dataclass(frozen=True)
class Corrections:
    """What ``corrections.json`` holds."""

    corrections: tuple[Correction, ...] = ()
    schema: int = 1


def read_corrections(folder: Path) -> tuple[Correction, ...]:
    """The corrections made to the call in ``folder``, oldest first; raises StorageError for a damaged file."""
    path = folder / FILE
    return read_record(Corrections, path).corrections if path.is_file() else ()


def write_corrections(folder: Path, corrections: Iterable[Correction]) -> None:
    """Keep the corrections with the call, in place of those that were there; raises StorageError."""
    write_record(folder / FILE, Corrections(tuple(corrections)))


def apply(
    corrections: Sequence[Correction],
    words: Iterable[Word],
    spans: Iterable[SpeakerSpan],
    names: Mapping[str, str] | None = None,
) -> tuple[tuple[Word, ...], tuple[SpeakerSpan, ...], dict[str, str]]:
    """Words, speech and names as they are after the corrections. Sides are for ``sides_of``."""
    said, spoken, called = tuple(words), tuple(spans), dict(names or {})
    for correction in corrections:
        if correction.kind == "name":
            called[correction.speaker] = correction.name
        elif correction.kind == "merge":
            said = tuple(
                replace(word, speaker=correction.speaker) if word.speaker == correction.source else word
                for word in said
            )
            spoken = tuple(
                replace(span, speaker=correction.speaker) if span.speaker == correction.source else span
                for span in spoken
            )
            name = called.pop(correction.source, None)
            if name is not None:
                called.setdefault(correction.speaker, name)
        elif correction.kind == "give":
            said = tuple(_give_word(word, correction) for word in said)
            spoken = tuple(part for span in spoken for part in _give_span(span, correction))
    return said, _joined(spoken) if corrections else spoken, called


def sides_of(corrections: Sequence[Correction]) -> dict[str, Side]:
    """The sides that a person chose, by label; a later choice goes over an earlier one."""
    sides: dict[str, Side] = {}
    for correction in corrections:
        if correction.kind == "side" and correction.side is not None:
            sides[correction.speaker] = correction.side
        elif correction.kind == "merge":
            merged = sides.pop(correction.source, None)
            if merged is not None:
                sides.setdefault(correction.speaker, merged)
    return sides


def parse_corrections(
    conversation: Conversation,
    *,
    seller: str | None = None,
    names: Sequence[str] = (),
    swap: bool = False,
    merges: Sequence[str] = (),
    gives: Sequence[str] = (),
) -> tuple[Correction, ...]:
    """Corrections from what a user wrote, about the conversation as it is shown to them.

    ``seller`` is a label or name; a ``names`` entry is ``A=Jan``; ``swap`` exchanges the sides; a ``merges`` entry is
    ``A,C`` (C is A's voice too); a ``gives`` entry is ``12.0-15.5=B`` or ``1:02-1:09=B`` for a time range, or ``7=B``
    for the seventh turn as the report counts them (backchannels too, from 1). A single capital that is no label yet
    is a new voice. Raises SpeakerError naming the labels that the call has.
    """
    # Merging comes last: until then all labels are those that the user sees.
    made: list[Correction] = []
    for entry in names:
        label, name = _split(entry, "name", 'A="Jan"')
        made.append(Correction("name", find_speaker(conversation, label), name=name))
    for entry in gives:
        what, label = _split(entry, "give", "12.0-15.5=B or 7=B")
        start, end, source = _stretch(what, conversation)
        made.append(
            Correction("give", find_speaker(conversation, label, new=True), source=source, start=start, end=end)
        )
    if swap:
        made += [
            Correction("side", speaker.label, side="client" if speaker.side == "seller" else "seller")
            for speaker in conversation.speakers
        ]
    if seller is not None:
        chosen = find_speaker(conversation, seller)
        made.append(Correction("side", chosen, side="seller"))
        others = [speaker.label for speaker in conversation.speakers if speaker.label != chosen]
        made += [Correction("side", other, side="client") for other in others if len(others) == 1]
    for entry in merges:
        keep, *merged = (find_speaker(conversation, label) for label in entry.split(","))
        if not merged:
            raise SpeakerError(f"merge takes two labels with a comma between them, such as A,C; not '{entry}'.")
        made += [Correction("merge", keep, source=label) for label in merged if label != keep]
    return tuple(made)


def find_speaker(conversation: Conversation, wanted: str, *, new: bool = False) -> str:
    """The label that ``wanted`` (a label or a name, whatever its case) stands for; raises SpeakerError."""
    asked = wanted.strip()
    for speaker in conversation.speakers:
        if asked == speaker.label:
            return speaker.label
    for speaker in conversation.speakers:
        if asked and asked.casefold() in (speaker.label.casefold(), (speaker.name or "").casefold()):
            return speaker.label
    if new and _NEW_VOICE.fullmatch(asked):
        return asked
    present = ", ".join(f"{one.label} ({one.name})" if one.name else one.label for one in conversation.speakers)
    raise SpeakerError(f"there is no speaker '{asked}' in this call. Its speakers are: {present or 'none'}.")


def _split(entry: str, option: str, example: str) -> tuple[str, str]:
    left, sign, right = (part.strip() for part in entry.partition("="))
    if not (left and sign and right):
        raise SpeakerError(f"{option} takes a form such as {example}, not '{entry}'.")
    return left, right.strip("\"'“”")


def _stretch(what: str, conversation: Conversation) -> tuple[float, float, str]:
    """Start and end in seconds, and whose words are meant ("" for anyone's)."""
    if what.isdigit():
        place = int(what)
        if not 1 <= place <= len(conversation.turns):
            raise SpeakerError(f"there is no turn {place} in this call; it has {len(conversation.turns)}.")
        turn = conversation.turns[place - 1]
        return turn.start, turn.end, turn.speaker
    match = _RANGE.fullmatch(what)
    try:
        start, end = (_seconds(match[part]) for part in ("start", "end")) if match else (0.0, 0.0)
    except ValueError:
        start, end = 0.0, 0.0
    if not start < end:
        raise SpeakerError(f"give takes a turn's number or a time range such as 12.0-15.5 or 1:02-1:09, not '{what}'.")
    return start, end, ""


def _seconds(clock: str) -> float:
    seconds = 0.0
    for part in clock.split(":"):
        seconds = 60 * seconds + float(part)
    return seconds


def _give_word(word: Word, correction: Correction) -> Word:
    meant = correction.source in ("", word.speaker)
    return replace(word, speaker=correction.speaker) if meant and _within(word, correction) else word


def _within(word: Word, correction: Correction) -> bool:
    return correction.start <= word.middle < correction.end


def _give_span(span: SpeakerSpan, correction: Correction) -> list[SpeakerSpan]:
    """A span cut at the edges of the correction, the part within given away."""
    if correction.source not in ("", span.speaker) or not span.overlap(Span(correction.start, correction.end)):
        return [span]
    start, end = max(span.start, correction.start), min(span.end, correction.end)
    parts = [
        replace(span, end=start),
        replace(span, start=start, end=end, speaker=correction.speaker, confidence=1.0),
        replace(span, start=end),
    ]
    return [part for part in parts if part.duration]


def _joined(spans: Iterable[SpeakerSpan]) -> tuple[SpeakerSpan, ...]:
    """Spans of one speaker that meet as one, with the confidence of the seconds that went into it."""
    joined: list[SpeakerSpan] = []
    latest: dict[str, int] = {}
    for span in sorted(spans, key=lambda span: (span.start, span.end)):
        place = latest.get(span.speaker)
        if place is not None and span.start <= joined[place].end:
            held = joined[place]
            seconds = held.duration + span.duration
            mean = (held.confidence * held.duration + span.confidence * span.duration) / seconds if seconds else 1.0
            joined[place] = replace(held, end=max(held.end, span.end), confidence=mean)
        else:
            latest[span.speaker] = len(joined)
            joined.append(span)
    return tuple(joined)
