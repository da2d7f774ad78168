"""``analyser models`` and ``analyser doctor``: which recognisers there are, and what this machine can run."""

from __future__ import annotations

from pathlib import Path

import click


@click.group()
def models() -> None:
    """List, fetch and find recognisers. Nothing else here ever opens a connection."""
