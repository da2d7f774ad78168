"""The OpenAPI 3.1 document of the API, made from its operations."""

from __future__ import annotations

import re
from collections.abc import Sequence
from http import HTTPStatus
from typing import Any, Literal

from pydantic import TypeAdapter

from analyser import __version__
from analyser.web.api_operations import PREFIX, Operation, adapter
from analyser.web.api_schema import Key, Problem

Mode = Literal["validation", "serialization"]
ALWAYS = (400, 401, 403, 503)
"""with which any operation may answer: a wrong parameter, no token, another site's page, no database"""


def document(operations: Sequence[Operation]) -> dict[str, Any]:
    """The document, as what JSON takes."""
    wanted: list[tuple[str, Mode, TypeAdapter[Any]]] = [("problem", "serialization", adapter(Problem))]
    for one in operations:
        for part, mode in (("query", "validation"), ("body", "validation"), ("answer", "serialization")):
            kind = getattr(one, part)
            if kind is not None:
                wanted.append((f"{one.name}.{part}", mode, adapter(kind)))  # type: ignore[arg-type]
    schemas, shared = TypeAdapter.json_schemas(wanted, ref_template="#/components/schemas/{model}")
    found = {name: schema for (name, _), schema in schemas.items()}
    definitions: dict[str, Any] = dict(shared.get("$defs", {}))
    paths: dict[str, dict[str, Any]] = {}
    for one in operations:
        paths.setdefault(PREFIX + one.path, {})[one.method.lower()] = _operation(one, found, definitions)
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "analyser",
            "version": __version__,
            "description": "Calls, what was found in them, and what people remark on them. Every operation answers "
            "with what the token's user may see; what they may not see does not exist.",
        },
        "servers": [{"url": "/"}],
        "security": [{"token": []}],
        "paths": paths,
        "components": {
            "securitySchemes": {"token": {"type": "http", "scheme": "bearer", "description": "made on /tokens"}},
            "schemas": definitions,
        },
    }


def _operation(one: Operation, found: dict[str, Any], definitions: dict[str, Any]) -> dict[str, Any]:
    summary, _, more = one.about.partition("\n\n")
    made: dict[str, Any] = {"operationId": one.name, "summary": " ".join(summary.split()), "responses": {}}
    if more:
        made["description"] = " ".join(more.split())
    parameters = [
        {"name": name, "in": "path", "required": True, "schema": adapter(one.parts.get(name, Key)).json_schema()}
        for name in re.findall(r"{(\w+)", one.path)
    ]
    if one.query is not None:
        schema = _resolved(found[f"{one.name}.query"], definitions)
        parameters += [
            {"name": name, "in": "query", "required": name in schema.get("required", ()), "schema": _plain(kind)}
            for name, kind in schema.get("properties", {}).items()
        ]
    parameters += [
        {"name": name, "in": "header", "required": True, "schema": adapter(kind).json_schema()}
        for name, kind in one.headers.items()
    ]
    if parameters:
        made["parameters"] = parameters
    if one.body is not None:
        made["requestBody"] = {"required": True, "content": _json(found[f"{one.name}.body"])}
    if one.upload:
        binary = {"application/octet-stream": {"schema": {"type": "string", "format": "binary"}}}
        made["requestBody"] = {"required": True, "content": binary}
    for status in (one.status, *one.also):
        made["responses"][str(status)] = _answer(one, status, found)
    for status in sorted({*ALWAYS, *one.errors}):
        made["responses"][str(status)] = {
            "description": HTTPStatus(status).phrase,
            "content": _json(found["problem"]),
        }
    return made


def _answer(one: Operation, status: int, found: dict[str, Any]) -> dict[str, Any]:
    made: dict[str, Any] = {"description": HTTPStatus(status).phrase}
    if one.answer is not None:
        made["content"] = _json(found[f"{one.name}.answer"])
    elif one.media:
        made["content"] = {media: {"schema": {}} for media in one.media}
    return made


def _json(schema: dict[str, Any]) -> dict[str, Any]:
    return {"application/json": {"schema": schema}}


def _resolved(schema: dict[str, Any], definitions: dict[str, Any]) -> dict[str, Any]:
    reference = schema.get("$ref")
    return dict(definitions[reference.rsplit("/", 1)[1]]) if reference else schema


def _plain(schema: dict[str, Any]) -> dict[str, Any]:
    """The schema of a parameter: one that is not given is left out, never null."""
    choices = [choice for choice in schema.get("anyOf", ()) if choice != {"type": "null"}]
    if len(choices) != 1:
        return schema
    rest = {name: value for name, value in schema.items() if name not in ("anyOf", "default")}
    return {**choices[0], **rest}
