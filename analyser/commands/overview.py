"""``analyser overview``: all calls of a folder of results side by side."""

from __future__ import annotations

from pathlib import Path
from typing import Literal

import click

from analyser.commands.batch import day


@click.command()
@click.argument("output", metavar="DIR", type=click.Path(file_okay=False, path_type=Path), default="reports")
@click.option(
    "--by",
    type=click.Choice(["week", "month", "seller"]),
    default="seller",
    help="What a row of the table of figures is.",
)
@click.option("--since", metavar="DATE", help="Leave out calls before this day (2026-11-20).")
@click.option("--until", metavar="DATE", help="Leave out calls after this day.")
@click.option("--interface", default="auto", help="Language of the page: auto (of most calls), nl or en.")
@click.option("--parquet", is_flag=True, help="Also write calls, moments, utterances and tallies as parquet.")
def overview(
    output: Path,
    by: Literal["week", "month", "seller"],
    since: str | None,
    until: str | None,
    interface: str,
    parquet: bool,
) -> None:
    """Write the overview of the calls in DIR, a folder of results: week.html, calls.csv and moments.csv."""
    from analyser.overview.files import write_overview

    written = write_overview(
        output,
        by=by,
        language=interface,
        since=day(since, "--since"),
        until=day(until, "--until"),
        parquet=parquet,
    )
    click.echo("\n".join(str(path) for path in written))
