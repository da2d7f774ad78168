"""``analyser serve``: the team's pages, and the worker that analyses what is uploaded."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import click

from analyser.commands.analyse import gather_settings, settings_options
from analyser.errors import AnalyserError


def workspace_options(command: Any) -> Any:
    """Where the app's data lives; shared by the commands that look into it."""
    for option in (
        click.option("--database", default="", help="URL of another database than SQLite, such as postgresql://…"),
        click.option(
            "--workspace",
            type=click.Path(file_okay=False, path_type=Path),
            default="workspace",
            help="Folder with all of the app's data.",
        ),
    ):
        command = option(command)
    return command


@click.command()
@workspace_options
@click.option("--host", default="127.0.0.1", help="Address to listen to; beyond this machine accounts are needed.")
@click.option("--port", type=click.IntRange(1, 65535), default=8000, help="Port to listen to.")
@click.option("--allowed-host", "allowed_hosts", multiple=True, help="Name under which browsers may ask; repeatable.")
@click.option("--certificate", type=click.Path(path_type=Path), help="TLS certificate (PEM).")
@click.option("--certificate-key", type=click.Path(path_type=Path), help="Its key (PEM).")
@click.option(
    "--trusted-proxy", "trusted_proxies", multiple=True, help="Address of a proxy whose headers count; repeatable."
)
@click.option(
    "--key-file",
    type=click.Path(path_type=Path),
    help="Key with which recordings are kept encrypted (base64, 32 bytes).",
)
@click.option("--max-upload", type=click.IntRange(1), default=2048, help="MiB of the largest recording taken.")
@click.option(
    "--watch", type=click.Path(file_okay=False, path_type=Path), help="Folder from which recordings are taken."
)
@click.option("--webhook-host", "webhook_hosts", multiple=True, help="Host to which webhooks may go; repeatable.")
@click.option("--keep-recording-days", "retention_recording", type=click.IntRange(0), default=0, help="0 keeps it.")
@click.option("--keep-words-days", "retention_transcript", type=click.IntRange(0), default=0, help="0 keeps them.")
@click.option("--keep-call-days", "retention_call", type=click.IntRange(0), default=0, help="0 keeps it.")
@settings_options
def serve(workspace: Path, max_upload: int, settings_file: Path | None, **given: Any) -> None:
    """Serve the team's pages: upload recordings, read reports, work through them together.

    On this machine alone nobody logs in. With --host for others, make accounts first: `analyser users add`.
    """
    try:
        from analyser.web.config import WebConfig
        from analyser.web.serving import serve as run
    except ModuleNotFoundError as error:
        raise AnalyserError(f"The pages need more packages ({error.name}): pip install 'analyser[web]'.") from error
    os.umask(0o077)  # whatever is written is this user's alone
    names = set(WebConfig.__dataclass_fields__)
    web = {key: value for key, value in given.items() if key in names}
    flags = {key: value for key, value in given.items() if key not in names}
    run(
        WebConfig(
            workspace=workspace.expanduser().resolve(),
            settings=gather_settings(settings_file, **flags),
            max_upload=max_upload << 20,
            **web,
        )
    )
