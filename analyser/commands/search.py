"""``analyser search``: words, acts and moments in all calls of a folder of results."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from analyser.commands.batch import day


@click.command()
@click.argument("texts", nargs=-1, metavar="[TEXT…]")
@click.option("--in", "output", type=click.Path(file_okay=False, path_type=Path), default="reports", help="Folder.")
@click.option("--moment", metavar="KIND", help="Only in moments of this kind, such as premature_pitch.")
@click.option("--act", metavar="ACT", help="Only utterances that do this, such as price or open_question.")
@click.option("--side", type=click.Choice(["seller", "client"]), help="Only what this side said.")
@click.option("--seller", metavar="NAME", help="Only calls of this seller; part of the name is enough.")
@click.option("--client", metavar="NAME", help="Only calls with this client; part of the name is enough.")
@click.option("--since", metavar="DATE", help="Leave out calls before this day (2026-11-20).")
@click.option("--until", metavar="DATE", help="Leave out calls after this day.")
@click.option("--most", type=click.IntRange(1), default=50, help="Show no more than so many.")
@click.option("--rebuild", is_flag=True, help="Make the index anew first.")
def search(
    texts: tuple[str, ...], output: Path, since: str | None, until: str | None, rebuild: bool, **flags: Any
) -> None:
    """Find what was said in all analysed calls.

    Each TEXT is words that follow each other ("te duur"); several texts must all be there, and `duur*` takes any
    ending. Without a TEXT, moments are listed. Each line gives date, seller, client, call, time and words, and the
    place in the call's report.
    """
    from analyser.errors import AnalyserError
    from analyser.report.wording import clean, clock
    from analyser.search import Wanted
    from analyser.search import search as find

    first, last = day(since, "--since"), day(until, "--until")
    if not output.is_dir():
        raise AnalyserError(f"{output}: there is no such folder. Name a folder of results with --in.")
    wanted = Wanted(
        texts, since=first.isoformat() if first else None, until=last.isoformat() if last else None, **flags
    )
    hits = find(output, wanted, rebuild=rebuild)
    for hit in hits:
        facts = " · ".join(clean(fact) for fact in (hit.date, hit.seller, hit.client, hit.name) if fact)
        click.echo(f"{facts} · {clock(hit.start)} · {hit.side}: {clean(hit.text)}\n    {output / hit.link}")
    if not hits:
        click.echo("Nothing found.", err=True)
