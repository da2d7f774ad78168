"""The judges: how candidates become moments, and how models are learnt, stored and read."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from analyser.formats.labelled import LabelledMoment, read_labelled
from analyser.languages import load_pack
from analyser.moments import find_moments
from analyser.moments.candidates import Candidate
from analyser.moments.families import FAMILIES, KINDS
from analyser.moments.judge import NONE, Model, load_models, model_from, table_of
from analyser.moments.training import Example, fit, label, save, train, with_labels


def candidate(first: int = 0, last: int = 0, **features: float) -> Candidate:
    return Candidate("summary", first, last, first, None, (first,), features, first)


@pytest.fixture
def model() -> Model:
    return Model(
        outcomes=(NONE, "yes", "no"),
        features=("a", "b"),
        mean=np.array([0.5, 0.0]),
        scale=np.array([0.5, 1.0]),
        weights=np.array([[0.0, 0.0], [3.0, 0.0], [0.0, 3.0]]),
        bias=np.array([0.0, -1.0, -1.0]),
        thresholds={"yes": 0.5, "no": 0.5},
    )


def test_the_likeliest_kind_above_its_threshold_is_shown(model: Model) -> None:
    found = list(model.judge([candidate(a=1.0), candidate(b=1.0), candidate(), candidate(c=9.0)]))
    assert [judgement.kind for judgement in found] == ["yes", "no"]
    assert all(0.5 <= judgement.confidence <= 1 for judgement in found)


def test_chances_add_up_to_one_and_outlandish_values_break_nothing(model: Model) -> None:
    chances = model.chances([candidate(a=1e9, b=-1e9), candidate()])
    assert chances.shape == (2, 3)
    assert np.allclose(chances.sum(axis=1), 1)
    assert list(model.judge([])) == []


def test_doubts_alone_found_no_moment(model: Model) -> None:
    assert list(model.judge([candidate(a=1.0, surely=-2.5)])) == []
    assert len(list(model.judge([candidate(a=1.0, surely=-2.5, **{"heard.yes.begin": 0.4})]))) == 1
    assert len(list(model.judge([candidate(a=1.0, surely=0.0)]))) == 1


def test_reasons_name_what_weighed_most(model: Model) -> None:
    (name, weight), *_ = model.reasons(candidate(a=1.0, b=0.1), "yes")
    assert name == "a"
    assert weight > 0


def test_the_shipped_models_know_every_kind() -> None:
    models = load_models()
    assert set(models) == set(FAMILIES)
    assert {kind for shipped in models.values() for kind in shipped.thresholds} == set(KINDS)
    for name, shipped in models.items():
        assert set(FAMILIES[name].kinds) <= set(shipped.outcomes)
        assert np.isfinite(shipped.weights).all()
        assert (shipped.scale > 0).all()


def test_a_model_survives_being_stored(model: Model, tmp_path: Path) -> None:
    save({"summary": model}, tmp_path / "weights.json")
    stored = model_from(json.loads((tmp_path / "weights.json").read_text())["families"]["summary"])
    assert np.allclose(stored.chances([candidate(a=0.7)]), model.chances([candidate(a=0.7)]), atol=1e-3)
    assert table_of(stored) == table_of(model)


def test_candidates_are_labelled_one_to_one_by_the_largest_overlap() -> None:
    found = [candidate(0, 3), candidate(5, 6), candidate(20, 21)]
    marked = [LabelledMoment("yes", 2, 6, ""), LabelledMoment("other", 20, 21, "")]
    assert label(found, marked, ("yes",)) == [NONE, "yes", NONE] or label(found, marked, ("yes",))[0] == "yes"
    assert label(found, marked, ("yes",)).count("yes") == 1
    assert label([candidate(9, 9)], [LabelledMoment("yes", 11, 12, "")], ("yes",)) == ["yes"]
    assert label([candidate(9, 9)], [LabelledMoment("yes", 12, 12, "")], ("yes",)) == [NONE]


def test_fitting_learns_the_feature_that_tells(model: Model) -> None:
    pytest.importorskip("sklearn", reason="needs the extra 'train'")
    pairs = [(candidate(a=float(place % 2), b=0.3), ("yes", NONE)[place % 2]) for place in range(200)]
    fitted = fit(pairs, ("yes",))
    assert [judgement.kind for judgement in fitted.judge([candidate(a=0.0, b=0.3)])] == ["yes"]
    assert list(fitted.judge([candidate(a=1.0, b=0.3)])) == []


SHARED = Path(__file__).parents[3] / "shared" / "calls" / "dev"


@pytest.mark.skipif(not SHARED.exists(), reason="needs the labelled calls in ../shared")
def test_what_is_learnt_from_some_calls_holds_on_others() -> None:
    pytest.importorskip("sklearn", reason="needs the extra 'train'")
    calls = [read_labelled(path) for path in sorted(SHARED.glob("nl-*.tsv"))]
    pack = load_pack("nl")
    models = train([Example(with_labels(call), call.moments) for call in calls[::2]], {"nl": pack})
    hits = shown = marked = 0
    for call in calls[1::4]:
        found = find_moments(with_labels(call), pack, models=models)
        want = [(moment.kind, moment.first, moment.last) for moment in call.moments]
        shown, marked = shown + len(found), marked + len(want)
        for moment in found:
            near = [
                (k, a, b) for k, a, b in want if k == moment.kind and a - 2 <= moment.last and moment.first <= b + 2
            ]
            if near:
                want.remove(near[0])
                hits += 1
    assert 2 * hits / (shown + marked) > 0.8
