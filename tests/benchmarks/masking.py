"""How much of what tells who somebody is gets masked, and how much else: see README-privacy.md.

python -m tests.benchmarks.masking [FOLDER]    FOLDER holds labelled calls (.tsv), ../shared/calls/dev by default
"""

from __future__ import annotations

import re
import sys
import time
import tomllib
from collections import Counter
from collections.abc import Sequence
from pathlib import Path

from analyser.masking import Masker
from analyser.masking.tokens import Found

ROOT = Path(__file__).parents[2]
MARK = re.compile(r"\{([^|}]*)\|(\w+)\}")
Span = tuple[int, int, str]


def parse(sentence: str) -> tuple[str, list[Span]]:
    """A sentence without its braces, and what stood between them: where, and of which kind."""
    text, spans, last = "", [], 0
    for match in MARK.finditer(sentence):
        text += sentence[last : match.start()]
        spans.append((len(text), len(text) + len(match.group(1)), match.group(2)))
        text += match.group(1)
        last = match.end()
    return text + sentence[last:], spans


def covered(text: str, span: Span, found: Sequence[Found]) -> bool:
    """Whether every letter and digit of a stretch is masked, as whatever."""
    return all(
        any(one.start <= place < one.end for one in found) for place in range(span[0], span[1]) if text[place].isalnum()
    )


def measure_sentences() -> None:
    """Recall by kind, and words masked that should not be, on typed sentences."""
    sentences = tomllib.loads((ROOT / "tests/masking/sentences.toml").read_text(encoding="utf-8"))
    for part in ("built", "unseen", "clean"):
        hits: Counter[str] = Counter()
        there: Counter[str] = Counter()
        wrong = total = 0
        for language in ("nl", "en"):
            for sentence in sentences[part][language]:
                text, spans = parse(sentence)
                found = Masker.of([text], language=language).find(text)
                for span in spans:
                    there[span[2]] += 1
                    hits[span[2]] += covered(text, span, found)
                for word in re.finditer(r"\S*\w\S*", text):
                    begin = word.start()
                    meant = any(start < word.end() and begin < end for start, end, _ in spans)
                    masked = any(one.start < word.end() and begin < one.end for one in found)
                    total += not meant
                    wrong += masked and not meant
        kinds = ", ".join(f"{kind} {hits[kind]}/{there[kind]}" for kind in sorted(there))
        print(
            f"{part}: {sum(hits.values())}/{sum(there.values())} masked whole ({kinds}); {wrong} of {total} other words"
        )


def measure_calls(folder: Path) -> None:
    """What is masked in calls; whether it should be is for a reader to say."""
    masked: Counter[tuple[str, str]] = Counter()
    count, begun = 0, time.process_time()
    for path in sorted(folder.glob("*.tsv")):
        lines = (line.rstrip("\n").split("\t") for line in path.read_text(encoding="utf-8").splitlines())
        texts = [line[2] for line in lines if line[0] in ("S", "C")]
        masker = Masker.of(texts, language=path.name[:2])
        for number, text in enumerate(texts):
            count += len(text.split())
            for one in masker.find(text, opening=number < 4):
                masked[one.kind, text[one.start : one.end]] += 1
    words = sum(len(text.split()) * times for (_, text), times in masked.items())
    print(f"{folder.name}: {words} of {count} words masked, {time.process_time() - begun:.1f} s of processor time")
    for (kind, text), times in sorted(masked.items()):
        print(f"  {kind}\t{times}\t{text}")


if __name__ == "__main__":
    measure_sentences()
    measure_calls(Path(sys.argv[1]) if len(sys.argv) > 1 else ROOT.parent / "shared/calls/dev")
