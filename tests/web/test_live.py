"""What open pages are told, and whom."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Callable
from typing import Any

import pytest
from httpx import ASGITransport, AsyncClient
from sqlalchemy import select
from starlette.applications import Starlette
from starlette.testclient import TestClient

from analyser.web import live
from analyser.web.access import changed
from analyser.web.identity import Identity
from analyser.web.site import Site
from analyser.web.tables import Call, User
from tests.browsers import BASE

People = Callable[[str], TestClient]
PATIENCE = 20.0
"""seconds after which a message that does not come fails the test"""


def identity(site: Site, name: str) -> Identity:
    with site.database.read() as session:
        user = session.scalars(select(User).where(User.name == name)).one()
        return Identity(user.id, user.name, user.shown, user.role, user.team)


def change(site: Site, key: str, kind: str, **values: Any) -> int:
    with site.database.write() as session:
        call = session.scalars(select(Call).where(Call.key == key)).one()
        for name, value in values.items():
            setattr(call, name, value)
        if kind:
            changed(session, call, kind)
        return call.id


async def said(stream: AsyncIterator[str]) -> dict[str, Any]:
    """The next message that is no heartbeat."""
    while True:
        message = await asyncio.wait_for(anext(stream), PATIENCE)
        if not message.startswith(":"):
            return {"id": message.startswith("id:"), **json.loads(message.split("data: ", 1)[1])}


def test_a_page_hears_of_its_own_call_alone(app: Starlette, site: Site, add_call: Callable[..., str]) -> None:
    mine, other = add_call(), add_call()
    asker = Identity(1, "local", "", "admin", "")

    async def run() -> list[dict[str, Any]]:
        stream = live.tell(live.hub(app), asker, change(site, mine, ""), None)
        heard = [await said(stream)]
        await asyncio.to_thread(change, site, other, "comment")
        await asyncio.to_thread(change, site, mine, "verdict")
        heard.append(await said(stream))
        await stream.aclose()
        return heard

    opened, verdict = asyncio.run(run())
    assert opened["kind"] == "open"
    assert verdict == {"id": True, "kind": "verdict", "call": mine, "state": "done"}


def test_the_list_hears_of_calls_that_the_asker_may_see(
    app: Starlette, site: Site, people: People, add_call: Callable[..., str]
) -> None:
    people("anna")
    hers, other = add_call("anna"), add_call("bram")

    async def run() -> dict[str, Any]:
        stream = live.tell(live.hub(app), identity(site, "anna"), None, None)
        await said(stream)
        await asyncio.to_thread(change, site, other, "comment")
        await asyncio.to_thread(change, site, hers, "comment")
        found = await said(stream)
        await stream.aclose()
        return found

    assert asyncio.run(run())["call"] == hers


def test_progress_is_told_and_leaves_nothing_behind(app: Starlette, site: Site, add_call: Callable[..., str]) -> None:
    key = add_call(state="queued")

    async def run() -> dict[str, Any]:
        stream = live.tell(live.hub(app), Identity(1, "local", "", "admin", ""), None, None)
        await said(stream)
        await asyncio.to_thread(change, site, key, "", state="running", stage="words", progress=0.25, left=90.0)
        found = await said(stream)
        await stream.aclose()
        return found

    assert asyncio.run(run()) == {
        "id": False,
        "kind": "progress",
        "call": key,
        "state": "running",
        "stage": "words",
        "progress": 0.25,
        "left": 90.0,
    }


def test_who_comes_back_hears_what_they_missed(app: Starlette, site: Site, add_call: Callable[..., str]) -> None:
    key = add_call()
    number = change(site, key, "comment")

    async def run() -> list[str]:
        hub = live.hub(app)
        stream = live.tell(hub, Identity(1, "local", "", "admin", ""), number, 0)
        found = [(await said(stream))["kind"] for _ in range(2)]
        await stream.aclose()
        assert not hub.readers
        return found

    assert asyncio.run(run()) == ["open", "comment"]


def test_streams_end_when_the_app_stops_and_one_user_has_only_so_many(
    app: Starlette, site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(live, "PER_USER", 1)

    async def run() -> None:
        hub = live.hub(app)
        stream = live.tell(hub, Identity(1, "local", "", "admin", ""), None, None)
        await said(stream)
        assert hub.count(1) == 1
        async with AsyncClient(transport=ASGITransport(app), base_url=BASE) as browser:
            assert (await browser.get("/events")).status_code == 429
        live.stop(app)
        with pytest.raises(StopAsyncIteration):
            await asyncio.wait_for(anext(stream), PATIENCE)
        assert hub.count(1) == 0

    asyncio.run(run())


def test_another_sellers_call_has_no_stream(people: People, add_call: Callable[..., str]) -> None:
    zoe = people("zoe")
    assert zoe.get(f"/calls/{add_call('anna')}/events").status_code == 404
