"""Batches over folders, with the stand-in for the pipeline."""

from __future__ import annotations

import csv
import os
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from analyser.batch.engines import processes, threads
from analyser.batch.ledger import Ledger, Outcome
from analyser.batch.plan import Request
from analyser.batch.run import Summary, run_batch
from analyser.batch.work import Task, work
from analyser.errors import BatchError
from analyser.settings import Settings
from analyser.storage import read_record

Batch = Callable[..., Summary]


@pytest.fixture
def calls(tmp_path: Path) -> Path:
    folder = tmp_path / "calls"
    folder.mkdir()
    return folder


@pytest.fixture
def output(tmp_path: Path) -> Path:
    return tmp_path / "reports"


@pytest.fixture
def batch(calls: Path, output: Path, monkeypatch: pytest.MonkeyPatch) -> Batch:
    monkeypatch.syspath_prepend(str(Path(__file__).parent))

    def run(*, engine: object = None, fail_fast: bool = False, **request: object) -> Summary:
        wanted = Request((str(calls),), output, analyse="stand_in:analyse", **request)  # type: ignore[arg-type]
        return run_batch(wanted, engine or threads(2), fail_fast=fail_fast)  # type: ignore[arg-type]

    return run


def journal(output: Path) -> list[str]:
    return (output / "journal").read_text().splitlines()


def test_a_second_run_does_only_what_is_new(calls: Path, output: Path, batch: Batch) -> None:
    (calls / "een.wav").write_text("goedemorgen")
    (calls / "twee.wav").write_text("goedemiddag")
    first = batch()
    (calls / "drie.wav").write_text("goedenavond")
    second = batch()
    assert (first.done, first.stood) == (2, 0)
    assert (second.done, second.stood) == (1, 2)
    assert len(journal(output)) == 3


def test_a_bad_file_is_put_aside_with_its_reason(calls: Path, output: Path, batch: Batch) -> None:
    (calls / "goed.wav").write_text("goedemorgen")
    (calls / "slecht.wav").write_text("BAD")
    summary = batch()
    assert (summary.done, summary.failed) == (1, 1)
    with (output / "failed.csv").open(encoding="utf-8-sig") as file:
        rows = list(csv.DictReader(file))
    assert [(Path(row["file"]).name, row["blame"]) for row in rows] == [("slecht.wav", "file")]
    assert "no sound in it" in rows[0]["reason"]


def test_what_failed_is_left_alone_until_asked_for(calls: Path, output: Path, batch: Batch) -> None:
    (calls / "slecht.wav").write_text("BAD")
    batch()
    again = batch()
    assert (again.failed, again.failed_before, len(again.failures)) == (0, 1, 1)
    retried = batch(retry_failed=True)
    assert (retried.failed, retried.failed_before) == (1, 0)


def test_other_settings_try_a_failed_call_again(calls: Path, batch: Batch) -> None:
    (calls / "slecht.wav").write_text("BAD")
    batch()
    assert batch(settings=Settings(language="en")).failed == 1


def test_what_the_machine_spoiled_is_tried_again_by_itself(calls: Path, output: Path, batch: Batch) -> None:
    bad = calls / "vol.wav"
    bad.write_text("FULL")
    assert batch().failed == 1
    assert [outcome.fault for outcome in Ledger(output).failures()] == ["machine"]
    assert batch().failed == 1


def test_one_trouble_of_the_machine_after_another_stops_the_batch(calls: Path, batch: Batch) -> None:
    for number in range(8):
        (calls / f"{number}.wav").write_text(f"FULL {number}")
    with pytest.raises(BatchError, match=r"5 calls in a row.*disk is full"):
        batch()


def test_a_failure_that_nobody_foresaw_spoils_no_other(calls: Path, batch: Batch) -> None:
    (calls / "vreemd.wav").write_text("ODD")
    (calls / "goed.wav").write_text("goedemorgen")
    summary = batch()
    assert (summary.done, summary.failed) == (1, 1)
    assert "ZeroDivisionError" in summary.failures[0].reason


def test_fail_fast_stops_at_the_first_failure(calls: Path, output: Path, batch: Batch) -> None:
    (calls / "slecht.wav").write_text("BAD and by far the largest, so that it comes first")
    (calls / "goed.wav").write_text("goedemorgen")
    with pytest.raises(BatchError, match="no sound in it"):
        batch(fail_fast=True, engine=threads(1))
    assert (output / "failed.csv").exists()


def test_a_mended_file_is_listed_no_longer(calls: Path, output: Path, batch: Batch) -> None:
    (calls / "leeg.wav").touch()
    assert batch().failed == 1
    (calls / "leeg.wav").write_text("goedemorgen")
    summary = batch()
    assert (summary.done, summary.failures) == (1, ())
    assert not (output / "failed.csv").exists()


def test_a_result_that_was_thrown_away_is_made_again(calls: Path, output: Path, batch: Batch) -> None:
    (calls / "een.wav").write_text("goedemorgen")
    batch()
    (output / "een" / "analysis.json").unlink()
    assert batch().done == 1


def test_the_same_content_is_done_once(calls: Path, output: Path, batch: Batch) -> None:
    (calls / "een.wav").write_text("goedemorgen")
    (calls / "map").mkdir()
    (calls / "map" / "kopie.wav").write_text("goedemorgen")
    summary = batch()
    assert (summary.done, summary.duplicates, len(journal(output))) == (1, 1, 1)


