"""What tests of the pages share: an app over an empty workspace, people who log in, and an analysed call."""

from __future__ import annotations

import shutil
import socket
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

pytest.importorskip("starlette", reason="the extra 'web' is not installed")

from sqlalchemy import select
from starlette.applications import Starlette
from starlette.testclient import TestClient

from analyser.pipeline import analyse
from analyser.settings import Settings
from analyser.web.accounts import hash_password
from analyser.web.app import create_app
from analyser.web.config import WebConfig
from analyser.web.identity import SESSION_COOKIE
from analyser.web.site import Site
from analyser.web.tables import Call, User, new_key, now
from tests.browsers import PASSWORD, TYPED, browser
from tests.postgres import binaries, new_database, postgres_server


@pytest.fixture(scope="session")
def postgres() -> Iterator[str]:
    """A PostgreSQL server; tests that need one skip where it or its driver is not installed."""
    pytest.importorskip("psycopg", reason="the extra 'postgres' is not installed")
    if binaries() is None:
        pytest.skip("Debian's package 'postgresql' is not installed")
    with postgres_server() as server:
        yield server


@pytest.fixture
def postgres_config(tmp_path: Path, postgres: str) -> WebConfig:
    """An empty workspace over an empty PostgreSQL database."""
    return WebConfig(workspace=tmp_path / "workspace", database=new_database(postgres, f"t{new_key()}"))


@pytest.fixture
def config(tmp_path: Path) -> WebConfig:
    return WebConfig(workspace=tmp_path / "workspace")


@pytest.fixture
def app(config: WebConfig) -> Iterator[Starlette]:
    made = create_app(config)
    yield made
    made.state.site.database.close()


@pytest.fixture
def site(app: Starlette) -> Site:
    return app.state.site


@pytest.fixture
def client(app: Starlette) -> Iterator[TestClient]:
    """A browser on the machine itself, where nobody logs in."""
    with browser(app) as opened:
        yield opened


@pytest.fixture(scope="session")
def hashed() -> str:
    """The hash of everybody's password; made once, since hashing is slow on purpose."""
    return hash_password(PASSWORD)


@pytest.fixture
def people(app: Starlette, site: Site, hashed: str) -> Callable[[str], TestClient]:
    """Log in as ``anna`` or ``bram`` (sellers of team north), ``zoe`` (seller of south), ``tom`` (trainer of north),
    ``uma`` (trainer of south) or ``ada`` (admin)."""
    with site.database.write() as session:
        for name, role, team in (
            ("anna", "seller", "north"),
            ("bram", "seller", "north"),
            ("zoe", "seller", "south"),
            ("tom", "trainer", "north"),
            ("uma", "trainer", "south"),
            ("ada", "admin", ""),
        ):
            session.add(User(name=name, display=name.title(), role=role, team=team, password=hashed))

    def log_in(name: str) -> TestClient:
        opened = browser(app)
        answer = opened.post("/login", data={"name": name, "password": PASSWORD})
        assert answer.status_code == 303, answer.text
        return opened

    return log_in


@pytest.fixture(scope="session")
def analysed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of a call that was analysed from a typed conversation."""
    folder = tmp_path_factory.mktemp("analysed")
    source = folder / "typed.tsv"
    source.write_text(TYPED, encoding="utf-8")
    _, job = analyse(source, Settings(), output=folder, name="gesprek met groothandel.tsv", folder="call")
    return job.folder


@pytest.fixture
def add_call(site: Site, analysed: Path) -> Callable[..., str]:
    """Put the analysed call into the workspace as one of ``owner``'s; returns its key."""

    def add(owner: str | None = None, **values: object) -> str:
        key = new_key()
        shutil.copytree(analysed, site.config.calls / key)
        (site.config.calls / key / "recording.tsv").write_text(TYPED, encoding="utf-8")
        with site.database.write() as session:
            user = session.scalar(select(User).where(User.name == owner)) if owner else None
            call = Call(
                key=key,
                owner_id=user.id if user else None,
                uploader_id=user.id if user else None,
                team=user.team if user else "",
                seller=user.shown if user else "",
                name="gesprek met groothandel.tsv",
                recording="recording.tsv",
                size=len(TYPED),
                sha256="0" * 64,
                date="2026-11-20",
                state="done",
                finished=now(),
            )
            for name, value in values.items():
                setattr(call, name, value)
            session.add(call)
        return key

    return add


