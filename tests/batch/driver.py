"""A batch with the stand-in as a process of its own, so that it can be killed: CALLS OUTPUT [dask ADDRESS]."""

from __future__ import annotations

import sys
from pathlib import Path

from analyser.batch.engines import dask_cluster, processes
from analyser.batch.plan import Request
from analyser.batch.run import run_batch


def main(calls: str, output: str, address: str | None = None) -> None:
    request = Request((calls,), Path(output), analyse="stand_in:analyse")
    if address:
        with dask_cluster(address) as engine:
            summary = run_batch(request, engine)
    else:
        summary = run_batch(request, processes(2))
    print(summary.done, summary.stood, summary.failed)


if __name__ == "__main__":
    main(*sys.argv[1:])
