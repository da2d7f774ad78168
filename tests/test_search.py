"""Search over the calls of a folder of results."""

from __future__ import annotations

import shutil
from dataclasses import replace
from pathlib import Path

import pytest

from analyser.calls import CallInfo, write_info
from analyser.records import Act, Analysis
from analyser.search import INDEX, Wanted, forget, search
from analyser.storage import read_record, write_record
from tests.overview.made_calls import make_call


def tag(folder: Path, *acts: str) -> None:
    """Give each utterance of a call one act."""
    analysis = read_record(Analysis, folder / "analysis.json")
    utterances = tuple(
        replace(utterance, acts=(Act(act),))
        for utterance, act in zip(analysis.conversation.utterances, acts, strict=True)
    )
    conversation = replace(analysis.conversation, utterances=utterances)
    write_record(folder / "analysis.json", replace(analysis, conversation=conversation))


@pytest.fixture
def output(tmp_path: Path) -> Path:
    first = make_call(
        tmp_path,
        "jansen",
        seller="An de Boer",
        client="Jansen 100%",
        date="2026-11-10",
        lines=("Wat kost het u nu?", "Dat vind ik te duur, ronduit te duur."),
        moments=(("power_play_yielded", 0.8),),
    )
    tag(first, "open_question", "price_pressure")
    make_call(
        tmp_path,
        "ede",
        seller="Bo",
        client="Gemeente Ede",
        date="2026-11-18",
        lines=("Duurt dat niet te lang?", "Duur is het niet. Twee cafés vroegen het ook."),
        moments=(("insight", 0.9), ("missed_need", 0.5)),
    )
    return tmp_path


def texts(output: Path, *words: str, **wanted: object) -> list[str]:
    return [hit.text for hit in search(output, Wanted(words, **wanted))]  # type: ignore[arg-type]


def test_a_text_is_words_that_follow_each_other(output: Path) -> None:
    assert texts(output, "te duur") == ["Dat vind ik te duur, ronduit te duur."]


def test_several_texts_must_all_be_there(output: Path) -> None:
    assert texts(output, "duur", "niet") == ["Duur is het niet. Twee cafés vroegen het ook."]


def test_case_and_accents_do_not_matter(output: Path) -> None:
    assert len(texts(output, "CAFES")) == 1


def test_a_star_takes_any_ending(output: Path) -> None:
    assert texts(output, "duurt*") == ["Duurt dat niet te lang?"]
    assert len(texts(output, "duur*")) == 3


@pytest.mark.parametrize(
    "text", ['"', "*", "AND", 'te" OR "duur', "text:duur", "NEAR(te duur)", "^", "(", "'; DROP TABLE calls"]
)
def test_signs_of_the_query_language_are_text(output: Path, text: str) -> None:
    search(output, Wanted((text,)))
    assert len(texts(output, "te duur")) == 1


def test_by_moment_that_the_words_are_part_of(output: Path) -> None:
    # The moments made by hand span the first utterance alone.
    assert texts(output, "kost", moment="power_play_yielded") == ["Wat kost het u nu?"]
    assert texts(output, "te duur", moment="power_play_yielded") == []


def test_by_act_and_side(output: Path) -> None:
    assert texts(output, act="price_pressure") == ["Dat vind ik te duur, ronduit te duur."]
    assert texts(output, "duur*", side="seller") == ["Duurt dat niet te lang?"]


def test_by_seller_client_and_day(output: Path) -> None:
    assert len(texts(output, "duur*", seller="boer")) == 1
    assert len(texts(output, "duur*", client="100%")) == 1
    assert len(texts(output, "duur*", client="%")) == 1
    assert len(texts(output, "duur*", since="2026-11-11")) == 2
    assert len(texts(output, "duur*", until="2026-11-10")) == 1


def test_without_words_moments_are_found_the_latest_and_surest_first(output: Path) -> None:
    hits = search(output, Wanted())
    assert [hit.side for hit in hits] == ["insight", "missed_need", "power_play_yielded"]
    assert [hit.link for hit in hits][1] == "ede/report.html#m1"


def test_hits_point_into_the_report(output: Path) -> None:
    (hit,) = search(output, Wanted(("te duur",)))
    assert (hit.link, hit.start, hit.seller, hit.date) == ("jansen/report.html#u1", 2.0, "An de Boer", "2026-11-10")


def test_no_more_than_asked_for(output: Path) -> None:
    assert len(texts(output, "duur*", most=2)) == 2


def test_a_changed_call_is_found_as_it_is_now(output: Path) -> None:
    assert len(texts(output, "te duur")) == 1
    make_call(output, "jansen", lines=("Dag.", "Prima prijs."))
    assert texts(output, "te duur") == []
    assert texts(output, "prijs") == ["Prima prijs."]


def test_a_call_of_another_seller_now(output: Path) -> None:
    texts(output, "te duur")
    write_info(output / "jansen", CallInfo(seller="Els"))
    assert len(texts(output, "te duur", seller="Els")) == 1


def test_a_deleted_call_is_found_no_longer(output: Path) -> None:
    texts(output, "te duur")
    (output / "jansen" / "analysis.json").unlink()
    assert texts(output, "te duur") == []
    assert len(texts(output, "duur")) == 1


@pytest.mark.parametrize("damage", [b"", b"no database at all, but long enough to be looked at as one" * 100])
def test_a_damaged_index_is_made_again(output: Path, damage: bytes) -> None:
    texts(output, "te duur")
    (output / INDEX).write_bytes(damage)
    assert len(texts(output, "te duur")) == 1


def test_an_index_of_another_version_is_made_again(output: Path) -> None:
    import sqlite3

    texts(output, "te duur")
    index = sqlite3.connect(output / INDEX)
    index.execute("PRAGMA user_version = 99")
    index.commit()
    index.close()
    assert len(texts(output, "te duur")) == 1


def test_rebuilt_is_the_same(output: Path) -> None:
    before = search(output, Wanted(("duur*",)))
    assert search(output, Wanted(("duur*",)), rebuild=True) == before


def test_only_the_folders_that_may_be_looked_into_are(output: Path) -> None:
    assert texts(output, "te*", folders=("ede",)) == ["Duurt dat niet te lang?"]
    assert texts(output, "te duur", folders=()) == []
    assert texts(output, folders=("jansen", "elsewhere")) != []


def test_a_call_that_is_forgotten_leaves_no_word_in_the_file(output: Path) -> None:
    assert texts(output, "cafés")
    assert b"gemeente" in (output / INDEX).read_bytes().lower()
    forget(output, "ede")
    kept = (output / INDEX).read_bytes().lower()
    # The full-text index holds words without their accents.
    for word in (b"cafe", b"twee", b"gemeente", b"niet te lang"):
        assert word not in kept, word
    assert b"ronduit" in kept
    forget(output, "never there")


def test_a_folder_that_is_gone_leaves_no_word_after_the_next_search(output: Path) -> None:
    assert texts(output, "cafés")
    shutil.rmtree(output / "ede")
    assert texts(output, "te duur")
    assert b"gemeente" not in (output / INDEX).read_bytes().lower()


def test_forgetting_makes_no_index(tmp_path: Path) -> None:
    forget(tmp_path, "ede")
    assert list(tmp_path.iterdir()) == []
