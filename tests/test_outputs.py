"""What a job's folder holds for people."""

from __future__ import annotations

from pathlib import Path

from analyser.calls import CallInfo, write_info
from analyser.outputs import earlier_tallies, write_outputs
from analyser.pipeline import analyse
from analyser.settings import Settings
from analyser.workspace import Job

CALL = """\
# id: {name}
# language: nl
# setting: proef
# style: u
S\tother\tGoedemiddag, met Anna van Vakwerk, waar loopt u tegenaan met de planning?
C\tother\tDe telefoon ligt er vaak uit en dan belt er niemand terug.
S\tother\tOns systeem lost dat op, wij leveren het binnen een week en het kost honderd euro per maand.
C\tother\tJa, dat moet ik nog even bekijken.
"""


def call(tmp_path: Path, name: str, seller: str, date: str) -> Job:
    """An analysed call of a seller on a day."""
    path = tmp_path / f"{name}.tsv"
    path.write_text(CALL.format(name=name), encoding="utf-8")
    _, job = analyse(path, Settings(), output=tmp_path / "out")
    write_info(job.folder, CallInfo(source=path.name, seller=seller, date=date, dated="list"))
    return job


def test_outputs_compare_with_the_same_sellers_earlier_calls(tmp_path: Path) -> None:
    first = call(tmp_path, "een", "Anna", "2026-11-02")
    call(tmp_path, "twee", "Bram", "2026-11-03")
    last = call(tmp_path, "drie", "Anna", "2026-11-04")
    call(tmp_path, "vier", "Anna", "2026-11-05")
    assert earlier_tallies(first) == ()
    assert [tally.calls for tally in earlier_tallies(last)] == [1]


def test_outputs_write_what_was_asked_for(tmp_path: Path) -> None:
    path = tmp_path / "een.tsv"
    path.write_text(CALL.format(name="een"), encoding="utf-8")
    analysis, job = analyse(path, Settings(), output=tmp_path / "out")
    written = write_outputs(analysis, job, Settings(formats=("html", "srt", "csv", "rttm")), source=path)
    assert {file.name for file in written} >= {"report.html", "transcript.json", "transcript.srt", "speakers.rttm"}
    assert all(file.is_file() for file in written)
    assert not (job.folder / "recording.tsv").exists()
