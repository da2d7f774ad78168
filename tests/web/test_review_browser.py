"""Trainer and trainee before one call, in Debian's chromium."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from starlette.testclient import TestClient

from analyser.web.site import Site
from tests.web.spoken import give_sound

pytestmark = pytest.mark.browser

People = Callable[[str], TestClient]
Open = Callable[..., Any]
SCORECARD = {
    "name": "Luisteren",
    "q0.text": "Luistert voor het aanbod",
    "q0.kind": "scale",
    "q0.low": "1",
    "q0.high": "5",
    "q0.low_label": "niet",
    "q0.high_label": "helemaal",
    "q0.guide": "Denk aan samenvatten en doorvragen.",
    "q1.text": "Vat samen",
    "q1.kind": "yes_no",
    "q2.text": "Wat viel op",
    "q2.kind": "multiple",
    "q2.options": "rust\nhaast\nhumor",
    "q3.text": "In één zin",
    "q3.kind": "open",
}


@pytest.fixture
def add_spoken(site: Site, add_call: Callable[..., str]) -> Callable[..., str]:
    """Put a call with sound into the workspace; returns its key."""

    def add(owner: str | None = None, **values: object) -> str:
        key = add_call(owner, recording="recording.wav", **values)
        give_sound(site.config.calls / key)
        return key

    return add


def report_of(page: Any) -> Any:
    """The report in its frame, once it speaks with the page."""
    frame = page.frame_locator("#report")
    frame.locator(".review .vote").first.wait_for()
    return frame
