"""The batch on the command line."""

from __future__ import annotations

from pathlib import Path

import pytest
from click.testing import CliRunner, Result

import analyser.batch.engines
from analyser.batch.engines import threads
from analyser.commands.batch import batch
from analyser.errors import BatchError
from tests.batch import stand_in


@pytest.fixture
def calls(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder of calls, and a machine that does them with the stand-in."""
    monkeypatch.setattr(analyser.batch.engines, "on_this_machine", lambda workers, device: (threads(1), 1))
    monkeypatch.setattr("analyser.pipeline.analyse", stand_in.analyse)
    monkeypatch.setattr("analyser.outputs.write_outputs", lambda *_, **__: ())
    monkeypatch.chdir(tmp_path)
    folder = tmp_path / "calls"
    (folder / "an").mkdir(parents=True)
    (folder / "an" / "2026-11-18 Jansen.wav").write_text("goedemorgen")
    (folder / "an" / "kopie.wav").write_text("goedemorgen")
    (folder / "bo.wav").write_text("goedemiddag, en langer dan de andere")
    (folder / "metadata.csv").write_text("file,seller,date\nbo.wav,Bo,2026-11-01\n")
    return folder


def run(*arguments: str) -> Result:
    return CliRunner().invoke(batch, ["calls", *arguments])


def test_a_batch_ends_with_a_summary_and_the_overview(calls: Path, tmp_path: Path) -> None:
    result = run("--names", "{seller}/{date} {client}")
    assert result.exit_code == 0, result.output
    assert "3 calls: 2 done, 1 duplicates." in result.output
    assert "reports/week.html" in result.output
    page = (tmp_path / "reports" / "week.html").read_text(encoding="utf-8")
    assert "Jansen" in page and ">Bo<" in page
    assert "3 calls: 2 done before, 1 duplicates." in run("--names", "{seller}/{date} {client}").output


def test_a_call_of_another_client_now_is_not_analysed_again(calls: Path, tmp_path: Path) -> None:
    run()
    (calls / "metadata.csv").write_text("file,seller,client,date\nbo.wav,Els,Ede,2026-11-01\n")
    assert "2 done before" in run().output
    assert (tmp_path / "reports" / "journal").read_text().count("\n") == 2
    assert "Els" in (tmp_path / "reports" / "calls.csv").read_text(encoding="utf-8")


def test_a_failure_is_named_and_makes_the_command_fail(calls: Path) -> None:
    (calls / "slecht.wav").write_text("BAD")
    result = run()
    assert isinstance(result.exception, BatchError)
    assert "failed.csv says why" in str(result.exception)
    assert "no sound in it" in result.output


def test_dry_run_says_what_would_be_done_and_does_nothing(calls: Path, tmp_path: Path) -> None:
    (calls / "leeg.wav").touch()
    result = run("--dry-run")
    assert "2 of 4 would be done." in result.output
    assert "(Bo, 2026-11-01)" in result.output
    assert "duplicate: " in result.output
    assert "the file is empty" in result.output
    assert not (tmp_path / "reports").exists()


def test_since_leaves_out_earlier_calls(calls: Path) -> None:
    assert "1 of 2 would be done." in run("--dry-run", "--since", "2026-11-02").output


def test_pattern_leaves_out_other_names(calls: Path) -> None:
    assert "1 of 1 would be done." in run("--dry-run", "--pattern", "b*").output


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--since", "gisteren"], "is no day"),
        (["--dask", "tcp://127.0.0.1:1", "--resources", "GPU"], "is not NAME=AMOUNT"),
    ],
)
def test_a_value_that_makes_no_sense_is_a_usage_error(calls: Path, arguments: list[str], message: str) -> None:
    result = run(*arguments)
    assert result.exit_code == 2
    assert message in result.output
