"""Masking for the pages; the work is done in ``analyser.masking``, which the command line uses too."""

from __future__ import annotations

from analyser.masking import mask_analysis, mask_text

__all__ = ["mask_analysis", "mask_text"]
