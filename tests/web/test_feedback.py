"""What people put right, as labelled conversations."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
from click.testing import CliRunner
from starlette.testclient import TestClient

from analyser.cli import cli
from analyser.formats.labelled import read_labelled
from analyser.records import Analysis
from analyser.storage import read_record
from analyser.web.corrections import key_of
from analyser.web.feedback import export, labelled
from analyser.web.site import Site

People = Callable[[str], TestClient]
Add = Callable[..., str]


@pytest.fixture
def analysis(analysed: Path) -> Analysis:
    return read_record(Analysis, analysed / "analysis.json")


def test_a_call_that_nobody_judged_is_not_exported(site: Site, add_call: Add, tmp_path: Path) -> None:
    add_call()
    assert export(site.config, site.database, tmp_path / "out", masked=False) == ()


def test_what_was_agreed_and_added_is_exported(client: TestClient, site: Site, add_call: Add, tmp_path: Path) -> None:
    key = add_call()
    analysis = read_record(Analysis, site.config.calls / key / "analysis.json")
    for moment in analysis.moments:
        client.post(f"/calls/{key}/verdicts", json={"moment": key_of(moment), "verdict": "agree"})
    assert export(site.config, site.database, tmp_path / "undone", masked=False) == ()
    client.post(f"/calls/{key}/verdicts/done", json={})
    client.post(
        f"/calls/{key}/corrections",
        json={"what": "missed", "kind": "missed_need", "first": 4, "last": 5, "note": "gaat\tverder\nzonder meer"},
    )
    [path] = export(site.config, site.database, tmp_path / "out", complete=True, masked=False)
    call = read_labelled(path)
    kinds = {(moment.kind, moment.first, moment.last) for moment in call.moments}
    assert kinds == {(m.kind, m.first, m.last) for m in analysis.moments} | {("missed_need", 4, 5)}
    assert call.headers["judged"] == f"{len(analysis.moments)} of {len(analysis.moments)}"
    assert [one.text for one in call.conversation.utterances] == [one.text for one in analysis.conversation.utterances]
    assert all(acts for acts in call.acts)


def test_what_was_rejected_or_of_another_kind(analysis: Analysis) -> None:
    moment = analysis.moments[0]
    place = {"was": moment.kind, "start": moment.start, "end": moment.end, "note": ""}
    gone = labelled(analysis, [place | {"what": "not"}], {}, name="x")
    assert f"@\t{moment.kind}" not in gone.text and gone.judged == 1
    other = labelled(analysis, [place | {"what": "kind", "kind": "insight"}], {}, name="x")
    assert f"@\tinsight\t{moment.first + 1}\t{moment.last + 1}" in other.text
    assert f"@\t{moment.kind}" not in labelled(analysis, [], {key_of(moment): {"disagree"}}, name="x").text


def test_where_two_disagree_nothing_is_judged(analysis: Analysis) -> None:
    moment = analysis.moments[0]
    torn = labelled(analysis, [], {key_of(moment): {"agree", "disagree"}}, name="x")
    assert f"@\t{moment.kind}" in torn.text
    assert torn.judged == 0


def test_a_correction_is_found_again_after_speakers_were_corrected(analysis: Analysis) -> None:
    moment = analysis.moments[0]
    correction = {"what": "not", "was": moment.kind, "start": moment.start, "end": moment.end, "note": ""}
    moved = replace(analysis, moments=(replace(moment, start=moment.start + 0.4),))
    assert labelled(moved, [correction], {}, name="x").judged == 1


def test_exports_pass_the_codebooks_own_check(
    client: TestClient, site: Site, add_call: Add, tmp_path: Path, shared: Path
) -> None:
    key = add_call()
    client.post(f"/calls/{key}/speakers", json={"swap": True})
    export(site.config, site.database, tmp_path / "out", masked=False)
    checked = subprocess.run(
        [sys.executable, str(shared / "calls" / "check.py"), str(tmp_path / "out")], capture_output=True, text=True
    )
    assert checked.returncode == 0, checked.stdout
    assert "1 conversations" in checked.stdout


def test_names_are_masked_unless_asked_otherwise(client: TestClient, site: Site, add_call: Add, tmp_path: Path) -> None:
    pytest.importorskip("analyser.web.masking")
    key = add_call(client="Excel")
    client.post(f"/calls/{key}/speakers", json={"swap": True})
    [masked] = export(site.config, site.database, tmp_path / "masked")
    assert "Excel" not in masked.read_text(encoding="utf-8")
    [plain] = export(site.config, site.database, tmp_path / "plain", masked=False)
    assert "Excel" in plain.read_text(encoding="utf-8")


def test_feedback_on_the_command_line(client: TestClient, site: Site, add_call: Add, tmp_path: Path) -> None:
    key = add_call()
    where = ["--workspace", str(site.config.workspace), "--output", str(tmp_path / "out"), "--unmasked"]
    assert "No call" in CliRunner().invoke(cli, ["feedback", "export", *where]).output
    client.post(f"/calls/{key}/corrections", json={"what": "missed", "kind": "insight", "first": 0, "last": 1})
    assert "1 calls" in CliRunner().invoke(cli, ["feedback", "export", *where]).output
    assert (tmp_path / "out" / f"{key}.tsv").is_file()
    nowhere = CliRunner().invoke(cli, ["feedback", "export", "--workspace", str(tmp_path / "no"), "--output", "x"])
    assert "no such workspace" in str(nowhere.exception)
