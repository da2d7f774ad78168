"""The example report, ``reports/example.html``: a sample call as it was written, said and labelled by hand.

    python samples/example.py

Words, voices and acts are the sample's truth, so that the page is the same on every machine; moments, figures and
readiness are found in it as in any call. It plays the sample from ``samples/``.
"""

from __future__ import annotations

import argparse
import json
from pathlib import Path
from typing import Any

from analyser.languages import load_pack
from analyser.moments import find_moments
from analyser.moments.readiness import readiness
from analyser.records import (
    Act,
    Analysis,
    Conversation,
    Provenance,
    Recording,
    Speaker,
    SpeakerSpan,
    Turn,
    Utterance,
    Word,
)
from analyser.report import render
from analyser.storage import write_atomic
from analyser.talk_ratio import talk_ratio
from analyser.tallies import tally

HERE = Path(__file__).parent
CAVEAT = (
    "Voorbeeld: een gespeeld gesprek met synthetische stemmen. Woorden, stemmen en labels zijn die van het script en "
    "niet herkend; momenten en cijfers zijn er wel uit berekend."
)


def analysis_of(truth: dict[str, Any], title: str) -> Analysis:
    """An analysis of what a sample's JSON says, under a title."""
    conversation = Conversation(
        language=truth["language"],
        speakers=tuple(Speaker(voice["label"], voice["side"]) for voice in truth["speakers"]),
        turns=tuple(
            Turn(
                turn["start"], turn["end"], turn["speaker"], _words(turn["words"], turn["speaker"]), turn["backchannel"]
            )
            for turn in truth["turns"]
        ),
        utterances=_utterances(truth),
        speech=tuple(SpeakerSpan(span["start"], span["end"], span["speaker"]) for span in truth["speech"]),
        title=title,
    )
    pack = load_pack(truth["language"])
    moments = find_moments(conversation, pack)
    audio = truth["audio"]
    return Analysis(
        recording=Recording(audio["file"], "", audio["duration"], audio["rate"], audio["channels"], "mono"),
        conversation=conversation,
        tally=tally(conversation, moments, pack),
        talk_ratio=talk_ratio(conversation),
        moments=moments,
        readiness=readiness(conversation),
        provenance=Provenance("1.0", "2026-11-21", (), {"source": f"samples/{truth['name']}.json"}, (CAVEAT,)),
    )


def _turn(turn: dict[str, Any]) -> Turn:
    words = _words(turn["words"], turn["speaker"])
    return Turn(turn["start"], turn["end"], turn["speaker"], words, turn["backchannel"])


def _words(words: list[dict[str, Any]], speaker: str) -> tuple[Word, ...]:
    return tuple(Word(word["start"], word["end"], word["text"], 1.0, speaker) for word in words)


def _utterances(truth: dict[str, Any]) -> tuple[Utterance, ...]:
    """The utterances with their words: of their turn, those that begin within them."""
    found = []
    for said in truth["utterances"]:
        turn = truth["turns"][said["turn"]]
        words = [word for word in turn["words"] if said["start"] <= word["start"] < said["end"]]
        found.append(
            Utterance(
                said["start"],
                said["end"],
                said["turn"],
                turn["speaker"],
                said["side"],
                _words(words, turn["speaker"]),
                tuple(Act(name) for name in said["acts"]),
            )
        )
    return tuple(found)


def main() -> None:
    """Write the page."""
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("--sample", default="nl-premature", help="name of a sample (default: %(default)s)")
    options.add_argument("--title", default="Training voor leidinggevenden")
    options.add_argument("--output", type=Path, default=HERE.parent / "reports" / "example.html")
    chosen = options.parse_args()
    truth = json.loads((HERE / f"{chosen.sample}.json").read_text(encoding="utf-8"))
    audio = f"../samples/{truth['audio']['file']}"
    write_atomic(chosen.output, render(analysis_of(truth, chosen.title), audio=audio))


if __name__ == "__main__":
    main()
