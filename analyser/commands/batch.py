"""``analyser batch``: folders of calls to reports and one overview."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from analyser.commands.analyse import gather_settings, settings_options, split
from analyser.errors import BatchError

if TYPE_CHECKING:
    from analyser.batch.engines import Engine
    from analyser.batch.plan import Request
    from analyser.batch.run import Summary
    from analyser.settings import Settings


@click.command()
@click.argument("folders", nargs=-1, required=True, metavar="FOLDER…")
@click.option(
    "--output",
    type=click.Path(file_okay=False, path_type=Path),
    default="reports",
    help="Folder for a folder per call, the overview and the lists.",
)
@click.option("--workers", type=click.IntRange(1), help="Calls worked on at a time.  [default: half the processors]")
@click.option("--dask", "dask_address", metavar="ADDRESS", help="Scheduler of a Dask cluster that does the work.")
@click.option(
    "--resources",
    metavar="NAME=AMOUNT",
    multiple=True,
    help="What each call takes of the Dask workers' resources, such as GPU=1. Can be given again.",
)
@click.option("--since", metavar="DATE", help="Leave out calls before this day (2026-11-20).")
@click.option("--pattern", metavar="GLOB", default="*", help="Only files whose name matches, such as '*.m4a'.")
@click.option(
    "--metadata",
    metavar="FILE.csv",
    type=click.Path(dir_okay=False, path_type=Path),
    help="List with columns file, seller, client, date.  [default: metadata.csv in FOLDER where there is one]",
)
@click.option(
    "--names",
    metavar="PATTERN",
    help="How names tell seller, client and date: '{date}_{seller}_{client}', or '{seller}/*' for folders per seller.",
)
@click.option("--dry-run", is_flag=True, help="Show what would be done, and do nothing.")
@click.option("--retry-failed", is_flag=True, help="Try again what failed before.")
@click.option("--fail-fast", is_flag=True, help="Stop at the first call that fails.")
@settings_options
@click.option("--format", "formats", metavar="NAME,…", help="As for `analyser analyse`.")
def batch(
    folders: tuple[str, ...],
    output: Path,
    workers: int | None,
    dask_address: str | None,
    resources: tuple[str, ...],
    since: str | None,
    pattern: str,
    metadata: Path | None,
    names: str | None,
    dry_run: bool,
    retry_failed: bool,
    fail_fast: bool,
    settings_file: Path | None,
    formats: str | None,
    **flags: Any,
) -> None:
    """Analyse all calls in folders, with one overview of them.

    Each FOLDER is a folder with recordings or transcripts, folders below it included, or an address such as
    s3://bucket/calls. What was done before is not done again; killed at any moment, the same command goes on. What
    cannot be analysed is listed with its reason in OUTPUT/failed.csv, and the rest goes on. The overview is
    OUTPUT/week.html, with calls.csv and moments.csv beside it.
    """
    from analyser.batch.metadata import lists_beside, read_sources
    from analyser.batch.plan import Request
    from analyser.batch.run import run_batch
    from analyser.commands.batch_progress import shown

    settings = gather_settings(settings_file, formats=split(formats), **flags)
    request = Request(
        folders=folders,
        output=output.absolute(),  # a worker elsewhere has another working folder
        settings=settings,
        pattern=pattern,
        since=day(since, "--since"),
        sources=read_sources(*((metadata,) if metadata else lists_beside(folders)), names=names),
        retry_failed=retry_failed,
    )
    if dry_run:
        click.echo("\n".join(rehearse(request)))
        return
    with engine_for(settings, workers, dask_address, resources) as (engine, settings), shown() as (watcher, watched):
        request = replace(request, settings=settings)
        summary = run_batch(request, engine, watcher=watcher, watched=watched, fail_fast=fail_fast)
    click.echo("\n".join(sum_up(summary)))
    if summary.done + summary.stood:
        from analyser.overview.files import write_overview

        click.echo(write_overview(output, language=settings.interface)[0])
    if summary.failures:
        raise BatchError(
            f"{len(summary.failures)} of {summary.found} could not be analysed: {output / 'failed.csv'} says why."
        )


@contextmanager
def engine_for(
    settings: Settings, workers: int | None, address: str | None, resources: tuple[str, ...]
) -> Iterator[tuple[Engine, Settings]]:
    """Who does the work, and the settings with the threads that each worker then has."""
    from analyser.batch.engines import dask_cluster, on_this_machine
    from analyser.batch.work import default_threads

    if address:
        with dask_cluster(address, amounts(resources)) as engine:
            yield engine, settings
        return
    engine, count = on_this_machine(workers, settings.device)
    yield engine, replace(settings, threads=settings.threads or default_threads(count))


def amounts(resources: tuple[str, ...]) -> dict[str, float]:
    """``NAME=AMOUNT`` as a mapping; one that is not so is a usage error."""
    found = {}
    for text in resources:
        name, _, amount = text.partition("=")
        try:
            found[name] = float(amount)
        except ValueError as error:
            raise click.BadParameter(f"'{text}' is not NAME=AMOUNT.", param_hint="--resources") from error
    return found


def day(text: str | None, option: str) -> dt.date | None:
    """A day as ISO 8601 writes it, or None; anything else is a usage error."""
    try:
        return dt.date.fromisoformat(text) if text else None
    except ValueError as error:
        raise click.BadParameter(f"'{text}' is no day; write it as 2026-11-20.", param_hint=option) from error


def rehearse(request: Request) -> Iterator[str]:
    """What a batch would do with each file, a line each."""
    from analyser.batch.plan import Passed, gather, plan
    from analyser.batch.work import Task

    calls, unusable = gather(request)
    yield from (f"cannot   {item.reason}" for item in unusable)
    count = 0
    for item in plan(calls, request, dry=True):
        if isinstance(item, Task):
            count += 1
            facts = ", ".join(fact for fact in (item.info.seller, item.info.client, item.info.date) if fact)
            yield f"do       {item.source}" + (f"  ({facts})" if facts else "")
        elif isinstance(item, Passed):
            yield f"pass     {item.source}  ({item.why}: {item.detail})"
        else:
            yield f"cannot   {item.reason}"
    yield f"{count} of {len(calls) + len(unusable)} would be done."


def sum_up(summary: Summary) -> Iterator[str]:
    """How a batch went, for people."""
    parts = [f"{summary.done} done", f"{summary.stood} done before", f"{summary.duplicates} duplicates"]
    parts += [f"{summary.failed} failed", f"{summary.failed_before} failed before"]
    yield f"{summary.found} calls: " + ", ".join(part for part in parts if not part.startswith("0 ")) + "."
    if summary.done:
        speed = f", {summary.speed:.1f} times as fast as they were spoken" if summary.speed else ""
        yield (
            f"{summary.recording / 3600:.2f} hours of recordings with {summary.speech / 3600:.2f} hours of speech "
            f"in {dt.timedelta(seconds=round(summary.elapsed))}{speed}."
        )
    for outcome in summary.failures[:SHOWN]:
        yield f"failed: {outcome.reason}"
    if len(summary.failures) > SHOWN:
        yield f"… and {len(summary.failures) - SHOWN} more."


SHOWN = 20
"""failures named on the screen; all are in failed.csv"""
