"""Switches a minute and longest turns of hand-timed Dutch dialogues, with and without the rule for listening signs.

usage: python tests/benchmarks/turns_ifadv.py [../shared/text/ifadv-dev.csv]

Prints the table of README-turns.md. The dialogues are friends talking for 15 minutes; who of the two is called
"seller" is of no meaning here.
"""

from __future__ import annotations

import csv
import re
import statistics
import sys
from collections.abc import Callable, Iterable
from dataclasses import replace
from itertools import groupby, pairwise
from pathlib import Path

from analyser.formats.vtt import spread
from analyser.languages import Pack, load_pack
from analyser.records import Conversation, Span, Speaker, SpeakerSpan, Turn, Word
from analyser.tallies import tally
from analyser.turns import lay_out

DEFAULT = Path(__file__).parents[3] / "shared" / "text" / "ifadv-dev.csv"
_NO_WORD = re.compile(r"\[[^\]]*\]|\*\w+")


def read(path: Path) -> dict[str, tuple[list[Word], list[SpeakerSpan]]]:
    """Words and speech of each dialogue; laughter and other sounds are no words."""
    dialogues: dict[str, tuple[list[Word], list[SpeakerSpan]]] = {}
    with path.open(encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file):
            text = " ".join(_NO_WORD.sub("", row["utterance"]).split())
            if text:
                speaker = row["participant"].split()[0]
                said = Span(float(row["begin"]) / 1000, float(row["end"]) / 1000)
                words, spans = dialogues.setdefault(row["source"].rpartition("/")[2], ([], []))
                words += spread(text, said, speaker)
                spans.append(SpeakerSpan(said.start, said.end, speaker))
    return dialogues


def by_rule(words: list[Word], spans: list[SpeakerSpan], pack: Pack) -> Conversation:
    """As the product lays turns out."""
    return lay_out(words, spans, pack, language="nl")


def signs_as_turns(words: list[Word], spans: list[SpeakerSpan], pack: Pack) -> Conversation:
    """The same, with no words known as listening signs."""
    return lay_out(words, spans, replace(pack, backchannels=frozenset(), fillers=frozenset()), language="nl")


def every_change(words: list[Word], spans: list[SpeakerSpan], pack: Pack) -> Conversation:
    """Whoever starts to speak has the turn, until another starts."""
    turns = []
    for speaker, run in groupby(sorted(spans, key=lambda span: span.start), key=lambda span: span.speaker):
        held = list(run)
        turns.append(Turn(held[0].start, max(span.end for span in held), speaker, ()))
    # Cut at the next start, so that no turn lies within another.
    cut = [replace(one, end=max(one.start, min(one.end, after.start))) for one, after in pairwise(turns)]
    return Conversation(
        "nl", tuple(Speaker(label, "client") for label in sorted({t.speaker for t in turns})), (*cut, turns[-1])
    )


WAYS: dict[str, Callable[[list[Word], list[SpeakerSpan], Pack], Conversation]] = {
    "every change of speaker": every_change,
    "floor rule, listening signs as turns": signs_as_turns,
    "the product's rule": by_rule,
}


def figures(conversation: Conversation, pack: Pack) -> dict[str, float]:
    """Switches a minute, the longest turn, the median turn, turns, backchannels and interruptions."""
    sides = tuple(replace(one, side="client" if place else "seller") for place, one in enumerate(conversation.speakers))
    counted = tally(replace(conversation, speakers=sides), (), pack)
    turns = [turn.duration for turn in conversation.turns if not turn.backchannel]
    return {
        "switches a minute": counted.switches_per_minute or 0.0,
        "longest turn (s)": max(turns),
        "mean of each speaker's longest (s)": (counted.seller.longest_turn + counted.client.longest_turn) / 2,
        "median turn (s)": statistics.median(turns),
        "turns": float(len(turns)),
        "backchannels": float(len(conversation.turns) - len(turns)),
        "interruptions a minute": 60 * (counted.seller.interruptions + counted.client.interruptions) / counted.duration,
    }


def table(rows: Iterable[tuple[str, dict[str, float]]]) -> str:
    """Rows as a Markdown table."""
    rows = list(rows)
    names = list(rows[0][1])
    lines = [f"| | {' | '.join(names)} |", f"| --- |{' --- |' * len(names)}"]
    lines += [f"| {name} | {' | '.join(f'{values[key]:.1f}' for key in names)} |" for name, values in rows]
    return "\n".join(lines)


def main(path: Path) -> None:
    """Print the mean over dialogues for each way, and each dialogue by the rule."""
    pack = load_pack("nl")
    dialogues = read(path)
    measured = {
        way: {name: figures(lay(*said, pack), pack) for name, said in dialogues.items()} for way, lay in WAYS.items()
    }
    means = []
    for way, by_dialogue in measured.items():
        keys = next(iter(by_dialogue.values()))
        means.append((way, {key: statistics.fmean(values[key] for values in by_dialogue.values()) for key in keys}))
    print(table(means), end="\n\n")
    print(table(measured["the product's rule"].items()))


if __name__ == "__main__":
    main(Path(sys.argv[1]) if len(sys.argv) > 1 else DEFAULT)
