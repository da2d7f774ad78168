"""Probabilities hold, thresholds fit them, and acts are held to the codebook."""

from __future__ import annotations

import numpy as np
import pytest

from analyser.acts.calibration import ASKING, asking, calibrate, choose, fit_asking, fit_scale, fit_threshold
from analyser.acts.labels import CLIENT_ACTS, OUTPUTS, SELLER_ACTS
from analyser.acts.tokens import LONGEST, by_length, clip, wrap
from analyser.records import Side

THRESHOLDS = [0.4] * OUTPUTS


def row(**chances: float) -> np.ndarray:
    """Probabilities of an utterance: 0.01 but for acts named ``seller_pitch=0.8``."""
    values = np.full(OUTPUTS, 0.01, np.float32)
    for name, chance in chances.items():
        side, _, act = name.partition("_")
        place = SELLER_ACTS.index(act) if side == "seller" else len(SELLER_ACTS) + CLIENT_ACTS.index(act)
        values[place] = chance
    return values


def given(side: Side, **chances: float) -> list[str]:
    return [act.name for act in choose(row(**chances), THRESHOLDS, side)]


def test_fitted_probabilities_hold() -> None:
    chance = np.random.default_rng(0)
    real = chance.normal(size=20_000)
    truth = (chance.random(20_000) < 1 / (1 + np.exp(-(real - 2)))).astype(np.float32)
    stretched = (3 * real + 5).astype(np.float32)
    scale, shift = fit_scale(stretched, truth)
    assert scale == pytest.approx(1 / 3, abs=0.03)
    assert shift == pytest.approx(-2 - 5 / 3, abs=0.15)


def test_far_apart_logits_are_no_trouble() -> None:
    logits = np.concatenate([np.full(990, -60.0), np.full(10, 40.0)]).astype(np.float32)
    scale, shift = fit_scale(logits, (logits > 0).astype(np.float32))
    assert 0 < scale < 2
    assert 1 / (1 + np.exp(-(scale * 40 + shift))) > 0.7
    assert 1 / (1 + np.exp(-(scale * -60 + shift))) < 0.02


def test_too_few_cases_are_left_as_they_are() -> None:
    assert fit_scale(np.zeros(10, np.float32), np.eye(1, 10, dtype=np.float32)[0]) == (1.0, 0.0)


SAID = ("Goed.", "Hoe gaat dat nu?", "Is dat zo? Vertel.", "Dat is de prijs.")


def test_question_marks_count_only_where_there_is_punctuation() -> None:
    flat = np.zeros((4, OUTPUTS), np.float32)
    marks = asking(flat, SAID)[:, 2:5]
    assert marks.tolist() == [[0, 0, 1], [1, 0, 0], [0, 1, 0], [0, 0, 1]]
    heard = asking(flat, [text.lower().strip(".?").replace("?", "") for text in SAID])
    assert not heard[:, 2:5].any()
    assert heard.shape == (4, ASKING)


def test_a_mark_makes_a_question_likelier_as_far_as_it_did_in_the_cases() -> None:
    chance = np.random.default_rng(1)
    marked = chance.random(3_000) < 0.4
    truth = (chance.random(3_000) < np.where(marked, 0.9, 0.1)).astype(np.float32)
    seen = np.zeros((3_000, ASKING), np.float32)
    seen[:, 2] = marked
    weights = fit_asking(seen, truth)
    fitted = 1 / (1 + np.exp(-(np.array([0.0, 1.0]) * weights[2] + weights[-1])))
    assert fitted == pytest.approx([0.1, 0.9], abs=0.03)


def test_both_kinds_of_question_share_the_chance_of_a_question() -> None:
    logits = np.full((4, OUTPUTS), -2.0, np.float32)
    logits[1, SELLER_ACTS.index("closed_question")] = 0.5
    weights = np.array([0, 0, 3, 0, 0, 0, 0, -1], np.float32)
    chances = calibrate(logits, SAID, np.ones(OUTPUTS, np.float32), np.zeros(OUTPUTS, np.float32), weights)
    both = chances[:, [SELLER_ACTS.index("open_question"), SELLER_ACTS.index("closed_question")]]
    assert both.sum(1) == pytest.approx([0.269, 0.881, 0.269, 0.269], abs=0.001)
    assert both[1, 1] > both[1, 0]
    assert chances[0, SELLER_ACTS.index("pitch")] == pytest.approx(0.119, abs=0.001)


def test_a_question_of_unsure_kind_is_a_question() -> None:
    assert given("seller", seller_open_question=0.35, seller_closed_question=0.3, seller_pitch=0.5) == [
        "pitch",
        "open_question",
    ]


def test_a_sure_act_has_a_higher_threshold_than_a_vague_one() -> None:
    sure = np.array([0.98] * 50 + [0.01] * 950, np.float32)
    vague = np.array([0.3] * 50 + [0.04] * 950, np.float32)
    assert fit_threshold(vague) < fit_threshold(sure) <= 0.5


def test_something_is_always_given() -> None:
    assert given("client", client_need=0.2) == ["need"]


def test_surest_first() -> None:
    assert given("seller", seller_pitch=0.6, seller_price=0.9) == ["price", "pitch"]


def test_what_is_asked_after_needs_a_question_and_is_one_thing() -> None:
    assert set(given("seller", seller_pitch=0.9, seller_ask_cause=0.6)) == {"pitch"}
    asked = given("seller", seller_open_question=0.9, seller_ask_cause=0.6, seller_ask_tried=0.7)
    assert set(asked) == {"open_question", "ask_tried"}
    assert given("seller", seller_ask_cause=0.9, seller_open_question=0.3, seller_summary=0.2) == ["summary"]


def test_one_kind_of_question() -> None:
    assert given("seller", seller_open_question=0.9, seller_closed_question=0.5) == ["open_question"]


def test_other_stands_alone_or_not_at_all() -> None:
    assert given("client", client_other=0.5, client_need=0.7) == ["need"]
    assert given("client", client_other=0.8, client_need=0.45) == ["other"]


def test_long_utterances_keep_front_and_end() -> None:
    kept = clip(range(500))
    assert len(kept) == LONGEST
    assert kept[0] == 0
    assert kept[-1] == 499
    assert wrap([7]) == [0, 7, 2]


def test_batches_hold_everything_once() -> None:
    lengths = [5, 90, 7, 40, 40, 3]
    batches = by_length(lengths, tokens=100)
    assert sorted(place for batch in batches for place in batch) == list(range(6))
    assert all(len(batch) == 1 or max(lengths[place] for place in batch) * len(batch) <= 100 for batch in batches)
