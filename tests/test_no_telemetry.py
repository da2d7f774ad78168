"""No library that is used tells its maker anything: what Python's sockets do not see, a process of its own shows."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

HEAR = """
import numpy as np
from analyser.speech import speech_probabilities
print(len(speech_probabilities(np.zeros(16_000, dtype=np.int16))))
"""


def environment(home: Path) -> dict[str, str]:
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("XDG_", "ORT_"))}
    return kept | {"HOME": str(home), "PYTHONPATH": os.pathsep.join(sys.path)}


def test_onnxruntime_keeps_no_store_of_what_it_would_tell(tmp_path: Path) -> None:
    done = subprocess.run([sys.executable, "-c", HEAR], env=environment(tmp_path), capture_output=True, text=True)
    assert done.stdout.strip() == "32", done.stderr
    assert [path for path in tmp_path.rglob("*") if path.is_file()] == []


@pytest.mark.skipif(shutil.which("strace") is None, reason="needs strace, which shows the system calls of a process")
def test_hearing_opens_no_socket_below_python(tmp_path: Path) -> None:
    trace = tmp_path / "trace"
    command = ["strace", "-f", "-e", "trace=socket,connect,sendto", "-o", str(trace), sys.executable, "-c", HEAR]
    done = subprocess.run(command, env=environment(tmp_path / "home"), capture_output=True, text=True)
    if "ptrace" in done.stderr:
        pytest.skip("strace may not trace here")
    assert done.stdout.strip() == "32", done.stderr
    assert "AF_INET" not in trace.read_text()
