"""The app: its parts put together."""

from __future__ import annotations

import logging
from http import HTTPStatus
from importlib import import_module
from pathlib import Path

from sqlalchemy.exc import SQLAlchemyError
from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import BaseRoute, Mount, Route
from starlette.staticfiles import StaticFiles

from analyser.errors import AnalyserError, SettingsError, StorageError
from analyser.web import vault
from analyser.web.config import WebConfig
from analyser.web.database import open_database
from analyser.web.guard import Guard, Proxies
from analyser.web.identity import has_accounts
from analyser.web.problems import KEYS, answer, no_database
from analyser.web.site import Site

PARTS = (
    "accounts",
    "live",
    "calls",
    "uploads",
    "overview",
    "call_page",
    "report",
    "comments",
    "verdicts",
    "scores",
    "scorecards",
    "intentions",
    "corrections",
    "tokens",
    "api",
    "webhook_pages",
    "privacy",
    "audit",
    "admin",
)
"""modules of ``analyser.web`` with ``routes``, in the order in which they are asked"""
log = logging.getLogger(__name__)


class Assets(StaticFiles):
    """Files of the app itself, which are no secret; their address changes with them, so browsers may keep them."""

    def file_response(self, *args: object, **kwargs: object) -> Response:
        """The file, to be kept for a year."""
        answer = super().file_response(*args, **kwargs)  # type: ignore[arg-type]
        answer.headers["cache-control"] = "public, max-age=31536000, immutable"
        return answer


def create_app(config: WebConfig) -> Starlette:
    """The app over the workspace of ``config``, its database brought up to date.

    Raises SettingsError for a configuration that cannot be, StorageError when workspace or database cannot be used.
    """
    config.check()
    vault.check_key(config)
    prepare(config)
    vault.sweep(config)
    site = Site(config, open_database(config))
    if not config.local and not has_accounts(site.database):
        site.database.close()
        raise SettingsError(
            f"{config.host} can be reached by others (or a proxy leads there), and nobody has an account yet. "
            "Make one first: analyser users add NAME --role admin"
        )
    app = Starlette(
        routes=[*routes(), Mount("/static", Assets(packages=[("analyser.web", "static")]))],
        middleware=[
            Middleware(Proxies, trusted=config.trusted_proxies),
            Middleware(Guard, site=site),
        ],
        exception_handlers={
            HTTPException: _refused,
            AnalyserError: _wrong,
            SQLAlchemyError: _no_database,
        },
    )
    app.state.site = site
    return app


def routes() -> list[BaseRoute]:
    """The addresses of all parts."""
    found: list[BaseRoute] = [Route("/health", health)]
    for part in PARTS:
        found += import_module(f"analyser.web.{part}").routes
    return found


def prepare(config: WebConfig) -> None:
    """Make the workspace's folders, for this user alone; raises StorageError."""
    for folder in (config.workspace, config.calls, config.uploads, config.temporary):
        try:
            folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            if folder.stat().st_mode & 0o077:
                folder.chmod(0o700)
        except OSError as error:
            raise StorageError(
                f"{folder}: cannot be made ({error.strerror or error}). Choose another folder with --workspace."
            ) from error


def workspace_of(path: Path) -> Path:
    """A workspace by its whole path."""
    return path.expanduser().resolve()


def health(request: Request) -> Response:
    """Whether the app is up, for whatever watches it."""
    return JSONResponse({"ok": True})


async def _refused(request: Request, error: Exception) -> Response:
    if not isinstance(error, HTTPException):
        raise error
    # Starlette fills in the status's own name where nothing was said.
    said = "" if error.detail == HTTPStatus(error.status_code).phrase or error.status_code == 404 else error.detail
    refusal = answer(request, error.status_code, KEYS.get(error.status_code, "refused"), said)
    for name, value in (error.headers or {}).items():
        refusal.headers[name] = value
    return refusal


async def _wrong(request: Request, error: Exception) -> Response:
    status = 507 if isinstance(error, StorageError) else 400
    log.warning("%s %s: %s", request.method, request.url.path, type(error).__name__)
    return answer(request, status, "wrong", str(error) if status == 400 else "")


async def _no_database(request: Request, error: Exception) -> Response:
    return no_database(request, error)