@pytest.fixture
def live(app: Starlette) -> Iterator[str]:
    """The app as browsers reach it: its address, such as http://127.0.0.1:40123, for as long as the test lasts."""
    import uvicorn

    listening = socket.create_server(("127.0.0.1", 0))
    server = uvicorn.Server(uvicorn.Config(app, log_level="warning", access_log=False, lifespan="off"))
    # Pages that wait for changes keep their request open: nobody waits for them at the end.
    server.force_exit = True
    thread = threading.Thread(target=server.run, kwargs={"sockets": [listening]}, daemon=True)
    thread.start()
    yield f"http://127.0.0.1:{listening.getsockname()[1]}"
    server.should_exit = True
    thread.join(30)
    listening.close()


@pytest.fixture(scope="module")
def chromium() -> Iterator[Any]:
    """One chromium for the browser tests of a module; they are skipped without it.

    Not for the session: while playwright is there its event loop runs in this thread, and no other can.
    """
    path = shutil.which("chromium") or shutil.which("chromium-browser")
    if path is None:
        pytest.skip("needs Debian's chromium: apt install chromium")
    sync_api = pytest.importorskip("playwright.sync_api", reason="needs playwright: pip install playwright")
    with sync_api.sync_playwright() as playwright:
        opened = playwright.chromium.launch(
            executable_path=path,
            args=["--no-sandbox", "--autoplay-policy=no-user-gesture-required", "--mute-audio"],
        )
        yield opened
        opened.close()


@pytest.fixture
def open_page(chromium: Any, live: str) -> Iterator[Callable[..., Any]]:
    """Open a page of the live app in a browser of its own: ``open_page("/", person=people("anna"), width=360)``.

    ``person`` is somebody who logged in, None the machine's own user. Other options are a browser context's, such as
    ``color_scheme``. No page may write errors or warnings on its console or ask anything of another host.
    """
    heard: list[str] = []
    contexts: list[Any] = []

    def open_it(path: str, *, person: TestClient | None = None, width: int = 1280, **options: Any) -> Any:
        context = chromium.new_context(
            viewport={"width": width, "height": 900}, locale=options.pop("locale", "nl-NL"), **options
        )
        contexts.append(context)
        # Long enough for a machine that does other work too; nothing waits longer than it must.
        context.set_default_timeout(60_000)
        if person is not None:
            context.add_cookies([{"name": SESSION_COOKIE, "value": person.cookies[SESSION_COOKIE], "url": live}])
        page = context.new_page()
        page.on(
            "console",
            lambda message: message.type not in ("error", "warning") or heard.append(f"{message.type}: {message.text}"),
        )
        page.on("pageerror", lambda error: heard.append(f"error: {error}"))
        page.on(
            "request",
            lambda request: (
                request.url.startswith((f"{live}/", "blob:", "data:")) or heard.append(f"asked: {request.url}")
            ),
        )
        page.goto(f"{live}{path}")
        return page

    yield open_it
    for context in contexts:
        context.close()
    assert heard == []


@pytest.fixture
def axe() -> Callable[..., list[Any]]:
    """Check a page, frames too, against WCAG 2.2 AA with axe: what is wrong, as (rule, elements)."""
    tool = pytest.importorskip("axe_playwright_python.sync_playwright", reason="needs axe-playwright-python")
    rules = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]

    def check(page: Any) -> list[Any]:
        found = tool.Axe().run(page, options={"runOnly": {"type": "tag", "values": rules}})
        return [(one["id"], [node["html"][:160] for node in one["nodes"]][:4]) for one in found.response["violations"]]

    return check
