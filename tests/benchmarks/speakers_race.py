"""Our diariser and others' over one folder, in one table.

    python tests/benchmarks/speakers_race.py mixes/held-out --hold 1.1
    python tests/benchmarks/speakers_race.py mixes/held-out --other senko=found/senko --other sherpa=found/sherpa

Others run in environments of their own (they bring torch) and leave an RTTM of each recording's name in a folder; this
scores those files against the same truth. A recording that a folder lacks counts as all missed.
"""

from __future__ import annotations

import argparse
from collections.abc import Callable, Sequence
from pathlib import Path

from analyser.audio import Sound
from analyser.diarise import diarise
from analyser.evaluation.speakers import evaluate_speakers, table
from analyser.records import SpeakerSpan
from analyser.rttm import read_rttm


def ours(speakers: int | None) -> Callable[[Sound], Sequence[SpeakerSpan]]:
    """Our diariser on the channels mixed to one; ``speakers`` None lets it find their number."""

    def run(sound: Sound) -> Sequence[SpeakerSpan]:
        return diarise(sound.mono(), speakers=speakers)

    return run


def theirs(folder: Path) -> Callable[[Sound], Sequence[SpeakerSpan]]:
    """What another diariser left in a folder."""

    def look(sound: Sound) -> Sequence[SpeakerSpan]:
        path = folder / f"{Path(sound.recording.name).stem}.rttm"
        return next(iter(read_rttm(path).values()), ()) if path.is_file() else ()

    return look


def main() -> None:
    """Print a table for each diariser."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path, help="recordings with RTTM beside them")
    parser.add_argument("--other", action="append", default=[], metavar="NAME=FOLDER")
    parser.add_argument("--speakers", type=int, help="tell our diariser how many speakers there are")
    parser.add_argument(
        "--hold", type=float, default=0.0, help="fill pauses up to this many seconds in truth and found"
    )
    arguments = parser.parse_args()
    runs = {"analyser": ours(arguments.speakers)}
    for other in arguments.other:
        name, _, folder = other.partition("=")
        runs[name] = theirs(Path(folder))
    for name, run in runs.items():
        print(f"\n### {name}\n")
        print(table(list(evaluate_speakers(arguments.folder, run, hold=arguments.hold))))


if __name__ == "__main__":
    main()
