"""A server that is killed again and again while recordings come in; shared by a test and a benchmark."""

from __future__ import annotations

import hashlib
import os
import random
import signal
import socket
import sqlite3
import subprocess
import sys
import threading
import time
from collections import Counter
from contextlib import closing, suppress
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import httpx
from sqlalchemy import select

from analyser.records import Analysis
from analyser.storage import read_record
from analyser.web.config import WebConfig
from analyser.web.database import open_database
from analyser.web.intake import sweep_incoming
from analyser.web.site import Site
from analyser.web.tables import Audit, Call, now
from analyser.workspace import open_job
from tests.browsers import TYPED

ROOT = Path(__file__).parent.parent
REAL = "analyser.pipeline:analyse"
STAND_IN = "tests.faults:stand_in"
START = """
import sys
from pathlib import Path
from analyser.web.config import WebConfig
from analyser.web.serving import serve
serve(WebConfig(workspace=Path(sys.argv[1]), port=int(sys.argv[2]), reserve=1 << 20), analyse=sys.argv[3])
"""


def stand_in(path: Path, settings: Any, *, output: Path, folder: str, name: str, progress: Any) -> Any:
    """In place of an analysis, where it would drown the machine: the same files written, in half a second.

    The analysis that it gives is the one in ``ANALYSED`` under the call's own name.
    """
    from analyser.audio import hash_file

    sha256 = hash_file(path)
    job = open_job(output, name, sha256, folder=folder)
    for step in range(5):
        progress("words", step, 5)
        time.sleep(0.1)
    made = read_record(Analysis, Path(os.environ["ANALYSED"]))
    analysis = replace(made, recording=replace(made.recording, name=name, sha256=sha256))
    job.put("settings", settings, "1")
    job.put("analysis", analysis, "1")
    return analysis, job


def free_port() -> int:
    """A port that nobody listens to."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


class Server:
    """``analyser serve`` as a process of its own."""

    def __init__(self, workspace: Path, *, analyse: str = REAL, **environment: str) -> None:
        self.workspace, self.analyse, self.port = workspace, analyse, free_port()
        self.environment = {**os.environ, "PYTHONPATH": str(ROOT), "OMP_NUM_THREADS": "1", **environment}
        self.process: subprocess.Popen[bytes] | None = None
        self._since = ""

    @property
    def address(self) -> str:
        """Where it listens."""
        return f"http://127.0.0.1:{self.port}"

    def start(self) -> None:
        """Start it; returns at once."""
        command = [sys.executable, "-c", START, str(self.workspace), str(self.port), self.analyse]
        log = (self.workspace.parent / "server.log").open("ab")
        self.process = subprocess.Popen(command, env=self.environment, stdout=log, stderr=log)
        log.close()

    def ready(self, patience: float = 300.0) -> None:
        """Wait until it answers; an error when it ended by itself."""
        until = time.monotonic() + patience
        while time.monotonic() < until:
            with suppress(httpx.HTTPError):
                if httpx.get(f"{self.address}/health", timeout=5).status_code == 200:
                    return
            if self.process is not None and self.process.poll() is not None:
                raise RuntimeError((self.workspace.parent / "server.log").read_text()[-2000:])
            time.sleep(0.05)
        raise TimeoutError((self.workspace.parent / "server.log").read_text()[-2000:])

    def worker(self) -> int | None:
        """The worker's process id; None while there is none."""
        assert self.process is not None
        found = subprocess.run(["ps", "-o", "pid=,args=", "--ppid", str(self.process.pid)], capture_output=True)
        for line in found.stdout.decode().splitlines():
            if "spawn_main" in line:
                return int(line.split()[0])
        return None

    def kill(self) -> None:
        """End it as a power cut would."""
        assert self.process is not None
        self.process.kill()
        self.process.wait()
        self._since = now().strftime("%Y-%m-%d %H:%M:%S.%f")

    def kill_worker(self, after: float, patience: float = 60.0) -> bool:
        """End the worker alone, ``after`` seconds once it has a call in hand; returns whether it had one in time."""
        until = time.monotonic() + patience
        while (pid := self.worker()) is None or not self._at_work():
            if time.monotonic() > until:
                return False
            time.sleep(0.05)
        time.sleep(after)
        with suppress(ProcessLookupError):
            os.kill(pid, signal.SIGKILL)
        self._since = now().strftime("%Y-%m-%d %H:%M:%S.%f")
        return True

    def _at_work(self) -> bool:
        with suppress(sqlite3.Error), closing(sqlite3.connect(self.workspace / "analyser.sqlite", timeout=5)) as found:
            began = found.execute("SELECT count(*) FROM calls WHERE state = 'running' AND started > ?", (self._since,))
            return bool(began.fetchone()[0])
        return False

    def stop(self) -> None:
        """End it as Ctrl-C does."""
        if self.process is not None and self.process.poll() is None:
            self.process.send_signal(signal.SIGINT)
            try:
                self.process.wait(30)
            except subprocess.TimeoutExpired:
                self.kill()


