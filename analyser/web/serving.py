"""Running the app: uvicorn here, and beside it the process that works off the queue."""

from __future__ import annotations

import click

from analyser.errors import AnalyserError
from analyser.web.app import create_app
from analyser.web.config import WebConfig

GRACE = 10
"""seconds that open requests get when the app stops"""


def serve(config: WebConfig) -> None:
    """Serve until interrupted. Raises SettingsError, or StorageError, before anything listens."""
    import uvicorn

    app = create_app(config)
    server = uvicorn.Server(
        uvicorn.Config(
            app,
            host=config.host,
            port=config.port,
            ssl_certfile=config.certificate,
            ssl_keyfile=config.certificate_key,
            proxy_headers=False,  # ours believes named proxies only
            server_header=False,
            access_log=False,  # addresses hold keys of calls; the audit trail says who did what
            log_level="warning",
            timeout_graceful_shutdown=GRACE,
        )
    )
    scheme = "https" if config.certificate else "http"
    click.echo(f"analyser listens at {scheme}://{config.host}:{config.port}/ (Ctrl-C stops it)")
    server.run()
    if not server.started:
        raise AnalyserError(f"{config.host}:{config.port} cannot be listened to. Choose another --port.")
