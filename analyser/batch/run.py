"""A batch from request to summary: calls handed to an engine a few at a time, each kept as it comes back."""

from __future__ import annotations

import time
from collections import Counter, deque
from collections.abc import Callable, Iterator
from concurrent.futures import FIRST_COMPLETED, BrokenExecutor, CancelledError, Executor, Future, wait
from contextlib import suppress
from dataclasses import dataclass, replace
from typing import Protocol

from analyser.batch.discovery import Unusable, writable
from analyser.batch.engines import Engine
from analyser.batch.ledger import Ledger, Outcome
from analyser.batch.plan import Call, Passed, Request, gather, plan
from analyser.batch.work import Task, failed
from analyser.errors import BatchError

MOST_CRASHES = 2
"""times that a process may die on a call that it had to itself, before the call is put aside"""
MOST_MACHINE_FAULTS = 5
"""calls in a row that fail by the machine (a full disk, a missing model) before there is no point in going on"""
LOOK = 0.5
"""seconds between two looks at the stages, when somebody watches"""


class Watcher(Protocol):
    """Hears how a batch goes on."""

    def begin(self, calls: int, size: int, /) -> None:
        """So many calls were found, of so many bytes in all."""

    def passed(self, item: Passed | Unusable, size: int, /) -> None:
        """A call is not done, and why."""

    def running(self, tasks: list[Task], /) -> None:
        """These calls are handed over and not back; told again and again while waiting."""

    def finished(self, task: Task, outcome: Outcome, /) -> None:
        """A call is done or failed."""


class Unwatched:
    """A watcher that nobody looks at."""

    def begin(self, calls: int, size: int, /) -> None:
        """Nothing."""

    def passed(self, item: Passed | Unusable, size: int, /) -> None:
        """Nothing."""

    def running(self, tasks: list[Task], /) -> None:
        """Nothing."""

    def finished(self, task: Task, outcome: Outcome, /) -> None:
        """Nothing."""


@dataclass(frozen=True)
class Summary:
    """How a batch went. ``failures`` are all that stand as failed in the output folder, of earlier runs too."""

    found: int = 0
    done: int = 0
    duplicates: int = 0
    stood: int = 0
    """done before, and still right"""
    failed: int = 0
    """in this run, files that cannot be read at all included"""
    failed_before: int = 0
    elapsed: float = 0.0
    """seconds on the clock"""
    recording: float = 0.0
    """seconds of recordings done in this run"""
    speech: float = 0.0
    failures: tuple[Outcome, ...] = ()

    @property
    def speed(self) -> float | None:
        """Seconds of recording done in each second; None when nothing was done."""
        return self.recording / self.elapsed if self.done and self.elapsed else None


def run_batch(
    request: Request, engine: Engine, *, watcher: Watcher | None = None, watched: bool = False, fail_fast: bool = False
) -> Summary:
    """Do all calls of a request that are to be done; returns how it went, when all is written.

    ``watched`` has the workers say which stage they are in. Raises BatchError when nothing can be done: a folder that
    is not there, a cluster that went away, one trouble of the machine after another; and with ``fail_fast`` at the
    first call that fails. What was done by then is kept, and the same request goes on from there.
    """
    started = time.monotonic()
    watcher = watcher or Unwatched()
    ledger = Ledger(request.output)
    calls, unusable = gather(request)
    watcher.begin(len(calls) + len(unusable), sum(call.found.size for call in calls))
    counts: Counter[str] = Counter(found=len(calls) + len(unusable))
    recording = speech = 0.0
    sizes = {call.found.source: call.found.size for call in calls}

    refused: set[str] = set()

    def refuse(item: Unusable) -> None:
        refused.add(writable(item.source))
        counts["failed"] += 1
        ledger.enter_unusable([item])
        watcher.passed(item, sizes.get(item.source, 0))
        if fail_fast:
            raise BatchError(f"Stopped at the first failure: {item.reason}")

    def tasks(calls: list[Call]) -> Iterator[Task]:
        for item in plan(calls, request):
            if isinstance(item, Task):
                yield replace(item, watched=watched)
            elif isinstance(item, Unusable):
                refuse(item)
            else:
                counts[item.why] += 1
                watcher.passed(item, sizes.get(item.source, 0))

    try:
        for item in unusable:
            refuse(item)
        for task, outcome in drive(tasks(calls), engine, ledger, look=watcher.running if watched else None):
            counts[outcome.state if outcome.fresh else f"{outcome.state} before"] += 1
            if outcome.state == "done" and outcome.fresh:
                recording, speech = recording + outcome.recording, speech + outcome.speech
            watcher.finished(task, outcome)
            if fail_fast and outcome.state == "failed":
                raise BatchError(f"Stopped at the first failure: {outcome.reason}")
    finally:
        failures = ledger.write_failed_list(refused)
    return Summary(
        found=counts["found"],
        done=counts["done"],
        duplicates=counts["duplicate"],
        stood=counts["done before"],
        failed=counts["failed"],
        failed_before=counts["failed before"],
        elapsed=time.monotonic() - started,
        recording=recording,
        speech=speech,
        failures=tuple(failures),
    )


