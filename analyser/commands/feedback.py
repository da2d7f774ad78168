"""``analyser feedback``: what people put right in reviews, to learn from."""

from __future__ import annotations

from pathlib import Path

import click

from analyser.commands.serve import workspace_options
from analyser.errors import AnalyserError


@click.group()
def feedback() -> None:
    """What people put right in `analyser serve`, to learn from."""


@feedback.command()
@workspace_options
@click.option(
    "--output",
    type=click.Path(file_okay=False, path_type=Path),
    required=True,
    help="Folder to write to: a labelled conversation (.tsv) for each call.",
)
@click.option("--complete", is_flag=True, help="Only calls of which every moment was judged.")
@click.option("--unmasked", is_flag=True, help="Leave names, addresses and numbers of people in.")
def export(workspace: Path, database: str, output: Path, complete: bool, unmasked: bool) -> None:
    """Write the calls that people corrected or judged as labelled conversations.

    They hold what was said, with names and numbers masked, its acts, and the moments as people left them; the act model
    and the moments are trained on files of this form.
    """
    try:
        from analyser.web.app import workspace_of
        from analyser.web.config import WebConfig
        from analyser.web.database import open_database
        from analyser.web.feedback import export as write
    except ModuleNotFoundError as error:
        raise AnalyserError(f"Reviews need more packages ({error.name}): pip install 'analyser[web]'.") from error
    config = WebConfig(workspace=workspace_of(workspace), database=database)
    if not database and not config.workspace.is_dir():
        raise AnalyserError(f"{workspace}: there is no such workspace. Name it with --workspace.")
    opened = open_database(config)
    try:
        written = write(config, opened, output, complete=complete, masked=not unmasked)
    finally:
        opened.close()
    click.echo(f"{len(written)} calls in {output}" if written else "No call was judged or corrected yet.")
