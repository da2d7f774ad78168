"""Kills batches, their workers and Dask's workers again and again, and looks at what is left when all is quiet.

By hand, with the number of kills and a seed: ``python tests/batch/ordeal.py 100 1 [dask]``.
"""

from __future__ import annotations

import json
import os
import random
import signal
import socket
import subprocess
import sys
import tempfile
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

HERE = Path(__file__).parent
ROOT = HERE.parent.parent
PATIENCE = 120.0
"""seconds after which a batch that nobody disturbs is taken to hang"""


@dataclass(frozen=True)
class Left:
    """What was left: calls done, calls listed as failed with a reason, and everything that should not be."""

    done: int
    failed: int
    wrong: tuple[str, ...]
    killed: dict[str, int]


def environment() -> dict[str, str]:
    return os.environ | {"PYTHONPATH": f"{ROOT}{os.pathsep}{HERE}", "OMP_NUM_THREADS": "1"}


def write_calls(folder: Path, count: int) -> None:
    """Calls of which one in ten is bad."""
    for number in range(count):
        seller = folder / f"seller {number % 3}"
        seller.mkdir(parents=True, exist_ok=True)
        text = f"BAD {number}" if number % 10 == 9 else f"goedemorgen {number} " * 50
        # The same few names in each folder: most calls have to give way to another of their name.
        (seller / f"call {number // 3 % 4} {number // 12 % 2}.{('wav', 'mp3')[number % 2]}").write_text(text)
    for place, number in enumerate(range(count)):
        (folder / f"call {place % 5}.{number}.wav").write_text(f"los {number}")


def ordeal(
    folder: Path, *, calls: int, kills: int, seed: int, address: str | None = None, cluster: Cluster | None = None
) -> Left:
    """Start the same batch over and over and kill something at a random moment each time; at last let it end."""
    chance = random.Random(seed)
    source, output = folder / "calls", folder / "reports"
    write_calls(source, calls)
    killed: Counter[str] = Counter()
    command = [sys.executable, str(HERE / "driver.py"), str(source), str(output), *([address] if address else [])]
    while sum(killed.values()) < kills:
        # Now and then two batches at once on the same folders.
        batches = [_start(command) for _ in range(chance.choice([1, 1, 2]))]
        while sum(killed.values()) < kills and all(batch.poll() is None for batch in batches):
            batch = chance.choice(batches)
            with suppress(subprocess.TimeoutExpired):
                batch.wait(chance.uniform(0.1, 4.0))
                break
            victim = chance.choice(["worker", "worker", "batch"])
            if victim == "batch":
                batch.kill()
            elif cluster is not None:
                cluster.kill_one(chance)
            elif children := children_of(batch.pid):
                with suppress(ProcessLookupError):
                    os.kill(chance.choice(children), signal.SIGKILL)
            else:
                continue
            killed[victim] += 1
        for batch in batches:
            batch.wait(PATIENCE)
        if chance.random() < 0.5:
            forget_some(output, chance)
    last = subprocess.run(command, env=environment(), timeout=PATIENCE, capture_output=True, text=True)
    wrong = check(source, output)
    if last.returncode:
        wrong = (*wrong, last.stderr[-2000:])
    ledger = output / ".batch"
    return Left(
        len(list((ledger / "done").glob("*/*.json"))),
        len(list((ledger / "failed").glob("*/*.json"))),
        wrong,
        dict(killed),
    )


def forget_some(output: Path, chance: random.Random) -> None:
    """Throw a few results away, so that a long ordeal has something left to do."""
    for path in sorted(output.glob("*/analysis.json")):
        if chance.random() < 0.3:
            path.unlink()


def children_of(pid: int) -> list[int]:
    """The processes that a process started."""
    try:
        return [int(child) for child in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]
    except OSError:
        return []


def check(source: Path, output: Path) -> tuple[str, ...]:
    """Everything that is not as it should be: a call not accounted for or there twice, a file that is half."""
    import hashlib

    wrong: list[str] = []
    contents = {hashlib.sha256(path.read_bytes()).hexdigest() for path in source.rglob("*") if path.is_file()}
    done = {path.stem for path in (output / ".batch" / "done").glob("*/*.json")}
    failed = {path.stem for path in (output / ".batch" / "failed").glob("*/*.json")}
    wrong += [f"lost: {sha256}" for sha256 in contents - done - failed]
    wrong += [f"done and failed: {sha256}" for sha256 in done & failed]
    wrong += [f"from nowhere: {sha256}" for sha256 in (done | failed) - contents]
    folders: Counter[str] = Counter()
    for path in output.rglob("*.json"):
        try:
            record = json.loads(path.read_bytes())
        except ValueError:
            wrong.append(f"half: {path}")
            continue
        if path.name == "analysis.json":
            folders[record["recording"]["sha256"]] += 1
        if path.parent.parent.name == "failed" and not record["reason"]:
            wrong.append(f"failed without a reason: {path}")
    wrong += [f"{count} results: {sha256}" for sha256, count in folders.items() if count != 1]
    wrong += [f"done without a result: {sha256}" for sha256 in done - set(folders)]
    for path in (output / ".batch" / "done").glob("*/*.json"):
        entry = json.loads(path.read_bytes())
        analysis = output / entry["folder"] / "analysis.json"
        if not analysis.is_file() or json.loads(analysis.read_bytes())["recording"]["sha256"] != path.stem:
            wrong.append(f"result of another call: {path}")
    return tuple(wrong)


class Cluster:
    """A Dask scheduler and two workers on this machine's loopback."""

    def __init__(self, folder: Path) -> None:
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            port = free.getsockname()[1]
        self.address = f"tcp://127.0.0.1:{port}"
        self.folder = folder
        self.scheduler = self._start("scheduler", "--host", "127.0.0.1", "--port", str(port), "--no-dashboard")
        self.workers = [self._worker() for _ in range(2)]

    def kill_one(self, chance: random.Random) -> None:
        """Kill a worker and start another in its place."""
        worker = chance.choice(self.workers)
        worker.kill()
        worker.wait()
        self.workers[self.workers.index(worker)] = self._worker()

    def close(self) -> None:
        for process in (*self.workers, self.scheduler):
            process.kill()
            process.wait()

    def _worker(self) -> subprocess.Popen[bytes]:
        return self._start(
            "worker",
            self.address,
            "--no-nanny",
            "--nthreads",
            "1",
            "--no-dashboard",
            "--local-directory",
            str(self.folder),
        )

    def _start(self, *arguments: str) -> subprocess.Popen[bytes]:
        return _start([sys.executable, "-m", "dask", *arguments])


def _start(command: list[str]) -> subprocess.Popen[bytes]:
    return subprocess.Popen(command, env=environment(), stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)


@contextmanager
def cluster(folder: Path) -> Iterator[Cluster]:
    started = Cluster(folder)
    try:
        yield started
    finally:
        started.close()


if __name__ == "__main__":
    with tempfile.TemporaryDirectory() as name:
        place = Path(name)
        if "dask" in sys.argv:
            with cluster(place) as dask:
                print(
                    ordeal(
                        place,
                        calls=60,
                        kills=int(sys.argv[1]),
                        seed=int(sys.argv[2]),
                        address=dask.address,
                        cluster=dask,
                    )
                )
        else:
            print(ordeal(place, calls=60, kills=int(sys.argv[1]), seed=int(sys.argv[2])))
