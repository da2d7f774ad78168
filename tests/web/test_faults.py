"""Server and worker are killed while calls come in; the benchmark ``bench_faults.py`` does it a hundred times."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from tests.faults import STAND_IN, Server, torment

pytestmark = pytest.mark.skipif(os.name != "posix", reason="needs kill -9")


def test_every_accepted_call_is_finished_once_whatever_is_killed(tmp_path: Path, analysed: Path) -> None:
    server = Server(tmp_path / "workspace", analyse=STAND_IN, ANALYSED=str(analysed / "analysis.json"))
    try:
        outcome = torment(server, points=5, calls=8, seed=1)
    finally:
        server.stop()
    assert outcome.accepted == 8
    assert sum(outcome.kills.values()) == 5
    assert outcome.good, outcome
