"""Conversations that were written down: read by their ending."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from analyser.records import Recording, SpeakerSpan
from analyser.said import Said

SUFFIXES = frozenset({".vtt", ".tsv", ".json"})
"""endings of transcripts that are read"""


def is_transcript(path: Path) -> bool:
    """Whether a file is taken as a transcript, by its ending."""
    return path.suffix.lower() in SUFFIXES


def read_transcript(path: Path, sha256: str) -> Said:
    """What a transcript says was said; raises TranscriptError where it is none that we read."""
    suffix = path.suffix.lower()
    if suffix == ".vtt":
        from analyser.formats.vtt import read_vtt

        written = read_vtt(path)
        language = written.language.split("-")[0].lower() or guess_language(" ".join(w.text for w in written.words))
        end = max((span.end for span in written.spans), default=0.0)
        recording = Recording(path.name, sha256, end)
        return Said(recording, language, written.words, written.spans, written.names, timed=written.timed)
    if suffix == ".tsv":
        from analyser.formats.labelled import read_labelled

        conversation = read_labelled(path).conversation
        return Said(
            recording=Recording(path.name, sha256, conversation.end),
            language=conversation.language,
            words=tuple(replace(word, speaker=turn.speaker) for turn in conversation.turns for word in turn.words),
            spans=tuple(SpeakerSpan(turn.start, turn.end, turn.speaker) for turn in conversation.turns),
            timed=False,
        )
    from analyser.formats.transcript import read_said

    said = read_said(path)
    # The sound does not travel with the words: the report has nothing to play.
    return replace(said, recording=replace(said.recording, sha256=sha256, layout="none"))


def guess_language(text: str) -> str:
    """The language pack of whose most ordinary words (spaCy's stop words) the text has most."""
    import spacy

    from analyser.languages import available

    said = [word.strip(".,?!").lower() for word in text.split()]

    def share(code: str) -> int:
        ordinary = spacy.blank(code).Defaults.stop_words
        return sum(word in ordinary for word in said)

    return max(sorted(available(), reverse=True), key=share)
