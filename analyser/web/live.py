"""Pages that change by themselves: server-sent events over what ``access.changed`` writes down.

``GET /calls/KEY/events`` tells of one call, ``GET /events`` of all that the asker may see. Each message is JSON with
``kind`` and, but for the first, the ``call``'s key and its ``state``:

- ``open``, first: the page shows what it showed before the stream began, and had better look once more;
- the kind that was given to ``access.changed``: ``state``, ``comment``, ``verdict`` …;
- ``progress``: ``stage``, ``progress`` (0–1) and ``left`` (seconds, or null) of a call that is being analysed.

One task reads the database for all streams of a process, once a second and at once after a write of this process.
"""

from __future__ import annotations

import asyncio
import contextlib
import datetime as dt
import json
import logging
from collections.abc import AsyncGenerator
from dataclasses import dataclass
from typing import Any

from sqlalchemy import event, func, select
from sqlalchemy.exc import SQLAlchemyError
from starlette.applications import Starlette
from starlette.concurrency import run_in_threadpool
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response, StreamingResponse
from starlette.routing import Route

from analyser.web.access import find_call, visible
from analyser.web.database import Database
from analyser.web.identity import Identity, who
from analyser.web.site import site
from analyser.web.tables import Call, Event, now

PAUSE = 1.0
"""seconds between two looks into the database"""
HEARTBEAT = 15.0
"""seconds after which a stream says that it is still there"""
LIFETIME = 600.0
"""seconds after which a stream ends; the browser opens it again, and is asked again who it is"""
PER_USER = 20
"""streams that one user may have open"""
LATE = dt.timedelta(seconds=15)
"""how long a write may take to be seen after one that has a higher number"""
BEHIND = 500
"""messages that a stream may be behind before it is ended"""

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Change:
    """What changed: ``number`` of the event (0 for progress), the call, and what is told of it."""

    number: int
    call: int
    said: dict[str, Any]

    @property
    def message(self) -> str:
        """As a server-sent event."""
        number = f"id: {self.number}\n" if self.number else ""
        return f"{number}data: {json.dumps(self.said)}\n\n"


@dataclass(eq=False)
class Reader:
    """One open stream and what it has not told yet; None ends it."""

    user: int
    waiting: asyncio.Queue[Change | None]

    async def take(self) -> list[Change] | None:
        """All that waits, at least one; None when the stream has to end."""
        found = [await self.waiting.get()]
        while not self.waiting.empty():
            found.append(self.waiting.get_nowait())
        changes = [change for change in found if change is not None]
        return changes if len(changes) == len(found) else None


class Hub:
    """Reads what changed and hands it to all open streams of this process."""

    def __init__(self, database: Database) -> None:
        self.database = database
        self.loop = asyncio.get_running_loop()
        self.readers: set[Reader] = set()
        self.stopping = False
        self.last = 0
        self._floor = 0
        self._seen: dict[int, dt.datetime] = {}
        self._progress: dict[int, tuple[Any, ...]] = {}
        self._wake = asyncio.Event()
        self._begin = asyncio.Lock()
        self._task: asyncio.Task[None] | None = None
        event.listen(database.engine, "commit", _mark)
        event.listen(database.engine, "checkin", self._written)

    def count(self, user: int) -> int:
        """How many streams a user has open."""
        return sum(reader.user == user for reader in self.readers)

    async def join(self, user: int) -> Reader:
        """A new stream, which hears all that changes from now on."""
        async with self._begin:
            if self._task is None or self._task.done():
                await run_in_threadpool(self._start)
                self._task = asyncio.create_task(self._run())
            reader = Reader(user, asyncio.Queue(BEHIND))
            self.readers.add(reader)
        if self.stopping:
            reader.waiting.put_nowait(None)
        return reader

    def leave(self, reader: Reader) -> None:
        """A stream has ended."""
        self.readers.discard(reader)
        self._wake.set()

    def stop(self) -> None:
        """End all streams; to be called in the loop."""
        self.stopping = True
        for reader in self.readers:
            _end(reader)

    def missed(self, after: int, call: int | None, asker: Identity) -> list[Change]:
        """What changed after an event's number, of one call or of all that ``asker`` may see."""
        with self.database.read() as session:
            wanted = _EVENTS.where(Event.id > after, visible(asker)).order_by(Event.id).limit(BEHIND)
            if call is not None:
                wanted = wanted.where(Event.call_id == call)
            return [_change(row) for row in session.execute(wanted)]

    def allowed(self, calls: set[int], asker: Identity) -> set[int]:
        """Which of these calls ``asker`` may see."""
        with self.database.read() as session:
            return set(session.scalars(select(Call.id).where(Call.id.in_(calls), visible(asker))))

    def _start(self) -> None:
        with self.database.read() as session:
            self.last = self._floor = session.scalar(select(func.max(Event.id))) or 0
        self._seen, self._progress = {}, {}

    async def _run(self) -> None:
        while self.readers and not self.stopping:
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(self._wake.wait(), PAUSE)
            self._wake.clear()
            try:
                changes = await run_in_threadpool(self._look)
            except SQLAlchemyError as error:
                log.warning("what changed cannot be read: %s", type(error).__name__)
                continue
            for change in changes:
                for reader in self.readers:
                    try:
                        reader.waiting.put_nowait(change)
                    except asyncio.QueueFull:
                        _end(reader)

    def _look(self) -> list[Change]:
        changes = []
        with self.database.read() as session:
            # Numbers are given out before writes are seen: one that was slow comes after a higher one.
            for row in session.execute(_EVENTS.where(Event.id > self._floor).order_by(Event.id)):
                if row.id not in self._seen:
                    self._seen[row.id] = row.at
                    changes.append(_change(row))
            running = session.execute(_RUNNING).all()
        old = [number for number, at in self._seen.items() if at < now() - LATE]
        self._floor = max([self._floor, *old])
        self._seen = {number: at for number, at in self._seen.items() if number > self._floor}
        self.last = max([self.last, *(change.number for change in changes)])
        before, self._progress = self._progress, {row.id: tuple(row) for row in running}
        for call in running:
            if before.get(call.id) != tuple(call):
                said = {"kind": "progress", "call": call.key, "state": call.state, "stage": call.stage}
                changes.append(Change(0, call.id, {**said, "progress": call.progress, "left": call.left}))
        return changes

    def _written(self, _connection: Any, record: Any) -> None:
        # From any thread. By now the write has ended, which "commit" itself comes too early for.
        if record.info.pop("analyser_written", False):
            with contextlib.suppress(RuntimeError):  # the loop has ended
                self.loop.call_soon_threadsafe(self._wake.set)


