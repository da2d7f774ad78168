"""What every request of the app has at hand: configuration, database, pages, texts."""

from __future__ import annotations

import datetime as dt
import hashlib
import json
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache
from importlib import resources
from typing import TYPE_CHECKING, Any

from analyser.errors import LanguageError
from analyser.web.config import WebConfig
from analyser.web.database import Database
from analyser.web.rendered import Rendered

if TYPE_CHECKING:
    from jinja2 import Environment
    from starlette.requests import Request
    from starlette.responses import HTMLResponse

LANGUAGES = ("nl", "en")
COOKIE = "analyser_language"


@dataclass(frozen=True)
class Site:
    """The app's parts; one for each process, found as ``request.app.state.site``."""

    config: WebConfig
    database: Database
    overviews: Rendered = field(default_factory=Rendered)


def site(request: Request) -> Site:
    """The parts of the app that serves this request."""
    found: Site = request.app.state.site
    return found


def language(request: Request) -> str:
    """The language of the pages: what was chosen, else the first that the browser asks for, else Dutch."""
    chosen = request.cookies.get(COOKIE, "")
    if chosen in LANGUAGES:
        return chosen
    for part in request.headers.get("accept-language", "").split(","):
        code = part.split(";")[0].strip().lower()[:2]
        if code in LANGUAGES:
            return code
    return LANGUAGES[0]


@cache
def texts(code: str) -> Mapping[str, str]:
    """All texts of the pages in a language, from ``texts/*.<code>.toml``; keys are ``part.name``.

    Raises LanguageError when two parts say different things under one key.
    """
    found: dict[str, str] = {}
    for file in sorted((resources.files("analyser.web") / "texts").iterdir(), key=lambda file: file.name):
        if file.name.endswith(f".{code}.toml"):
            part = file.name.split(".")[0]
            for key, text in tomllib.loads(file.read_text(encoding="utf-8")).items():
                if f"{part}.{key}" in found:
                    raise LanguageError(f"{file.name}: '{key}' is there twice.")
                found[f"{part}.{key}"] = text
    return found


def say(code: str, key: str, **fields: Any) -> str:
    """A text in a language with its fields filled in; KeyError for a text that is missing."""
    return texts(code)[key].format(**fields) if fields else texts(code)[key]


def page(request: Request, template: str, status: int = 200, **values: Any) -> HTMLResponse:
    """A page from ``templates/<template>``.

    Templates have ``say(key, …)``, ``asset(name)`` (address of a static file), ``who`` (the Identity, or None) and
    ``text_data(prefix)`` (texts for scripts). Everything is escaped.
    """
    from starlette.responses import HTMLResponse

    code = language(request)
    who = getattr(request.state, "who", None)
    body = (
        _environment()
        .get_template(template)
        .render(
            say=lambda key, **fields: say(code, key, **fields),
            lang=code,
            who=who,
            asset=asset,
            path=request.url.path,
            local=site(request).config.local,
            text_data=lambda prefix: {
                k.removeprefix(prefix): v for k, v in texts(code).items() if k.startswith(prefix)
            },
            **values,
        )
    )
    return HTMLResponse(body, status)


def asset(name: str) -> str:
    """The address of a static file; it changes when the file does, so that browsers may keep it for ever."""
    return f"/static/{name}?{_stamp(name)}"


def script_json(value: Any) -> str:
    """Data as JSON that can stand in a script element (``{{ value|json }}`` in templates)."""
    text = json.dumps(value, ensure_ascii=False, separators=(",", ":"))
    return text.translate(
        {ord("<"): "\\u003c", ord(">"): "\\u003e", ord("&"): "\\u0026", 0x2028: "\\u2028", 0x2029: "\\u2029"}
    )


@cache
def _stamp(name: str) -> str:
    return hashlib.sha256((resources.files("analyser.web") / "static" / name).read_bytes()).hexdigest()[:12]


@cache
def _environment() -> Environment:
    from jinja2 import Environment, PackageLoader, StrictUndefined
    from markupsafe import Markup

    environment = Environment(
        loader=PackageLoader("analyser.web", "templates"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters["json"] = lambda value: Markup(script_json(value))  # noqa: S704 - cannot end its element
    environment.filters["minutes"] = lambda seconds: f"{int(seconds // 60)}:{int(seconds % 60):02d}"
    environment.filters["day"] = lambda at: (
        at.astimezone().strftime("%Y-%m-%d %H:%M") if isinstance(at, dt.datetime) else at
    )
    return environment