@dataclass
class Sender:
    """Somebody who uploads one conversation after the other and does not give up."""

    address: str
    accepted: dict[str, str] = field(default_factory=dict)
    """call's key: sha256 of what was sent"""
    lost: list[str] = field(default_factory=list)

    def send(self, number: str, parts: int = 3) -> None:
        """Upload a conversation of its own until its call is kept."""
        content = TYPED.replace("Excel", f"Excel nummer {number}").encode()
        about = {"name": f"gesprek {number}.tsv", "size": len(content), "ref": number}
        size = -(-len(content) // parts)
        key, client = "", self._client()
        while True:
            try:
                if not key:
                    key = client.post("/uploads", json=about).raise_for_status().json()["key"]
                answer = client.get(f"/uploads/{key}")
                if answer.status_code == 404:
                    self.lost.append(number)
                    return
                said = answer.raise_for_status().json()
                if "call" not in said:
                    at = said["offset"]
                    part, headers = content[at : at + size], {"upload-offset": str(at)}
                    said = client.patch(f"/uploads/{key}", content=part, headers=headers).raise_for_status().json()
                if "call" in said:
                    self.accepted[said["call"]] = hashlib.sha256(content).hexdigest()
                    return
            except httpx.HTTPStatusError as error:
                if error.response.status_code not in (409, 423, 503):
                    raise
            except httpx.HTTPError:
                time.sleep(0.05)
                client = self._client()

    def _client(self) -> httpx.Client:
        return httpx.Client(base_url=self.address, headers={"origin": self.address}, timeout=60)


@dataclass(frozen=True)
class Outcome:
    """What was found after it all; every list is empty when all is well."""

    accepted: int
    kills: Counter[str]
    unknown: list[str]
    """calls that nobody was told of, and calls that are gone"""
    unfinished: list[str]
    repeated: list[str]
    """finished or taken in more than once"""
    mixed: list[str]
    """with another recording, or another's analysis"""
    left: list[str]
    """files that should not be there"""

    @property
    def good(self) -> bool:
        """Whether every accepted call is there and finished exactly once."""
        return not (self.unknown or self.unfinished or self.repeated or self.mixed or self.left)


def torment(
    server: Server, *, points: int, calls: int, seed: int, pause: float = 1.0, patience: float = 300.0
) -> Outcome:
    """Upload ``calls`` conversations while server or worker is killed at ``points`` random moments, then look."""
    chance = random.Random(seed)
    server.start()
    server.ready()
    sender = Sender(server.address)
    going = threading.Event()
    left = iter(range(calls))

    def upload() -> None:
        while True:
            number = next(left, None)
            if number is None:
                return
            sender.send(f"{seed}-{number}")
            going.wait(chance.uniform(0, 6 * pause * points / calls))

    uploaders = [threading.Thread(target=upload) for _ in range(2)]
    for uploader in uploaders:
        uploader.start()
    kills: Counter[str] = Counter()
    for _ in range(points):
        if chance.random() < 0.5:
            time.sleep(chance.uniform(0, 3 * pause))
            server.kill()
            server.start()
            kills["server"] += 1
        elif server.kill_worker(chance.uniform(0, pause)):
            kills["worker"] += 1
        else:
            kills["no worker there"] += 1
    going.set()
    server.ready()
    for uploader in uploaders:
        uploader.join(patience)
    return look(server, sender, kills, patience)


def look(server: Server, sender: Sender, kills: Counter[str], patience: float) -> Outcome:
    """Wait until nothing waits any more, stop the server, and compare what is there with what was accepted."""
    database = open_database(WebConfig(workspace=server.workspace), migrate=False)
    until = time.monotonic() + patience
    while time.monotonic() < until:
        with database.read() as session:
            states = Counter(session.scalars(select(Call.state)))
        if not states["queued"] + states["running"] and sum(states.values()) >= len(sender.accepted):
            break
        time.sleep(0.2)
    server.stop()
    for marker in server.workspace.glob("calls/*/.incoming"):
        os.utime(marker, (0, 0))  # an hour later, when what broke off on its way in is swept
    sweep_incoming(Site(WebConfig(workspace=server.workspace), database))
    with database.read() as session:
        found = {call.key: call for call in session.scalars(select(Call)).unique()}
        trail = Counter((row.action, row.call) for row in session.execute(select(Audit.action, Audit.call)))
    database.close()
    folder = server.workspace / "calls"
    mixed = []
    for key, sha256 in sender.accepted.items():
        call = found.get(key)
        if call is not None and call.state == "done":
            kept = hashlib.sha256((folder / key / call.recording).read_bytes()).hexdigest()
            analysis = read_record(Analysis, folder / key / "analysis.json")
            if {kept, call.sha256, analysis.recording.sha256} != {sha256} or analysis.recording.name != call.name:
                mixed.append(key)
    once = [("call.add", key) for key in found] + [("call.done", key) for key in found]
    strange = [*folder.glob("*/.partial-*"), *folder.glob("*/.incoming"), *(server.workspace / "uploads").iterdir()]
    strange += [path for path in folder.iterdir() if path.is_dir() and path.name not in found]
    return Outcome(
        accepted=len(sender.accepted),
        kills=kills,
        unknown=sorted(set(found) ^ set(sender.accepted)) + sender.lost,
        unfinished=[f"{key} {call.state} {call.reason}" for key, call in found.items() if call.state != "done"],
        repeated=[f"{action} {key}: {trail[action, key]}" for action, key in once if trail[action, key] != 1],
        mixed=mixed,
        left=[str(path.relative_to(server.workspace)) for path in strange],
    )
