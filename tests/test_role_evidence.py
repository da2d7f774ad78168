"""What speakers say and do, counted, on conversations typed out by hand."""

from __future__ import annotations

from dataclasses import replace

import pytest

from analyser.languages import Pack, load_pack
from analyser.role_evidence import FEATURES, GROUPS, features, gather, nothing
from tests.conversations import call


@pytest.fixture(scope="module")
def dutch() -> Pack:
    return load_pack("nl")


def test_both_packs_have_every_group() -> None:
    for language in ("nl", "en"):
        assert {f"role_{group}" for group in GROUPS} <= set(load_pack(language).cues)


def test_sentences_with_a_cue_are_counted_once_each(dutch: Pack) -> None:
    found = gather(call("S: Wat kost dat u? Dat kost u en uw vrouw niets.", "C: Mijn dak lekt."), dutch)
    assert found["S"].sentences == 2
    assert found["S"].hits[GROUPS.index("you")] == 2
    assert found["C"].hits[GROUPS.index("my")] == 1
    assert found["C"].hits[GROUPS.index("you")] == 0


def test_a_long_text_without_punctuation_is_cut(dutch: Pack) -> None:
    assert gather(call("S: " + "en toen kwam hij weer " * 12), dutch)["S"].sentences == 3


def test_replies_to_the_others_questions(dutch: Pack) -> None:
    found = gather(call("S: Hoe lang al?", "C: Al twee jaar denk ik.", "S: Vervelend.", "C: Zeg dat wel."), dutch)
    assert (found["C"].replies, found["C"].reply_words) == (1, 5)
    assert found["S"].replies == 0


def test_backchannels_prove_nothing(dutch: Pack) -> None:
    conversation = call("S: Mijn dak lekt.", "C: Ja.")
    silent = replace(conversation, turns=tuple(replace(turn, backchannel=True) for turn in conversation.turns))
    assert all(evidence.sentences == 0 for evidence in gather(silent, dutch).values())


def test_evidence_adds_up(dutch: Pack) -> None:
    both = gather(call("S: Wat kost dat u?", "C: Mijn dak lekt."), dutch)
    total = both["S"].plus(both["C"])
    assert total.sentences == 2
    assert total.words == both["S"].words + both["C"].words
    assert (total.hits == both["S"].hits + both["C"].hits).all()


def test_features_change_sign_when_sides_change_places(dutch: Pack) -> None:
    both = gather(call("S: Wat kost dat u?", "C: Mijn dak lekt."), dutch)
    there, back = features(both["S"], both["C"]), features(both["C"], both["S"])
    assert there == pytest.approx(-back)
    assert there.shape == (len(FEATURES),)
    assert features(nothing(), nothing()) == pytest.approx(0.0)


def test_a_long_call_is_looked_at_from_both_ends(dutch: Pack) -> None:
    lines = [f"{'SC'[place % 2]}: Het is nu {place} uur." for place in range(600)]
    found = gather(call(*lines), dutch)
    assert found["S"].sentences + found["C"].sentences == 240
