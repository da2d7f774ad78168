"""A whole call masked: nothing of what was masked is left in what is made from it, and times and figures stay."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

pytest.importorskip("phonenumbers", reason="the extra 'mask' is not installed")
pytest.importorskip("stdnum", reason="the extra 'mask' is not installed")

from click.testing import CliRunner

from analyser.cli import cli
from analyser.masking import mask_analysis
from analyser.pipeline import analyse
from analyser.records import Analysis, Moment
from analyser.report import render
from analyser.report.exports import EXPORTS
from analyser.settings import Settings

CALL = """# id: nl-x02
# language: nl
# setting: proef
# style: u
S\tsmall_talk\tGoedemiddag, met Anna de Wit van Vakwerk.
C\tsmall_talk\tDag, u spreekt met Zeger Quibus.
S\topen_question,ask_situation\tVertelt u eens, hoe werkt u nu?
C\tsituation\tMijn nummer is nul zes twaalf vierendertig zesenvijftig achtenzeventig, of mail zeger@quibus.nl.
C\tneed\tQuibus zelf ligt er wakker van, en Henk van de planning ook.
S\tsummary\tDus, meneer Quibus, u ligt wakker van nul zes twaalf vierendertig zesenvijftig achtenzeventig.
C\tconfirm\tJa, dat is precies wat ik bedoel, en mijn rekening is NL91 ABNA 0417 1643 00.
C\tinvite\tWat zou u dan voorstellen?
S\tpitch\tWij hebben een pakket dat uw voorraad automatisch bijhoudt.
"""
SECRET = ("quibus", "zeger", "anna", "henk", "twaalf", "zesenvijftig", "abna", "0417")


@pytest.fixture(scope="module")
def call(tmp_path_factory: pytest.TempPathFactory) -> Analysis:
    folder = tmp_path_factory.mktemp("masked")
    (folder / "Gesprek met Quibus.tsv").write_text(CALL, encoding="utf-8")
    analysis, _ = analyse(folder / "Gesprek met Quibus.tsv", Settings(), output=folder)
    return analysis


def secrets_in(text: str) -> list[str]:
    return [word for word in SECRET if word in text.lower()]


def test_nothing_is_left_in_report_and_exports(call: Analysis) -> None:
    assert secrets_in(render(call, language="nl")) == list(SECRET)
    masked = mask_analysis(call)
    assert secrets_in(render(masked, language="nl")) == []
    for name in ("json", "transcript", "srt", "vtt", "txt", "md", "csv", "rttm"):
        for content in EXPORTS[name](masked).values():
            text = content if isinstance(content, str) else content.decode("utf-8", "replace")
            assert secrets_in(text) == [], name


def test_times_acts_and_figures_stay(call: Analysis) -> None:
    masked = mask_analysis(call)
    assert masked.tally == call.tally
    assert masked.readiness == call.readiness
    pairs = list(zip(masked.conversation.utterances, call.conversation.utterances, strict=True))
    assert all(
        (one.start, one.end, one.acts, one.side) == (two.start, two.end, two.acts, two.side) for one, two in pairs
    )
    for masked_turn, turn in zip(masked.conversation.turns, call.conversation.turns, strict=True):
        assert (masked_turn.words[0].start, masked_turn.words[-1].end) == (turn.words[0].start, turn.words[-1].end)
        assert all(
            one.end <= two.start + 1e-6 for one, two in zip(masked_turn.words, masked_turn.words[1:], strict=False)
        )
    assert [(one.kind, one.first, one.last) for one in masked.moments] == [
        (one.kind, one.first, one.last) for one in call.moments
    ]


def test_a_turn_has_the_words_of_its_utterances(call: Analysis) -> None:
    talk = mask_analysis(call).conversation
    for place, turn in enumerate(talk.turns):
        assert sum((one.words for one in talk.utterances if one.turn == place), ()) == turn.words


def test_a_number_that_was_said_in_parts_is_one_word_as_long(call: Analysis) -> None:
    words = [word for turn in mask_analysis(call).conversation.turns for word in turn.words]
    said = [word for turn in call.conversation.turns for word in turn.words]
    number = next(word for word in words if word.text.startswith("[telefoonnummer]"))
    assert number.text == "[telefoonnummer],"
    assert number.start == next(word for word in said if word.text == "nul").start
    assert number.end == next(word for word in said if word.text == "achtenzeventig,").end


def test_a_quote_that_was_cut_is_masked_as_the_words_were(call: Analysis) -> None:
    short = "Dus, meneer Quibus, u ligt wakker van nul zes twaalf …"
    why = f"Na ‘{short}’ praat hij door."
    place = next(number for number, one in enumerate(call.conversation.utterances) if "ligt wakker" in one.text)
    cut = replace(call, moments=(Moment(0.0, 1.0, "missed_need", ("M4",), place, place, short, why),))
    moment = mask_analysis(cut).moments[0]
    assert moment.quote == "Dus, meneer [naam], u ligt wakker van [telefoonnummer] …"
    assert moment.why == f"Na ‘{moment.quote}’ praat hij door."


def test_voices_that_are_called_by_their_owners_names_lose_them(call: Analysis) -> None:
    def rename(label: str) -> str:
        return {"S": "Anna de Wit", "C": "Zeger Quibus"}[label]

    talk = call.conversation
    named = replace(
        call,
        conversation=replace(
            talk,
            speakers=tuple(replace(one, label=rename(one.label), name=rename(one.label)) for one in talk.speakers),
            turns=tuple(replace(one, speaker=rename(one.speaker)) for one in talk.turns),
            utterances=tuple(replace(one, speaker=rename(one.speaker)) for one in talk.utterances),
            speech=tuple(replace(one, speaker=rename(one.speaker)) for one in talk.speech),
        ),
    )
    masked = mask_analysis(named)
    assert {one.label for one in masked.conversation.speakers} == {"speaker 1", "speaker 2"}
    assert secrets_in(EXPORTS["json"](masked)["analysis.json"]) == []  # type: ignore[arg-type]


def test_the_command_masks_what_is_handed_round_and_keeps_the_call(tmp_path: Path) -> None:
    source = tmp_path / "call.tsv"
    source.write_text(CALL, encoding="utf-8")
    answer = CliRunner().invoke(
        cli, ["analyse", str(source), "--output", str(tmp_path / "out"), "--mask", "--format", "html,txt,srt,json"]
    )
    assert answer.exception is None, answer.output
    folder = tmp_path / "out" / "call"
    for name in ("report.html", "transcript.txt", "transcript.srt"):
        assert secrets_in((folder / name).read_text()) == [], name
    for name in ("analysis.json", "transcript.json"):
        assert secrets_in((folder / name).read_text()) == list(SECRET), name