def test_a_process_that_dies_costs_only_the_call_that_kills_it(calls: Path, output: Path, batch: Batch) -> None:
    (calls / "dodelijk.wav").write_text("DIE")
    for number in range(4):
        (calls / f"{number}.wav").write_text(f"goedemorgen {number}")
    summary = batch(engine=processes(2))
    assert (summary.done, summary.failed) == (4, 1)
    assert "died 2 times" in summary.failures[0].reason
    assert len(journal(output)) == 4


def test_processes_that_die_of_every_call_are_not_the_fault_of_the_calls(
    calls: Path, output: Path, batch: Batch
) -> None:
    for number in range(6):
        (calls / f"{number}.wav").write_text(f"DIE {number}")
    with pytest.raises(BatchError, match=r"5 calls in a row"):
        batch(engine=processes(1))
    assert [outcome.fault for outcome in Ledger(output).failures()] == ["machine"] * 5


def test_a_call_in_the_hands_of_another_batch_is_waited_for(calls: Path, output: Path, batch: Batch) -> None:
    (calls / "een.wav").write_text("goedemorgen")
    (calls / "twee.wav").write_text("goedemiddag")
    batch()
    ledger = Ledger(output)
    known = read_record(Outcome, next((output / ".batch" / "done").glob("*/*.json")))
    ledger.path("done", known.sha256).unlink()
    other = ledger.claim(known.sha256)
    assert other.__enter__()
    seen = []

    def run(task: Task) -> Outcome:
        outcome = work(task)
        seen.append(outcome.state)
        if outcome.state == "busy":
            # The other batch gets ready.
            ledger.write(known)
            other.__exit__(None, None, None)
        return outcome

    summary = batch(engine=replace(threads(1), run=run))
    assert seen == ["busy", "done"]
    assert (summary.done, summary.stood, len(journal(output))) == (0, 2, 2)


def test_a_folder_of_oddities(calls: Path, output: Path, batch: Batch) -> None:
    for seller in ("an", "bo", "x.wav"):
        (calls / seller).mkdir()
        (calls / seller / "gesprek.wav").write_text(f"van {seller}")
    (calls / "z-kopie.wav").write_text("van bo")
    (calls / "caf\u00e9.wav").write_text("samengesteld")
    (calls / "cafe\u0301.wav").write_text("ontleed")
    (calls / "leeg.wav").touch()
    (calls / "weg.wav").symlink_to(calls / "nergens.wav")
    (calls / "ook.wav").symlink_to(calls / "an" / "gesprek.wav")
    os.mkfifo(calls / "pijp.wav")
    with open(os.fsencode(calls) + b"/\xff\xfe.wav", "w") as file:  # noqa: PTH123 (no text, so no Path)
        file.write("naam van bytes")
    (calls / "=1+1.wav").write_text("formule")
    (calls / ("lang" * 60 + ".wav")).write_text("lange naam")
    summary = batch()
    assert (summary.done, summary.duplicates, summary.failed) == (8, 2, 3)
    folders = sorted(path.parent.name for path in output.glob("*/analysis.json"))
    assert len(folders) == 8
    assert sum(name.startswith("gesprek") for name in folders) == 3
    assert sum(name.startswith("caf\u00e9") for name in folders) == 2
    again = batch()
    assert (again.done, again.stood, again.duplicates, again.failed) == (0, 8, 2, 3)


def test_one_file_that_cannot_be_opened_stops_nothing(
    calls: Path, output: Path, batch: Batch, monkeypatch: pytest.MonkeyPatch
) -> None:
    (calls / "dicht.wav").write_text("goedemorgen")
    (calls / "open.wav").write_text("goedemiddag")
    real = Path.open

    def refuse(path: Path, *arguments: object, **options: object) -> object:
        if path.name == "dicht.wav":
            raise PermissionError(13, "Permission denied")
        return real(path, *arguments, **options)  # type: ignore[call-overload]

    monkeypatch.setattr(Path, "open", refuse)
    summary = batch()
    assert (summary.done, summary.failed) == (1, 1)
    assert "dicht.wav: cannot be read (Permission denied)" in summary.failures[0].reason


def test_memory_does_not_grow_with_the_number_of_calls(calls: Path, output: Path, batch: Batch) -> None:
    tracemalloc = pytest.importorskip("tracemalloc")
    for number in range(120):
        (calls / f"{number}.wav").write_text(f"goedemorgen {number}")
    peaks = []

    def run(task: Task) -> Outcome:
        outcome = work(task)
        peaks.append(tracemalloc.get_traced_memory()[0])
        return outcome

    tracemalloc.start()
    try:
        batch(engine=replace(threads(1), run=run))
    finally:
        tracemalloc.stop()
    # A call leaves a hash and a path behind, some hundred bytes.
    assert peaks[-1] - peaks[19] < 100 * 5_000


def test_recordings_behind_an_address_are_fetched_by_the_worker(
    calls: Path, output: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    pytest.importorskip("fsspec")
    monkeypatch.syspath_prepend(str(Path(__file__).parent))
    (calls / "an").mkdir()
    (calls / "an" / "een.wav").write_text("goedemorgen")
    (calls / "slecht.wav").write_text("BAD")
    request = Request((calls.as_uri(),), output, analyse="stand_in:analyse")
    summary = run_batch(request, threads(1))
    assert (summary.done, summary.failed) == (1, 1)
    assert (output / "een" / "analysis.json").is_file()
    # Named by its address, and not by the place on the worker where it lay for a while.
    assert summary.failures[0].source == (calls / "slecht.wav").as_uri()
    assert summary.failures[0].reason == f"{(calls / 'slecht.wav').as_uri()}: no sound in it."
