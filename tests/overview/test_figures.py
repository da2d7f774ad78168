"""Figures of groups: sums first, ratios last, intervals that say how little is known."""

from __future__ import annotations

import pandas as pd
import pytest

from analyser.overview.figures import FEWEST, MANY, figures, group_figures, mean, ratio, spread, wilson
from analyser.overview.tables import CALL_COLUMNS


def table(*rows: dict[str, object]) -> pd.DataFrame:
    """A calls' table in which everything that is not given is 0."""
    texts = {"seller": "An", "week": "2026-W47", "talk_ratio": None}
    return pd.DataFrame([dict.fromkeys(CALL_COLUMNS, 0) | texts | row for row in rows], columns=list(CALL_COLUMNS))


def test_ratio_divides_sums_and_does_not_average_ratios() -> None:
    # 1 of 1 and 0 of 9: a tenth, not a half.
    figure = ratio(pd.Series([1.0, 0.0]), pd.Series([1.0, 9.0]))
    assert figure is not None
    assert figure.value == pytest.approx(0.1)


def test_ratio_of_few_calls_has_no_interval() -> None:
    figure = ratio(pd.Series([1.0] * (FEWEST - 1)), pd.Series([2.0] * (FEWEST - 1)))
    assert figure is not None
    assert (figure.value, figure.low, figure.high) == (0.5, None, None)


def test_ratio_of_nothing_is_none() -> None:
    assert ratio(pd.Series([0.0]), pd.Series([0.0])) is None


def test_ratio_interval_holds_the_value_and_narrows_with_more_calls() -> None:
    some = ratio(pd.Series([0.0, 1, 2, 3, 4] * 2), pd.Series([10.0] * 10))
    many = ratio(pd.Series([0.0, 1, 2, 3, 4] * 40), pd.Series([10.0] * 200))
    assert some is not None
    assert many is not None
    assert some.low is not None and some.high is not None and many.low is not None and many.high is not None
    assert some.low < some.value < some.high
    assert many.high - many.low < (some.high - some.low) / 2


def test_ratio_interval_is_the_same_each_time() -> None:
    values, below = pd.Series([0.0, 1, 2, 3, 4]), pd.Series([10.0] * 5)
    assert ratio(values, below) == ratio(values, below)


@pytest.mark.parametrize("calls", [MANY - 20, MANY])
def test_ratio_intervals_of_some_and_of_many_calls_agree(calls: int) -> None:
    values, below = pd.Series([0.0, 3, 1, 5] * (calls // 4)), pd.Series([10.0, 20, 15, 12] * (calls // 4))
    figure = ratio(values, below)
    assert figure is not None and figure.low is not None and figure.high is not None
    assert figure.value == pytest.approx(9 / 57)
    # By hand: residuals y − (9/57) x are −1.579, −0.158, −1.368, 3.105; their mean square 3.513; x has mean 14.25.
    half = 1.645 * (3.513 / calls) ** 0.5 / 14.25
    assert (figure.low, figure.high) == (
        pytest.approx(9 / 57 - half, abs=0.002),
        pytest.approx(9 / 57 + half, abs=0.002),
    )


def test_mean_interval_of_many_calls() -> None:
    # 400 calls, half with one pitch, half without: standard error 0.5 / 20, nine in ten within 1.645 of them.
    figure = mean(pd.Series([0.0, 1.0] * 200))
    assert figure.low == pytest.approx(0.5 - 1.645 * 0.025, abs=0.01)
    assert figure.high == pytest.approx(0.5 + 1.645 * 0.025, abs=0.01)


@pytest.mark.parametrize(
    ("count", "total", "low", "high"),
    # Worked out by hand from Wilson's formula with z = 1.645.
    [(5, 10, 0.2693, 0.7307), (0, 10, 0.0, 0.2129), (10, 10, 0.7871, 1.0), (0, 0, 0.0, 1.0)],
)
def test_wilson(count: int, total: int, low: float, high: float) -> None:
    share = wilson(count, total)
    assert (share.low, share.high) == (pytest.approx(low, abs=5e-4), pytest.approx(high, abs=5e-4))


def test_spread_leaves_out_calls_without_a_figure() -> None:
    found = spread(pd.Series([0.2, None, 0.4, 0.6]))
    assert found is not None
    assert (found.count, found.median) == (3, pytest.approx(0.4))
    assert spread(pd.Series([None, None], dtype=float)) is None


def test_groups_stand_in_order_of_name_and_not_of_merit() -> None:
    calls = table(
        {"seller": "Bo", "heard": 9, "seller_utterances": 10},
        {"seller": "An", "heard": 1, "seller_utterances": 10},
    )
    assert [group.name for group in group_figures(calls, "seller")] == ["An", "Bo"]


def test_group_balance_is_of_sums() -> None:
    calls = table({"heard": 4, "delivered": 1, "seller_utterances": 20}, {"delivered": 3, "seller_utterances": 30})
    balance = figures("An", calls).balance
    assert balance is not None
    assert balance.value == pytest.approx(0.0)


def test_few_calls_are_compared_with_nobody() -> None:
    good, bad = {"heard": 9, "seller_utterances": 10}, {"delivered": 9, "seller_utterances": 10}
    calls = table(*[{"seller": "An", **good}] * (FEWEST - 1), *[{"seller": "Bo", **bad}] * 20)
    an, bo = group_figures(calls, "seller")
    assert (an.enough, an.standing, bo.standing) == (False, "", "")


def test_a_clear_difference_is_said_and_an_unclear_one_is_not() -> None:
    def standings(an: int, bo: int) -> list[str]:
        calls = table(
            *[{"seller": "An", "heard": an + place % 3, "seller_utterances": 10} for place in range(10)],
            *[{"seller": "Bo", "heard": bo + place % 3, "seller_utterances": 10} for place in range(10)],
        )
        return [group.standing for group in group_figures(calls, "seller")]

    assert standings(8, 1) == ["above", "below"]
    assert standings(4, 4) == ["", ""]


def test_missing_step_is_the_one_missing_in_the_most_calls() -> None:
    calls = table({"missing_cause": True, "missing_tried": True}, {"missing_cause": True}, {})
    missing = figures("An", calls).missing
    assert missing is not None
    assert (missing.kind, missing.count, missing.total) == ("cause", 2, 3)


def test_no_step_missing_is_none() -> None:
    assert figures("An", table({}, {})).missing is None
