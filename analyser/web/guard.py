"""What stands before every page: which host is asked, who asks, where a change comes from, and what browsers may do."""

from __future__ import annotations

import ipaddress
import secrets
from collections.abc import Awaitable, Callable
from urllib.parse import urlsplit

from sqlalchemy.exc import SQLAlchemyError
from starlette.concurrency import run_in_threadpool
from starlette.datastructures import Headers, MutableHeaders
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import JSONResponse, PlainTextResponse, RedirectResponse, Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from analyser.web.config import WebConfig
from analyser.web.identity import SESSION_COOKIE, SESSION_DAYS, Identity, identify
from analyser.web.problems import answer, broken, for_program, no_database
from analyser.web.site import Site

OPEN = ("/login", "/static/", "/health", "/language")
"""what anyone may ask for"""
LARGEST = 2 << 20
"""bytes of a form or of JSON; files come where ``_takes_files`` says, and are limited there"""
SAFE = frozenset({"GET", "HEAD", "OPTIONS"})
POLICY = "; ".join(
    (
        "default-src 'self'",
        "script-src 'self'",
        "style-src 'self'",
        "img-src 'self' data:",
        "object-src 'none'",
        "base-uri 'none'",
        "form-action 'self'",
        "frame-ancestors 'self'",
    )
)
"""pages of ours load nothing from elsewhere and no script that stands in the page"""
LOCAL_HOSTS = ("localhost", "127.0.0.1", "::1")


