"""How often the talk ratio's 90 % interval holds the true value, on recordings with a truth.

usage: python tests/benchmarks/talk_ratio.py HEARD RECORDING… [--speakers N]

RECORDING is a sound file with an RTTM of the same stem beside it. HEARD is a folder in which what the diariser hears
is kept as RTTM with confidences, so that it hears each recording once. Prints the tables of README-talk-ratio.md.
"""

from __future__ import annotations

import argparse
import statistics
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from itertools import permutations
from pathlib import Path

from analyser.records import Conversation, Side, Span, Speaker, SpeakerSpan, TalkRatio
from analyser.rttm import read_rttm, write_rttm
from analyser.talk_ratio import talk_ratio
from analyser.tallies import united

PARTS = (1, 2, 4)
"""a recording is taken whole, in halves and in quarters: short calls are where the interval matters"""
LEAST = 8.0
"""seconds of true speech of each side below which a part of a recording is no call"""


@dataclass(frozen=True)
class Case:
    """One part of a recording: the true ratio (0–1) and what was made of it; None where one voice was heard."""

    name: str
    seconds: float
    truth: float
    found: TalkRatio | None

    @property
    def held(self) -> bool:
        """Whether the interval holds the true value."""
        return self.found is not None and self.found.low <= self.truth <= self.found.high


def hear(recording: Path, kept: Path, speakers: int | None) -> tuple[SpeakerSpan, ...]:
    """What the product's diariser hears in one channel, kept as RTTM."""
    path = kept / f"{recording.stem}.rttm"
    if not path.is_file():
        from analyser.audio import open_sound
        from analyser.diarise import diarise

        samples = open_sound(recording).mono()
        write_rttm(path, diarise(samples, speakers=speakers), name=recording.stem)
    return next(iter(read_rttm(path).values()), ())


def seconds_of(spans: Iterable[Span]) -> float:
    """Seconds that the spans cover."""
    return sum(span.duration for span in united(spans))


def within(spans: Sequence[SpeakerSpan], part: Span) -> list[SpeakerSpan]:
    """The spans cut to a part of the recording."""
    cut = (replace(span, start=max(span.start, part.start), end=min(span.end, part.end)) for span in spans)
    return [span for span in cut if span.end > span.start]


def best_match(heard: Sequence[SpeakerSpan], truth: Sequence[SpeakerSpan]) -> dict[str, str]:
    """Heard labels to true labels so that they share most seconds; further voices go to whom they overlap most."""
    mine, theirs = sorted({span.speaker for span in heard}), sorted({span.speaker for span in truth})

    def common(one: str, other: str) -> float:
        return sum(a.overlap(b) for a in heard if a.speaker == one for b in truth if b.speaker == other)

    shared = {(one, other): common(one, other) for one in mine for other in theirs}
    if len(mine) == len(theirs):
        ways = (dict(zip(mine, order, strict=True)) for order in permutations(theirs))
        return max(ways, key=lambda way: sum(shared[pair] for pair in way.items()))
    return {one: max(theirs, key=lambda other: shared[one, other]) for one in mine}


def cases(name: str, heard: Sequence[SpeakerSpan], truth: Sequence[SpeakerSpan]) -> list[Case]:
    """The parts of one recording; the true voice that speaks first is called the seller."""
    if not heard:
        return []
    first = min(truth, key=lambda span: span.start).speaker
    way = best_match(heard, truth)
    sides: dict[str, Side] = {label: "seller" if other == first else "client" for label, other in way.items()}
    end = max(span.end for span in truth)
    found = []
    for parts in PARTS:
        for number in range(parts):
            part = Span(end * number / parts, end * (number + 1) / parts)
            true = within(truth, part)
            seller = seconds_of(span for span in true if span.speaker == first)
            client = seconds_of(span for span in true if span.speaker != first)
            if min(seller, client) < LEAST:
                continue
            speech = tuple(within(heard, part))
            speakers = tuple(Speaker(label, sides[label]) for label in sorted({span.speaker for span in speech}))
            ratio = talk_ratio(Conversation("nl", speakers, (), speech=speech))
            found.append(Case(f"{name} {number + 1}/{parts}", part.duration, seller / (seller + client), ratio))
    return found


def summary(name: str, some: Sequence[Case]) -> str:
    """One row: calls, share held; of those shown half width and mean error in points; share shown, share of it held."""
    told = [case.found for case in some if case.found and case.found.trusted]
    errors = [100 * abs(case.found.value - case.truth) for case in some if case.found and case.found.trusted]
    width = statistics.fmean(50 * (one.high - one.low) for one in told)
    held = sum(case.held for case in some) / len(some)
    shown = [case for case in some if case.found and case.found.trusted]
    held_shown = f"{sum(case.held for case in shown) / len(shown):.2f}" if shown else "–"
    return (
        f"| {name} | {len(some)} | {held:.2f} | ± {width:.1f} | {statistics.fmean(errors):.1f} | "
        f"{len(shown) / len(some):.2f} | {held_shown} |"
    )


def main() -> None:
    """Print coverage for whole recordings, halves and quarters, and each whole recording."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("heard", type=Path)
    parser.add_argument("recordings", type=Path, nargs="+")
    parser.add_argument("--speakers", type=int)
    options = parser.parse_args()
    every: list[Case] = []
    for recording in options.recordings:
        truth = next(iter(read_rttm(recording.with_suffix(".rttm")).values()), ())
        if len({span.speaker for span in truth}) == 2:
            every += cases(recording.stem, hear(recording, options.heard, options.speakers), truth)
    heads = (
        "calls",
        "number",
        "interval holds",
        "half width, if shown",
        "mean error, if shown",
        "shown",
        "of these hold",
    )
    print(f"| {' | '.join(heads)} |")
    print("| --- | --- | --- | --- | --- | --- | --- |")
    for parts in PARTS:
        some = [case for case in every if case.name.endswith(f"/{parts}")]
        if some:
            print(summary({1: "whole", 2: "halves", 4: "quarters"}[parts], some))
    print(summary("all", every), end="\n\n")
    for case in every:
        if case.name.endswith("/1") and case.found:
            value, low, high = (100 * share for share in (case.found.value, case.found.low, case.found.high))
            print(f"{case.name[:-4]}: true {100 * case.truth:.1f}, found {value:.1f} ({low:.1f} to {high:.1f})")


if __name__ == "__main__":
    main()
