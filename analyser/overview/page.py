"""The overview as one page that needs nothing beside it but, for the links, the calls' reports."""

from __future__ import annotations

from functools import cache
from importlib import resources
from typing import TYPE_CHECKING

from analyser.overview.view import By, build
from analyser.report.render import data_block, policy
from analyser.report.wording import Wording

if TYPE_CHECKING:
    import pandas as pd
    from jinja2 import Environment

COLUMNS = (
    ("date", ""),
    ("seller", ""),
    ("client", ""),
    ("call", ""),
    ("minutes", "n"),
    ("balance", "n"),
    ("confirmed", "n"),
    ("early", "n"),
    ("share", "n"),
)
"""headings of the calls' table, and whether they are figures; week.js fills it in this order"""


def render(calls: pd.DataFrame, moments: pd.DataFrame, *, language: str, by: By = "seller") -> str:
    """The overview of the tables as one self-contained HTML page.

    ``language`` is a pack's code; ``by`` what a row of the table of figures is. Raises LanguageError for a language
    without a pack.
    """
    wording = Wording.of(language)
    page = build(calls, moments, wording, by)
    style, script = _style(), _script()
    return (
        _environment()
        .get_template("week.html")
        .render(
            page=page,
            say=wording.say,
            columns=COLUMNS,
            style=style,
            script=script,
            data=data_block({"calls": page.calls, "shown": wording.pack.label("week.shown")}),
            policy=policy(style=style, script=script),
        )
    )


@cache
def _style() -> str:
    # The report's own style first: both pages are read by the same people.
    report = (resources.files("analyser.report") / "templates" / "report.css").read_text(encoding="utf-8")
    return report + _read("week.css")


@cache
def _script() -> str:
    return f'(() => {{\n"use strict";\n{_read("week.js")}\n}})();\n'


def _read(name: str) -> str:
    return (resources.files("analyser.overview") / "templates" / name).read_text(encoding="utf-8")


@cache
def _environment() -> Environment:
    from jinja2 import Environment, PackageLoader, StrictUndefined

    return Environment(
        loader=PackageLoader("analyser.overview", "templates"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
