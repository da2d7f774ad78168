"""The command line."""

from __future__ import annotations

import sys
from importlib import import_module
from typing import Any

import click

from analyser import __version__
from analyser.errors import AnalyserError

COMMANDS = {
    "analyse": "analyse:analyse",
    "batch": "batch:batch",
    "overview": "overview:overview",
    "search": "search:search",
    "relabel": "relabel:relabel",
    "voices": "voices:voices",
    "models": "models:models",
    "doctor": "models:doctor",
    "evaluate": "evaluate:evaluate",
    "serve": "serve:serve",
    "users": "users:users",
    "privacy": "privacy:privacy",
    "feedback": "feedback:feedback",
}
"""command: module of ``analyser.commands`` and attribute; loaded when it is asked for, so that --help is instant"""


class LazyGroup(click.Group):
    """A group whose commands are imported when they are used."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Names in the order of COMMANDS."""
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """The command of that name, imported now; None when there is none."""
        if cmd_name not in COMMANDS:
            return None
        module, _, attribute = COMMANDS[cmd_name].partition(":")
        command: click.Command = getattr(import_module(f"analyser.commands.{module}"), attribute)
        return command


@click.group(
    cls=LazyGroup,
    context_settings={"show_default": True, "help_option_names": ["-h", "--help"], "max_content_width": 100},
)
@click.version_option(__version__, prog_name="analyser")
def cli() -> None:
    """Listens to recorded sales conversations and shows a seller and their trainer what to work on.

    Everything runs on this machine: no recording, word or figure leaves it.
    """


def main(arguments: list[str] | None = None) -> Any:
    """Run the command line; an AnalyserError becomes one clear line and exit code 1, Ctrl-C exit code 130."""
    try:
        code = cli.main(args=arguments, prog_name="analyser", standalone_mode=False)
    except click.exceptions.Exit as stop:
        code = stop.exit_code
    except click.ClickException as error:
        error.show()
        code = error.exit_code
    except (click.Abort, KeyboardInterrupt):
        click.echo("Stopped. What was finished is kept; the same command goes on from there.", err=True)
        code = 130
    except AnalyserError as error:
        click.echo(f"Error: {error}", err=True)
        code = 1
    sys.exit(code if isinstance(code, int) else 0)


if __name__ == "__main__":
    main()
