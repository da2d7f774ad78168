"""``analyser models`` and ``analyser doctor``: which recognisers there are, and what this machine can run."""

from __future__ import annotations

import click


@click.group()
def models() -> None:
    """List, find and fetch recognisers. No other command opens a connection."""


@models.command("list")
def list_models() -> None:
    """Show every model of the catalogue, and whether it is present."""
    from rich.console import Console
    from rich.table import Table

    from analyser.models import catalogue, present

    table = Table("name", "", "languages", "licence", "size", "about", box=None)
    for model in catalogue():
        size = sum(file.size for file in model.files) / 1e6
        state = "present" if present(model) else "not fetched"
        table.add_row(model.name, state, ", ".join(model.languages), model.licence, f"{size:,.0f} MB", model.about)
    Console().print(table)


@models.command("path")
@click.argument("name", default="base")
def show_path(name: str) -> None:
    """Print the folder that holds the model NAME, its files' hashes checked."""
    from analyser.models import find, ready

    click.echo(str(ready(find(name))[0]))


@models.command("fetch")
@click.argument("name")
@click.option(
    "--from",
    "source",
    metavar="URL|FOLDER",
    help="A mirror, or a folder that holds the files.  [default: the catalogue's]",
)
def fetch_model(name: str, source: str | None) -> None:
    """Fetch the model NAME, going on where an earlier try ended; its hashes are checked before it is used."""
    from analyser.commands.progress import shown
    from analyser.fetching import fetch
    from analyser.models import find

    with shown(name) as progress:
        folder = fetch(find(name), source=source, progress=lambda done, total: progress("fetch", done, total))
    click.echo(str(folder))


@click.command()
@click.option("--device", type=click.Choice(["auto", "cpu", "cuda"]), default="auto", help="What to look for.")
def doctor(device: str) -> None:
    """Say what this machine can run, what is missing, and how to mend it."""
    from analyser.doctor import hardware, report

    click.echo("\n".join(report(hardware(device))))
