"""Bringing a model to this machine: the only place that opens a connection, and only when the user asks.

A broken transfer goes on where it stopped; a file takes its name only when its hash is right.
"""

from __future__ import annotations

import hashlib
import http.client
import shutil
import urllib.error
import urllib.request
from collections.abc import Callable
from pathlib import Path
from typing import Any

from analyser.errors import ModelError, StorageError
from analyser.models import Model, ModelFile, home, ready

HUB = "https://huggingface.co"
BLOCK = 1 << 20
TRIES = 5
"""broken connections in a row, without a byte between them, after which it is given up"""
SECONDS = 30.0
"""without a byte, after which a connection counts as broken"""

Progress = Callable[[float, float], None]
"""hears bytes done and in all, over all the files"""


def fetch(model: Model, *, source: str | None = None, progress: Progress | None = None) -> Path:
    """Bring every file of ``model`` here and return its folder; files that are here and right are left alone.

    ``source`` is a folder, or the address of a mirror (of the files themselves, or laid out as the hub is); left out,
    it is the hub. Raises ModelError when a file cannot be had or is not the published one, StorageError when it
    cannot be written. What was received of a file is kept, and the next call goes on from there.
    """
    if model.embedded and source is None:
        return ready(model)[0]
    folder = home() / model.name
    try:
        folder.mkdir(parents=True, exist_ok=True)
        free = shutil.disk_usage(folder).free
    except OSError as error:
        raise StorageError(f"{folder}: cannot be written ({error.strerror}). Set ANALYSER_MODELS.") from error
    missing = [file for file in model.files if not _right(folder / file.name, file)]
    here = sum(_size(folder / f"{file.name}.partial") for file in missing)
    if (needed := sum(file.size for file in missing) - here) > free:
        raise StorageError(
            f"{folder}: the model needs {needed / 2**20:.0f} MiB and {free / 2**20:.0f} are free. "
            "Make room, or name another folder in the environment variable ANALYSER_MODELS."
        )
    total = sum(file.size for file in missing)
    before = 0
    for file in missing:
        partial = folder / f"{file.name}.partial"

        def tell(done: int, before: int = before) -> None:
            if progress is not None:
                progress(before + done, total)

        try:
            if source is not None and not source.startswith(("http://", "https://")):
                _copy(Path(source), model, file, partial)
            else:
                _receive(_addresses(source, model, file), file, partial, tell)
            if not _right(partial, file):
                partial.unlink(missing_ok=True)
                raise ModelError(
                    f"{file.name} of '{model.name}' from {source or HUB} is not the published file: its hash is wrong, "
                    "and it was thrown away. Try again, or another mirror with --from."
                )
            partial.replace(folder / file.name)
            before += file.size
            tell(file.size, before - file.size)
        except OSError as error:
            raise StorageError(f"{partial}: cannot be written ({error.strerror or error}). Make room.") from error
    return folder


def _addresses(source: str | None, model: Model, file: ModelFile) -> tuple[str, ...]:
    path = f"{model.repository}/resolve/{model.revision}/{file.name}"
    if source is None:
        return (f"{HUB}/{path}",)
    base = source.rstrip("/")
    return (f"{base}/{file.name}", f"{base}/{model.name}/{file.name}", f"{base}/{path}")


def _receive(addresses: tuple[str, ...], file: ModelFile, partial: Path, tell: Callable[[int], None]) -> None:
    """Append what is missing to ``partial``, from the first address that has the file."""
    failures = 0
    places = list(addresses)
    while (before := _size(partial)) < file.size:
        try:
            _append(places[0], file, partial, tell)
        except urllib.error.HTTPError as error:
            if error.code == 416 and before:
                partial.unlink()
            elif error.code == 404 and len(places) > 1:
                places.pop(0)
                continue
            else:
                raise ModelError(
                    f"{places[0]}: the server answers {error.code} ({error.reason}). Try a mirror with --from."
                ) from error
            failures += 1
        except (urllib.error.URLError, http.client.HTTPException, ConnectionError, TimeoutError) as error:
            failures = failures + 1 if _size(partial) <= before else 0
            reason = getattr(error, "reason", None) or error
            if failures >= TRIES or isinstance(error, urllib.error.URLError):
                raise ModelError(
                    f"{places[0]}: the connection fails ({reason}). What was received is kept: run the command again, "
                    "or fetch from a mirror or a folder with --from."
                ) from error
        else:
            failures = failures + 1 if _size(partial) <= before else 0
        if failures >= TRIES:
            raise ModelError(f"{places[0]}: the server sends nothing more. Run the command again, or name a mirror.")


def _append(address: str, file: ModelFile, partial: Path, tell: Callable[[int], None]) -> None:
    """One request for the rest of a file; what a server sends beyond its size is not read."""
    start = _size(partial)
    headers = {"User-Agent": "analyser", "Accept-Encoding": "identity"}
    if start:
        headers["Range"] = f"bytes={start}-"
    request = urllib.request.Request(address, headers=headers)  # noqa: S310 - http and https only, by the caller
    with urllib.request.urlopen(request, timeout=SECONDS) as answer:  # noqa: S310
        goes_on = answer.status == 206 and _begins(answer, start)
        done = start if goes_on else 0
        with partial.open("ab" if goes_on else "wb") as target:
            while done < file.size and (block := answer.read(min(BLOCK, file.size - done))):
                target.write(block)
                done += len(block)
                tell(done)


def _begins(answer: Any, start: int) -> bool:
    """Whether a partial answer begins where ours ends."""
    return str(answer.headers.get("Content-Range", "")).startswith(f"bytes {start}-")


def _copy(folder: Path, model: Model, file: ModelFile, partial: Path) -> None:
    found = next((path for path in (folder / file.name, folder / model.name / file.name) if path.is_file()), None)
    if found is None:
        raise ModelError(f"{folder}: holds no {file.name} of '{model.name}'. Name the folder that has the files.")
    shutil.copyfile(found, partial)


def _right(path: Path, file: ModelFile) -> bool:
    if _size(path) != file.size:
        return False
    with path.open("rb") as content:
        return hashlib.file_digest(content, "sha256").hexdigest() == file.sha256


def _size(path: Path) -> int:
    return path.stat().st_size if path.is_file() else 0
