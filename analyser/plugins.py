"""Who can do a stage, by name: ours in one dict each, others' by entry points of the same form.

A package adds its own with an entry point in the group ``analyser.diarisers``, ``analyser.transcribers``,
``analyser.taggers`` or ``analyser.moments``: ``name = "module:attribute"``. It is a plain callable with the signature
of ours.
"""

from __future__ import annotations

from importlib import import_module
from importlib.metadata import entry_points
from typing import Any

from analyser.errors import SettingsError

BUILT_IN: dict[str, dict[str, str]] = {
    "transcribers": {"auto": "analyser.transcribe:transcribe"},
    "diarisers": {
        "auto": "analyser.diarise:diarise",
        "pyannote": "analyser.diarise.pyannote_adapter:diarise",
    },
    "taggers": {"auto": "analyser.acts:tag"},
    "moments": {"auto": "analyser.moments:find_moments"},
}


def load(kind: str, name: str = "auto") -> Any:
    """The callable that does a stage; raises SettingsError that names what there is."""
    known = dict(BUILT_IN[kind])
    for point in entry_points(group=f"analyser.{kind}"):
        known.setdefault(point.name, point.value)
    if name not in known:
        raise SettingsError(f"There is no '{name}' among the {kind}. Known: {', '.join(sorted(known))}.")
    module, _, attribute = known[name].partition(":")
    try:
        return getattr(import_module(module), attribute)
    except (ImportError, AttributeError) as error:
        raise SettingsError(f"'{name}' ({known[name]}) cannot be loaded: {error}. Install what it needs.") from error
