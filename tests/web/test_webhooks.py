"""Webhooks: whom they tell, what they say, and where they never go."""

from __future__ import annotations

import asyncio
import datetime as dt
import hashlib
import hmac
import html
import ipaddress
import json
import re
import socket
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest
from sqlalchemy import select
from starlette.testclient import TestClient

from analyser.errors import SettingsError
from analyser.web import webhook_sending
from analyser.web.config import WebConfig
from analyser.web.site import Site
from analyser.web.tables import Audit, Call, Delivery, Webhook, now
from analyser.web.webhook_sending import check_url, may_reach, send
from analyser.web.webhooks import PAUSES, announce, deliver_due, sign

People = Callable[[str], TestClient]


@dataclass
class Receiver:
    """A server that keeps what it is sent, and answers as it is told."""

    port: int = 0
    status: int = 204
    headers: dict[str, str] = field(default_factory=dict)
    taken: list[tuple[dict[str, str], bytes]] = field(default_factory=list)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}/hook"


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    made = Receiver()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["content-length"]))
            made.taken.append(({name.lower(): value for name, value in self.headers.items()}, body))
            self.send_response(made.status)
            for name, value in made.headers.items():
                self.send_header(name, value)
            self.end_headers()

        def log_message(self, *args: object) -> None: ...

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    made.port = server.server_port
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    yield made
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.fixture
def config(config: WebConfig) -> WebConfig:
    return replace(config, webhook_hosts=("127.0.0.1", "*.example.com"))


def hook(site: Site, url: str, **values: object) -> str:
    with site.database.write() as session:
        made = Webhook(url=url, secret="known", **values)
        session.add(made)
        session.flush()
        return made.key


def finish(site: Site, key: str, event: str = "call.done") -> None:
    with site.database.write() as session:
        announce(session, session.scalars(select(Call).where(Call.key == key)).one(), event)


def deliveries(site: Site) -> list[Delivery]:
    with site.database.read() as session:
        return list(session.scalars(select(Delivery).order_by(Delivery.id)))


def due_again(site: Site) -> None:
    with site.database.write() as session:
        for delivery in session.scalars(select(Delivery).where(Delivery.next_try.is_not(None))):
            delivery.next_try = now()


def test_it_says_which_call_and_nothing_of_it(site: Site, receiver: Receiver, add_call: Callable[..., str]) -> None:
    hook(site, receiver.url)
    key = add_call(client="Jansen BV", seller="Anna", reason="geheim.wav")
    finish(site, key)
    assert deliver_due(site) == 1
    ((headers, body),) = receiver.taken
    said = json.loads(body)
    assert (said["call"], said["state"], said["event"]) == (key, "done", "call.done")
    assert set(said) == {"call", "state", "event", "created", "started", "finished"}
    assert dt.datetime.fromisoformat(said["finished"]).tzinfo is not None
    at, signature = re.fullmatch(r"t=(\d+),v1=([0-9a-f]{64})", headers["x-analyser-signature"]).groups()
    assert signature == hmac.new(b"known", f"{at}.".encode() + body, hashlib.sha256).hexdigest()
    (sent,) = deliveries(site)
    assert sent.sent is not None
    assert deliver_due(site) == 0
    assert len(receiver.taken) == 1


def test_a_team_hears_of_its_own_calls(
    site: Site, receiver: Receiver, people: People, add_call: Callable[..., str]
) -> None:
    people("anna")
    hook(site, receiver.url + "/north", team="north")
    hook(site, receiver.url + "/south", team="south")
    hook(site, receiver.url + "/all")
    hook(site, receiver.url + "/paused", active=False)
    finish(site, add_call("anna"), "call.failed")
    assert deliver_due(site) == 2


