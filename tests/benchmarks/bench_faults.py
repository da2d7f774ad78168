"""Kills server and worker at random moments while calls come in: ``python -m tests.benchmarks.bench_faults 100 150``.

The numbers are points, calls, and after them a pause in seconds, and a seed. A worker is killed at most that pause
after it took a call in hand, a server at most three of them after the last kill, wherever it is then. Conversations are
typed; what the worker does with them is a stand-in that writes the same files in half a second, so that most kills fall
into uploads, the queue and the writing of results. ``real`` as the last word takes the real analysis.
"""

from __future__ import annotations

import os
import sys
import tempfile
import time
from pathlib import Path

from analyser.pipeline import analyse
from analyser.settings import Settings
from tests.browsers import TYPED
from tests.faults import REAL, STAND_IN, Server, torment


def main(points: int, calls: int, pause: float = 1.0, seed: int = 1, how: str = "stand-in") -> None:
    """Run it and print a table."""
    with tempfile.TemporaryDirectory() as place:
        folder = Path(place)
        source = folder / "typed.tsv"
        source.write_text(TYPED, encoding="utf-8")
        _, job = analyse(source, Settings(), output=folder, folder="made")
        chosen = REAL if how == "real" else STAND_IN
        server = Server(folder / "workspace", analyse=chosen, ANALYSED=str(job.folder / "analysis.json"))
        began = time.monotonic()
        try:
            outcome = torment(server, points=points, calls=calls, seed=seed, pause=pause, patience=900)
        finally:
            server.stop()
        print(f"load average {os.getloadavg()[0]:.1f}, {time.monotonic() - began:.0f} s, {how}, seed {seed}")
        print("| kills | accepted | unknown or gone | not done | done twice | mixed up | files left |")
        print("| --- | --- | --- | --- | --- | --- | --- |")
        kills = ", ".join(f"{count} {what}" for what, count in outcome.kills.most_common())
        lists = (outcome.unknown, outcome.unfinished, outcome.repeated, outcome.mixed, outcome.left)
        print(f"| {kills} | {outcome.accepted} | {' | '.join(str(len(one)) for one in lists)} |")
        for one in lists:
            for line in one:
                print(line)


if __name__ == "__main__":
    main(
        int(sys.argv[1]),
        int(sys.argv[2]),
        *(float(pause) for pause in sys.argv[3:4]),
        *map(int, sys.argv[4:5]),
        *sys.argv[5:6],
    )
