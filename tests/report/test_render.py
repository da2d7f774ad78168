"""The page as a whole: self-contained, under its own policy, in the reader's language."""

from __future__ import annotations

import base64
import hashlib
import json
import re
from typing import Any

import pytest

from analyser.errors import LanguageError
from analyser.records import Analysis
from analyser.report import render
from analyser.report.render import data_block

HOSTILE = [
    "<script>alert(1)</script>",
    '"><img src=x onerror=alert(1)>',
    "{{7*7}}{% raw %}",
    "</script><!--",
    "'); alert(1); ('",
    "\u202egnp.exe",
    "w" * 10_000,
    "&lt;b&gt;",
]


def test_render_holds_everything_itself(analysis: Analysis) -> None:
    page = render(analysis, audio="call.wav")
    assert not re.findall(r'(?:src|href)="(?:https?:)?//', page)
    assert "@import" not in page and "url(http" not in page
    assert page.count("<style>") == 1
    assert re.search(r'<audio[^>]* src="./call.wav"', page)


def test_render_policy_names_its_own_script_and_style(analysis: Analysis) -> None:
    page = render(analysis)
    policy = re.search(r'http-equiv="Content-Security-Policy" content="([^"]*)"', page)
    assert policy is not None
    for element in ("script", "style"):
        text = re.search(rf"<{element}>(.*?)</{element}>", page, re.DOTALL)
        assert text is not None
        digest = base64.b64encode(hashlib.sha256(text[1].encode()).digest()).decode()
        assert f"{element}-src &#39;sha256-{digest}&#39;" in policy[1]
    assert "default-src &#39;none&#39;" in policy[1]
    assert "unsafe" not in policy[1]
    # A style attribute or an inline handler would be refused by the policy.
    body = re.sub(r"<(script|style)\b.*?</\1>", "", page, flags=re.DOTALL)
    assert not re.search(r"<[a-z][^>]*\s(style|on\w+)=", body)


@pytest.mark.parametrize("text", HOSTILE)
def test_render_hostile_words(build: Any, text: str) -> None:
    page = render(build([("S", "pitch", f"Kijk {text} dan"), ("C", "need", text), ("S", "other", f"{text} {text}")]))
    assert "<script>alert" not in page
    assert "<img" not in page
    assert "\u202e" not in page
    assert page.count("<script") == 2
    assert "49" not in re.sub(r"<style.*?</style>|<script.*?</script>|\d{3,}|\.\d+", "", page, flags=re.DOTALL)


@pytest.mark.parametrize("name", [*HOSTILE, "../../etc/passwd", "javascript:alert(1)", "//evil.example/x.mp3"])
def test_render_hostile_names(build: Any, name: str) -> None:
    page = render(build(title=name, names={"S": name, "C": name}), audio=name)
    assert "<script>alert" not in page
    assert "<img" not in page
    audio = re.search(r'<audio[^>]* src="([^"]*)"', page)
    assert audio is not None
    assert audio[1].startswith("./") or audio[1].startswith("../")
    assert ":" not in audio[1]


def test_render_speaks_the_language_asked_for(analysis: Analysis) -> None:
    assert '<html lang="nl">' in render(analysis)
    english = render(analysis, language="en")
    assert '<html lang="en">' in english
    assert "Moments worth stopping for" in english


def test_render_language_without_pack(build: Any, analysis: Analysis) -> None:
    with pytest.raises(LanguageError):
        render(analysis, language="xx")


def test_data_block_cannot_end_its_element() -> None:
    hostile = {"a": "</script><!-- <script>", "b": "\u2028&"}
    block = data_block(hostile)
    assert "<" not in block and "\u2028" not in block
    assert json.loads(block) == hostile


def test_render_written_conversation_has_no_player(build: Any) -> None:
    page = render(build(timed=False), audio="call.wav")
    assert "<audio" not in page
    assert "geschat uit het aantal woorden" in page


def test_render_empty_call(build: Any) -> None:
    page = render(build([], []))
    assert "Er is niets verstaan in deze opname." in page
