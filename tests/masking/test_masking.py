"""What tells who somebody is gives way to a mask, and what only looks like it stays."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path

import pytest

pytest.importorskip("phonenumbers", reason="the extra 'mask' is not installed")
pytest.importorskip("stdnum", reason="the extra 'mask' is not installed")

from analyser.errors import SettingsError
from analyser.masking import Masker, mask_text, numbers
from analyser.masking.names import learn, network_for
from analyser.masking.words import labels, words
from tests.benchmarks.masking import covered, parse

SENTENCES = tomllib.loads((Path(__file__).parent / "sentences.toml").read_text(encoding="utf-8"))


def sentences(part: str) -> list[tuple[str, str]]:
    return [(language, sentence) for language in ("nl", "en") for sentence in SENTENCES[part][language]]


@pytest.mark.parametrize(("language", "sentence"), sentences("built"))
def test_what_tells_who_somebody_is_is_masked_whole(language: str, sentence: str) -> None:
    text, spans = parse(sentence)
    found = Masker.of([text], language=language).find(text)
    assert [span for span in spans if not covered(text, span, found)] == []
    assert {one.kind for one in found} == {kind for _, _, kind in spans}


@pytest.mark.parametrize(("language", "sentence"), sentences("clean"))
def test_what_only_looks_like_it_stays(language: str, sentence: str) -> None:
    assert mask_text(sentence, language=language) == sentence


def test_sentences_that_it_was_not_built_by() -> None:
    missed = []
    for language, sentence in sentences("unseen"):
        text, spans = parse(sentence)
        found = Masker.of([text], language=language).find(text)
        missed += [text[span[0] : span[1]] for span in spans if not covered(text, span, found)]
    assert len(missed) <= 2, missed


def test_the_list_is_large_enough() -> None:
    count = sum(len(parse(sentence)[1]) for part in ("built", "unseen") for _, sentence in sentences(part))
    assert count >= 60


def test_masks_are_in_the_language_of_the_call() -> None:
    assert mask_text("Met Anna de Wit, bel 06 12 34 56 78.", language="nl") == "Met [naam], bel [telefoonnummer]."
    assert mask_text("This is Anna, call 06 12 34 56 78.", language="en") == "This is [name], call [phone number]."
    assert mask_text("Met Anna.", language="fr") == "Met [name]."
    assert {*labels("nl")} == {*labels("en")}


def test_a_name_that_was_introduced_once_is_masked_everywhere() -> None:
    masker = Masker.of(["Met Zbigniew Kowalski van Vakwerk.", "Dag."], language="nl")
    assert masker.mask("Zei Zbigniew dat? Kowalski's plan.") == "Zei [naam] dat? [naam] plan."


def test_names_that_are_known_beforehand_are_masked() -> None:
    assert mask_text("Dat moet Quibus weten.", names=["Hr. Quibus de Vries"]) == "Dat moet [naam] weten."
    assert mask_text("Dat moet Quibus weten.") == "Dat moet Quibus weten."


def test_a_known_name_that_is_an_ordinary_word_stays_where_it_is_one() -> None:
    masker = Masker.of([], names=["Bas de Boer"])
    assert masker.mask("Dat vond Bas ook, de bas klonk.") == "Dat vond [naam] ook, de bas klonk."


def test_a_name_that_is_spelled_is_masked() -> None:
    assert mask_text("Dat is J, A, N, S, E, N dus.") == "Dat is [naam] dus."
    assert mask_text("Dat is W-I-T-H-A dus.") == "Dat is [naam] dus."


def test_check_digits_tell_a_number_from_an_order() -> None:
    assert mask_text("Het is 123456782.") == "Het is [bsn]."
    assert mask_text("Het is 123456789.") == "Het is 123456789."
    assert mask_text("Mijn BSN is 123456789.") == "Mijn BSN is [bsn]."


def test_a_cut_number_is_masked_when_it_was_announced() -> None:
    assert mask_text("Mijn nummer is nul zes twaalf vierendertig.") == "Mijn nummer is [telefoonnummer]."
    assert mask_text("Het kost twaalf vierendertig.") == "Het kost twaalf vierendertig."


def test_a_network_that_knows_names_is_asked() -> None:
    def network(text: str) -> list[tuple[int, int]]:
        return [match.span() for match in re.finditer("Ulfberht", text)]

    assert "ulfberht" in learn("Daar werkt Ulfberht ook.", words(), opening=False, network=network)
    assert "ulfberht" not in learn("Daar werkt Ulfberht ook.", words(), opening=False)


def test_without_the_packages_it_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    numbers._needed.cache_clear()
    monkeypatch.setitem(__import__("sys").modules, "stdnum.nl.bsn", None)
    with pytest.raises(SettingsError, match=r"analyser\[mask\]"):
        mask_text("Het is 123456782.")
    numbers._needed.cache_clear()


def test_masking_twice_changes_nothing_more() -> None:
    once = mask_text("Met Anna de Wit van Vakwerk, bel 06 12 34 56 78 of mail anna@vakwerk.nl.")
    assert mask_text(once) == once


def test_an_installed_network_is_used(monkeypatch: pytest.MonkeyPatch) -> None:
    import spacy

    pipeline = spacy.blank("nl")
    ruler = pipeline.add_pipe("entity_ruler")
    ruler.add_patterns([{"label": "PER", "pattern": "Ulfberht"}, {"label": "ORG", "pattern": "Vakwerk"}])  # type: ignore[attr-defined]
    monkeypatch.setattr(spacy.util, "get_installed_models", lambda: ["nl_core_news_sm"])
    monkeypatch.setattr(spacy, "load", lambda name: pipeline)
    network_for.cache_clear()
    assert (
        mask_text("Daar zei Ulfberht van Vakwerk ook al iets over.") == "Daar zei [naam] van Vakwerk ook al iets over."
    )
    network_for.cache_clear()


@pytest.mark.parametrize(
    "text",
    [
        "a" * 200_000,
        "a." * 100_000,
        "1234 AB " * 4_000,
        "nul zes " * 4_000,
        "1 " * 8_000,
        "mevrouw " * 4_000,
        "a apenstaartje " * 4_000,
        "NL91 " * 4_000,
        '."' * 100_000,
        "A " * 8_000,
        "+" * 100_000 + "1",
        "\u0661\u0662\u0663 " * 1000 + "² ½ \U0001f600 \u202e",
        "",
        " \n\t",
    ],
    ids=lambda text: text[:12],
)
def test_no_text_makes_it_fail_or_take_for_ever(text: str) -> None:
    assert isinstance(mask_text(text), str)
