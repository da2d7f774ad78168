"""Scripts of the sample calls: what is said, by whom, doing what, and when to begin.

A script is a labelled call (see the README) with further headers (``seller``, ``client``: voice and speed; ``audio``:
ending of the sound file; ``line: telephone``) and a fourth column of timing hints: ``gap=0.7`` is the pause before the
line in seconds (negative: it begins before the other is done), ``in=0.6`` lays it over the line before, at that part.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

SIDES = {"S": "seller", "C": "client"}


@dataclass(frozen=True)
class Entry:
    """One utterance of a script; ``gap`` in seconds, ``inside`` a share (0–1) of the line before, None: by chance."""

    side: str
    acts: tuple[str, ...]
    text: str
    gap: float | None = None
    inside: float | None = None

    @property
    def backchannel(self) -> bool:
        """Whether the line is no more than a sign of listening."""
        return self.acts == ("backchannel",)


@dataclass(frozen=True)
class Moment:
    """A coaching moment over utterances ``first`` to ``last``, counted from 1."""

    type: str
    first: int
    last: int
    why: str


@dataclass(frozen=True)
class Script:
    """A whole call as written."""

    name: str
    entries: tuple[Entry, ...]
    moments: tuple[Moment, ...]
    headers: dict[str, str] = field(default_factory=dict)


def read_script(path: Path) -> Script:
    """Read a script; raises ValueError with file and line where a line has no form known here."""
    headers: dict[str, str] = {}
    entries: list[Entry] = []
    moments: list[Moment] = []
    for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1):
        cells = line.split("\t")
        if line.startswith("# "):
            key, _, value = line[2:].partition(": ")
            headers[key] = value
        elif cells[0] == "@" and len(cells) == 5:
            moments.append(Moment(cells[1], int(cells[2]), int(cells[3]), cells[4]))
        elif cells[0] in SIDES and len(cells) in (3, 4):
            hints = dict(hint.split("=") for hint in cells[3].split()) if len(cells) == 4 else {}
            gap, inside = (float(hints[key]) if key in hints else None for key in ("gap", "in"))
            entries.append(Entry(SIDES[cells[0]], tuple(cells[1].split(",")), cells[2], gap, inside))
        else:
            raise ValueError(f"{path}:{number}: neither header, utterance nor moment: {line!r}")
    return Script(path.stem, tuple(entries), tuple(moments), headers)
