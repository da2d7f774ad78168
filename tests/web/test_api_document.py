"""Everything that the API's document allows, asked as a seller and as an admin: answers are as the document says."""

from __future__ import annotations

import random
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import ClassVar, get_args

import pytest

pytest.importorskip("schemathesis", reason="schemathesis is not installed")

import schemathesis
from hypothesis import HealthCheck, Phase, settings
from schemathesis import APIOperation, Case, GenerationMode, HookContext
from schemathesis.transport.serialization import Binary
from starlette.applications import Starlette
from starlette.types import Receive, Scope, Send

from analyser.languages import available
from analyser.report.exports import EXPORTS
from analyser.web.api import OPERATIONS
from analyser.web.api_document import document
from analyser.web.api_schema import Format, Language
from analyser.web.app import create_app, prepare
from analyser.web.config import WebConfig
from analyser.web.database import open_database
from analyser.web.identity import hash_token
from analyser.web.tables import STATES, ApiToken, Call, Comment, Upload, User
from tests.browsers import TYPED

ASKERS = ("anna", "ada")
EXAMPLES = 8


class Late:
    """Stands for the app while tests are collected, and then asks the one that a fixture made."""

    app: Starlette
    keys: ClassVar[list[str]] = []
    waiting: ClassVar[list[str]] = []
    uploads: ClassVar[list[str]] = []
    doomed: ClassVar[list[str]] = []
    asked: ClassVar[set[str]] = set()
    answered: ClassVar[set[str]] = set()
    draw = random.Random(1)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        await self.app(scope, receive, send)


late = Late()
schema = schemathesis.openapi.from_dict(document(OPERATIONS))
schema.app = late
schema.config.generation.update(modes=list(GenerationMode))
# A file of any bytes is what the document allows, and few of them are recordings.
schema.config.checks.positive_data_acceptance.expected_statuses = ["2xx", "401", "403", "404", "409", "413", "422"]


@schema.hook
def map_path_parameters(context: HookContext, path_parameters: dict[str, object] | None) -> object:
    """Real keys, where others would be made up; those of some calls are for deleting."""
    if path_parameters and len(str(path_parameters.get("key", ""))) == 32 and late.draw.random() < 0.9:
        assert context.operation is not None
        path_parameters["key"] = late.draw.choice(_fitting(context.operation))
    return path_parameters


def _fitting(operation: APIOperation) -> list[str]:
    if "/uploads/" in operation.path:
        return late.uploads
    if operation.method == "delete":
        return late.doomed
    return late.waiting if operation.path.endswith(("/retry", "/cancel")) else late.keys


@schema.hook
def map_body(context: object, body: object) -> object:
    """A transcript now and then, where others would be noise."""
    if isinstance(body, dict) and isinstance(body.get("name"), str):
        return body | {"name": "typed.tsv"} if late.draw.random() < 0.5 else body
    return TYPED.encode() if isinstance(body, bytes | Binary) and late.draw.random() < 0.5 else body


@schema.hook
def map_query(context: HookContext, query: dict[str, object] | None) -> object:
    """A transcript's name, for a transcript."""
    return query | {"name": "typed.tsv"} if query and query.get("name") and late.draw.random() < 0.8 else query


@pytest.fixture(scope="module", autouse=True)
def app(tmp_path_factory: pytest.TempPathFactory, analysed: Path) -> Iterator[Starlette]:
    """An app with a seller, an admin, their tokens (which are their names), and calls in every state."""
    config = WebConfig(workspace=tmp_path_factory.mktemp("api") / "workspace", allowed_hosts=("testserver",))
    prepare(config)
    with open_database(config).write() as session:  # under another name it does not start without an account
        session.add(User(name="first", role="admin", password="x"))
    made = create_app(config)
    with made.state.site.database.write() as session:
        for name, role in zip(ASKERS, ("seller", "admin"), strict=True):
            user = User(name=name, role=role, team="north", password="x")
            session.add(user)
            session.flush()
            session.add(ApiToken(user_id=user.id, name="test", token=hash_token(name)))
            for number, state in enumerate((*STATES, *("done",) * 10, *STATES)):
                call = Call(
                    owner_id=user.id, team="north", state=state, name="a.tsv", recording="a.tsv", size=1, sha256="0"
                )
                session.add(call)
                session.flush()
                # One that runs would be waited for before it is deleted.
                (late.doomed if number >= len(STATES) + 10 and state != "running" else late.keys).append(call.key)
                if state not in ("done", "running") and number < len(STATES):
                    late.waiting.append(call.key)
                if state == "done":
                    shutil.copytree(analysed, config.calls / call.key)
                    session.add(Comment(call_id=call.id, author_id=user.id, kind="praise", text="Mooi", time=3.0))
            for number in range(4):
                upload = Upload(
                    user_id=user.id,
                    name="typed.tsv",
                    size=len(TYPED.encode()) * (1 + number % 2),
                    details={"modified": 0},
                )
                session.add(upload)
                session.flush()
                late.uploads.append(upload.key)
    late.app = made
    yield made
    # A test that only ever saw refusals would say nothing.
    assert late.answered == late.asked
    made.state.site.database.close()


@schema.hook
def map_headers(context: HookContext, headers: dict[str, object] | None) -> object:
    """Mostly from the beginning, where an upload would go on from a place that it is not at."""
    if headers and str(headers.get("Upload-Offset")).isdecimal() and late.draw.random() < 0.7:
        headers["Upload-Offset"] = "0"
    return headers


@schema.parametrize()
@settings(
    max_examples=EXAMPLES,
    deadline=None,
    derandomize=True,
    database=None,
    phases=[Phase.explicit, Phase.generate],
    suppress_health_check=list(HealthCheck),
)
def test_the_api_is_as_its_document_says(case: Case) -> None:
    for asker in ASKERS:
        answer = case.call_and_validate(headers={"Authorization": f"Bearer {asker}"})
        late.asked.add(case.operation.label)
        if answer.status_code < 300:
            late.answered.add(case.operation.label)


def test_the_document_names_every_format_and_language() -> None:
    assert set(get_args(Format)) == set(EXPORTS)
    assert set(get_args(Language)) == {"auto", *available()}


def test_every_operation_says_what_it_does() -> None:
    assert all(one.about for one in OPERATIONS)
    assert len({one.name for one in OPERATIONS}) == len(OPERATIONS)