def test_what_is_not_taken_is_tried_again_later_and_then_no_more(
    site: Site, receiver: Receiver, add_call: Callable[..., str]
) -> None:
    receiver.status = 500
    hook(site, receiver.url)
    finish(site, add_call())
    pauses = []
    for _ in range(len(PAUSES)):
        assert deliver_due(site) == 0
        (kept,) = deliveries(site)
        assert kept.next_try is not None
        pauses.append(kept.next_try - now())
        assert deliver_due(site) == 0
        assert len(receiver.taken) == kept.attempts
        due_again(site)
    assert pauses == sorted(pauses)
    assert pauses[0] > dt.timedelta(seconds=30)
    deliver_due(site)
    (kept,) = deliveries(site)
    assert (kept.next_try, kept.error, kept.attempts) == (None, "answered 500", len(PAUSES) + 1)


def test_what_failed_first_arrives_later(site: Site, receiver: Receiver, add_call: Callable[..., str]) -> None:
    receiver.status = 503
    hook(site, receiver.url)
    finish(site, add_call())
    deliver_due(site)
    receiver.status = 200
    due_again(site)
    assert deliver_due(site) == 1
    assert deliveries(site)[0].error == ""


def test_redirects_are_not_followed(site: Site, receiver: Receiver, add_call: Callable[..., str]) -> None:
    receiver.status, receiver.headers = 307, {"location": f"http://127.0.0.1:{receiver.port}/elsewhere"}
    hook(site, receiver.url)
    finish(site, add_call())
    deliver_due(site)
    assert len(receiver.taken) == 1
    assert deliveries(site)[0].error == "answered 307"


def test_one_that_cannot_be_reached_does_not_keep_the_others_waiting(
    site: Site, receiver: Receiver, add_call: Callable[..., str]
) -> None:
    with socket.socket() as closed:
        closed.bind(("127.0.0.1", 0))
        hook(site, f"http://127.0.0.1:{closed.getsockname()[1]}/")
        hook(site, receiver.url)
        finish(site, add_call())
        assert deliver_due(site) == 1
    assert sorted(kept.error for kept in deliveries(site)) == ["", "cannot be reached (ConnectError)"]


