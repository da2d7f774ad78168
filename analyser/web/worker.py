"""The process that analyses calls, one after the other, beside the one that serves pages.

It can end at any moment: what it did is entered in the database in one commit at the end of a call, what it heard lies
in the call's folder, and the next worker goes on from there.
"""

from __future__ import annotations

import logging
import os
import shutil
import signal
import tempfile
import threading
import time
from collections.abc import Callable
from dataclasses import replace
from importlib import import_module
from multiprocessing.connection import Connection
from pathlib import Path

from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.orm import Session

from analyser.audio import encode_opus, open_sound
from analyser.batch.work import ANALYSE, sweep
from analyser.calls import CallInfo, write_info
from analyser.errors import AnalyserError, SpeakerError, StorageError
from analyser.formats import is_transcript
from analyser.records import Analysis
from analyser.settings import Settings
from analyser.storage import write_atomic
from analyser.summaries import keep_summary
from analyser.web import intake, queue, vault
from analyser.web.config import WebConfig
from analyser.web.database import open_database
from analyser.web.housekeeping import Housekeeping
from analyser.web.site import Site
from analyser.web.tables import Call
from analyser.web.telling import CancelledError, StoppedError, Told
from analyser.workspace import PLAYABLE

PAUSE = 1.0
"""seconds between two looks at an empty queue"""
PATIENCE = 10.0
"""seconds that a call gets to stop when it is cancelled; then the whole process ends, and the next one starts"""
STOPPED = 75
"""exit status of a worker that ended itself on purpose, which is no call's fault"""
NO_ROOM = "The disk is full. It goes on when there is room."
log = logging.getLogger(__name__)


def work_off(
    site: Site, *, once: bool = True, analyse: str = ANALYSE, watch: Callable[[Told | None], None] | None = None
) -> int:
    """Analyse what waits, oldest first, in this process; returns how many calls were taken up.

    ``once`` false takes one call at most, for a caller with more to do between two. ``analyse`` names, as
    ``module:attribute``, a callable with the signature of ``pipeline.analyse``; ``watch`` hears which call is in hand.
    The queue stands still while the disk has less free than its reserve. Raises SQLAlchemyError when the database
    cannot be used; the call in hand is then taken up again by whoever calls ``queue.recover``.
    """
    taken = 0
    while intake.room(site.config) > 0:
        with site.database.write() as session:
            call = queue.claim(session)
            pace = queue.pace(session, call.recording) if call is not None else None
        if call is None:
            break
        taken += 1
        told = Told(site, call, pace)
        try:
            if watch is not None:
                watch(told)
            _work(site, call, told, analyse)
        finally:
            if watch is not None:
                watch(None)
        if not once:
            break
    return taken


def _work(site: Site, call: Call, told: Told, analyse: str) -> None:
    """Analyse a call that was claimed, and enter what became of it."""
    try:
        analysis, note = _analysed(site, call, told, analyse)
    except StoppedError:
        _enter(site, call, lambda kept, session: queue.put_back(session, kept))
    except CancelledError:
        _finish(site, call, "cancelled")
    except StorageError as error:
        full = intake.room(site.config) <= 0 and call.attempts + 1 < queue.MOST_DEATHS
        if full:
            _put_back_for_room(site, call)
        else:
            _finish(site, call, "failed", str(error))
    except AnalyserError as error:
        _finish(site, call, "failed", str(error))
    except MemoryError:
        _finish(site, call, "failed", f"{call.name}: this machine has too little memory for it.")
    except SQLAlchemyError:
        raise
    except Exception as error:  # one bad call spoils nothing, also one that shows a fault of ours
        log.exception("call %s failed in a way that was not foreseen", call.key)
        _finish(site, call, "failed", f"{call.name}: failed in a way that we did not foresee ({type(error).__name__}).")
    else:
        _finish(site, call, "done", note, duration=analysis.recording.duration or analysis.tally.duration)


def _analysed(site: Site, call: Call, told: Told, name: str) -> tuple[Analysis, str]:
    """The analysis, with all that other pages read in the call's folder; and what went otherwise than was asked."""
    config, folder = site.config, site.config.calls / call.key
    module, _, attribute = name.partition(":")
    analyse = getattr(import_module(module), attribute)
    for path in folder.glob(".partial-*"):
        path.unlink(missing_ok=True)  # a worker that was killed in the middle of writing left it
    # Whose call it is comes first: overview and search read it as soon as there is an analysis.
    write_info(folder, info_of(call))
    with vault.plain(config, folder, call.recording) as path:

        def run(settings: Settings) -> Analysis:
            found: Analysis = analyse(
                path, settings, output=config.calls, folder=call.key, name=call.name, progress=told
            )[0]
            return found

        note = ""
        try:
            try:
                analysis = run(settings_of(config, call))
            except SpeakerError as error:
                if not call.channel:
                    raise
                note = f"The seller was found by what is said: {error}"
                analysis = run(replace(settings_of(config, call), seller=config.settings.seller))
            if not is_transcript(path) and path.suffix.lower() not in PLAYABLE:
                _keep_playable(site, call, path)
        except AnalyserError as error:
            # Where a file lies on the server is nobody's business.
            raise type(error)(str(error).replace(str(path), call.name).replace(str(folder), call.name)) from error
    keep_summary(folder, analysis)
    sweep(folder)
    return analysis, note


