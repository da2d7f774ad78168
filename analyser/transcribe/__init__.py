"""From speech to words: `transcribe` hears a call in windows and gives its transcript."""

from __future__ import annotations

from analyser.transcribe.calls import Recognition, recognise, transcribe
from analyser.transcribe.planning import Plan, plan

__all__ = ["Plan", "Recognition", "plan", "recognise", "transcribe"]
