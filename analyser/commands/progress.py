"""A bar with stage and time left on a terminal; nothing elsewhere."""

from __future__ import annotations

import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager

from analyser.hearing import Progress, quiet

STAGES = {
    "decode": "reading the file",
    "speech": "finding speech",
    "voices": "telling voices apart",
    "words": "recognising words",
    "analyse": "looking for moments",
    "fetch": "fetching",
}


@contextmanager
def shown(title: str) -> Iterator[Progress]:
    """A progress that draws a bar for each stage on standard error when that is a terminal."""
    if not sys.stderr.isatty():
        yield quiet
        return
    from rich.console import Console
    from rich.markup import escape
    from rich.progress import BarColumn, TaskID, TextColumn, TimeRemainingColumn
    from rich.progress import Progress as Bars

    lock = threading.Lock()
    tasks: dict[str, TaskID] = {}
    columns = (
        TextColumn("{task.description}"),
        BarColumn(),
        TextColumn("{task.percentage:>3.0f} %"),
        TimeRemainingColumn(),
    )
    with Bars(*columns, console=Console(stderr=True), transient=True) as bars:
        bars.console.print(escape(title), highlight=False)

        def progress(stage: str, done: float, total: float, /) -> None:
            # Words and voices are worked on in two threads.
            with lock:
                if stage not in tasks:
                    tasks[stage] = bars.add_task(STAGES.get(stage, stage), total=total)
                bars.update(tasks[stage], completed=done, total=total)

        yield progress
