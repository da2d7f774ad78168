"""How far a call is: told to the database at most once a second, where pages read it, and where a stop is asked for."""

from __future__ import annotations

import time
from threading import Lock

from sqlalchemy import select, update
from sqlalchemy.exc import SQLAlchemyError

from analyser.errors import AudioError
from analyser.web.site import Site
from analyser.web.tables import Call

BETWEEN = 1.0
"""seconds between two writes"""
ENOUGH = 0.03
"""share of a stage after which its own speed says more than earlier calls do"""
WORDS = "words"
"""the stage that takes nearly all of the time"""


class CancelledError(Exception):
    """Somebody asked for the call to be stopped, or deleted it."""


class StoppedError(Exception):
    """The worker has to end; the call is taken up again later."""


class Told:
    """A progress (see ``hearing.Progress``) of one call; raises CancelledError or StoppedError in the midst of it.

    ``pace`` is how many seconds of analysis a second of a call takes, as far as is known.
    """

    def __init__(self, site: Site, call: Call, pace: float | None = None) -> None:
        self.call, self.ending = call, False
        self.cancelled_at: float | None = None
        self._site, self._pace = site, pace
        self._lock = Lock()
        self._began = self._stage_began = time.monotonic()
        self._written = 0.0
        self._stage, self._share, self._total = "", 0.0, 0.0

    def __call__(self, stage: str, done: float, total: float, /) -> None:
        """Hear how far a stage is."""
        config = self._site.config
        if stage == "decode" and done > config.max_hours * 3600:
            raise AudioError(f"{self.call.name}: is longer than {config.max_hours:.0f} hours. Cut it into calls first.")
        with self._lock:
            share = min(1.0, done / total) if total else 0.0
            # Voices are told apart while words are recognised, which is the one to watch.
            if not (stage == "voices" and self._stage == WORDS and self._share < 1):
                if stage != self._stage:
                    self._stage_began = time.monotonic()
                self._stage, self._share = stage, share
            if stage == "decode":
                self._total = total
        self.look()
        if self.ending:
            raise StoppedError
        if self.cancelled_at is not None:
            raise CancelledError

    def look(self) -> None:
        """Write how far the call is and see whether it is to be stopped, unless that was done a moment ago."""
        with self._lock:
            at = time.monotonic()
            if at - self._written < BETWEEN:
                return
            self._written = at
            told = {"stage": self._stage, "progress": round(self._share, 3), "left": self._left(at)}
        try:
            with self._site.database.write() as session:
                mine = Call.id == self.call.id
                session.execute(update(Call).where(mine, Call.state == "running").values(**told))
                stop = session.scalar(select(Call.cancel).where(mine))
        except SQLAlchemyError:
            return  # nobody misses it, and the end of the call will show whether the database is there
        if stop is not False and self.cancelled_at is None:
            self.cancelled_at = at

    def _left(self, at: float) -> float | None:
        """Seconds that are expected to remain; None where there is nothing to go by."""
        if self._stage == WORDS and self._share > ENOUGH:
            return round((at - self._stage_began) * (1 - self._share) / self._share, 1)
        if self._pace is None or not self._total:
            return None
        return round(max(0.0, self._pace * self._total - (at - self._began)), 1)
