"""Learning roles, on calls typed out by hand."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
from click.testing import CliRunner

from analyser.role_evidence import FEATURES
from analyser.training_roles import CLIENT, SELLER, Examples, cross_validate, examples, fit, main, report

CALL = """# id: {id}
# language: nl
S\topen_question\tGoedemorgen, hoe lang hebt u daar al last van?
C\tneed\tBij ons lekt het dak sinds vorig jaar, mijn man wordt er gek van.
S\tsummary\tDus u wilt vooral dat het droog blijft. Zal ik u een voorstel sturen?
C\tother\tJa, doe maar. Wat kost dat?
S\tprice\tDat is honderd euro per meter, u krijgt tien jaar garantie.
"""


def made_up(calls: int = 30, *, seed: int = 0) -> Examples:
    """Calls in which sellers diagnose more, and complain more as well; four examples a call."""
    random = np.random.default_rng(seed)
    rows = random.normal(0, 1, (4 * calls, len(FEATURES)))
    rows[:, FEATURES.index("diagnose")] += 2
    rows[:, FEATURES.index("problem")] += 2
    return Examples(rows, np.repeat(np.arange(calls), 4), np.tile([0, 6, 12, 20], calls))


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    for number in range(10):
        (tmp_path / f"c{number}.tsv").write_text(CALL.format(id=f"c{number}"), encoding="utf-8")
    return tmp_path


def test_weights_never_go_against_what_is_known() -> None:
    weights = dict(zip(FEATURES, fit(made_up()), strict=True))
    assert weights["diagnose"] > 0
    assert weights["problem"] == 0
    assert all(weights[feature] >= 0 for feature in SELLER)
    assert all(weights[feature] <= 0 for feature in CLIENT)


def test_bounds_name_features_that_there_are() -> None:
    assert set(SELLER) | set(CLIENT) <= set(FEATURES)
    assert not set(SELLER) & set(CLIENT)


def test_what_is_learnt_holds_for_calls_that_were_not_seen() -> None:
    every = made_up()
    chances = cross_validate(every)
    assert chances.shape == (120,)
    assert report(every, chances)["whole calls"] > 0.9


def test_a_call_that_is_its_own_opposite_is_not_learnt_by_heart() -> None:
    every = made_up()
    turned = every.features.copy()
    turned[every.calls == 3] *= -1
    chances = cross_validate(Examples(turned, every.calls, every.turns))
    assert (chances[every.calls == 3] < 0.5).mean() > 0.5


def test_examples_are_whole_calls_and_stretches(folder: Path) -> None:
    every = examples(sorted(folder.glob("*.tsv")))
    assert every.features.shape == (100, len(FEATURES))
    assert list(every.turns[:10]) == [0, 6, 6, 6, 12, 12, 12, 20, 20, 20]
    whole = every.features[0]
    assert whole[FEATURES.index("price")] > 0
    assert whole[FEATURES.index("own_side")] < 0


def test_the_command_writes_weights_that_tell_sides_apart(folder: Path, tmp_path: Path) -> None:
    output = tmp_path / "made" / "roles.json"
    result = CliRunner().invoke(main, [str(folder), "--output", str(output)])
    assert result.exit_code == 0, result.output
    assert "whole calls: 1.000 right" in result.output
    held = json.loads(output.read_text(encoding="utf-8"))
    assert set(held["weights"]) == set(FEATURES)
    assert held["weights"]["my"] < 0 < held["weights"]["you"]
