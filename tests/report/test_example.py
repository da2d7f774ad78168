"""The committed example is what its command makes."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parent.parent.parent
EXAMPLE = ROOT / "reports" / "example.html"


def test_example_is_what_its_command_makes(tmp_path: Path) -> None:
    made = tmp_path / "example.html"
    subprocess.run([sys.executable, "samples/example.py", "--output", str(made)], cwd=ROOT, check=True)
    assert EXAMPLE.read_text(encoding="utf-8") == made.read_text(encoding="utf-8"), (
        "reports/example.html is out of date: run `python samples/example.py`, look at it, and commit it."
    )
