"""Batches that are killed at random; a hundred kills are run by hand (tests/benchmarks/README-batch.md)."""

from __future__ import annotations

from pathlib import Path

import pytest

from analyser.batch.engines import dask_cluster
from analyser.errors import BatchError
from tests.batch.ordeal import cluster, ordeal


@pytest.mark.parametrize("seed", [1])
def test_whatever_is_killed_every_call_is_done_once_or_listed(tmp_path: Path, seed: int) -> None:
    left = ordeal(tmp_path, calls=30, kills=3, seed=seed)
    assert left.wrong == ()
    assert left.done > 0
    assert left.failed > 0


def test_a_dask_cluster_of_which_a_worker_is_killed(tmp_path: Path) -> None:
    pytest.importorskip("distributed")
    with cluster(tmp_path / "scratch") as dask:
        left = ordeal(tmp_path, calls=30, kills=1, seed=3, address=dask.address, cluster=dask)
        refused = pytest.raises(BatchError, match=r'no worker of this cluster has GPU=1.*--resources "GPU=1"')
        with refused, dask_cluster(dask.address, {"GPU": 1}):
            pass
    assert left.wrong == ()
    assert left.done > 0


def test_a_dask_cluster_that_is_not_there() -> None:
    pytest.importorskip("distributed")
    with pytest.raises(BatchError, match=r"no Dask scheduler answers"), dask_cluster("tcp://127.0.0.1:1", timeout=0.1):
        pass
