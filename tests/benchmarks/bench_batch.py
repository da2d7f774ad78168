"""Measures batches and overviews; results with their conditions stand in README-batch.md.

``python -m tests.benchmarks.bench_batch overview 5000`` · ``memory 2000`` · ``engines 200`` · ``workers FOLDER`` ·
``real FOLDER``
"""

from __future__ import annotations

import json
import os
import random
import resource
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path

from analyser.batch.engines import dask_cluster, processes, threads
from analyser.batch.plan import Request
from analyser.batch.run import Summary, run_batch
from analyser.calls import CallInfo, write_info
from analyser.overview.tables import ATTENTION, GOOD
from analyser.settings import Settings
from tests.batch.ordeal import cluster
from tests.overview.made_calls import make_call

LINE = "dus als ik u goed begrijp gaat het vooral om de planning van volgende week"
KINDS = (*GOOD, *ATTENTION)


def write_results(output: Path, count: int, *, sellers: int = 40, distinct: int = 50) -> None:
    """So many analysed calls of a quarter of an hour: 200 utterances of 14 words, ten moments; over half a year."""
    chance = random.Random(1)
    patterns = []
    for number in range(min(distinct, count)):
        acts = {name: chance.randint(0, 9) for name in ("summary", "empathy", "pitch", "price", "ask_problem")}
        moments = tuple((chance.choice(KINDS), round(chance.uniform(0.3, 1), 2)) for _ in range(10))
        lines = (LINE,) * 200
        patterns.append(make_call(output, f"pattern-{number}", acts=acts, moments=moments, lines=lines))
    for number in range(count):
        folder = output / f"call-{number:05d}"
        shutil.copytree(patterns[number % len(patterns)], folder)
        day = date(2026, 5, 1) + timedelta(days=chance.randrange(180))
        write_info(
            folder,
            CallInfo(f"{number}.wav", f"Verkoper {number % sellers}", f"Klant {number}", day.isoformat(), "list"),
        )
    for folder in patterns:
        shutil.rmtree(folder)


def apart(*arguments: str) -> str:
    """One measurement in a process of its own: seconds on the clock, of the processor, and most memory in MB."""
    code = (
        "import json, resource, sys, time; from pathlib import Path\n"
        "from analyser.overview.files import write_overview; from analyser.search import Wanted, search\n"
        "start = time.perf_counter(); output = Path(sys.argv[2])\n"
        "write_overview(output, parquet=sys.argv[1] == 'parquet') if sys.argv[1] != 'search'"
        " else search(output, Wanted(('volgende week',)))\n"
        "use = resource.getrusage(resource.RUSAGE_SELF)\n"
        "print(json.dumps({'seconds': round(time.perf_counter() - start, 1),"
        " 'processor': round(use.ru_utime + use.ru_stime, 1), 'MB': use.ru_maxrss // 1024}))"
    )
    run = subprocess.run([sys.executable, "-c", code, *arguments], capture_output=True, text=True, check=True)
    return run.stdout.strip()


def overview(count: int) -> None:
    """An overview without summaries, one with, tables for programs, and the index of the search."""
    with tempfile.TemporaryDirectory() as name:
        output = Path(name)
        write_results(output, count)
        print(count, "calls of", (output / "call-00000" / "analysis.json").stat().st_size // 1024, "kB")
        print("overview, no summaries yet:", apart("page", name))
        print("overview:", apart("page", name), (output / "week.html").stat().st_size // 1024, "kB")
        print("with parquet:", apart("parquet", name))
        print("search, no index yet:", apart("search", name))
        print("search:", apart("search", name), (output / ".index.sqlite").stat().st_size // 2**20, "MB")


def write_calls(folder: Path, count: int) -> None:
    """Small labelled calls, all different."""
    folder.mkdir()
    for number in range(count):
        lines = [f"S\topen_question\tHoe loopt dat nu, nummer {number}?", "C\tneed\tDat gaat niet goed."] * 20
        (folder / f"{number:05d}.tsv").write_text(f"# id: {number}\n# language: nl\n" + "\n".join(lines) + "\n")


def memory(count: int) -> None:
    """Memory of the batch's process, work included, in MB after each tenth of the calls."""
    os.fsync = lambda handle: None  # how fast the disk is has nothing to do with it
    with tempfile.TemporaryDirectory() as name:
        write_calls(Path(name) / "calls", count)
        seen: list[int] = []

        class Watcher:
            done = 0

            def begin(self, calls: int, size: int, /) -> None: ...
            def passed(self, item: object, size: int, /) -> None: ...
            def running(self, tasks: object, /) -> None: ...
            def finished(self, task: object, outcome: object, /) -> None:
                self.done += 1
                if self.done % max(1, count // 10) == 0:
                    seen.append(int(Path("/proc/self/status").read_text().split("VmRSS:")[1].split()[0]) // 1024)

        summary = run_batch(stand_in(name), threads(1), watcher=Watcher())
        print(summary.done, "done; MB after each tenth:", seen, flush=True)


def engines(count: int) -> None:
    """The same calls by local processes and by Dask workers, two of each, in seconds on the clock."""
    with tempfile.TemporaryDirectory() as name, cluster(Path(name) / "scratch") as dask:
        write_calls(Path(name) / "calls", count)
        # One run of each that is not counted: processes start, modules are read.
        for turn in range(3):
            print("processes", timed(lambda turn=turn: run_batch(stand_in(name, f"local-{turn}"), processes(2))))
            with dask_cluster(dask.address) as engine:
                print("dask", timed(lambda turn=turn, engine=engine: run_batch(stand_in(name, f"dask-{turn}"), engine)))


def real(folder: str) -> None:
    """Real calls by two local processes and by two Dask workers of one thread each, turn by turn, in seconds."""
    with tempfile.TemporaryDirectory() as name, cluster(Path(name) / "scratch") as dask:
        settings = replace(Settings(), threads=1)
        # One run of each that is not counted: processes start, modules are read.
        for turn in range(3):
            request = Request((folder,), Path(name) / f"local-{turn}", settings)
            print("processes", timed(lambda request=request: run_batch(request, processes(2))), flush=True)
            with dask_cluster(dask.address) as engine:
                request = Request((folder,), Path(name) / f"dask-{turn}", settings)
                print("dask", timed(lambda request=request, engine=engine: run_batch(request, engine)), flush=True)


def stand_in(name: str, output: str = "reports") -> Request:
    return Request((f"{name}/calls",), Path(name) / output, analyse="tests.batch.stand_in:analyse")


def timed(run: Callable[[], Summary]) -> str:
    start = time.perf_counter()
    summary = run()
    return f"{summary.done} in {time.perf_counter() - start:.1f} s"


def workers(folder: str) -> None:
    """Real recordings by so many processes of so many threads; seconds on the clock and of the processor."""
    for count, share in ((1, 1), (1, 2), (2, 1)):
        with tempfile.TemporaryDirectory() as name:
            request = Request((folder,), Path(name), replace(Settings(), threads=share))
            before = resource.getrusage(resource.RUSAGE_CHILDREN)
            text = timed(lambda request=request, count=count: run_batch(request, processes(count)))
            after = resource.getrusage(resource.RUSAGE_CHILDREN)
            spent = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
            print(json.dumps({"workers": count, "threads": share, "result": text, "processor": round(spent)}))


if __name__ == "__main__":
    kind, amount = sys.argv[1:]
    if kind in ("workers", "real"):
        {"workers": workers, "real": real}[kind](amount)
    else:
        {"overview": overview, "memory": memory, "engines": engines}[kind](int(amount))
