"""What is answered when something cannot be done: a page for people, JSON for programs, nothing of what lies behind."""

from __future__ import annotations

import logging
import traceback

from sqlalchemy.exc import DataError
from starlette.requests import Request
from starlette.responses import JSONResponse, PlainTextResponse, Response

from analyser.web.site import page

KEYS = {404: "not_found", 405: "not_found", 413: "too_large", 429: "slow_down"}
TOLD = {
    400: "That is not as it should be.",
    403: "That may not be done from here.",
    404: "There is nothing here that you may see.",
    405: "That cannot be done at this address.",
    409: "That cannot be done now.",
    413: "That is too large.",
    429: "Too many tries; wait a quarter of an hour.",
    500: "Something went wrong here.",
    503: "The database cannot be reached now; try again shortly.",
    507: "It cannot be kept: the disk is full or cannot be written.",
}
"""for programs, where nothing more is known"""
log = logging.getLogger(__name__)


def answer(request: Request, status: int, key: str, detail: str = "") -> Response:
    """The refusal that the asker can read; ``key`` names the page's text, ``detail`` is shown with it."""
    if for_program(request):
        return JSONResponse({"error": detail or TOLD.get(status, key)}, status)
    try:
        return page(request, "error.html", status, key=key, detail=detail)
    except Exception as error:  # the error page itself needs nothing to go wrong
        log.error("the error page could not be made (%s)", type(error).__name__)
        return PlainTextResponse(f"{status}\n", status)


def for_program(request: Request) -> bool:
    """Whether a program asks, and not a browser for a page."""
    return request.url.path.startswith("/api/") or "application/json" in request.headers.get("accept", "")


def no_database(request: Request, error: Exception) -> Response:
    """The database is locked or gone, or refuses what it was given."""
    # What the database says can hold what a client said: into the log goes its kind alone.
    log.error("%s %s: %s", request.method, _place(request), type(error).__name__)
    if isinstance(error, DataError):
        return answer(request, 400, "wrong")
    said = answer(request, 503, "no_database")
    said.headers["retry-after"] = "10"
    return said


def broken(request: Request, error: Exception) -> Response:
    """A fault of ours. The log says where it happened; an exception's text can hold what a client said."""
    frames = "".join(traceback.format_tb(error.__traceback__))
    log.error("%s %s: %s\n%s", request.method, _place(request), type(error).__name__, frames)
    return answer(request, 500, "wrong")


def _place(request: Request) -> str:
    route = request.scope.get("route")
    return str(getattr(route, "path", "")) or request.url.path.split("/")[1][:20]
