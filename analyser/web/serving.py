"""Running the app: uvicorn here, and beside it the process that works off the queue."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import multiprocessing
from multiprocessing.connection import Connection
from threading import Event, Thread
from typing import TYPE_CHECKING, Any

import click

from analyser.batch.work import ANALYSE
from analyser.errors import AnalyserError
from analyser.web import live, vault
from analyser.web.app import create_app
from analyser.web.config import WebConfig
from analyser.web.worker import STOPPED, main

if TYPE_CHECKING:
    import uvicorn

GRACE = 10
"""seconds that open requests, and the call in hand, get when the app stops"""
RESTS = (0.2, 1.0, 5.0, 30.0)
"""seconds before a worker that died is started again, longer each time that it dies at once"""
STEADY = 60.0
"""seconds that a worker has to live to count as one that did not die at once"""
log = logging.getLogger(__name__)


def serve(config: WebConfig, *, analyse: str = ANALYSE) -> None:
    """Serve until interrupted. Raises SettingsError, or StorageError, before anything listens.

    ``analyse`` is what the worker does with a call (see ``worker.work_off``).
    """
    app = create_app(config)
    vault.check_key(config)
    worker = Worker(config, analyse)
    server = _server(app, config, worker)
    scheme = "https" if config.certificate else "http"
    click.echo(f"analyser listens at {scheme}://{config.host}:{config.port}/ (Ctrl-C stops it)")
    try:
        server.run()
    except SystemExit as error:  # uvicorn's way of saying that it could not start
        raise _not_listening(config) from error
    finally:
        worker.stop()
    if not server.started:
        raise _not_listening(config)


class Worker:
    """The worker's process: started, and started again whenever it dies, until ``stop``."""

    def __init__(self, config: WebConfig, analyse: str = ANALYSE) -> None:
        self._config, self._analyse = config, analyse
        self._stopping = Event()
        self._thread = Thread(target=self._keep, name="worker", daemon=True)
        self._context = multiprocessing.get_context("spawn")
        self._ours: Connection | None = None

    def start(self) -> None:
        """Start the first one; returns at once."""
        self._thread.start()

    def stop(self) -> None:
        """Tell it to stop and wait for that, but not for ever: what it had in hand is taken up at the next start."""
        self._stopping.set()
        ours = self._ours
        if ours is not None:
            with contextlib.suppress(OSError):  # it has just died
                ours.send("stop")
        if self._thread.is_alive():
            self._thread.join(GRACE + 5)

    def _keep(self) -> None:
        died, quick = False, 0
        while not self._stopping.is_set():
            ours, theirs = self._context.Pipe()
            process = self._context.Process(
                target=main, args=(self._config, theirs), kwargs={"died": died, "analyse": self._analyse}, name="worker"
            )
            # The pipe ends with this process, however that ends, and the worker with the pipe.
            process.start()
            theirs.close()
            self._ours = ours
            process.join(STEADY)
            quick = quick + 1 if process.exitcode is not None else 0
            while process.exitcode is None and not self._stopping.is_set():
                process.join(STEADY)
            if self._stopping.is_set():
                self._end(process)
                return
            died = process.exitcode != STOPPED
            if died:
                log.error("the worker ended by itself (%s); another is started", process.exitcode)
            self._ours = None
            ours.close()
            self._stopping.wait(RESTS[min(quick, len(RESTS)) - 1] if quick and died else 0)

    def _end(self, process: Any) -> None:
        process.join(GRACE)
        if process.exitcode is None:
            process.kill()
            process.join(GRACE)


def _server(app: Any, config: WebConfig, worker: Worker) -> uvicorn.Server:
    import uvicorn

    class Server(uvicorn.Server):
        """Begins the worker once it listens, and ends streams and worker before it waits for open requests."""

        async def main_loop(self) -> None:
            worker.start()
            await super().main_loop()
            live.stop(app)

        async def shutdown(self, sockets: Any = None) -> None:
            await asyncio.gather(super().shutdown(sockets), asyncio.to_thread(worker.stop))

    return Server(
        uvicorn.Config(
            app,
            host=config.host,
            port=config.port,
            ssl_certfile=config.certificate,
            ssl_keyfile=config.certificate_key,
            proxy_headers=False,  # ours believes named proxies only
            server_header=False,
            access_log=False,  # addresses hold keys of calls; the audit trail says who did what
            log_level="warning",
            timeout_graceful_shutdown=GRACE,
        )
    )


def _not_listening(config: WebConfig) -> AnalyserError:
    return AnalyserError(f"{config.host}:{config.port} cannot be listened to. Choose another --port.")
