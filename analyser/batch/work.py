"""One call of a batch, from claim to entry in the ledger; runs in a worker, wherever that is."""

from __future__ import annotations

import datetime as dt
import os
import shutil
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, replace
from importlib import import_module
from pathlib import Path
from typing import Any, Literal

from analyser.batch.discovery import is_address, writable
from analyser.batch.ledger import Ledger, Outcome
from analyser.calls import CallInfo, write_info
from analyser.errors import AnalyserError, LanguageError, ModelError, SettingsError, StorageError
from analyser.hearing import Progress, quiet
from analyser.settings import Settings
from analyser.summaries import keep_summary

ANALYSE = "analyser.pipeline:analyse"
MACHINE = (StorageError, ModelError, SettingsError, LanguageError)
"""errors that the file is not to blame for"""
LEFT_BEHIND = 600.0
"""seconds after which a file that is half written is nobody's any more"""


@dataclass(frozen=True)
class Task:
    """All that a worker needs to know of one call; small, because it travels.

    ``analyse`` names, as ``module:attribute``, a callable with the signature of ``pipeline.analyse``. ``wait`` says
    to wait for another batch that has the call in hand, ``retry`` to try again what failed; ``watched`` says that
    somebody wants to see the stages.
    """

    source: str
    name: str
    sha256: str
    info: CallInfo
    settings: Settings
    output: Path
    key: str
    size: int = 0
    analyse: str = ANALYSE
    retry: bool = False
    wait: bool = False
    watched: bool = False

    @property
    def ledger(self) -> Ledger:
        """Where the outcome is entered."""
        return Ledger(self.output)


def work(task: Task) -> Outcome:
    """Analyse one call unless that was done meanwhile, enter what became of it, and return that.

    Whatever goes wrong with a call is its outcome and nothing is raised, except when the ledger cannot be written.
    """
    ledger = task.ledger
    with ledger.claim(task.sha256, wait=task.wait) as mine:
        if not mine:
            return Outcome(task.sha256, writable(task.source), "busy")
        known = ledger.look_up(task.sha256)
        if known is not None and (ledger.stands(known, task.key) or (known.stays_failed(task.key) and not task.retry)):
            return replace(known, fresh=False)
        outcome = _attempt(task)
        ledger.write(outcome)
        return outcome


def failed(task: Task, reason: str, fault: Literal["file", "machine"], seconds: float = 0.0) -> Outcome:
    """The outcome of a call that could not be analysed."""
    return replace(_blank(task), state="failed", reason=writable(reason), fault=fault, seconds=seconds)


def stage_file(task: Task) -> Path:
    """Where a worker says which stage a call is in, for those who watch."""
    return task.ledger.folder / "stages" / task.sha256


def _attempt(task: Task) -> Outcome:
    started = time.monotonic()
    here = Path(task.source)

    def fail(error: Exception, fault: Literal["file", "machine"]) -> Outcome:
        # A file that was fetched is named by where it came from.
        return failed(task, str(error).replace(str(here), task.source), fault, time.monotonic() - started)

    try:
        module, _, attribute = task.analyse.partition(":")
        analyse = getattr(import_module(module), attribute)
        from analyser.outputs import write_outputs

        with _at_hand(task) as here, _told(task) as progress:
            analysis, job = analyse(here, task.settings, output=task.output, progress=progress)
            # Whose call it is comes first: the report compares it with the same seller's earlier ones.
            write_info(job.folder, task.info)
            if task.analyse == ANALYSE:
                write_outputs(analysis, job, task.settings, source=here)
        keep_summary(job.folder, analysis)
        sweep(job.folder)
    except MACHINE as error:
        return fail(error, "machine")
    except AnalyserError as error:
        return fail(error, "file")
    except MemoryError:
        reason = f"{task.source}: this machine has too little memory for it. Use fewer workers."
        return failed(task, reason, "machine", time.monotonic() - started)
    except Exception as error:  # one bad file spoils nothing, also one that shows a fault of ours
        reason = f"{task.source}: failed in a way that we did not foresee ({type(error).__name__}: {error})."
        return failed(task, reason, "file", time.monotonic() - started)
    return replace(
        _blank(task),
        folder=job.folder.name,
        seconds=time.monotonic() - started,
        recording=analysis.tally.duration,
        speech=analysis.tally.seller.speech + analysis.tally.client.speech,
    )


def _blank(task: Task) -> Outcome:
    now = dt.datetime.now(dt.UTC).isoformat(timespec="seconds")
    return Outcome(task.sha256, writable(task.source), "done", key=task.key, info=task.info, finished=now)


@contextmanager
def _at_hand(task: Task) -> Iterator[Path]:
    """The file on this machine under a name that can be written down."""
    name = writable(task.name)
    if not is_address(task.source) and name == task.name:
        yield Path(task.source)
        return
    with tempfile.TemporaryDirectory(prefix="analyser-") as folder:
        path = Path(folder) / name
        if not is_address(task.source):
            # Not a link to it: the job keeps the recording by a hard link, and that must not end as a link to a name.
            shutil.copyfile(task.source, path)
        else:
            import fsspec

            with fsspec.open(task.source, "rb") as source, path.open("wb") as file:
                shutil.copyfileobj(source, file, 1 << 20)
        yield path


@contextmanager
def _told(task: Task) -> Iterator[Progress]:
    """A progress that writes the stage, at most twice a second, where the batch can read it."""
    if not task.watched:
        yield quiet
        return
    path = stage_file(task)
    path.parent.mkdir(parents=True, exist_ok=True)
    last: dict[str, Any] = {"at": 0.0, "stage": ""}

    def progress(stage: str, done: float, total: float, /) -> None:
        now = time.monotonic()
        if stage != last["stage"] or now - last["at"] > 0.5:
            last.update(at=now, stage=stage)
            # A torn read shows a wrong stage for half a second: not worth a rename.
            path.write_text(f"{stage} {done / total if total else 0:.3f}")

    try:
        yield progress
    finally:
        path.unlink(missing_ok=True)


def sweep(folder: Path) -> None:
    """Remove what a process that was killed in the middle of writing left behind, when it is old enough to be that."""
    for path in folder.glob(".partial-*"):
        with suppress(OSError):
            if time.time() - path.stat().st_mtime > LEFT_BEHIND:
                path.unlink()


def default_threads(workers: int) -> int:
    """Threads for each of so many workers that share this machine."""
    return max(1, (os.cpu_count() or 1) // workers)
