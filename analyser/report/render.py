"""The report as one page that needs nothing beside it but, if it is to be heard, the recording."""

from __future__ import annotations

import base64
import hashlib
import json
from collections.abc import Sequence
from functools import cache
from importlib import resources
from typing import TYPE_CHECKING, Any

from analyser.moments.families import KINDS
from analyser.records import Analysis, Tally
from analyser.report.view import Page, build
from analyser.report.wording import Wording, interface_language

if TYPE_CHECKING:
    from jinja2 import Environment

SCRIPTS = ("core", "dialogue", "player", "transcript", "timeline", "moments", "review", "speakers", "keys")
"""parts of the page's script, in the order in which they are joined"""
HOSTED = ("core", "dialogue", "player", "transcript", "timeline", "moments", "host", "keys")
"""the same in a page of the web app: what is judged and corrected is then kept by the app"""

# Inside <script type="application/json"> the text must not be able to end the element or open a comment.
_IN_SCRIPT = {ord("<"): "\\u003c", ord(">"): "\\u003e", ord("&"): "\\u0026", 0x2028: "\\u2028", 0x2029: "\\u2029"}


def render(
    analysis: Analysis,
    *,
    language: str = "auto",
    audio: str | None = None,
    earlier: Sequence[Tally] = (),
    hosted: bool = False,
) -> str:
    """The report of a call as one self-contained HTML page.

    ``language`` is a pack's code, or ``auto`` for the call's own. ``audio`` is the recording as a path relative to the
    page (a file name), or a ``data:audio/…`` URL with the sound itself; None leaves a field to find the recording.
    ``earlier`` are tallies of the same seller's earlier calls, to compare with. ``hosted`` makes it part of a page of
    the web app, with which it speaks by messages. Raises LanguageError for a language without a pack.
    """
    wording = Wording.of(interface_language(language, analysis.conversation.language))
    page = build(analysis, wording, audio=audio, earlier=earlier)
    style, script = _style(hosted), _script(hosted)
    return (
        _environment()
        .get_template("report.html")
        .render(
            page=page,
            say=wording.say,
            style=style,
            script=script,
            data=data_block(_data(page, wording) | (_host_data(page, wording) if hosted else {})),
            hosted=hosted,
            kinds=_kinds(wording) if hosted else (),
            policy=policy(style=style, script=script),
        )
    )


def policy(*, style: str, script: str) -> str:
    """The Content-Security-Policy of the page: only its own style and script, and sound from where it may lie."""
    return "; ".join(
        [
            "default-src 'none'",
            f"script-src 'sha256-{_hash(script)}'",
            f"style-src 'sha256-{_hash(style)}'",
            "media-src 'self' file: blob: data:",
            "img-src data:",
            "base-uri 'none'",
            "form-action 'none'",
        ]
    )


def hosted_policy() -> str:
    """The policy of a hosted report, which the app sends along with it."""
    return policy(style=_style(True), script=_script(True))


def data_block(data: dict[str, Any]) -> str:
    """Data as JSON that can stand in a script element."""
    return json.dumps(data, ensure_ascii=False, separators=(",", ":")).translate(_IN_SCRIPT)


def _data(page: Page, wording: Wording) -> dict[str, Any]:
    """What the page's script needs to know, beside what it reads from the page itself."""
    return {
        "recording": page.recording,
        "title": page.title,
        "timed": page.timed,
        "length": float(page.seconds),
        "language": page.language,
        "words": page.words,
        "acts": [[act.name, act.family] for act in page.acts],
        "does": page.line_acts,
        "voices": [
            {"number": voice.number, "label": voice.label, "name": voice.name, "given": voice.given, "side": voice.side}
            for voice in page.voices
        ],
        "say": {key.removeprefix("js."): text for key, text in wording.pack.labels.items() if key.startswith("js.")},
        "decimal": wording.say("number.decimal"),
    }


def _host_data(page: Page, wording: Wording) -> dict[str, Any]:
    """What the script of a hosted report needs beside that."""
    lead = page.leads[0]
    text = lead.story.advice if lead.story else lead.text if lead.tone == "attention" else ""
    return {
        "host": {
            key.removeprefix("host."): text for key, text in wording.pack.labels.items() if key.startswith("host.")
        },
        "focus": {"kind": lead.story.kind if lead.story else "", "text": text} if text else None,
    }


def _kinds(wording: Wording) -> tuple[tuple[str, str], ...]:
    """All kinds of moment with their names, in order of name."""
    return tuple(sorted(((kind, wording.kind(kind)) for kind in KINDS), key=lambda pair: pair[1].casefold()))


def _hash(text: str) -> str:
    return base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()


def _read(name: str) -> str:
    return (resources.files("analyser.report") / "templates" / name).read_text(encoding="utf-8")


def _lean(text: str) -> str:
    """Style or script without indentation, empty lines, and lines of comment: a tenth of what a page would carry."""
    lines = (line.strip() for line in text.splitlines())
    return "\n".join(line for line in lines if line and not line.startswith(("//", "/*")))


@cache
def _style(hosted: bool = False) -> str:
    return _lean(_read("report.css") + (_read("host.css") if hosted else ""))


@cache
def _script(hosted: bool = False) -> str:
    parts = "\n".join(_lean(_read(f"{name}.js")) for name in (HOSTED if hosted else SCRIPTS))
    return f'(() => {{\n"use strict";\n{parts}\n}})();\n'


@cache
def _environment() -> Environment:
    from jinja2 import Environment, PackageLoader, StrictUndefined

    # Every word in the page is someone else's: autoescape is on for whatever a template is called.
    return Environment(
        loader=PackageLoader("analyser.report", "templates"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
