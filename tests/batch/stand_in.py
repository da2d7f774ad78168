"""Stands in for the pipeline in tests of batches: quick, without models, and found by name in other processes.

A call is a text file; its words are its tally. The word ``BAD`` makes it fail by the file, ``FULL`` by the machine,
``DIE`` kills the process, ``ODD`` fails in a way that nobody foresaw. Each full analysis adds a line to ``journal`` in
the output folder.
"""

from __future__ import annotations

import os
import signal
from pathlib import Path

from analyser.audio import hash_file
from analyser.errors import AudioError, StorageError
from analyser.hearing import Progress
from analyser.records import Analysis, Conversation, Provenance, Recording, SideTally, Tally
from analyser.settings import Settings
from analyser.workspace import Job, open_job

NAME = "stand_in:analyse"


def analyse(path: Path, settings: Settings, *, output: Path, progress: Progress) -> tuple[Analysis, Job]:
    text = path.read_text(encoding="utf-8", errors="replace")
    sha256 = hash_file(path)
    if "BAD" in text:
        raise AudioError(f"{path}: no sound in it.")
    if "FULL" in text:
        raise StorageError(f"{output}: the disk is full.")
    if "ODD" in text:
        raise ZeroDivisionError("odd")
    if "DIE" in text:
        os.kill(os.getpid(), signal.SIGKILL)
    job = open_job(output, path.name, sha256)
    for stage in ("speech", "words", "voices"):
        progress(stage, 0, 1)
        job.stage(stage, Recording, f"{stage} {settings.language}", lambda: Recording(path.name, sha256, 60.0))
    tally = Tally(calls=1, duration=60.0, seller=SideTally(speech=20.0, words=len(text.split())))
    analysis = Analysis(
        recording=Recording(path.name, sha256, 60.0),
        conversation=Conversation("nl", (), ()),
        tally=tally,
        talk_ratio=None,
        moments=(),
        readiness=(),
        provenance=Provenance("0", "2026-11-20T10:00:00+00:00", (), {}),
    )
    job.put("analysis", analysis, "1")
    with (output / "journal").open("a") as journal:
        journal.write(f"{sha256} {job.folder.name}\n")
    return analysis, job