def drive(
    tasks: Iterator[Task], engine: Engine, ledger: Ledger, *, look: Callable[[list[Task]], None] | None = None
) -> Iterator[tuple[Task, Outcome]]:
    """Each task with its outcome, as they come, with no more handed over at a time than the engine is wide.

    When a process dies, nobody can say which call it died of: those that were handed over are done again one at a
    time, and one that kills the process that it has to itself is put aside. Calls that another batch has in hand
    are waited for at the end.
    """
    executor = engine.open()
    running: dict[Future[Outcome], Task] = {}
    suspects: deque[Task] = deque()
    elsewhere: deque[Task] = deque()
    crashes: Counter[str] = Counter()
    streak: list[Outcome] = []
    exhausted = False
    try:
        while True:
            while not exhausted and not suspects and len(running) < engine.width():
                task = next(tasks, None)
                exhausted = task is None
                if task is not None:
                    _hand_over(engine, executor, task, running, suspects)
            if not running and suspects:
                _hand_over(engine, executor, suspects.popleft(), running, suspects)
            if not running and not suspects and exhausted and elsewhere:
                _hand_over(engine, executor, replace(elsewhere.popleft(), wait=True), running, suspects)
            if not running:
                if exhausted and not suspects and not elsewhere:
                    return
                executor = _reopen(engine, executor)
                continue
            done, _ = wait(running, timeout=LOOK if look else None, return_when=FIRST_COMPLETED)
            if look:
                look(list(running.values()))
            crashed: list[Task] = []
            alone = len(running) == 1
            for future in done:
                task = running.pop(future)
                outcome = _outcome(future, task, ledger)
                if outcome is None:
                    crashed.append(task)
                elif outcome.state == "busy":
                    elsewhere.append(task)
                else:
                    streak = [*streak, outcome] if outcome.fault == "machine" else []
                    yield task, outcome
                    _give_up_on_machine(streak, ledger)
            if crashed:
                # The others were on the same broken pool; what they had not finished is found out by doing them again.
                crashed += running.values()
                running.clear()
                executor = _reopen(engine, executor)
                for task in crashed:
                    crashes[task.sha256] += alone
                    if crashes[task.sha256] >= MOST_CRASHES:
                        reason = (
                            f"{task.source}: the process that analysed it died {MOST_CRASHES} times, perhaps for "
                            "lack of memory. Try it with `analyser analyse`, or with --workers 1 --retry-failed."
                        )
                        outcome = failed(task, reason, "file")
                        ledger.write(outcome)
                        streak.append(outcome)
                        yield task, outcome
                        _give_up_on_machine(streak, ledger)
                    else:
                        suspects.append(task)
    except BaseException:
        for future in running:
            future.cancel()
        engine.stop()
        raise
    finally:
        with suppress(Exception):
            executor.shutdown(wait=not running, cancel_futures=True)


def _hand_over(
    engine: Engine, executor: Executor, task: Task, running: dict[Future[Outcome], Task], suspects: deque[Task]
) -> None:
    try:
        running[engine.submit(executor, task)] = task
    except BrokenExecutor:
        suspects.append(task)


def _give_up_on_machine(streak: list[Outcome], ledger: Ledger) -> None:
    """Stop when one call after another fails, none for a reason of its own; none of them is then to blame."""
    if len(streak) < MOST_MACHINE_FAULTS:
        return
    for outcome in streak:
        ledger.write(replace(outcome, fault="machine"))
    raise BatchError(
        f"{len(streak)} calls in a row failed by this machine and not by their files. Stopped; mend this and give the "
        f"same command again: {streak[-1].reason}"
    )


def _reopen(engine: Engine, executor: Executor) -> Executor:
    with suppress(Exception):
        executor.shutdown(wait=False, cancel_futures=True)
    return engine.open()


def _outcome(future: Future[Outcome], task: Task, ledger: Ledger) -> Outcome | None:
    """What became of a call; None when the process that had it died."""
    try:
        return future.result()
    except BrokenExecutor:
        return None
    except CancelledError as error:
        raise BatchError(
            "The cluster went away. What was finished is kept; the same command goes on from there."
        ) from error
    except Exception as error:  # Dask gives up on a call that cost several workers, and says so in its own class
        outcome = failed(task, f"{task.source}: no worker could do it ({type(error).__name__}: {error}).", "machine")
        ledger.write(outcome)
        return outcome
