"""Folders of results made by hand, without a pipeline."""

from __future__ import annotations

from pathlib import Path

from analyser.calls import CallInfo, write_info
from analyser.records import (
    Analysis,
    Conversation,
    Moment,
    Provenance,
    Recording,
    SideTally,
    Speaker,
    TalkRatio,
    Tally,
    Turn,
    Utterance,
    Word,
)
from analyser.storage import write_record


def make_call(
    output: Path,
    folder: str,
    *,
    seller: str = "An",
    client: str = "Jansen",
    date: str = "2026-11-18",
    utterances: int = 10,
    acts: dict[str, int] | None = None,
    client_acts: dict[str, int] | None = None,
    moments: tuple[tuple[str, float], ...] = (),
    talk: float | None = 0.5,
    lines: tuple[str, ...] = ("Goedemorgen.", "Ja, hallo."),
) -> Path:
    """A call's folder with its analysis; ``moments`` are kinds with confidences, ``lines`` alternate."""
    said = tuple(
        Utterance(
            place * 2.0, place * 2.0 + 2, place, "SC"[place % 2], ("seller", "client")[place % 2], _words(line, place)
        )
        for place, line in enumerate(lines)
    )
    found = tuple(
        Moment(1.0, 2.0, kind, ("M4",), 0, 0, f"citaat {kind}", "daarom", confidence) for kind, confidence in moments
    )
    counts: dict[str, int] = {}
    for kind, _ in moments:
        counts[kind] = counts.get(kind, 0) + 1
    analysis = Analysis(
        recording=Recording(f"{folder}.wav", folder.ljust(64, "0"), 600.0),
        conversation=Conversation(
            "nl",
            (Speaker("S", "seller"), Speaker("C", "client")),
            tuple(Turn(one.start, one.end, one.speaker, one.words) for one in said),
            said,
        ),
        tally=Tally(
            calls=1,
            duration=600.0,
            seller=SideTally(speech=300.0, utterances=utterances, words=100, acts=acts or {}),
            client=SideTally(speech=300.0, words=100, acts=client_acts or {}),
            moments=counts,
        ),
        talk_ratio=None if talk is None else TalkRatio(talk, talk - 0.05, talk + 0.05),
        moments=found,
        readiness=(),
        provenance=Provenance("1", "2026-11-20T10:00:00+00:00", (), {}),
    )
    place = output / folder
    write_record(place / "analysis.json", analysis)
    write_info(place, CallInfo(f"/calls/{folder}.wav", seller, client, date, "name"))
    return place


def _words(line: str, place: int) -> tuple[Word, ...]:
    return tuple(Word(place * 2.0, place * 2.0 + 1, word) for word in line.split())
