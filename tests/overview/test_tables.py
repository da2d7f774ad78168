"""Calls and moments as tables."""

from __future__ import annotations

from pathlib import Path

import pytest

from analyser.calls import CallInfo
from analyser.overview.tables import (
    ATTENTION,
    CALL_COLUMNS,
    GOOD,
    MOMENT_COLUMNS,
    calls_table,
    missing_steps,
    moments_table,
    periods,
)
from analyser.records import SideTally, Tally
from analyser.report.charts import GOOD as GOOD_IN_REPORT
from analyser.summaries import calls, summary
from tests.overview.made_calls import make_call


def test_kinds_are_those_of_the_report_and_of_the_moments() -> None:
    from analyser.moments.families import KINDS

    assert set(GOOD) == set(GOOD_IN_REPORT)
    assert {*GOOD, *ATTENTION} == set(KINDS)


@pytest.mark.parametrize(
    ("date", "week", "month"),
    [
        ("2026-11-20", "2026-W47", "2026-11"),
        # The first days of a year may be in the last week of the year before.
        ("2027-01-03", "2026-W53", "2027-01"),
        ("2024-12-30", "2025-W01", "2024-12"),
        ("", "", ""),
        ("gisteren", "", ""),
    ],
)
def test_periods(date: str, week: str, month: str) -> None:
    assert periods(date) == (week, month)


def test_missing_steps_are_neither_asked_nor_told() -> None:
    tally = Tally(seller=SideTally(acts={"ask_situation": 1}), client=SideTally(acts={"need": 2, "desired_result": 1}))
    assert missing_steps(tally) == ("cause", "tried")


def test_calls_table_has_the_columns_that_are_documented(tmp_path: Path) -> None:
    make_call(tmp_path, "een", acts={"summary": 3, "pitch": 1}, utterances=20)
    table = calls_table(calls(tmp_path))
    assert list(table.columns) == list(CALL_COLUMNS)
    row = table.iloc[0]
    assert (row.seller, row.client, row.week, row.heard, row.delivered) == ("An", "Jansen", "2026-W47", 3, 1)
    assert row.listening_balance == pytest.approx(10.0)


def test_calls_table_without_calls(tmp_path: Path) -> None:
    assert list(calls_table(calls(tmp_path)).columns) == list(CALL_COLUMNS)


def test_a_talk_ratio_that_cannot_be_trusted_is_left_out(tmp_path: Path) -> None:
    make_call(tmp_path, "een", talk=None)
    assert calls_table(calls(tmp_path)).talk_ratio.isna().all()


def test_moments_table(tmp_path: Path) -> None:
    make_call(tmp_path, "een", moments=(("insight", 0.9), ("missed_need", 0.6)))
    table = moments_table(calls(tmp_path))
    assert list(table.columns) == list(MOMENT_COLUMNS)
    assert list(table[["number", "kind", "good"]].itertuples(index=False, name=None)) == [
        (0, "insight", True),
        (1, "missed_need", False),
    ]


def test_summary_is_made_again_when_the_analysis_has_changed(tmp_path: Path) -> None:
    folder = make_call(tmp_path, "een", moments=(("insight", 0.9),))
    assert len(summary(folder).moments) == 1
    make_call(tmp_path, "een", moments=(("insight", 0.9), ("missed_need", 0.6)))
    assert len(summary(folder).moments) == 2


def test_summary_is_read_from_its_file_when_it_is_up_to_date(tmp_path: Path) -> None:
    folder = make_call(tmp_path, "een")
    first = summary(folder)
    kept = folder / "summary.json"
    kept.write_text(kept.read_text().replace('"name": "een.wav"', '"name": "from the file"'))
    assert (first.name, summary(folder).name) == ("een.wav", "from the file")


def test_a_damaged_call_is_passed_over_and_one_without_facts_is_not(tmp_path: Path) -> None:
    make_call(tmp_path, "een")
    (make_call(tmp_path, "twee") / "analysis.json").write_text("{half")
    (make_call(tmp_path, "drie") / "call.json").unlink()
    found = list(calls(tmp_path))
    assert [call.folder for call in found] == ["drie", "een"]
    assert found[0].info == CallInfo()
    assert found[0].date == "2026-11-20"