def test_one_that_never_answers_is_given_up(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(webhook_sending, "SECONDS", 0.2)
    with socket.create_server(("127.0.0.1", 0)) as silent:
        url = f"http://127.0.0.1:{silent.getsockname()[1]}/"
        assert "no answer" in asyncio.run(send(url, b"{}", {}, ("127.0.0.1",)))


def test_a_host_that_is_allowed_no_more_is_not_sent_to(
    site: Site, receiver: Receiver, add_call: Callable[..., str]
) -> None:
    hook(site, receiver.url)
    finish(site, add_call())
    assert deliver_due(Site(replace(site.config, webhook_hosts=()), site.database)) == 0
    assert receiver.taken == []
    assert "not allowed" in deliveries(site)[0].error


def test_two_workers_send_it_once(site: Site, receiver: Receiver, add_call: Callable[..., str]) -> None:
    hook(site, receiver.url)
    for _ in range(5):
        finish(site, add_call())
    workers = [threading.Thread(target=deliver_due, args=(site,)) for _ in range(3)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    assert len(receiver.taken) == 5


def test_what_was_to_be_sent_of_a_call_goes_with_it(
    site: Site, receiver: Receiver, add_call: Callable[..., str]
) -> None:
    hook(site, receiver.url)
    key = add_call()
    finish(site, key)
    with site.database.write() as session:
        session.delete(session.scalars(select(Call).where(Call.key == key)).one())
    assert deliver_due(site) == 0
    assert deliveries(site) == []


@pytest.mark.parametrize(
    "url",
    [
        "https://crm.example.com/x",
        "https://a.b.example.com:8443/x?y=z",
        "http://127.0.0.1:9000/x",
    ],
)
def test_where_it_may_be_sent(url: str) -> None:
    check_url(url, ("127.0.0.1", "*.example.com"))


@pytest.mark.parametrize(
    "url",
    [
        "http://crm.example.com/x",
        "https://example.com.evil.org/x",
        "https://evilexample.com/x",
        "https://example.com/x",
        "https://crm.example.com@evil.org/",
        "https://user:secret@crm.example.com/",
        "ftp://crm.example.com/",
        "file:///etc/passwd",
        "https://crm.example.com/\r\nX: y",
        "https://crm.example.com:99999/",
        "https://[::1",
        "https:///x",
        "",
        "https://crm.example.com/" + "x" * 500,
    ],
)
def test_where_it_may_not(url: str) -> None:
    with pytest.raises(SettingsError):
        check_url(url, ("127.0.0.1", "*.example.com"))


@pytest.mark.parametrize(
    ("address", "any_name", "by_name"),
    [
        ("93.184.216.34", True, True),
        ("10.0.0.7", False, True),
        ("127.0.0.1", False, True),
        ("::1", False, True),
        ("fd00::1", False, True),
        ("::ffff:10.0.0.7", False, True),
        ("169.254.169.254", False, False),
        ("::ffff:169.254.169.254", False, False),
        ("fe80::1", False, False),
        ("0.0.0.0", False, False),
        ("224.0.0.1", False, False),
        ("100.64.0.1", False, False),
        ("2606:2800:220:1::1", True, True),
    ],
)
def test_addresses_behind_a_name(address: str, any_name: bool, by_name: bool) -> None:
    asked = ipaddress.ip_address(address)
    assert may_reach(asked, by_name=False) == any_name
    assert may_reach(asked, by_name=True) == by_name


def test_a_name_that_points_inside_is_not_sent_to(monkeypatch: pytest.MonkeyPatch) -> None:
    async def inside(self: object, host: str, port: int, **_: object) -> list[object]:
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", ("10.0.0.7", port))]

    monkeypatch.setattr(asyncio.BaseEventLoop, "getaddrinfo", inside)
    said = asyncio.run(send("https://crm.example.com/", b"{}", {}, ("*.example.com",)))
    assert "not allowed" in said


def test_the_page(people: People, receiver: Receiver, site: Site, add_call: Callable[..., str]) -> None:
    ada = people("ada")
    assert ada.post("/webhooks", data={"action": "add", "url": "https://evil.org/"}).status_code == 400
    added = ada.post("/webhooks", data={"action": "add", "url": receiver.url, "team": "<b>north</b>"})
    secret = re.search(r'id="secret">([\w-]+)<', added.text)[1]
    assert "<b>north" not in added.text
    assert secret not in ada.get("/webhooks").text
    with site.database.read() as session:
        kept = session.scalars(select(Webhook)).one()
    assert kept.secret == secret
    tried = ada.post("/webhooks", data={"action": "try", "key": kept.key})
    assert "note good" in tried.text
    assert json.loads(receiver.taken[0][1])["event"] == "test"
    for action in ("pause", "resume"):
        assert ada.post("/webhooks", data={"action": action, "key": kept.key}).status_code == 303
    with site.database.write() as session:
        session.get_one(Webhook, kept.id).team = ""
    key = add_call()
    finish(site, key)
    deliver_due(site)
    assert key in ada.get("/webhooks").text
    assert ada.post("/webhooks", data={"action": "remove", "key": kept.key}).status_code == 303
    assert ada.post("/webhooks", data={"action": "remove", "key": kept.key}).status_code == 404
    assert deliveries(site) == []
    with site.database.read() as session:
        actions = [row.action for row in session.scalars(select(Audit)) if row.action.startswith("webhook.")]
    assert actions == ["webhook.add", "webhook.try", "webhook.pause", "webhook.resume", "webhook.remove"]


@pytest.mark.parametrize("name", ["anna", "tom"])
def test_webhooks_are_the_admins(people: People, name: str) -> None:
    person = people(name)
    assert person.get("/webhooks").status_code == 404
    assert person.post("/webhooks", data={"action": "add", "url": "https://a.example.com/"}).status_code == 404


def test_the_check_that_the_page_shows_holds(people: People) -> None:
    shown = html.unescape(people("anna").get("/api").text)
    code = shown.split("import hashlib, hmac, time")[1].split("</code>")[0]
    at = int(time.time())
    for body, ok in ((b"{}", True), (b"{ }", False)):
        names = {"header": sign("known", b"{}", at), "secret": "known", "body": body}
        exec("import hashlib, hmac, time" + code, names)
        assert names["ok"] == ok
