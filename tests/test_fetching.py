from __future__ import annotations

import hashlib
import threading
from collections.abc import Iterator
from dataclasses import replace
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from analyser import models
from analyser.errors import ModelError, StorageError
from analyser.fetching import fetch
from analyser.models import Model, ModelFile

WEIGHTS = bytes(range(256)) * 4000
"""1,024,000 bytes, no two kilobytes of which a resumed transfer could confuse"""
FILES = {"model.bin": WEIGHTS, "config.json": b"{}"}
MODEL = Model(
    name="toy",
    about="for tests",
    source="hub",
    repository="someone/toy",
    revision="abc",
    licence="MIT",
    languages=("nl",),
    quality=1,
    memory=0.1,
    cost=1.0,
    files=tuple(ModelFile(name, len(data), hashlib.sha256(data).hexdigest()) for name, data in FILES.items()),
)


class Mirror:
    """A server of files, whose faults a test chooses."""

    def __init__(self) -> None:
        self.files = dict(FILES)
        self.ranges = True
        self.breaks_after: list[int] = []
        """bytes after which the next answers break off"""
        self.asked: list[tuple[str, str | None]] = []
        mirror = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                wanted = self.headers.get("Range")
                mirror.asked.append((self.path, wanted))
                data = mirror.files.get(self.path.lstrip("/"))
                if data is None:
                    self.send_error(404)
                    return
                start = int(wanted.removeprefix("bytes=").rstrip("-")) if wanted and mirror.ranges else 0
                if start >= len(data):
                    self.send_error(416)
                    return
                self.send_response(206 if start else 200)
                if start:
                    self.send_header("Content-Range", f"bytes {start}-{len(data) - 1}/{len(data)}")
                self.send_header("Content-Length", str(len(data) - start))
                self.end_headers()
                rest = data[start:]
                if mirror.breaks_after:
                    self.wfile.write(rest[: mirror.breaks_after.pop(0)])
                    self.wfile.flush()
                    self.connection.close()
                else:
                    self.wfile.write(rest)

            def log_message(self, *_: object) -> None:
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.address = f"http://127.0.0.1:{self.server.server_port}"

    def ranges_asked(self, path: str) -> list[str | None]:
        return [wanted for asked, wanted in self.asked if asked == path]


@pytest.fixture
def mirror() -> Iterator[Mirror]:
    made = Mirror()
    thread = threading.Thread(target=made.server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)
    thread.start()
    yield made
    made.server.shutdown()
    made.server.server_close()
    thread.join()


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("ANALYSER_MODELS", str(tmp_path / "models"))
    monkeypatch.setenv("no_proxy", "127.0.0.1")
    return tmp_path / "models"


def test_fetch_brings_every_file_and_tells_how_far_it_is(mirror: Mirror) -> None:
    told: list[tuple[float, float]] = []
    folder = fetch(MODEL, source=mirror.address, progress=lambda done, total: told.append((done, total)))
    assert (folder / "model.bin").read_bytes() == WEIGHTS
    total = sum(map(len, FILES.values()))
    assert told == sorted(told)
    assert {of for _, of in told} == {total} and told[-1][0] == total
    assert models.ready(MODEL)[0] == folder
    assert sorted(path.name for path in folder.iterdir()) == ["config.json", "model.bin"]


def test_fetch_leaves_alone_what_is_here(mirror: Mirror) -> None:
    fetch(MODEL, source=mirror.address)
    mirror.asked.clear()
    fetch(MODEL, source=mirror.address)
    assert mirror.asked == []


def test_fetch_goes_on_after_a_broken_connection(mirror: Mirror) -> None:
    mirror.breaks_after = [300_000, 200_000]
    folder = fetch(MODEL, source=mirror.address)
    assert (folder / "model.bin").read_bytes() == WEIGHTS
    assert mirror.ranges_asked("/model.bin") == [None, "bytes=300000-", "bytes=500000-"]


def test_fetch_gives_up_when_nothing_comes_and_goes_on_another_day(mirror: Mirror, home: Path) -> None:
    mirror.breaks_after = [400_000] + [0] * 5
    with pytest.raises(ModelError, match=r"(R|r)un the command again"):
        fetch(MODEL, source=mirror.address)
    assert (home / "toy" / "model.bin.partial").stat().st_size == 400_000
    assert not (home / "toy" / "model.bin").exists()
    mirror.asked.clear()
    fetch(MODEL, source=mirror.address)
    assert mirror.ranges_asked("/model.bin") == ["bytes=400000-"]


def test_fetch_starts_over_where_a_server_knows_no_ranges(mirror: Mirror) -> None:
    mirror.ranges = False
    mirror.breaks_after = [100_000]
    folder = fetch(MODEL, source=mirror.address)
    assert (folder / "model.bin").read_bytes() == WEIGHTS


def test_fetch_throws_away_a_file_with_a_wrong_hash(mirror: Mirror, home: Path) -> None:
    mirror.files["model.bin"] = bytes(len(WEIGHTS))
    with pytest.raises(ModelError, match="not the published file"):
        fetch(MODEL, source=mirror.address)
    assert list((home / "toy").iterdir()) == []


def test_fetch_reads_no_more_than_the_file_is_long(mirror: Mirror) -> None:
    mirror.files["model.bin"] = WEIGHTS + b"and more"
    assert (fetch(MODEL, source=mirror.address) / "model.bin").read_bytes() == WEIGHTS


def test_fetch_knows_mirrors_laid_out_as_the_hub(mirror: Mirror) -> None:
    mirror.files = {f"someone/toy/resolve/abc/{name}": data for name, data in FILES.items()}
    assert (fetch(MODEL, source=mirror.address + "/") / "model.bin").read_bytes() == WEIGHTS


def test_fetch_says_what_the_server_answers(mirror: Mirror) -> None:
    mirror.files = {}
    with pytest.raises(ModelError, match="404"):
        fetch(MODEL, source=mirror.address)


def test_fetch_says_that_nobody_answers(mirror: Mirror) -> None:
    with pytest.raises(ModelError, match="connection fails"):
        fetch(MODEL, source="http://127.0.0.1:1")


def test_fetch_takes_the_files_of_a_folder(tmp_path: Path, no_sockets: None) -> None:
    stick = tmp_path / "stick"
    (stick / "toy").mkdir(parents=True)
    (stick / "toy" / "model.bin").write_bytes(WEIGHTS)
    (stick / "config.json").write_bytes(b"{}")
    assert (fetch(MODEL, source=str(stick)) / "model.bin").read_bytes() == WEIGHTS
    with pytest.raises(ModelError, match=r"holds no model\.bin"):
        fetch(replace(MODEL, name="other"), source=str(tmp_path))


def test_fetch_says_when_the_disk_has_no_room(mirror: Mirror) -> None:
    huge = replace(MODEL, files=(replace(MODEL.files[0], size=1 << 60),))
    with pytest.raises(StorageError, match="MiB"):
        fetch(huge, source=mirror.address)
    assert mirror.asked == []
