"""What an operation of the API is, and how one is asked: parameters read by their types, problems told as JSON.

The handler of an operation takes the request and, by name, ``query`` and ``body``; the types of these are what the
operation takes, its docstring says what it does.
"""

from __future__ import annotations

import inspect
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from http import HTTPStatus
from itertools import groupby
from typing import Any, get_type_hints

from pydantic import TypeAdapter, ValidationError
from starlette.concurrency import run_in_threadpool
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from analyser.errors import AnalyserError, StorageError
from analyser.web.api_schema import Key
from analyser.web.problems import TOLD

PREFIX = "/api/v1"
LARGEST = 64 * 1024
"""bytes of a JSON body"""


@dataclass(frozen=True)
class Operation:
    """One method of one address. ``media`` are the types of an answer that is not JSON of ``answer``."""

    method: str
    path: str
    handle: Callable[..., Any]
    answer: Any = None
    status: int = 200
    also: tuple[int, ...] = ()
    """other statuses with the same answer"""
    errors: tuple[int, ...] = ()
    media: tuple[str, ...] = ()
    parts: Mapping[str, Any] = field(default_factory=dict)
    """types of parts of the address that are not keys"""
    headers: Mapping[str, Any] = field(default_factory=dict)
    """headers that have to be sent, and their types; the handler reads them"""
    upload: bool = False
    """the body is a file, which the handler reads by itself: it is then a coroutine"""

    @property
    def query(self) -> Any:
        """The type of its parameters, or None."""
        return _hints(self.handle).get("query")

    @property
    def body(self) -> Any:
        """The type of its JSON body, or None."""
        return _hints(self.handle).get("body")

    @property
    def name(self) -> str:
        """A name for programs that are made from the document."""
        return str(self.handle.__name__)

    @property
    def about(self) -> str:
        """What it does."""
        return inspect.getdoc(self.handle) or ""


def routes_of(operations: Sequence[Operation]) -> list[Route]:
    """One route for each address, which knows all methods of it and so refuses others with what it does take."""
    ordered = sorted(operations, key=lambda one: one.path.count("{"))
    grouped = groupby(sorted(ordered, key=lambda one: one.path), key=lambda one: one.path)
    made = {path: list(group) for path, group in grouped}
    paths = dict.fromkeys(one.path for one in ordered)
    return [_route(path, made[path]) for path in paths]


def _route(path: str, operations: list[Operation]) -> Route:
    by_method = {one.method: one for one in operations}

    async def answer(request: Request) -> Response:
        return await _answer(by_method["GET" if request.method == "HEAD" else request.method], request)

    return Route(PREFIX + path, answer, methods=list(by_method), name=f"api{path}")


async def _answer(operation: Operation, request: Request) -> Response:
    try:
        for name, value in request.path_params.items():
            _check_part(operation.parts.get(name, Key), value)
        for name, kind in operation.headers.items():
            _check_header(name, kind, request.headers.get(name))
        given: dict[str, Any] = {}
        if operation.query is not None:
            given["query"] = _read_query(request, operation.query)
        elif request.query_params:
            raise HTTPException(400, f"{next(iter(request.query_params))[:40]}: there is no such parameter.")
        if operation.body is not None:
            given["body"] = await _read_body(request, operation.body)
        handle: Callable[..., Awaitable[Any]] = operation.handle
        result = await (
            handle(request, **given) if operation.upload else run_in_threadpool(operation.handle, request, **given)
        )
    except HTTPException as error:
        return problem(error.status_code, _said(error), error.headers)
    except AnalyserError as error:
        if isinstance(error, StorageError) and 507 in operation.errors:
            return problem(507, str(error))
        # A file that was sent is at fault, not the way in which it was asked.
        return problem(422 if operation.upload else 409, str(error))
    if isinstance(result, Response):
        return result
    if operation.answer is None:
        return Response(status_code=204)
    return Response(adapter(operation.answer).dump_json(result), operation.status, media_type="application/json")


def problem(status: int, said: str = "", headers: Any = None) -> Response:
    """A refusal as JSON."""
    return JSONResponse(
        {"error": said or TOLD.get(status, "That cannot be done.")}, status, headers=dict(headers) if headers else None
    )


def _said(error: HTTPException) -> str:
    """What was said about it, and not the status's own name that Starlette fills in."""
    plain = error.status_code == 404 or error.detail == HTTPStatus(error.status_code).phrase
    return "" if plain else error.detail


@cache
def adapter(kind: Any) -> TypeAdapter[Any]:
    """What reads and writes a type; kept, since making one is slow."""
    return TypeAdapter(kind)


@cache
def _hints(handle: Callable[..., Any]) -> dict[str, Any]:
    return get_type_hints(handle)


def _check_part(kind: Any, value: str) -> None:
    try:
        adapter(kind).validate_python(value)
    except ValidationError as error:
        raise HTTPException(404) from error


def _check_header(name: str, kind: Any, value: str | None) -> None:
    try:
        adapter(kind).validate_strings(value)
    except ValidationError as error:
        raise HTTPException(400, f"{name}: {_first(error)}") from error


def _read_query(request: Request, kind: Any) -> Any:
    items = request.query_params.multi_items()
    given = dict(items)
    if len(given) < len(items):
        raise HTTPException(400, "A parameter is given twice.")
    try:
        return adapter(kind).validate_strings(given)
    except ValidationError as error:
        raise HTTPException(400, _first(error)) from error


async def _read_body(request: Request, kind: Any) -> Any:
    if request.headers.get("content-type", "").split(";")[0].strip().lower() != "application/json":
        raise HTTPException(415, "Send the body as application/json.")
    body = b""
    async for part in request.stream():
        body += part
        if len(body) > LARGEST:
            raise HTTPException(413, f"A body has at most {LARGEST} bytes.")
    try:
        return adapter(kind).validate_json(body)
    except ValidationError as error:
        raise HTTPException(400, _first(error)) from error


def _first(error: ValidationError) -> str:
    first = error.errors(include_url=False, include_input=False)[0]
    place = ".".join(str(part) for part in first["loc"])[:60]
    return f"{place}: {first['msg']}." if place else f"{first['msg']}."
