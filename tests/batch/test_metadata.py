"""Seller, client and date from lists and names."""

from __future__ import annotations

from pathlib import Path

import pytest

from analyser.batch.discovery import Found
from analyser.batch.metadata import name_pattern, read_list, read_sources
from analyser.calls import CallInfo
from analyser.errors import BatchError

NOON = 1_795_176_000.0  # 20 November 2026


def found(relative: str) -> Found:
    return Found(f"/calls/{relative}", relative, 1, NOON)


@pytest.mark.parametrize(
    ("pattern", "relative", "expected"),
    [
        (
            "{date}_{seller}_{client}",
            "2026-11-18_an_Bakkerij Jansen.wav",
            ("an", "Bakkerij Jansen", "2026-11-18", "name"),
        ),
        (
            "{date} {seller} - {client}",
            "20261118 An de Boer - Jansen.mp3",
            ("An de Boer", "Jansen", "2026-11-18", "name"),
        ),
        ("{seller}-{date}", "map/an-18-11-2026.wav", ("an", "", "2026-11-18", "name")),
        ("{seller}/*", "week 47/an/opname 3.wav", ("an", "", "2026-11-20", "file")),
        ("{seller}/{date}*{client}", "an/2026-11-18 met Jansen.wav", ("an", "met Jansen", "2026-11-18", "name")),
        ("{date}_{seller}", "opname 3.wav", ("", "", "2026-11-20", "file")),
        ("{date}_{seller}", "2026-13-45_an.wav", ("an", "", "2026-11-20", "file")),
        ("{seller}_x", "cafe\u0301_x.wav", ("caf\u00e9", "", "2026-11-20", "file")),
    ],
)
def test_names_are_read_by_a_pattern(pattern: str, relative: str, expected: tuple[str, str, str, str]) -> None:
    info = read_sources(names=pattern).info(found(relative))
    assert (info.seller, info.client, info.date, info.dated) == expected


@pytest.mark.parametrize("pattern", ["{verkoper}", "{seller}_{seller}", "opname*"])
def test_a_pattern_that_makes_no_sense_is_an_error(pattern: str) -> None:
    with pytest.raises(BatchError, match=r"--names"):
        name_pattern(pattern)


@pytest.mark.parametrize(
    "text",
    [
        "file,seller,client,date\na.wav,An,Jansen,2026-11-18\n",
        "\ufeffFile;Seller;Client;Date\na.wav;An;Jansen;18-11-2026\n",
        "file\tclient\tdate\tseller\tnotes\na\tJansen\t18/11/2026\tAn\tlang\n",
        "file,seller,client,date\nAN/A.WAV,An,Jansen,2026-11-18\n\n",
        "file,seller,client,date\nan\\a.wav,An,Jansen,2026-11-18\n",
    ],
)
def test_a_list_is_read_however_a_spreadsheet_wrote_it(tmp_path: Path, text: str) -> None:
    path = tmp_path / "metadata.csv"
    path.write_text(text, encoding="utf-8")
    info = read_sources(path).info(found("an/a.wav"))
    assert info == CallInfo("/calls/an/a.wav", "An", "Jansen", "2026-11-18", "list")


def test_a_list_goes_over_the_name_fact_by_fact(tmp_path: Path) -> None:
    path = tmp_path / "metadata.csv"
    path.write_text("file,seller\n2026-11-18_an.wav,Anna\n")
    info = read_sources(path, names="{date}_{seller}").info(found("2026-11-18_an.wav"))
    assert (info.seller, info.date, info.dated) == ("Anna", "2026-11-18", "name")


def test_two_files_of_one_name_are_told_apart_by_their_folder(tmp_path: Path) -> None:
    path = tmp_path / "metadata.csv"
    path.write_text("file,seller\nma/a.wav,An\ndi/a.wav,Bo\n")
    sources = read_sources(path)
    assert [sources.info(found(name)).seller for name in ("ma/a.wav", "di/a.wav", "a.wav")] == ["An", "Bo", ""]


def test_a_list_without_the_column_file_is_an_error(tmp_path: Path) -> None:
    path = tmp_path / "metadata.csv"
    path.write_text("name,seller\na.wav,An\n")
    with pytest.raises(BatchError, match=r"no column 'file'"):
        read_list(path)


def test_a_date_that_is_none_names_its_line(tmp_path: Path) -> None:
    path = tmp_path / "metadata.csv"
    path.write_text("file,date\na.wav,2026-11-18\nb.wav,morgen\n")
    with pytest.raises(BatchError, match=r"line 3: 'morgen'"):
        read_list(path)
