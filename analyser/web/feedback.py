"""Calls as people put them right, as labelled conversations to learn from (the form is in ``models/acts/CODEBOOK.md``).

A call is exported when somebody judged, corrected or added a moment of it, or corrected its speakers. Moments that
people rejected are left out, those that they corrected or added stand as they said; what nobody judged, or the two
sides judged differently, stays as it was found. The header ``judged`` says how many were judged of those that there
are.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from analyser.acts.labels import CLIENT_ACTS, SELLER_ACTS
from analyser.errors import StorageError
from analyser.records import Analysis, Moment, Utterance
from analyser.report.wording import clean
from analyser.storage import read_record, write_atomic
from analyser.web.access import record
from analyser.web.config import WebConfig
from analyser.web.corrections import key_of
from analyser.web.database import Database
from analyser.web.reviewing import done
from analyser.web.tables import Call, Feedback, Verdict


@dataclass(frozen=True)
class Labelled:
    """A labelled call: its lines, how many of its moments people judged, and how many there are."""

    text: str
    judged: int
    count: int

    @property
    def complete(self) -> bool:
        """Whether nothing is left unjudged."""
        return self.judged == self.count


def export(
    config: WebConfig, database: Database, output: Path, *, complete: bool = False, masked: bool = True
) -> tuple[Path, ...]:
    """Write a file for each call that people put right into ``output``; returns their paths.

    ``complete`` takes only calls of which every moment was judged; ``masked`` false leaves names, addresses and numbers
    in. Calls whose words were deleted are passed over. Raises StorageError when a file cannot be written.
    """
    written = []
    with database.read() as session:
        found = session.scalars(
            select(Call).where(Call.state == "done", Call.words_deleted.is_(None)).order_by(Call.id)
        )
        gathered = [(call, *_gather(session, call)) for call in found]
    for call, corrections, verdicts in gathered:
        if not corrections and not verdicts:
            continue
        try:
            analysis = read_record(Analysis, config.calls / call.key / "analysis.json")
        except StorageError:
            continue
        if masked:
            from analyser.web.masking import mask_analysis

            names = (call.client, call.seller, call.owner.shown if call.owner else "")
            analysis = mask_analysis(analysis, names=tuple(name for name in names if name))
        made = labelled(analysis, [one.data for one in corrections if one.kind == "moment"], verdicts, name=call.key)
        if complete and not made.complete:
            continue
        path = output / f"{call.key}.tsv"
        write_atomic(path, made.text)
        written.append(path)
        with database.write() as session:
            record(session, None, "feedback.export", call=call.key)
    return tuple(written)


def _gather(session: Session, call: Call) -> tuple[list[Feedback], dict[str, set[str]]]:
    """What people corrected of a call, and their verdicts by moment, of the sides that are done."""
    corrections = list(session.scalars(select(Feedback).where(Feedback.call_id == call.id).order_by(Feedback.id)))
    finished = done(session, call, None)
    verdicts: dict[str, set[str]] = defaultdict(set)
    for one in session.scalars(select(Verdict).where(Verdict.call_id == call.id, Verdict.verdict != "")):
        if finished[one.side]:
            verdicts[one.moment].add(one.verdict)
    return corrections, dict(verdicts)


def labelled(
    analysis: Analysis,
    corrections: Sequence[Mapping[str, Any]],
    verdicts: Mapping[str, set[str]],
    *,
    name: str,
) -> Labelled:
    """A call as a labelled conversation: ``corrections`` as they are kept, ``verdicts`` by the key of a moment."""
    conversation = analysis.conversation
    said = [(number, one) for number, one in enumerate(conversation.utterances) if _line(one.text)]
    places = {number: place for place, (number, _) in enumerate(said, 1)}
    judged = 0
    moments: list[tuple[str, Iterable[int], str]] = []
    for moment in analysis.moments:
        corrected = next((one for one in corrections if _is_of(one, moment)), None)
        opinions = verdicts.get(key_of(moment), set())
        judged += corrected is not None or len(opinions) == 1
        if corrected is not None and corrected["what"] == "not":
            continue
        if corrected is None and opinions == {"disagree"}:
            continue
        kind = corrected["kind"] if corrected is not None else moment.kind
        why = corrected["note"] if corrected is not None and corrected["note"] else moment.why
        moments.append((kind, range(moment.first, moment.last + 1), why))
    missed = [one for one in corrections if one["what"] == "missed"]
    for one in missed:
        moments.append((one["kind"], _between(conversation.utterances, one), one["note"]))
    head = {
        "id": name,
        "language": conversation.language,
        "setting": "a call that people reviewed",
        "style": "asr" if conversation.timed else "text",
        "judged": f"{judged} of {len(analysis.moments)}",
    }
    lines = [f"# {key}: {value}" for key, value in head.items()]
    lines += [f"{'S' if one.side == 'seller' else 'C'}\t{_acts(one)}\t{_line(one.text)}" for _, one in said]
    rows = []
    for kind, numbers, why in moments:
        here = [places[number] for number in numbers if number in places]
        if here:
            rows.append((here[0], here[-1], kind, _line(why) or "seen by a person"))
    lines += [f"@\t{kind}\t{first}\t{last}\t{why}" for first, last, kind, why in sorted(rows)]
    return Labelled("\n".join(lines) + "\n", judged, len(analysis.moments))


def _is_of(correction: Mapping[str, Any], moment: Moment) -> bool:
    """Whether a correction is of this moment, which may lie a little otherwise since speakers were corrected."""
    if correction["what"] == "missed" or correction.get("was") != moment.kind:
        return False
    return bool(correction["start"] < moment.end and moment.start < correction["end"])


def _between(utterances: Sequence[Utterance], correction: Mapping[str, Any]) -> Iterable[int]:
    return [n for n, one in enumerate(utterances) if correction["start"] <= one.middle <= correction["end"]]


def _acts(utterance: Utterance) -> str:
    names = SELLER_ACTS if utterance.side == "seller" else CLIENT_ACTS
    return ",".join(name for name in names if name in utterance.act_names) or "other"


def _line(text: str) -> str:
    """Text that stays on one line and in one cell."""
    return " ".join(clean(text).split())
