"""An app in which a call of anna's has everything that a call can have, with a word of its own in every field."""

from __future__ import annotations

import hashlib
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from sqlalchemy import select
from starlette.applications import Starlette
from starlette.routing import Mount, Route
from starlette.testclient import TestClient

from analyser.web.app import create_app
from analyser.web.config import WebConfig
from analyser.web.identity import SESSION_COOKIE, begin_session, hash_token
from analyser.web.site import Site
from analyser.web.tables import (
    ApiToken,
    Audit,
    Base,
    Call,
    Comment,
    Delivery,
    Event,
    Intention,
    Scorecard,
    Submission,
    Upload,
    User,
    Verdict,
    Webhook,
    now,
)
from analyser.web.verdicts import moment_keys
from tests.browsers import BASE, browser

PEOPLE = {
    "anna": ("seller", "north"),
    "bram": ("seller", "north"),
    "zoe": ("seller", "south"),
    "tom": ("trainer", "north"),
    "uma": ("trainer", "south"),
    "ada": ("admin", ""),
}
UNTOUCHED = frozenset({"audit", "events", "sessions", "login_failures", "api_tokens"})
"""tables in which refusals, and askers themselves, may leave something"""


@dataclass
class World:
    """The app, and the keys of what is in it. ``mark`` stands before every text of anna's call."""

    app: Starlette
    mark: str = ""
    keys: dict[str, str] = field(default_factory=dict)
    cookies: dict[str, str] = field(default_factory=dict)

    @property
    def site(self) -> Site:
        found: Site = self.app.state.site
        return found

    def as_browser(self, name: str) -> TestClient:
        """Logged in as that user, or as nobody for an empty name."""
        opened = browser(self.app)
        if name:
            opened.cookies.set(SESSION_COOKIE, self.cookies[name])
        return opened

    def as_program(self, name: str) -> TestClient:
        """With a token of that user."""
        headers = {"authorization": f"Bearer token-of-{name}"}
        return TestClient(self.app, base_url=BASE, headers=headers, follow_redirects=False)

    def addresses(self) -> Iterator[tuple[str, str]]:
        """Method and path of every route of the app, in order."""
        for route in self.app.routes:
            if isinstance(route, Mount):
                assert route.path == "/static", "a new mount: what does it serve to whom?"
                continue
            assert isinstance(route, Route)
            for method in sorted((route.methods or {"GET"}) - {"HEAD"}):
                yield method, route.path

    def state(self) -> dict[str, Any]:
        """All that is kept, to see whether something changed."""
        found: dict[str, Any] = {}
        with self.site.database.engine.connect() as connection:
            for table in Base.metadata.sorted_tables:
                if table.name not in UNTOUCHED:
                    found[table.name] = sorted(str(tuple(row)) for row in connection.execute(table.select()))
        for path in sorted(self.site.config.calls.glob("*/*")):
            # The summary is made from the analysis when an overview first needs it.
            if not path.name.startswith(".") and path.name != "summary.json":
                found[f"{path.parent.name}/{path.name}"] = hashlib.sha256(path.read_bytes()).hexdigest()
        return found


@contextmanager
def world(workspace: Path, analysed: Path, *, mark: str = "") -> Iterator[World]:
    """Make one; ``mark`` is put before every text that people can give."""
    config = WebConfig(workspace=workspace, webhook_hosts=("crm.example.com",))
    made = World(create_app(config), mark)
    with made.site.database.write() as session:
        users = {}
        for name, (role, team) in PEOPLE.items():
            users[name] = User(name=name, display=f"{mark}{name.title()}", role=role, team=team, password="x")
            session.add(users[name])
            session.flush()
            made.cookies[name] = begin_session(session, users[name])
            session.add(ApiToken(user_id=users[name].id, name=f"{mark}token", token=hash_token(f"token-of-{name}")))
        anna, tom = users["anna"], users["tom"]
        for kind, state in (("call", "done"), ("failed", "failed"), ("queued", "queued"), ("doomed", "done")):
            call = Call(
                owner_id=anna.id,
                uploader_id=anna.id,
                team="north",
                name=f"{mark}geheimbestand.tsv",
                recording="recording.wav",
                size=16,
                sha256="0" * 64,
                seller=f"{mark}geheimeverkoper",
                client=f"{mark}geheimeklant",
                consent=f"{mark}geheimegrond",
                date="2026-11-20",
                state=state,
                reason=f"{mark}geheimereden" if state == "failed" else "",
                finished=now() if state != "queued" else None,
            )
            session.add(call)
            session.flush()
            made.keys[kind] = call.key
            folder = config.calls / call.key
            shutil.copytree(analysed, folder)
            (folder / "recording.wav").write_bytes(b"RIFFgeheimgeluid")
            session.add(Event(call_id=call.id, kind="state"))
            session.add(Audit(user="anna", action="call.add", call=call.key))
            if kind == "call":
                kept = call
        for kind, author in (("own", anna), ("other", tom)):
            text = f"{mark}geheimeopmerking"
            comment = Comment(call_id=kept.id, author_id=author.id, kind="praise", text=text, time=3.0)
            session.add(comment)
            session.flush()
            made.keys[kind] = comment.key
        made.keys["moment"] = moment_keys(config, kept)[0]
        verdict = Verdict(call_id=kept.id, side="trainer", author_id=tom.id, moment=made.keys["moment"])
        verdict.verdict, verdict.comment = "disagree", f"{mark}geheimoordeel"
        session.add(verdict)
        session.add(Intention(call_id=kept.id, author_id=anna.id, text=f"{mark}geheimvoornemen"))
        question = {
            "id": "q1",
            "kind": "open",
            "text": f"{mark}geheimevraag",
            "guide": f"{mark}geheimeuitleg",
        }
        card = Scorecard(team="north", name=f"{mark}geheimekaart", questions=[question], author_id=tom.id)
        session.add(card)
        session.flush()
        made.keys["card"] = card.key
        session.add(Submission(call_id=kept.id, side="trainer", author_id=tom.id, scorecard_id=card.id, answers={}))
        for kind in ("upload", "doomed_upload"):
            upload = Upload(user_id=anna.id, name=f"{mark}geheimeupload.tsv", size=10, details={"modified": 0})
            session.add(upload)
            session.flush()
            made.keys[kind] = upload.key
        hook = Webhook(url="https://crm.example.com/geheimehaak", secret="geheim", team=f"{mark}north")
        session.add(hook)
        session.flush()
        session.add(Delivery(webhook_id=hook.id, call_id=kept.id, event="call.done", error=f"{mark}geheimefout"))
        assert session.scalar(select(Call.id).where(Call.key == made.keys["call"])) is not None
    yield made
    made.site.database.close()
