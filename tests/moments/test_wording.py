"""What is said about moments: quotes filled in, lines that vary, no sentence with a hole in it."""

from __future__ import annotations

import re

import pytest

from analyser.languages import Pack, available, load_pack
from analyser.languages.pack import FIELDS
from analyser.moments import KINDS, METHODS, find_moments
from analyser.moments.wording import advice, fill, needs_fields, shorten
from tests.conversations import call

PITCHES = tuple(
    line
    for topic in ("app", "auto", "dienst", "ploeg", "prijs", "naam")
    for line in (
        "C situation: Wij zijn met dertig man.",
        f"S pitch: Onze {topic} is de beste van het hele land en alle klanten zijn er blij mee.",
        f"S pitch: En die {topic} krijgt u er dan ook nog eens gratis bij als u vandaag beslist.",
        "C need: Ja, maar wij hebben vooral last van mensen die weglopen.",
        "S closed_question,ask_situation: Hoeveel mensen heeft u?",
    )
)


@pytest.fixture(scope="module", params=available())
def pack(request: pytest.FixtureRequest) -> Pack:
    return load_pack(request.param)


@pytest.mark.parametrize("kind", KINDS)
def test_every_pack_coaches_on_every_kind(kind: str, pack: Pack) -> None:
    texts = pack.coaching(kind)
    assert texts.name != kind
    assert tuple(texts.importance) == METHODS[kind]
    lines = (*texts.advice, *(line for lines in texts.when.values() for line in lines))
    assert len(texts.advice) >= 5
    assert len(set(lines)) == len(lines)
    assert "default" in texts.why


@pytest.mark.parametrize("kind", KINDS)
def test_five_lines_and_a_reason_remain_when_the_other_side_said_nothing_quotable(kind: str, pack: Pack) -> None:
    values = dict.fromkeys(FIELDS, "") | {"quote": "dit"}
    texts = pack.coaching(kind)
    assert sum(fill(line, values, formal=True) is not None for line in texts.advice) >= 3
    assert any(fill(line, values, formal=True) for line in texts.why.values())


def test_a_pack_without_mistakes_in_its_marks(pack: Pack) -> None:
    values = dict.fromkeys(FIELDS, "x")
    for kind in KINDS:
        texts = pack.coaching(kind)
        for line in (*texts.advice, *texts.why.values(), *texts.importance.values(), *sum(texts.when.values(), ())):
            for formal in (True, False):
                filled = fill(line, values, formal=formal) or ""
                assert not re.search(r"[\[\]{}|]|  ", filled), filled
                assert filled[-1] in ".?!’", filled


def test_address_follows_the_seller() -> None:
    pack = load_pack("nl")
    assert pack.formal("Wat wilt u en wat vindt u?")
    assert not pack.formal("Wat wil je en wat vind jij?")
    assert fill("Vraag: ‘[Wilt u|Wil je] dat?’", {}, formal=False) == "Vraag: ‘Wil je dat?’"
    assert fill("Vraag: ‘[Wilt u|Wil je] dat?’", {}, formal=True) == "Vraag: ‘Wilt u dat?’"


def test_a_template_with_an_empty_field_is_passed_over() -> None:
    assert fill("{quote} en {missing}", {"quote": "a", "missing": ""}, formal=True) is None
    assert needs_fields("{quote} en {missing}") == {"quote", "missing"}


def test_braces_in_what_was_said_are_left_alone() -> None:
    assert fill("‘{quote}’.", {"quote": "{quote} {0} [a|b]"}, formal=True) == "‘{quote} {0} [a|b]’."


@pytest.mark.parametrize(
    ("text", "short"),
    [
        ("Dat is goed.", "Dat is goed"),
        ("Hoe dan?", "Hoe dan?"),
        ("Nee. En toen ging het helemaal mis.", "En toen ging het helemaal mis"),
        ("Nee.", "Nee"),
        ("een twee drie vier, vijf zes", "een twee drie vier …"),
        ("", ""),
    ],
)
def test_quotes_are_cut_to_what_says_something(text: str, short: str) -> None:
    assert shorten(text, 4 if text.startswith("een") else 14) == short


def test_one_report_does_not_repeat_a_line_and_is_the_same_each_time() -> None:
    pack = load_pack("nl")
    moments = find_moments(call(*PITCHES), pack)
    for kind in ("premature_pitch", "missed_need"):
        lines = [re.sub(r"‘.*?’", "", moment.advice) for moment in moments if moment.kind == kind]
        assert len(lines) >= 4
        assert len(set(lines)) == len(lines)
    assert find_moments(call(*PITCHES), pack) == moments


def test_lines_repeat_only_when_all_were_used() -> None:
    pack = load_pack("en")
    used: set[str] = set()
    values = {"quote": "yes", "client_quote": "no", "missing": "", "steps": ""}
    count = sum(fill(line, values, formal=True) is not None for line in pack.coaching("insight").advice)
    lines = [advice(pack, "insight", values, used, formal=True) for _ in range(count)]
    assert len(set(lines)) == count
    assert advice(pack, "insight", values, used, formal=True) in lines


def test_why_names_the_words_of_both() -> None:
    pack = load_pack("nl")
    moments = {moment.kind: moment for moment in reversed(find_moments(call(*PITCHES[:10]), pack))}
    assert "Onze app is de beste" in moments["premature_pitch"].why
    assert "last van mensen die weglopen" in moments["missed_need"].why
    assert moments["missed_need"].quote.startswith("Ja, maar wij hebben")
    assert {"explored", "summarised", "confirmed"} <= set(moments["premature_pitch"].missing)


def test_what_was_said_is_quoted_as_it_is_and_never_read_as_a_template() -> None:
    pack = load_pack("nl")
    lines = [line.replace("Onze app", "{quote} <b>") for line in PITCHES[:10]]
    moments = find_moments(call(*lines), pack)
    assert any("{quote} <b>" in moment.why for moment in moments)