_EVENTS = select(Event.id, Event.at, Event.kind, Event.call_id, Call.key, Call.state).join(
    Call, Call.id == Event.call_id
)
_RUNNING = select(Call.id, Call.key, Call.state, Call.stage, Call.progress, Call.left).where(Call.state == "running")


def hub(app: Starlette) -> Hub:
    """The hub of this app; to be asked in its loop."""
    found: Hub | None = getattr(app.state, "live", None)
    if found is None or found.loop is not asyncio.get_running_loop():
        found = app.state.live = Hub(_database(app))
    return found


def _database(app: Starlette) -> Database:
    """The database of an app."""
    found: Database = app.state.site.database
    return found


def stop(app: Starlette) -> None:
    """End all streams, so that the server can stop; to be called in the loop."""
    found: Hub | None = getattr(app.state, "live", None)
    if found is not None:
        found.stop()


async def call_events(request: Request) -> Response:
    """What changes about one call."""

    def find() -> int:
        with site(request).database.read() as session:
            return find_call(session, who(request), request.path_params["key"]).id

    return _stream(request, await run_in_threadpool(find))


async def list_events(request: Request) -> Response:
    """What changes about any call that the asker may see."""
    return _stream(request, None)


def _stream(request: Request, call: int | None) -> Response:
    opened = hub(request.app)
    asker = who(request)
    if opened.count(asker.id) >= PER_USER:
        raise HTTPException(429)
    after = request.headers.get("last-event-id", "")
    told = tell(opened, asker, call, int(after) if after.isdecimal() and len(after) < 19 else None)
    return StreamingResponse(told, media_type="text/event-stream", headers={"x-accel-buffering": "no"})


async def tell(opened: Hub, asker: Identity, call: int | None, after: int | None) -> AsyncGenerator[str, None]:
    """The messages of one stream, until it has lived long enough or the app stops."""
    reader = await opened.join(asker.id)
    try:
        yield Change(opened.last, 0, {"kind": "open"}).message
        if after is not None:
            for change in await run_in_threadpool(opened.missed, after, call, asker):
                yield change.message
        ends = opened.loop.time() + LIFETIME
        while opened.loop.time() < ends:
            try:
                changes = await asyncio.wait_for(reader.take(), HEARTBEAT)
            except TimeoutError:
                yield ": still here\n\n"
                continue
            if changes is None:
                return
            concerned = {change.call for change in changes}
            mine = {call} if call is not None else await run_in_threadpool(opened.allowed, concerned, asker)
            for change in changes:
                if change.call in mine:
                    yield change.message
    finally:
        opened.leave(reader)


def _mark(connection: Any) -> None:
    connection.info["analyser_written"] = True


def _end(reader: Reader) -> None:
    while not reader.waiting.empty():
        reader.waiting.get_nowait()
    reader.waiting.put_nowait(None)


def _change(row: Any) -> Change:
    return Change(row.id, row.call_id, {"kind": row.kind, "call": row.key, "state": row.state})


routes = [
    Route("/calls/{key}/events", call_events),
    Route("/events", list_events),
]
