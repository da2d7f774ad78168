"""Which moments are put before the team."""

from __future__ import annotations

from pathlib import Path

from analyser.overview.choice import best, example
from analyser.overview.tables import moments_table
from analyser.summaries import calls
from tests.overview.made_calls import make_call


def test_best_are_the_surest_and_one_of_a_call(tmp_path: Path) -> None:
    make_call(tmp_path, "een", moments=(("insight", 0.5), ("timely_pitch", 0.9)))
    make_call(tmp_path, "twee", moments=(("insight", 0.7), ("missed_need", 0.99)))
    chosen = best(moments_table(calls(tmp_path)), good=True)
    assert [(moment["folder"], moment["kind"]) for moment in chosen] == [("een", "timely_pitch"), ("twee", "insight")]


def test_best_are_of_several_kinds_and_sellers(tmp_path: Path) -> None:
    for place in range(5):
        make_call(tmp_path, f"an-{place}", seller="An", moments=(("insight", 0.9),))
    make_call(tmp_path, "bo", seller="Bo", moments=(("honest_decline", 0.4),))
    kinds = [moment["kind"] for moment in best(moments_table(calls(tmp_path)), good=True)]
    assert kinds == ["insight", "insight", "honest_decline"]


def test_best_to_work_on(tmp_path: Path) -> None:
    make_call(tmp_path, "een", moments=(("insight", 0.9), ("missed_need", 0.5)))
    assert [moment["kind"] for moment in best(moments_table(calls(tmp_path)), good=False)] == ["missed_need"]


def test_example_is_the_surest_of_the_seller(tmp_path: Path) -> None:
    make_call(tmp_path, "een", seller="An", moments=(("missed_need", 0.5), ("missed_need", 0.8)))
    make_call(tmp_path, "twee", seller="Bo", moments=(("missed_need", 0.9),))
    moments = moments_table(calls(tmp_path))
    found = example(moments, "An", "missed_need")
    assert found is not None
    assert (found["folder"], found["number"]) == ("een", 1)
    assert example(moments, "An", "insight") is None