class Proxies:
    """Believes X-Forwarded-For, -Proto and -Host of the proxies that were named, and of nobody else.

    From X-Forwarded-For the last address is taken that is not itself a trusted proxy: those before it may be made up.
    """

    def __init__(self, app: ASGIApp, trusted: tuple[str, ...]) -> None:
        self.app = app
        self.trusted = [ipaddress.ip_network(proxy, strict=False) for proxy in trusted]

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass on the request as the proxy saw it."""
        if scope["type"] == "http" and scope.get("client") and self._trusts(scope["client"][0]):
            headers = Headers(scope=scope)
            scope = dict(scope)
            way = [part.strip() for part in headers.get("x-forwarded-for", "").split(",") if part.strip()]
            client = next((address for address in reversed(way) if not self._trusts(address)), None)
            if client:
                scope["client"] = (client, 0)
            if headers.get("x-forwarded-proto") in ("http", "https"):
                scope["scheme"] = headers["x-forwarded-proto"]
            if headers.get("x-forwarded-host"):
                kept = [(name, value) for name, value in scope["headers"] if name != b"host"]
                scope["headers"] = [*kept, (b"host", headers["x-forwarded-host"].encode())]
        await self.app(scope, receive, send)

    def _trusts(self, address: str) -> bool:
        try:
            found = ipaddress.ip_address(address)
        except ValueError:
            return False
        return any(found in network for network in self.trusted)


class Guard:
    """Lets a request through when it may be here, with ``request.state.who`` set."""

    def __init__(self, app: ASGIApp, site: Site) -> None:
        self.app, self.site = app, site

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Refuse, or pass on."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        request = Request(scope, receive)
        started = False

        async def watched(message: Message) -> None:
            nonlocal started
            started = started or message["type"] == "http.response.start"
            await send(message)

        cookie = None
        try:
            refusal, cookie = await self._judge(request)
            answer_it: ASGIApp = refusal if refusal is not None else self.app
            await answer_it(scope, self._limited(receive, request), self._with_headers(watched, request, cookie))
        except Exception as error:
            if started:
                raise
            if isinstance(error, HTTPException):
                said = answer(request, error.status_code, "too_large")
            else:
                said = no_database(request, error) if isinstance(error, SQLAlchemyError) else broken(request, error)
            await said(scope, receive, self._with_headers(send, request, cookie))

    async def _judge(self, request: Request) -> tuple[Response | None, str | None]:
        config = self.site.config
        if not host_allowed(config, request.headers.get("host", "")):
            return PlainTextResponse("This is not the host that was asked for.\n", 421), None
        path = request.url.path
        announced = request.headers.get("content-length", "0")
        if not _takes_files(request) and (not announced.isdecimal() or int(announced[:20]) > LARGEST):
            return answer(request, 413, "too_large"), None
        who, cookie = await run_in_threadpool(identify, request, config, self.site.database)
        request.state.who = who
        if who is None and path.startswith("/api/"):
            return JSONResponse({"error": "A valid token is needed."}, 401, {"www-authenticate": "Bearer"}), None
        if request.method not in SAFE and not from_our_pages(request, who):
            said = "This change did not come from a page of ours. Reload and try again."
            return (JSONResponse({"error": said}, 403) if for_program(request) else PlainTextResponse(said, 403)), None
        if who is None and not path.startswith(OPEN):
            return RedirectResponse("/login", 303), None
        return None, cookie

    def _limited(self, receive: Receive, request: Request) -> Receive:
        """What is sent, up to LARGEST where no file is: nobody fills our memory with a form."""
        if _takes_files(request):
            return receive
        received = 0

        async def limited() -> Message:
            nonlocal received
            message = await receive()
            received += len(message.get("body", b""))
            if received > LARGEST:
                raise HTTPException(413)
            return message

        return limited

    def _with_headers(self, send: Send, request: Request, cookie: str | None) -> Callable[[Message], Awaitable[None]]:
        async def with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                headers.setdefault("content-security-policy", POLICY)
                headers.setdefault("x-content-type-options", "nosniff")
                headers.setdefault("referrer-policy", "same-origin")
                headers.setdefault("cross-origin-opener-policy", "same-origin")
                headers.setdefault("cross-origin-resource-policy", "same-origin")
                # A page of a call must not be found in a shared computer's cache after logging out.
                headers.setdefault("cache-control", "no-store")
                if request.url.scheme == "https":
                    headers.setdefault("strict-transport-security", "max-age=31536000")
                if cookie is not None:
                    headers.append("set-cookie", session_cookie(cookie, secure=request.url.scheme == "https"))
            await send(message)

        return with_headers


def _takes_files(request: Request) -> bool:
    path = request.url.path
    return (request.method == "PATCH" and path.startswith(("/uploads/", "/api/v1/uploads/"))) or (
        request.method == "POST" and path == "/api/v1/calls"
    )


def host_allowed(config: WebConfig, host: str) -> bool:
    """Whether the app goes by this name. Without it a foreign site could point its own name at this machine."""
    name = urlsplit(f"//{host}").hostname or ""
    if config.allowed_hosts:
        return name in config.allowed_hosts
    return name in LOCAL_HOSTS if config.local else True


def from_our_pages(request: Request, who: Identity | None) -> bool:
    """Whether a change was asked for by a page of ours, or by a program with a token.

    Browsers say where a request comes from (Sec-Fetch-Site, Origin) and pages cannot make that up; one that says
    neither has to send the session's own sign.
    """
    if who is not None and who.token:
        return True
    origin = request.headers.get("origin")
    if origin is not None:
        # Scheme, host and port: a page on another port is another site's.
        return origin == f"{request.url.scheme}://{request.headers.get('host', '')}"
    site = request.headers.get("sec-fetch-site")
    if site is not None:
        return site == "same-origin"
    sign = request.headers.get("x-csrf-token", "")
    return who is not None and bool(who.csrf) and secrets.compare_digest(sign.encode(), who.csrf.encode())


def session_cookie(value: str, *, secure: bool) -> str:
    """The Set-Cookie line of a session; an empty value ends it."""
    age = SESSION_DAYS * 86400 if value else 0
    line = f"{SESSION_COOKIE}={value}; Path=/; Max-Age={age}; HttpOnly; SameSite=Lax"
    return f"{line}; Secure" if secure else line
