"""The page and the tables that an overview leaves behind."""

from __future__ import annotations

import csv
import datetime as dt
import re
from html import unescape
from pathlib import Path

import pytest

from analyser.errors import BatchError
from analyser.overview.files import PAGE, schema, write_overview
from tests.overview.made_calls import make_call

HOSTILE = '"><img src=x onerror=alert(1)></script><b>=1+1'


def page(output: Path, **options: object) -> str:
    write_overview(output, **options)  # type: ignore[arg-type]
    return (output / PAGE).read_text(encoding="utf-8")


def rows(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8-sig", newline="") as file:
        return list(csv.DictReader(file))


def test_overview_of_nothing_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(BatchError, match=r"no analysed calls"):
        write_overview(tmp_path)


def test_page_links_each_moment_into_its_report(tmp_path: Path) -> None:
    make_call(tmp_path, "een", moments=(("timely_pitch", 0.4), ("insight", 0.9)))
    assert 'href="./een/report.html#m1"' in page(tmp_path)


def test_anchors_are_those_of_the_report() -> None:
    template = Path(__file__).parents[2] / "analyser" / "report" / "templates"
    assert 'id="m{{ story.number }}"' in (template / "moments.html").read_text(encoding="utf-8")
    assert 'id="u{{ line.number }}"' in (template / "transcript.html").read_text(encoding="utf-8")


def test_page_has_nothing_but_its_own_style_and_script(tmp_path: Path) -> None:
    make_call(tmp_path, "een")
    html = unescape(page(tmp_path))
    policy = html.split("</head>")[0].split("<style>")[0]
    assert "default-src 'none'" in policy
    assert "unsafe" not in policy
    assert not re.search(r'\s(?:style|on\w+)="', html)
    assert not re.search(r'(?:src|href)="(?:https?:)?//', html)


def test_page_shows_a_hostile_name_as_text(tmp_path: Path) -> None:
    make_call(tmp_path, "een", seller=HOSTILE, client=HOSTILE, moments=(("insight", 0.9),))
    html = page(tmp_path)
    assert "<img src=x" not in html
    assert "</script><b>" not in html


def test_csv_has_no_cell_that_is_a_formula(tmp_path: Path) -> None:
    make_call(tmp_path, "een", seller="=HYPERLINK(1)", client="-1", moments=(("insight", 0.9),))
    write_overview(tmp_path)
    assert (rows(tmp_path / "calls.csv")[0]["seller"], rows(tmp_path / "calls.csv")[0]["client"]) == (
        "'=HYPERLINK(1)",
        "'-1",
    )
    assert rows(tmp_path / "moments.csv")[0]["seller"] == "'=HYPERLINK(1)"


def test_csv_keeps_negative_figures(tmp_path: Path) -> None:
    make_call(tmp_path, "een", acts={"pitch": 2})
    write_overview(tmp_path)
    assert rows(tmp_path / "calls.csv")[0]["listening_balance"] == "-20.000"


def test_since_and_until_leave_out_other_days(tmp_path: Path) -> None:
    for day in ("2026-11-10", "2026-11-18", "2026-11-20"):
        make_call(tmp_path, day, date=day)
    write_overview(tmp_path, since=dt.date(2026, 11, 11), until=dt.date(2026, 11, 19))
    assert [row["date"] for row in rows(tmp_path / "calls.csv")] == ["2026-11-18"]


@pytest.mark.parametrize(("by", "first"), [("week", "week 45 van 2026"), ("month", "2026-11"), ("seller", "An")])
def test_rows_are_what_was_asked_for(tmp_path: Path, by: str, first: str) -> None:
    make_call(tmp_path, "een", date="2026-11-06")
    make_call(tmp_path, "twee", date="2026-11-18")
    body = page(tmp_path, by=by).split("<tbody>")[1]
    assert re.search(r"<bdi>(.*?)</bdi>", body).group(1) == first  # type: ignore[union-attr]


def test_language_of_the_page_is_that_of_the_calls_unless_asked(tmp_path: Path) -> None:
    make_call(tmp_path, "een")
    assert '<html lang="nl">' in page(tmp_path)
    assert '<html lang="en">' in page(tmp_path, language="en")


def test_few_calls_are_said_to_be_few(tmp_path: Path) -> None:
    make_call(tmp_path, "een")
    assert "minder dan 5 gesprekken" in page(tmp_path)
    for place in range(5):
        make_call(tmp_path, f"call-{place}")
    assert "minder dan 5 gesprekken" not in page(tmp_path)


def test_trend_needs_two_weeks(tmp_path: Path) -> None:
    make_call(tmp_path, "een", date="2026-11-18")
    assert 'id="trend"' not in page(tmp_path)
    make_call(tmp_path, "twee", date="2026-11-06")
    assert 'id="trend"' in page(tmp_path)


def test_parquet_has_the_columns_that_are_documented_with_their_meaning(tmp_path: Path) -> None:
    pq = pytest.importorskip("pyarrow.parquet")
    make_call(tmp_path, "een", acts={"summary": 3}, moments=(("insight", 0.9),))
    make_call(tmp_path, "twee", acts={"summary": 2})
    write_overview(tmp_path, parquet=True)
    for name, columns in schema().items():
        table = pq.read_table(tmp_path / f"{name}.parquet")
        assert table.column_names == list(columns)
        assert table.schema.field(0).metadata[b"meaning"]
    tallies = pq.read_table(tmp_path / "tallies.parquet").to_pandas()
    assert tallies[tallies.measure == "act:summary"].value.sum() == 5
    utterances = pq.read_table(tmp_path / "utterances.parquet").to_pandas()
    assert list(utterances[utterances.folder == "een"].text) == ["Goedemorgen.", "Ja, hallo."]
