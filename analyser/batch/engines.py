"""Who does the work: processes here, threads that share one recogniser, or an existing Dask cluster.

Each is a ``concurrent.futures`` executor behind one record, so that anything else with ``submit`` can be put there.
"""

from __future__ import annotations

import multiprocessing
import os
import signal
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import Executor, Future, ProcessPoolExecutor, ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, replace
from multiprocessing import connection

from analyser.batch.ledger import Outcome
from analyser.batch.work import Task, work
from analyser.errors import BatchError

WIDTH_HOLDS = 5.0
"""seconds between two questions to a cluster of how many workers it has"""


@dataclass(frozen=True)
class Engine:
    """An executor that can be opened again when its processes died.

    ``width`` says how many calls to hand over at a time; ``stop`` ends what runs, as far as the engine can.
    """

    name: str
    width: Callable[[], int]
    open: Callable[[], Executor]
    stop: Callable[[], None]
    run: Callable[[Task], Outcome] = work

    def submit(self, executor: Executor, task: Task) -> Future[Outcome]:
        """Hand a call over."""
        return executor.submit(self.run, task)


def on_this_machine(workers: int | None, device: str) -> tuple[Engine, int]:
    """What suits this machine, and how many calls it works on at a time.

    With a GPU one recogniser, fed by threads that decode, find speech and tell voices apart; without one a process
    for every two processors, so that each recogniser in memory has two to work with.
    """
    cores = os.cpu_count() or 1
    if device == "cuda" or (device == "auto" and _has_gpu()):
        count = workers or max(2, cores // 2)
        return threads(count), count
    count = workers or max(1, cores // 2)
    return processes(count), count


def processes(workers: int) -> Engine:
    """Processes on this machine; each loads the models once and keeps them."""

    def open_pool() -> Executor:
        # Spawned, not forked: the libraries behind the models have threads, which a fork breaks.
        return ProcessPoolExecutor(workers, multiprocessing.get_context("spawn"), initializer=_be_a_worker)

    def stop() -> None:
        for child in multiprocessing.active_children():
            child.terminate()

    return Engine(f"{workers} processes", lambda: workers + 1, open_pool, stop)


def threads(workers: int) -> Engine:
    """Threads of this process, which share one recogniser: for a GPU, which has room for one."""
    return Engine(f"{workers} threads", lambda: workers, lambda: ThreadPoolExecutor(workers), lambda: None)


@contextmanager
def dask_cluster(
    address: str, resources: Mapping[str, float] | None = None, *, timeout: float = 20.0
) -> Iterator[Engine]:
    """A Dask cluster that runs already, through ``distributed.Client``; lost workers are retried by it.

    ``resources`` are what each call takes of what workers were started with (``--resources "GPU=1 MEMORY=16e9"``).
    Raises BatchError when no cluster answers within ``timeout`` seconds, or none of its workers has the resources.
    """
    try:
        from distributed import Client
    except ImportError as error:
        raise BatchError("--dask needs Dask: pip install 'analyser[dask]'.") from error
    try:
        client = Client(address, timeout=timeout, set_as_default=False)
    except (OSError, ValueError) as error:
        raise BatchError(
            f"{address}: no Dask scheduler answers there ({error}). Start one with `dask scheduler`."
        ) from error
    wanted = dict(resources or {})
    with client:
        workers = client.scheduler_info(n_workers=-1)["workers"].values()
        if not any(all(worker["resources"].get(n, 0) >= v for n, v in wanted.items()) for worker in workers):
            text = " ".join(f"{name}={value:g}" for name, value in wanted.items())
            what = f'has {text}. Start one with `dask worker {address} --resources "{text}"`' if wanted else "is there"
            raise BatchError(f"{address}: no worker of this cluster {what}.")

        known = {"at": -WIDTH_HOLDS, "width": 0.0}

        def width() -> int:
            # Asked again now and then: a cluster grows and shrinks.
            if time.monotonic() - known["at"] > WIDTH_HOLDS:
                known.update(at=time.monotonic(), width=2 * sum(client.nthreads().values()))
            return max(2, int(known["width"]))

        def open_executor() -> Executor:
            executor: Executor = client.get_executor(retries=2, **({"resources": wanted} if wanted else {}))
            return executor

        # Leaving the client takes back what has not begun; a call that a worker is at is finished and kept there.
        yield Engine(f"Dask at {address}", width, open_executor, lambda: None, _on_dask_worker)


def _has_gpu() -> bool:
    import ctranslate2

    return int(ctranslate2.get_cuda_device_count()) > 0


def _on_dask_worker(task: Task) -> Outcome:
    """Do a call on a Dask worker with the threads that are its share of that machine."""
    if task.settings.threads == 0:
        from distributed import get_worker

        share = max(1, (os.cpu_count() or 1) // max(1, get_worker().state.nthreads))
        task = replace(task, settings=replace(task.settings, threads=share))
    return work(task)


def _be_a_worker() -> None:
    """Die with the batch: at Ctrl-C at once, and also when it is killed and can tell nobody."""
    signal.signal(signal.SIGINT, signal.SIG_DFL)
    parent = multiprocessing.parent_process()
    if parent is not None:

        def watch() -> None:
            connection.wait([parent.sentinel])
            os._exit(1)

        threading.Thread(target=watch, daemon=True).start()
