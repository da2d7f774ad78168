"""How surely a known voice is told from others: pairs of half recordings, the same person and different ones.

    python tests/benchmarks/known_voices.py ../shared/audio

Each true speaker's speech is halved in time; each half with 5 s of speech alone gives a vector, as `analyser voices
add` stores it. Prints, for every threshold of cosine, how many pairs of one person stay below it and how many of
different people reach it. People are known by name: the synthetic exams' voices, the fillets' actors, the dealer call's
two, and in the meeting clips their labels.
"""

from __future__ import annotations

import argparse
import itertools
import json
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from analyser.audio import SUFFIXES, open_sound
from analyser.diarise.embedding import Embedder
from analyser.diarise.voices import SAME, embed_speaker
from analyser.errors import SpeakerError
from analyser.records import SpeakerSpan
from analyser.rttm import read_rttm

Half = tuple[str, NDArray[np.float32]]


def halves(path: Path, spans: list[SpeakerSpan], embedder: Embedder) -> list[Half]:
    """Who is heard, and the vector, for each half of each speaker of a recording."""
    samples = open_sound(path).mono()
    found = []
    for label in sorted({span.speaker for span in spans}):
        ends = [span.end for span in spans if span.speaker == label]
        lengths = np.cumsum([span.duration for span in spans if span.speaker == label])
        middle = ends[int(np.searchsorted(lengths, lengths[-1] / 2))]
        for chosen in (
            [span for span in spans if span.end <= middle],
            [span for span in spans if span.start >= middle],
        ):
            try:
                vector, _ = embed_speaker(samples, chosen, speaker=label, embedder=embedder)
            except SpeakerError:
                continue
            found.append((person(path, label), vector))
    return found


def person(path: Path, label: str) -> str:
    """Who a label of a recording is, the same for one person in several recordings."""
    beside = path.with_suffix(".json")
    if path.parent.name == "nl-exams" and beside.is_file():
        voices: dict[str, str] = json.loads(beside.read_text(encoding="utf-8")).get("voices_by_script", {})
        return voices.get(label.replace("_", " "), f"{path.stem} {label}")
    # The fillets are played by the same two actors throughout.
    return f"{path.parent.name} {label}" if path.parent.name in ("nl-fillets", "en-dealer") else f"{path.stem} {label}"


def truths(folder: Path) -> list[tuple[Path, list[SpeakerSpan]]]:
    """Recordings with their true spans, from an RTTM beside each or one for the folder."""
    every = {name: spans for file in sorted(folder.glob("*.rttm")) for name, spans in read_rttm(file).items()}
    recordings = [path for path in sorted(folder.iterdir()) if path.suffix.lower() in SUFFIXES]
    named = [(path, every.get(path.stem) or every.get(path.stem.removesuffix("_stereo"))) for path in recordings]
    return [(path, sorted(spans, key=lambda span: span.start)) for path, spans in named if spans]


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("shared", type=Path, help="folder with nl-exams, nl-fillets, en-dealer and en-clips")
    arguments = parser.parse_args()
    embedder = Embedder()
    heard: list[Half] = []
    for folder in ("nl-exams", "nl-fillets", "en-dealer", "en-clips"):
        for path, spans in truths(arguments.shared / folder):
            heard += halves(path, spans, embedder)
    pairs = [(a[0] == b[0], float(a[1] @ b[1])) for a, b in itertools.combinations(heard, 2)]
    same = np.array([cosine for alike, cosine in pairs if alike])
    other = np.array([cosine for alike, cosine in pairs if not alike])
    print(f"{len(heard)} halves of {len({name for name, _ in heard})} people: {len(same)} and {len(other)} pairs\n")
    print("| cosine | one person below | different people reach it |\n| ---: | ---: | ---: |")
    for threshold in sorted({0.65, 0.7, 0.75, 0.78, 0.8, 0.82, 0.85, SAME}):
        print(f"| {threshold:.2f} | {(same < threshold).mean():.1%} | {(other >= threshold).mean():.1%} |")


if __name__ == "__main__":
    main()
