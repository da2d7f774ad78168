"""The page's own decisions: title, sound, what it rests on."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from analyser.records import Analysis
from analyser.report import render
from analyser.report.view import build as build_page
from analyser.report.view import sound_url, title
from analyser.report.wording import Wording


@pytest.fixture(scope="module")
def wording() -> Wording:
    return Wording.of("nl")


@pytest.mark.parametrize(
    ("given", "shown"),
    [
        ("Monteurs op tijd.wav", "Monteurs op tijd"),
        ("../../geheim/call.mp3", "call"),
        ("C:\\\\calls\\\\a.m4a", "a"),
        ("v1.2 overleg met Jan", "v1.2 overleg met Jan"),
        ("", "Monteurs op tijd"),
        ("\u202e", "–"),
    ],
)
def test_title(build: Any, given: str, shown: str) -> None:
    assert title(build(title=given)) == shown


@pytest.mark.parametrize(
    ("given", "url"),
    [
        (None, ""),
        ("call.wav", "./call.wav"),
        ("my call.wav", "./my%20call.wav"),
        ("my%20call.wav", "./my%20call.wav"),
        ("../samples/a.ogg", "../samples/a.ogg"),
        ("javascript:alert(1)", "./javascript%3Aalert%281%29"),
        ("//evil.example/a.mp3", "./evil.example/a.mp3"),
        ("https://evil.example/a.mp3", "./https%3A//evil.example/a.mp3"),
        ("data:text/html,<b>", "./data%3Atext/html%2C%3Cb%3E"),
        ("data:audio/ogg;base64,AAAA", "data:audio/ogg;base64,AAAA"),
    ],
)
def test_sound_url_is_relative_or_sound(given: str | None, url: str) -> None:
    assert sound_url(given) == url


@pytest.mark.parametrize(("confidence", "asks"), [(0.99, False), (0.6, True)])
def test_unsure_roles_are_asked_for(analysis: Analysis, wording: Wording, confidence: float, asks: bool) -> None:
    speakers = tuple(replace(speaker, confidence=confidence) for speaker in analysis.conversation.speakers)
    unsure = replace(analysis, conversation=replace(analysis.conversation, speakers=speakers))
    assert build_page(unsure, wording, audio=None).asks is asks
    assert (wording.say("head.asks") in render(unsure, language="nl", audio=None)) is asks


def test_about_says_what_the_report_rests_on(analysis: Analysis, wording: Wording) -> None:
    about = build_page(analysis, wording, audio=None).about
    facts = {fact.name: fact.value for fact in about.facts}
    assert facts["Zekerheid van de woorden"] == "gemiddeld 81%"
    assert facts["Taal"] == "Nederlands, 98% zeker"
    assert about.caveats[0] == "Het model is klein."
    assert about.models[0].sha256 == "c0" * 32
    assert about.made == "Gemaakt met analyser 1.0 op 21 november 2026"
    assert "Ondertiteling" in about.dropped[0]


def test_about_of_a_written_call_claims_no_recognition(build: Any, wording: Wording) -> None:
    call = build(timed=False)
    provenance = replace(call.provenance, word_confidence=None, low_confidence_share=None)
    about = build_page(replace(call, provenance=provenance), wording, audio=None).about
    assert not any("woorden" in fact.name for fact in about.facts)


def test_kinds_and_methods_to_filter_by_are_those_found(analysis: Analysis, wording: Wording) -> None:
    page = build_page(analysis, wording, audio=None)
    assert {kind for kind, _ in page.kinds} == {moment.kind for moment in analysis.moments}
    assert [key for key, _ in page.methods_found] == ["M1", "M2", "M3", "M4"]
