"""The report: what a trainer and a trainee sit before, and the same call in the formats of others."""

from __future__ import annotations

from analyser.report.render import render

__all__ = ["render"]
