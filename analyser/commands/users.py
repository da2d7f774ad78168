"""``analyser users``: who may log in to the team's pages."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import click

from analyser.commands.serve import workspace_options
from analyser.errors import AnalyserError

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

ROLES = ("seller", "trainer", "admin")


@click.group()
def users() -> None:
    """Add, list, remove and reset those who may log in to `analyser serve`."""


@users.command()
@workspace_options
@click.argument("name")
@click.option("--role", type=click.Choice(ROLES), default="seller", help="What they may see and do.")
@click.option("--team", default="", help="A trainer sees the calls of their team.")
@click.option("--display", default="", help="The name that others see.")
@click.option("--password", prompt=True, hide_input=True, confirmation_prompt=True, help="Asked for when not given.")
def add(workspace: Path, database: str, name: str, role: str, team: str, display: str, password: str) -> None:
    """Give NAME an account."""
    with _writing(workspace, database, "add", name) as session:
        from analyser.web.accounts import add_user

        add_user(session, name.strip().lower(), password, role, team, display)
    click.echo(f"{name.strip().lower()}: {role}{f' of {team}' if team else ''}")


@users.command("list")
@workspace_options
def list_(workspace: Path, database: str) -> None:
    """Everyone with an account, a line each: name, role, team, name shown."""
    with _session(workspace, database) as session:
        from sqlalchemy import select

        from analyser.web.tables import User

        for user in session.scalars(select(User).where(User.password != "").order_by(User.name)):
            click.echo("\t".join((user.name, user.role, user.team, user.display)).rstrip())


@users.command()
@workspace_options
@click.argument("name")
def remove(workspace: Path, database: str, name: str) -> None:
    """Remove NAME's account; their calls and comments stay."""
    with _writing(workspace, database, "remove", name) as session:
        from analyser.web.accounts import remove_user

        remove_user(session, name)


@users.command()
@workspace_options
@click.argument("name")
@click.option("--password", prompt=True, hide_input=True, confirmation_prompt=True, help="Asked for when not given.")
def reset(workspace: Path, database: str, name: str, password: str) -> None:
    """Give NAME a new password, and log them out everywhere."""
    with _writing(workspace, database, "reset", name) as session:
        from analyser.web.accounts import reset_password

        reset_password(session, name.strip().lower(), password)


@contextmanager
def _session(workspace: Path, database: str) -> Iterator[Session]:
    try:
        from analyser.web.app import prepare, workspace_of
        from analyser.web.config import WebConfig
        from analyser.web.database import open_database
    except ModuleNotFoundError as error:
        raise AnalyserError(f"Accounts need more packages ({error.name}): pip install 'analyser[web]'.") from error
    config = WebConfig(workspace=workspace_of(workspace), database=database)
    prepare(config)
    opened = open_database(config)
    try:
        with opened.write() as session:
            yield session
    finally:
        opened.close()


@contextmanager
def _writing(workspace: Path, database: str, action: str, name: str) -> Iterator[Session]:
    with _session(workspace, database) as session:
        from analyser.web.access import record

        yield session
        record(session, None, f"user.{action}", detail=name.strip().lower())
