"""What the worker does between calls: webhooks, retention, the watched folder, and clearing up."""

from __future__ import annotations

import datetime as dt
import logging
import time
from collections.abc import Callable

from sqlalchemy import delete
from sqlalchemy.exc import SQLAlchemyError

from analyser.batch.work import sweep
from analyser.web import intake, retention, upload_rows, vault, watch, webhooks
from analyser.web.site import Site
from analyser.web.tables import Event, now

log = logging.getLogger(__name__)


class Housekeeping:
    """What is done between calls, each thing at its own pace; a fault in one keeps nothing else from being done."""

    def __init__(self, site: Site) -> None:
        self._site = site
        self._duties: list[tuple[float, Callable[[Site], object]]] = [
            (0.0, webhooks.deliver_due),
            (5.0, watch.take),
            (60.0, retention.sweep_due),
            (600.0, intake.sweep_incoming),
            (600.0, upload_rows.sweep_uploads),
            (600.0, lambda site: vault.sweep(site.config)),
            (3600.0, _forget_events),
            (3600.0, _sweep_halves),
        ]
        self._done = [-1e9] * len(self._duties)

    def go(self) -> None:
        """Do what is due."""
        for place, (pause, duty) in enumerate(self._duties):
            if time.monotonic() - self._done[place] < pause:
                continue
            self._done[place] = time.monotonic()
            try:
                duty(self._site)
            except SQLAlchemyError:
                raise
            except Exception:
                log.exception("housekeeping failed")


def _forget_events(site: Site) -> None:
    with site.database.write() as session:
        session.execute(delete(Event).where(Event.at < now() - dt.timedelta(days=1)))


def _sweep_halves(site: Site) -> None:
    for folder in {path.parent for path in site.config.calls.glob("*/.partial-*")}:
        sweep(folder)
