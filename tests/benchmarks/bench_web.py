"""A hundred uploads at once beside twenty readers: ``python -m tests.benchmarks.bench_web [uploads] [MB] [readers]``.

First the readers alone (idle), then with all uploads beginning in one moment, in one session of one server. Readers
load the list, a call's page and its report in turn, a second after each. The recordings are noise in WAV, each its
own; what the worker does with them is a stand-in that writes the same files in half a second, since the recogniser
would keep both cores for hours. Results stand in README-web.md.
"""

from __future__ import annotations

import asyncio
import hashlib
import io
import os
import random
import shutil
import statistics
import sys
import tempfile
import time
import wave
from collections import Counter
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path

import httpx
from sqlalchemy import select

from analyser.pipeline import analyse
from analyser.settings import Settings
from analyser.web.app import prepare
from analyser.web.config import WebConfig
from analyser.web.database import open_database
from analyser.web.tables import Call, new_key, now
from tests.browsers import TYPED
from tests.faults import STAND_IN, Sender, Server, look

PART = 8 << 20
PAGES = ("/", "/calls/{key}", "/calls/{key}/report")


def recording(number: int, size: int) -> bytes:
    """About ``size`` bytes of noise as WAV, other for each number."""
    buffer = io.BytesIO()
    with wave.open(buffer, "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(16000)
        file.writeframes(random.Random(number).randbytes(size // 2 * 2))
    return buffer.getvalue()


def ready_calls(workspace: Path, made: Path, count: int) -> list[str]:
    """Put so many analysed calls into a new workspace; returns their keys."""
    config = WebConfig(workspace=workspace)
    prepare(config)
    database = open_database(config)
    keys = [new_key() for _ in range(count)]
    for key in keys:
        shutil.copytree(made, config.calls / key)
        (config.calls / key / "recording.tsv").write_text(TYPED, encoding="utf-8")
        with database.write() as session:
            given = {"name": "gesprek.tsv", "recording": "recording.tsv", "size": len(TYPED), "sha256": "0" * 64}
            session.add(Call(key=key, state="done", finished=now(), date="2026-11-20", **given))
    database.close()
    return keys


async def read(client: httpx.AsyncClient, keys: list[str], chance: random.Random, until: asyncio.Event) -> list[float]:
    """Load pages until told to stop; returns the seconds that each took."""
    taken = []
    turn = chance.randrange(3)
    await asyncio.sleep(chance.random())
    while not until.is_set():
        address = PAGES[turn % len(PAGES)].format(key=chance.choice(keys))
        turn += 1
        began = time.monotonic()
        (await client.get(address)).raise_for_status()
        taken.append(time.monotonic() - began)
        await asyncio.sleep(1)
    return taken


async def send(client: httpx.AsyncClient, number: int, content: bytes) -> tuple[str, str]:
    """Upload a recording; returns its call's key and its hash."""
    about = {"name": f"opname {number}.wav", "size": len(content), "ref": str(number)}
    key = (await client.post("/uploads", json=about)).raise_for_status().json()["key"]
    said: dict[str, str] = {}
    for at in range(0, len(content), PART):
        headers = {"upload-offset": str(at)}
        answer = await client.patch(f"/uploads/{key}", content=content[at : at + PART], headers=headers)
        said = answer.raise_for_status().json()
    return said["call"], hashlib.sha256(content).hexdigest()


def send_all(address: str, cookie: str, numbers: range, size: int) -> dict[str, str]:
    """All uploads at once, in a process of their own; returns what was accepted."""
    recordings = {number: recording(number, size) for number in numbers}

    async def run() -> dict[str, str]:
        limits = httpx.Limits(max_connections=None, max_keepalive_connections=0)
        headers = {"origin": address, "cookie": cookie}
        async with httpx.AsyncClient(base_url=address, headers=headers, timeout=900, limits=limits) as client:
            return dict(await asyncio.gather(*(send(client, *one) for one in recordings.items())))

    return asyncio.run(run())


async def watch_memory(pid: int, until: asyncio.Event) -> list[float]:
    """The process's memory in MiB, five times a second."""
    found = []
    while not until.is_set():
        lines = Path(f"/proc/{pid}/status").read_text().splitlines()
        found.append(next(int(line.split()[1]) for line in lines if line.startswith("VmRSS")) / 1024)
        await asyncio.sleep(0.2)
    return found


async def session(
    server: Server, keys: list[str], numbers: range, size: int, readers: int, idle: float
) -> tuple[list[float], list[float], float, dict[str, str]]:
    """Readers for ``idle`` seconds, with uploads when there are any; times of pages, memory, and what was accepted."""
    assert server.process is not None
    stop = asyncio.Event()
    limits = httpx.Limits(max_connections=None, max_keepalive_connections=0)
    headers = {"origin": server.address, "cookie": (await first(server))}
    async with httpx.AsyncClient(base_url=server.address, headers=headers, timeout=600, limits=limits) as client:
        memory = asyncio.create_task(watch_memory(server.process.pid, stop))
        reading = [asyncio.create_task(read(client, keys, random.Random(number), stop)) for number in range(readers)]
        began = time.monotonic()
        accepted: dict[str, str] = {}
        if numbers:
            # In another process: what sending takes is not to be taken for the time of a page.
            with ProcessPoolExecutor(1) as pool:
                cookie = str(headers["cookie"])
                job = asyncio.get_running_loop().run_in_executor(pool, send_all, server.address, cookie, numbers, size)
                accepted = await job
        spent = time.monotonic() - began
        await asyncio.sleep(max(0.0, idle - spent))
        stop.set()
        times = [one for reader in await asyncio.gather(*reading) for one in reader]
        return times, await memory, spent, accepted


async def first(server: Server) -> str:
    """The cookie that a browser gets at its first page."""
    async with httpx.AsyncClient(base_url=server.address, timeout=60) as client:
        cookie = (await client.get("/")).headers["set-cookie"]
        return str(cookie.split(";")[0])


def p95(times: list[float]) -> float:
    """The time below which 95 of 100 lie."""
    return statistics.quantiles(times, n=20)[-1]


def main(uploads: int = 100, megabytes: float = 5.0, readers: int = 20, idle: float = 40.0) -> None:
    """Run it and print the tables."""
    with tempfile.TemporaryDirectory() as place:
        folder = Path(place)
        source = folder / "typed.tsv"
        source.write_text(TYPED, encoding="utf-8")
        _, job = analyse(source, Settings(), output=folder, folder="made")
        server = Server(folder / "workspace", analyse=STAND_IN, ANALYSED=str(job.folder / "analysis.json"))
        keys = ready_calls(server.workspace, job.folder, 10)
        server.start()
        try:
            server.ready()
            size = int(megabytes * 1e6)
            print(f"{uploads} uploads of {megabytes} MB, {readers} readers, {os.cpu_count()} cores")
            print("| | pages | median s | p95 s | slowest s | memory before, most, after (MiB) | load |")
            print("| --- | --- | --- | --- | --- | --- | --- |")
            # The first of each page builds what later ones take as it is.
            asyncio.run(session(server, keys, range(0), 0, 3, 10))
            accepted: dict[str, str] = {}
            for name, numbers in (
                ("readers alone", range(0)),
                ("with uploads", range(uploads)),
                ("with as many again", range(uploads, 2 * uploads)),
                ("readers alone, after", range(0)),
            ):
                times, memory, spent, found = asyncio.run(session(server, keys, numbers, size, readers, idle))
                accepted |= found
                figures = f"{statistics.median(times):.2f} | {p95(times):.2f} | {max(times):.2f}"
                used = f"{memory[0]:.0f}, {max(memory):.0f}, {memory[-1]:.0f}"
                print(f"| {name} | {len(times)} | {figures} | {used} | {os.getloadavg()[0]:.1f} |", flush=True)
                if numbers:
                    print(f"all accepted after {spent:.1f} s")
            # Those that were there before were accepted too, in a way.
            database = open_database(WebConfig(workspace=server.workspace), migrate=False)
            with database.write() as opened:
                for call in opened.scalars(select(Call).where(Call.key.in_(keys))).unique():
                    opened.delete(call)
            database.close()
            for key in keys:
                shutil.rmtree(server.workspace / "calls" / key)
            outcome = look(server, Sender(server.address, accepted), Counter(), 900)
            print(f"accepted {outcome.accepted}; lost, mixed up or done twice: {0 if outcome.good else outcome}")
        finally:
            server.stop()


if __name__ == "__main__":
    main(*(int(word) for word in sys.argv[1:4]))
