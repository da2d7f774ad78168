"""Seller and client told apart on conversations that roles were not learnt from.

usage: python tests/benchmarks/roles_service.py ../shared

Dutch listening exams between someone who serves and someone who comes for something (text and times of each turn),
and the draft transcript of a real Dutch call. Conversations in which nobody serves are left out.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from pathlib import Path

from analyser.formats.vtt import spread
from analyser.languages import load_pack
from analyser.records import Span, Word
from analyser.roles import ASK_BELOW, assign_roles
from analyser.turns import lay_out

SERVES = frozenset(
    ("Dokter", "Loketmedewerker", "Medewerker", "Slager", "Kapper", "Makelaar", "Tandarts", "Adviseur",
     "Bibliothecaris", "Docent", "Receptionist", "A")
)  # fmt: skip
"""who serves, by the names in the files; A is the real call's agent"""
NOBODY_SERVES = frozenset(("l-a2-3-t2", "l-a2-5-t5", "l-a2-8-t4", "l-a2-9-t2", "l-b1-2-t1"))
"""reporting sick, talking with one's employer, two friends, neighbours, a job interview"""

Said = tuple[str, str, float, float]


def conversations(shared: Path) -> Iterator[tuple[str, list[Said]]]:
    """Name, and speaker, text, start and end (seconds) of each turn."""
    for path in sorted((shared / "audio" / "nl-exams").glob("*.json")):
        if path.stem not in NOBODY_SERVES:
            turns = json.loads(path.read_text(encoding="utf-8"))["turns"]
            yield path.stem, [(one["speaker"], one["text"], one["start"], one["end"]) for one in turns]
    draft = json.loads((shared / "audio" / "nl-duo" / "draft-transcript.json").read_text(encoding="utf-8"))
    for turns in draft["files"].values():
        yield "nl-duo", [(speaker, text, start, end) for speaker, text, start, end in turns]


def main(shared: Path) -> None:
    """Print a line for each conversation, and how many are right."""
    pack = load_pack("nl")
    right = sure = total = 0
    for name, said in conversations(shared):
        words: list[Word] = []
        for speaker, text, start, end in said:
            words += spread(text, Span(start, end), speaker)
        told = assign_roles(lay_out(words, (), pack, language="nl"), pack)
        seller = next(speaker for speaker in told.speakers if speaker.side == "seller")
        good = seller.label in SERVES
        right, total, sure = right + good, total + 1, sure + (good and seller.confidence >= ASK_BELOW)
        print(f"{'right' if good else 'WRONG'} {seller.confidence:.2f} {name}: {seller.label} ({seller.why})")
    print(f"{right} of {total} right; {sure} of them sure enough not to ask (confidence {ASK_BELOW} and more)")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
