"""``analyser privacy``: keys, exports, deletions and the audit trail of the team's pages, for whoever runs them."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from analyser.commands.serve import workspace_options
from analyser.errors import AnalyserError

if TYPE_CHECKING:
    from analyser.web.site import Site


def whose_options(command: Any) -> Any:
    """Whose data: of one call, a user, or a client."""
    for option in (
        click.option("--client", default="", help="All calls with the client of this name, as it was given."),
        click.option("--user", default="", help="All calls of this user as the seller, and the account."),
        click.option("--call", default="", help="One call, by the key in its address."),
    ):
        command = option(command)
    return command


@click.group()
def privacy() -> None:
    """Keys, exports, deletions and the audit trail of `analyser serve`."""


@privacy.command("new-key")
@click.argument("file", type=click.Path(dir_okay=False, path_type=Path))
def new_key(file: Path) -> None:
    """Make a key for --key-file, with which recordings are kept encrypted.

    Keep a copy elsewhere: without it no recording can be heard again, by anybody.
    """
    with _installed():
        from analyser.web.sealing import new_key as make

        make(file)
    click.echo(f"{file}: keep a copy in a safe place; without this key no recording can be heard again.")


@privacy.command()
@workspace_options
@whose_options
@click.option("--key-file", type=click.Path(path_type=Path), help="Key with which recordings are encrypted.")
@click.argument("file", type=click.Path(dir_okay=False, path_type=Path))
def export(
    workspace: Path, database: str, call: str, user: str, client: str, key_file: Path | None, file: Path
) -> None:
    """Write everything of a call or person into FILE, a zip, for whoever asks to see their data."""
    with _site(workspace, database, key_file) as site:
        from analyser.web.access import record
        from analyser.web.deletion import calls_of
        from analyser.web.subject import Wanted, write_export_file

        count = write_export_file(site, Wanted(call, user, client), file)
        with site.database.write() as session:
            for key in [call] if call else calls_of(session, user=user, client=client):
                record(session, None, "subject.export", call=key)
    click.echo(f"{file}: {count} call{'s' if count != 1 else ''}")


@privacy.command()
@workspace_options
@whose_options
@click.option("--yes", is_flag=True, help="Do not ask whether this is meant.")
def delete(workspace: Path, database: str, call: str, user: str, client: str, yes: bool) -> None:
    """Delete a call or person with everything that is kept of them. It does not come back."""
    with _site(workspace, database, None) as site:
        from analyser.web.deletion import calls_of, delete_call, delete_person
        from analyser.web.subject import Wanted

        Wanted(call, user, client).check()
        with site.database.read() as session:
            count = 1 if call else len(calls_of(session, user=user, client=client))
        if not yes:
            click.confirm(f"Delete {count} call{'s' if count != 1 else ''} for good?", abort=True)
        count = int(delete_call(site, call)) if call else delete_person(site, user=user, client=client)
    click.echo(f"Deleted: {count} call{'s' if count != 1 else ''}")


@privacy.command()
@workspace_options
@click.option("--call", default="", help="Of this call, by its key.")
@click.option("--user", default="", help="Of this user.")
@click.option("--action", default="", help="Of this action, such as call.open, or all of a kind, such as call.")
@click.option("--since", default="", metavar="DAY", help="From this day on (2026-11-20).")
@click.option("--until", default="", metavar="DAY", help="Up to and including this day.")
def audit(workspace: Path, database: str, **asked: str) -> None:
    """Who opened, changed, exported and deleted what, as a table (CSV), the latest first."""
    with _site(workspace, database, None) as site:
        from analyser.web.audit import chosen
        from analyser.web.subject import audit_csv

        with site.database.read() as session:
            click.echo(audit_csv(session.scalars(chosen(asked)).all()).lstrip("\ufeff"), nl=False)


@contextmanager
def _installed() -> Iterator[None]:
    try:
        yield
    except ModuleNotFoundError as error:
        raise AnalyserError(f"This needs more packages ({error.name}): pip install 'analyser[web]'.") from error


@contextmanager
def _site(workspace: Path, database: str, key_file: Path | None) -> Iterator[Site]:
    with _installed():
        from analyser.web.app import prepare, workspace_of
        from analyser.web.config import WebConfig
        from analyser.web.database import open_database
        from analyser.web.site import Site
    config = WebConfig(workspace=workspace_of(workspace), database=database, key_file=key_file)
    if not config.workspace.is_dir():
        raise AnalyserError(f"{workspace}: there is no such workspace. Name it with --workspace.")
    os.umask(0o077)
    prepare(config)
    opened = open_database(config)
    try:
        yield Site(config, opened)
    finally:
        opened.close()
