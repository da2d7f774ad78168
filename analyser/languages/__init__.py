"""Language packs: everything the product knows of a language, one TOML file each.

A pack holds the backchannels, fillers, question words, cues, coaching texts and report labels of one language. To
add a language, add a file; no code changes. A team's own file merges on top (product names, cues, its own wording).
"""

from __future__ import annotations

from analyser.languages.pack import Coaching, Pack
from analyser.languages.reading import available, load_pack

__all__ = ["Coaching", "Pack", "available", "load_pack"]
