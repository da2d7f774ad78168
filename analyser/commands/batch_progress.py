"""How a batch goes on: all calls with the time left, and the stage of each that is worked on."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import PurePath
from typing import Any

import click

from analyser.batch.discovery import Unusable
from analyser.batch.ledger import Outcome
from analyser.batch.plan import Passed
from analyser.batch.run import Unwatched, Watcher
from analyser.batch.work import Task, stage_file
from analyser.commands.progress import STAGES

NAME_WIDTH = 40


@contextmanager
def shown() -> Iterator[tuple[Watcher, bool]]:
    """Bars on standard error when that is a terminal; else a line for each failure and nothing more.

    Beside the watcher whether anybody wants to know the stages.
    """
    if not sys.stderr.isatty():
        yield Lines(), False
        return
    from rich.console import Console
    from rich.progress import BarColumn, Progress, TextColumn, TimeRemainingColumn

    columns = (
        TextColumn("{task.description}", markup=False),
        BarColumn(),
        TextColumn("{task.fields[note]}", markup=False),
        TimeRemainingColumn(),
    )
    with Progress(*columns, console=Console(stderr=True), transient=True) as bars:
        yield Bars(bars), True


class Lines(Unwatched):
    """Says what failed, as it fails."""

    def passed(self, item: Passed | Unusable, size: int, /) -> None:
        """A file that cannot be read."""
        if isinstance(item, Unusable):
            click.echo(f"failed: {item.reason}", err=True)

    def finished(self, task: Task, outcome: Outcome, /) -> None:
        """A call that failed."""
        if outcome.state == "failed":
            click.echo(f"failed: {outcome.reason}", err=True)


class Bars:
    """Draws one bar for all and one for each call that is worked on.

    The time left goes by bytes: a call of an hour counts for more than one of a minute.
    """

    def __init__(self, bars: Any) -> None:
        self.bars = bars
        self.all = bars.add_task("all calls", total=None, note="")
        self.rows: dict[str, Any] = {}
        self.found = self.ready = self.failed = 0

    def begin(self, calls: int, size: int, /) -> None:
        """So many calls, so many bytes."""
        self.found = calls
        self.bars.update(self.all, total=max(1, size), note=f"0 of {calls}")

    def passed(self, item: Passed | Unusable, size: int, /) -> None:
        """A call that is not done."""
        self.failed += isinstance(item, Unusable)
        self._advance(size)

    def running(self, tasks: list[Task], /) -> None:
        """The stages that the workers are in."""
        for task in tasks:
            try:
                stage, _, part = stage_file(task).read_text().partition(" ")
                share = float(part)
            except (OSError, ValueError):
                continue  # waits for a worker, or is just being written
            if task.sha256 not in self.rows:
                name = PurePath(task.name).name[:NAME_WIDTH]
                self.rows[task.sha256] = self.bars.add_task(f"  {name}", total=1.0, note="")
            self.bars.update(self.rows[task.sha256], completed=share, note=STAGES.get(stage, stage))

    def finished(self, task: Task, outcome: Outcome, /) -> None:
        """A call that is done or failed."""
        row = self.rows.pop(task.sha256, None)
        if row is not None:
            self.bars.remove_task(row)
        self.failed += outcome.state == "failed"
        self._advance(task.size)

    def _advance(self, size: int) -> None:
        self.ready += 1
        note = f"{self.ready} of {self.found}" + (f", {self.failed} failed" if self.failed else "")
        self.bars.update(self.all, advance=size, note=note)
