"""How far a call is, as pages are told."""

from __future__ import annotations

from dataclasses import replace
from types import SimpleNamespace
from typing import Any

import pytest
from sqlalchemy import select

from analyser.errors import AudioError
from analyser.web import telling
from analyser.web.site import Site
from analyser.web.tables import Call, now
from analyser.web.telling import Told


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """The seconds that ``telling`` sees; tests move them on."""
    at = [100.0]
    monkeypatch.setattr(telling, "time", SimpleNamespace(monotonic=lambda: at[0]))
    return at


@pytest.fixture
def call(site: Site) -> Call:
    with site.database.write() as session:
        made = Call(name="a.wav", recording="recording.wav", size=1, sha256="", state="running", started=now())
        session.add(made)
    return made


def shown(site: Site) -> dict[str, Any]:
    with site.database.read() as session:
        call = session.scalars(select(Call)).one()
        return {"stage": call.stage, "progress": call.progress, "left": call.left}


def test_words_are_shown_and_not_the_voices_found_meanwhile(site: Site, call: Call, clock: list[float]) -> None:
    told = Told(site, call)
    told("words", 0, 100)
    clock[0] += 10
    told("words", 25, 100)
    clock[0] += 2
    told("voices", 1, 1)
    # 12 s for a quarter; so three times that remains.
    assert shown(site) == {"stage": "words", "progress": 0.25, "left": 36.0}


def test_before_the_words_earlier_calls_tell_how_long_it_takes(site: Site, call: Call, clock: list[float]) -> None:
    told = Told(site, call, pace=0.5)
    told("decode", 600, 600)
    clock[0] += 20
    told("speech", 0, 1)
    assert shown(site) == {"stage": "speech", "progress": 0.0, "left": 280.0}


def test_the_database_is_written_once_a_second_at_most(site: Site, call: Call, clock: list[float]) -> None:
    told = Told(site, call)
    for step in range(1, 50):
        told("words", step, 100)
    assert shown(site)["progress"] == 0.01


def test_a_recording_that_turns_out_too_long_is_given_up(site: Site, call: Call) -> None:
    """However long its header says that it is: what counts is what comes out of it."""
    told = Told(Site(replace(site.config, max_hours=1), site.database), call)
    told("decode", 3600, 360_000)
    with pytest.raises(AudioError, match=r"a\.wav: is longer than 1 hours"):
        told("decode", 3601, 360_000)
