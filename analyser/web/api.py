"""The API for other programs: its operations, their addresses, its document, and a page about it."""

from __future__ import annotations

from functools import cache
from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from analyser.records import Analysis
from analyser.web import api_calls, api_incoming, api_team
from analyser.web.api_document import document
from analyser.web.api_operations import PREFIX, Operation, routes_of
from analyser.web.api_schema import (
    Accepted,
    CallAnswer,
    CallPage,
    CommentAnswer,
    CommentsAnswer,
    Format,
    Me,
    MomentsAnswer,
    Offset,
    OverviewAnswer,
    StateAnswer,
    TallyAnswer,
    TranscriptAnswer,
    UploadAnswer,
    UploadsAnswer,
    UsersAnswer,
)
from analyser.web.site import page
from analyser.web.webhooks import SIGNATURE

CALL, UPLOAD = "/calls/{key}", "/uploads/{key}"
FILES = tuple(dict.fromkeys((*api_calls.TYPES.values(), api_calls.ZIP)))
OPERATIONS = (
    Operation("GET", "/me", api_team.get_me, Me),
    Operation("GET", "/calls", api_calls.list_calls, CallPage, errors=(404,)),
    Operation("POST", "/calls", api_incoming.send_call, Accepted, status=201, errors=(413, 415, 422, 507), upload=True),
    Operation("GET", "/uploads", api_incoming.list_uploads, UploadsAnswer),
    Operation(
        "POST",
        "/uploads",
        api_incoming.begin_upload,
        UploadAnswer,
        status=201,
        also=(200,),
        errors=(413, 415, 422, 429, 507),
    ),
    Operation("GET", UPLOAD, api_incoming.get_upload, UploadAnswer, errors=(404,)),
    Operation(
        "PATCH",
        UPLOAD,
        api_incoming.send_part,
        UploadAnswer,
        status=200,
        also=(201,),
        errors=(404, 409, 413, 415, 422, 423, 507),
        headers={"Upload-Offset": Offset},
        upload=True,
    ),
    Operation("DELETE", UPLOAD, api_incoming.drop_upload, status=204, errors=(404,)),
    Operation("GET", CALL, api_calls.get_call, CallAnswer, errors=(404,)),
    Operation("DELETE", CALL, api_incoming.delete_call, status=204, errors=(404, 507)),
    Operation("GET", f"{CALL}/state", api_calls.get_state, StateAnswer, errors=(404,)),
    Operation("POST", f"{CALL}/retry", api_incoming.retry_call, StateAnswer, errors=(404, 409)),
    Operation("POST", f"{CALL}/cancel", api_incoming.cancel_call, StateAnswer, errors=(404, 409)),
    Operation("GET", f"{CALL}/analysis.json", api_calls.get_analysis, Analysis, errors=(404, 409)),
    Operation("GET", f"{CALL}/transcript", api_calls.get_transcript, TranscriptAnswer, errors=(404, 409)),
    Operation("GET", f"{CALL}/moments", api_calls.get_moments, MomentsAnswer, errors=(404, 409)),
    Operation("GET", f"{CALL}/tallies", api_calls.get_tallies, TallyAnswer, errors=(404, 409)),
    Operation(
        "GET",
        f"{CALL}/exports/{{format}}",
        api_calls.get_export,
        media=FILES,
        parts={"format": Format},
        errors=(404, 409),
    ),
    Operation("GET", f"{CALL}/comments", api_team.list_comments, CommentsAnswer, errors=(404,)),
    Operation("POST", f"{CALL}/comments", api_team.add_comment, CommentAnswer, status=201, errors=(404, 409, 413, 415)),
    Operation("GET", "/overview", api_team.get_overview, OverviewAnswer),
    Operation("GET", "/users", api_team.list_users, UsersAnswer, errors=(404,)),
)


def api_page(request: Request) -> Response:
    """What the API can do, for people."""
    address = f"{request.url.scheme}://{request.url.netloc}{PREFIX}"
    return page(request, "api.html", operations=OPERATIONS, address=address, prefix=PREFIX, signature=SIGNATURE)


def openapi(request: Request) -> Response:
    """The OpenAPI document."""
    return JSONResponse(_document())


@cache
def _document() -> dict[str, Any]:
    return document(OPERATIONS)


routes = [
    Route("/api", api_page),
    Route(f"{PREFIX}/openapi.json", openapi),
    *routes_of(OPERATIONS),
]
