"""Figures, times and names as readers write them."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from analyser.records import Speaker
from analyser.report.wording import Wording, clean, clock, interface_language, place


@pytest.fixture(scope="module")
def dutch() -> Wording:
    return Wording.of("nl")


@pytest.fixture(scope="module")
def english() -> Wording:
    return Wording.of("en")


def test_number_has_the_decimal_sign_of_the_language(dutch: Wording, english: Wording) -> None:
    assert dutch.number(1234.56, 1) == "1.234,6"
    assert english.number(1234.56, 1) == "1,234.6"
    assert dutch.number(-11.2, signed=True) == "−11"
    assert dutch.number(3, signed=True) == "+3"
    assert dutch.number(-0.2, signed=True) == "0"


@pytest.mark.parametrize(("share", "text"), [(0, "0%"), (0.001, "1%"), (0.5, "50%"), (0.999, "99%"), (1, "100%")])
def test_percent_is_never_a_false_0_or_100(dutch: Wording, share: float, text: str) -> None:
    assert dutch.percent(share) == text


@pytest.mark.parametrize(
    ("seconds", "text"), [(8.4, "8 s"), (65, "1 min 5 s"), (725, "12 min"), (3600, "1 u 00"), (3900, "1 u 05")]
)
def test_duration(dutch: Wording, seconds: float, text: str) -> None:
    assert dutch.duration(seconds) == text


def test_date_is_said_and_no_date_is_left(dutch: Wording, english: Wording) -> None:
    assert dutch.date("2026-03-05T10:00:00Z") == "5 maart 2026"
    assert english.date("2026-03-05") == "5 March 2026"
    assert dutch.date("gisteren") == "gisteren"


@pytest.mark.parametrize(
    ("seconds", "text"), [(0, "0:00"), (59.9, "0:59"), (187, "3:07"), (3787, "1:03:07"), (-1, "0:00")]
)
def test_clock(seconds: float, text: str) -> None:
    assert clock(seconds) == text


def test_place_is_short() -> None:
    assert [place(12.0), place(12.346), place(0.5), place(0)] == ["12", "12.35", "0.5", "0"]


def test_clean_takes_out_what_reorders_or_controls() -> None:
    assert clean("a\u202eb\u2066c\x00d\ue000é\u200f") == "abcd\ue000é"
    assert clean("zoë ’s – 👍 مرحبا") == "zoë ’s – 👍 مرحبا"


def test_speaker_goes_by_name_side_or_label(build: Any, dutch: Wording) -> None:
    call = build([("S", "other", "Hallo."), ("C", "other", "Dag.")]).conversation
    assert [dutch.speaker(speaker, call) for speaker in call.speakers] == ["Klant", "Verkoper"]
    assert dutch.speaker(Speaker("C", "client", name="Jan\u202e"), call) == "Jan"


def test_speaker_of_a_side_with_several_voices_has_its_label(build: Any, dutch: Wording) -> None:
    call = build([("S", "other", "Hallo."), ("C", "other", "Dag.")]).conversation
    call = replace(call, speakers=(*call.speakers, Speaker("D", "client")))
    assert [dutch.speaker(speaker, call) for speaker in call.speakers] == ["Klant C", "Verkoper", "Klant D"]


def test_interface_language() -> None:
    assert interface_language("auto", "nl") == "nl"
    assert interface_language("auto", "fr") == "en"
    assert interface_language("en", "nl") == "en"


def test_both_packs_have_the_same_labels(dutch: Wording, english: Wording) -> None:
    assert set(dutch.pack.labels) == set(english.pack.labels)


def test_listing(dutch: Wording) -> None:
    assert [dutch.listing(["a"] * n) for n in (0, 1, 2, 3)] == ["", "a", "a en a", "a, a en a"]
