"""Calls in which each side has a channel of its own."""

from __future__ import annotations

from analyser.diarise.layout import layout_of, living_channels

__all__ = ["layout_of", "living_channels"]
