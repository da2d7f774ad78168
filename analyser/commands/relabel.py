"""``analyser relabel``: who said what, put right by a person."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import click

from analyser.commands.analyse import split


@click.command()
@click.argument("report", type=click.Path(exists=True, path_type=Path))
@click.option("--seller", metavar="SPEAKER", help="This voice is the seller's; of two, the other is the client's.")
@click.option("--swap", is_flag=True, help="Exchange seller and client.")
@click.option("--name", "names", multiple=True, metavar="A=NAME", help="Give a voice a name.")
@click.option("--merge", "merges", multiple=True, metavar="A,C", help="C is A's voice too.")
@click.option(
    "--give",
    "gives",
    multiple=True,
    metavar="WHAT=SPEAKER",
    help="Give a time range (12.0-15.5=B) or a turn (7=B) to another voice.",
)
@click.option("--undo", is_flag=True, help="Take all corrections back first.")
@click.option("--format", "formats", metavar="NAME,…", help="What to write, as for `analyse`.")
def relabel(
    report: Path,
    seller: str | None,
    swap: bool,
    names: tuple[str, ...],
    merges: tuple[str, ...],
    gives: tuple[str, ...],
    undo: bool,
    formats: str | None,
) -> None:
    """Correct the speakers of a call that was analysed; REPORT is its folder or its report.html.

    All that depends on it is computed anew, from turns to report; words are kept. Corrections stay with the call and
    survive a later analysis of the same recording.
    """
    from analyser.outputs import write_outputs
    from analyser.pipeline import correct

    analysis, job, settings = correct(
        report if report.is_dir() else report.parent,
        undo=undo,
        seller=seller,
        swap=swap,
        names=names,
        merges=merges,
        gives=gives,
    )
    chosen = split(formats)
    write_outputs(analysis, job, replace(settings, formats=chosen) if chosen else settings)
    for speaker in analysis.conversation.speakers:
        click.echo(f"{speaker.label}: {speaker.side}{f', {speaker.name}' if speaker.name else ''}")
