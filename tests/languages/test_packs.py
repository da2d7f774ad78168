"""The language packs and their loader."""

from __future__ import annotations

from pathlib import Path

import pytest

from analyser.errors import LanguageError
from analyser.languages import available, load_pack
from analyser.languages.reading import build_pack


def test_there_are_packs_for_dutch_and_english() -> None:
    assert {"nl", "en"} <= set(available())
    assert load_pack("nl").name == "Nederlands"


def test_an_unknown_language_is_an_error_that_names_those_there_are() -> None:
    with pytest.raises(LanguageError, match=r"'xx'.*en, nl"):
        load_pack("xx")


@pytest.mark.parametrize(
    ("code", "text", "expected"),
    [
        ("nl", "Hm-hm, ja ja.", True),
        ("nl", "oké", True),
        ("nl", "dat snap ik", True),
        ("nl", "Ja, maar dan wel dinsdag.", False),
        ("nl", "", False),
        ("nl", "...", False),
        ("nl", "ja ja ja ja ja ja ja ja", False),
        ("en", "mm-hm", True),
        ("en", "Uh-huh, right.", True),
        ("en", "right now we use two systems", False),
    ],
)
def test_backchannels(code: str, text: str, expected: bool) -> None:
    assert load_pack(code).is_backchannel(text) is expected


def test_fillers_are_counted_as_words_and_never_within_a_word() -> None:
    pack = load_pack("nl")
    assert pack.filler_count("Ik eh wil zeg maar een eherring, eh.") == 4
    assert pack.filler_count("Niets daarvan.") == 0


def test_tokens_keep_accents_and_clitics() -> None:
    assert load_pack("nl").tokens("Daar zit ’m één probleem, zo'n ding.")[-4:] == [",", "zo'n", "ding", "."]


def test_phrases_match_words_gaps_alternatives_and_ends_but_no_substrings() -> None:
    table = {
        "cues": {
            "g": [
                {"name": "gap", "phrases": ["hoe * gaat"]},
                {"name": "choice", "phrases": ["(mijn|onze eigen) winkel"]},
                {"name": "start", "phrases": ["^(nou)? kijk"]},
                {"name": "end", "phrases": ["toch$"]},
            ]
        }
    }
    pack = build_pack("nl", table, "test.toml")
    assert pack.hits("g", "Hoe het, zeg maar, gaat") == ("gap",)
    assert pack.hits("g", "hoe het nu eigenlijk met u gaat") == ()
    assert pack.hits("g", "Weet ik hoe. Het gaat wel.") == ()
    assert pack.hits("g", "onze eigen winkel") == ("choice",)
    assert pack.hits("g", "mijn winkeltje") == ()
    assert pack.hits("g", "Nou, kijk eens") == ("start",)
    assert pack.hits("g", "ik kijk wel") == ()
    assert pack.hits("g", "dat is het, toch?") == ("end",)
    assert pack.hits("g", "toch niet") == ()
    assert pack.hits("no such group", "hoe gaat") == ()
    assert pack.hits("g", "") == ()


@pytest.mark.parametrize(
    ("table", "named"),
    [
        ({"backchannels": "ja"}, "backchannels"),
        ({"cues": {"g": {"phrases": ["a"]}}}, "cues.g"),
        ({"cues": {"g": [{"phrases": "a"}]}}, r"cues.g\[0\].phrases"),
        ({"cues": {"g": [{"phrases": []}]}}, r"cues.g\[0\].phrases"),
        ({"cues": {"g": [{"phrases": ["*"]}]}}, r"cues.g\[0\].phrases"),
        ({"cues": {"g": [{"phrases": ["(a|b"]}]}}, r"cues.g\[0\].phrases.*brackets"),
        ({"cues": {"g": [{"phrases": ["a"], "hist": ["a"]}]}}, "hist"),
        ({"coaching": {"insight": {"advice": "x"}}}, "coaching.insight.advice"),
        ({"coaching": {"insight": {"advice": ["{quotation}"]}}}, "quotation"),
        ({"labels": {"a": {"b": 3}}}, "labels.a.b"),
    ],
)
def test_a_malformed_value_is_named_with_its_file(table: dict[str, object], named: str) -> None:
    with pytest.raises(LanguageError, match=named) as caught:
        build_pack("nl", table, "test.toml")
    assert "test.toml" in str(caught.value)


def test_tables_that_nobody_asks_for_are_let_be() -> None:
    assert build_pack("nl", {"weather": {"rain": 1}}, "test.toml").code == "nl"


def test_labels_have_dotted_keys_and_a_missing_one_is_named() -> None:
    pack = build_pack("nl", {"labels": {"title": "Verslag", "moments": {"insight": "Inzicht"}}}, "test.toml")
    assert (pack.label("title"), pack.label("moments.insight")) == ("Verslag", "Inzicht")
    with pytest.raises(LanguageError, match=r"moments\.none"):
        pack.label("moments.none")


def test_a_team_adds_products_cues_and_backchannels_and_replaces_texts(tmp_path: Path) -> None:
    team = tmp_path / "team.toml"
    team.write_text(
        """
products = ["Warmteplan Plus"]
[nl]
backchannels = ["zekers"]
[nl.coaching.insight]
name = "Kwartje"
[[nl.cues.price]]
name = "knaken"
phrases = ["knaken"]
[en]
backchannels = ["righty-ho"]
""",
        encoding="utf-8",
    )
    pack = load_pack("nl", team)
    assert pack.products == ("Warmteplan Plus",)
    assert pack.is_backchannel("Zekers") and pack.is_backchannel("ja") and not pack.is_backchannel("righty-ho")
    assert pack.coaching("insight").name == "Kwartje"
    assert pack.hits("price", "dertig knaken") == ("knaken",)
    assert load_pack("nl").hits("price", "dertig knaken") == ()


def test_a_team_file_of_the_wrong_form_is_named(tmp_path: Path) -> None:
    team = tmp_path / "team.toml"
    team.write_text('backchannels = "ja"', encoding="utf-8")
    with pytest.raises(LanguageError, match=r"team\.toml.*backchannels"):
        load_pack("nl", team)
    team.write_text("backchannels = [", encoding="utf-8")
    with pytest.raises(LanguageError, match=r"team\.toml"):
        load_pack("nl", team)
    with pytest.raises(LanguageError, match=r"missing\.toml"):
        load_pack("nl", tmp_path / "missing.toml")
