"""What the recogniser wrote and nobody said: loops, guesses over noise, the phrases that films end with."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from analyser.records import Dropped, Segment, Span
from analyser.transcribe.recogniser import Heard, HeardWord

COMPRESSION = 2.4
"""length over compressed length above which a text repeats itself (Whisper's own bound)"""
REPEATS = 3
"""times in a row that anybody says a phrase: "ja ja ja" is said, a fourth is a loop where the window looks like one"""
UNSURE = -1.0
"""mean log probability below which a window is a guess (Whisper's own bound)"""
SILENT = 0.6
"""no-speech probability from which a window that is not sure is silence (Whisper's own bound)"""
GUESS = 0.2
"""mean probability of a segment's words below which they are a guess"""
CARRIED = 0.6
"""mean probability from which a phrase of films is taken to have been said"""
FASTEST = 9.0
"""words for each second of speech beyond which nobody speaks; fast Dutch is near 5"""
PHRASES = Path(__file__).with_name("phantoms.toml")


def loops(heard: Heard) -> bool:
    """Whether a window's text repeats itself as nobody does."""
    _, times = _longest_run([_plain(word.text) for word in heard.words])
    return heard.compression > COMPRESSION or times > REPEATS + 1


def repeated(text: str) -> int:
    """The most times in a row that any phrase of one to eight words is repeated in ``text``."""
    return _longest_run(_words(text))[1]


def unroll(heard: Heard) -> tuple[Heard, tuple[HeardWord, ...]]:
    """A window without the repetitions of its loops, and the words that this leaves out."""
    words = list(heard.words)
    left_out: list[HeardWord] = []
    while True:
        (start, length), times = _longest_run([_plain(word.text) for word in words])
        if times <= REPEATS:
            return replace(heard, words=tuple(words)), tuple(left_out)
        left_out += words[start + length : start + length * times]
        del words[start + length : start + length * times]


def sift(
    segments: Sequence[Segment], heard: Heard, spans: Sequence[Span], phrases: frozenset[tuple[str, ...]]
) -> tuple[list[Segment], list[Dropped]]:
    """Segments of a window to keep, and those dropped with the reason; ``spans`` is the speech of their channel."""
    kept: list[Segment] = []
    dropped: list[Dropped] = []
    for segment in segments:
        reason = _reason(segment, heard, spans, phrases)
        if reason:
            dropped.append(Dropped(segment.start, segment.end, segment.text, reason))
        else:
            kept.append(segment)
    return kept, dropped


def _reason(segment: Segment, heard: Heard, spans: Sequence[Span], phrases: frozenset[tuple[str, ...]]) -> str:
    """Why a segment is not kept; empty where it is."""
    probability = sum(word.confidence for word in segment.words) / len(segment.words)
    voiced = sum(span.overlap(segment) for span in spans if span.end > segment.start and span.start < segment.end)
    count = len(segment.words)
    if heard.no_speech > SILENT and heard.logprob < UNSURE:
        return "no speech: the recogniser itself hears none"
    if not any(character.isalnum() for character in segment.text):
        return "no words"
    if voiced < 0.05 and probability < CARRIED:
        return "no speech where it was written"
    if probability < GUESS:
        return "a guess: the recogniser is not sure of one word"
    if count >= 4 and count > FASTEST * max(voiced, 0.1):
        return "more words than anybody says in that time"
    if probability < CARRIED and is_phantom(segment.text, phrases):
        return "a phrase that recognisers write over silence, and the sound does not carry it"
    return ""


def phantoms(
    language: str | None = None, *, hotwords: Sequence[str] = (), path: Path = PHRASES
) -> frozenset[tuple[str, ...]]:
    """The phrases that Whisper invents, as words: of one language, or of all.

    ``hotwords`` that it was given are read aloud now and then where nobody speaks: any three in a row count as well.
    """
    table = tomllib.loads(path.read_text(encoding="utf-8"))
    chosen = [table[language]] if language else list(table.values())
    invented = [phrase for entry in chosen for phrase in entry["phrases"]]
    invented += [" ".join(hotwords[place : place + 3]) for place in range(len(hotwords) - 2)]
    return frozenset(tuple(_words(phrase)) for phrase in invented)


def is_phantom(text: str, phrases: frozenset[tuple[str, ...]]) -> bool:
    """Whether one of ``phrases`` stands in ``text``."""
    words = tuple(_words(text))
    return any(words[place : place + len(phrase)] == phrase for phrase in phrases for place in range(len(words)))


def _words(text: str) -> list[str]:
    return re.findall(r"\w+", text.lower())


def _plain(text: str) -> str:
    return "".join(_words(text))


def _longest_run(words: Sequence[str]) -> tuple[tuple[int, int], int]:
    """((place, length of the phrase), times) of the phrase of one to eight words said most often in a row."""
    best, most = (0, 0), min(1, len(words))
    for length in range(1, 9):
        for start in range(len(words) - 2 * length + 1):
            times = 1
            while words[start + times * length : start + (times + 1) * length] == words[start : start + length]:
                times += 1
            if times > most:
                best, most = (start, length), times
    return best, most