def settings_of(config: WebConfig, call: Call) -> Settings:
    """The workspace's settings with what was said about this call over them."""
    settings = config.settings
    if call.language != "auto":
        settings = replace(settings, language=call.language)
    return replace(settings, seller=call.channel) if call.channel else settings


def info_of(call: Call) -> CallInfo:
    """What overview, search and reports know of a call from outside it."""
    return CallInfo(call.name, call.seller, call.client, call.date, "list" if call.date else "")


def playable(call: Call) -> str:
    """The file in a call's folder that browsers play: the recording, or an Opus copy made when it was analysed."""
    return call.recording if Path(call.recording).suffix.lower() in PLAYABLE else "recording.ogg"


def _keep_playable(site: Site, call: Call, path: Path) -> None:
    folder = site.config.calls / call.key
    if (folder / playable(call)).is_file():
        return
    copy = site.config.temporary / f"{call.key}.ogg"
    try:
        write_atomic(copy, encode_opus(open_sound(path, sha256=call.sha256)))
        vault.keep(site.config, copy, folder, ".ogg")
    finally:
        copy.unlink(missing_ok=True)


def _finish(site: Site, call: Call, state: str, reason: str = "", *, duration: float | None = None) -> None:
    def enter(kept: Call, session: Session) -> None:
        if duration is not None:
            kept.duration = duration
        queue.finish(session, kept, state, reason)

    _enter(site, call, enter)


def _put_back_for_room(site: Site, call: Call) -> None:
    def enter(kept: Call, session: Session) -> None:
        kept.attempts += 1
        queue.put_back(session, kept, NO_ROOM)

    _enter(site, call, enter)


def _enter(site: Site, call: Call, enter: Callable[[Call, Session], None]) -> None:
    """Change a call that is still ours: once, and not at all when it was deleted meanwhile."""
    with site.database.write() as session:
        kept = session.get(Call, call.id, with_for_update={"of": Call})
        if kept is not None and kept.state == "running":
            enter(kept, session)
            return
    if kept is None:
        # Deleted while it was analysed: what was written since has to go too.
        shutil.rmtree(site.config.calls / call.key, ignore_errors=True)


def main(config: WebConfig, server: Connection, *, died: bool = False, analyse: str = ANALYSE) -> None:
    """Work until the server says so or is gone: the body of the worker's process.

    ``server`` is this end of a pipe to the server: anything that comes out of it, its end too, means to stop.
    """
    from filelock import FileLock

    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C reaches the server, which tells us
    logging.basicConfig(level=logging.WARNING, format="analyser worker: %(message)s")
    if hasattr(os, "nice"):
        os.nice(5)  # pages come first
    hand = _Hand(server)
    threading.Thread(target=hand.listen, daemon=True).start()
    # What is decoded lies where room is looked after, not in a /tmp that may be memory.
    tempfile.tempdir = str(config.temporary)
    with FileLock(config.workspace / "worker.lock"):
        site = Site(config, open_database(config, migrate=False))
        threading.Thread(target=hand.watch, daemon=True).start()
        keep = Housekeeping(site)
        while not hand.stopping.is_set():
            try:
                with site.database.write() as session:
                    queue.recover(session, died=died)
                died = False
                while not hand.stopping.is_set():
                    taken = work_off(site, once=False, analyse=analyse, watch=hand.hold)
                    keep.go()
                    if not taken:
                        hand.stopping.wait(PAUSE)
            except SQLAlchemyError as error:
                log.warning("the database cannot be used: %s", type(error).__name__)
                hand.stopping.wait(5 * PAUSE)


class _Hand:
    """What the worker has in hand, and who tells it to let go."""

    def __init__(self, server: Connection) -> None:
        self.server, self.stopping = server, threading.Event()
        self._told: Told | None = None

    def hold(self, told: Told | None) -> None:
        """Take up a call, or none."""
        self._told = told
        if told is not None and self.stopping.is_set():
            told.ending = True

    def listen(self) -> None:
        """Wait for the server to say stop; when it is gone there is nobody left to work for."""
        try:
            self.server.recv()
        except (EOFError, OSError):
            os._exit(STOPPED)
        self.stopping.set()
        told = self._told
        if told is not None:
            told.ending = True

    def watch(self) -> None:
        """Look whether the call in hand is to stop while no stage speaks, and end the process if it does not."""
        while True:
            time.sleep(PAUSE)
            told = self._told
            if told is None:
                continue
            told.look()
            if told.cancelled_at is not None and time.monotonic() - told.cancelled_at > PATIENCE:
                os._exit(STOPPED)
