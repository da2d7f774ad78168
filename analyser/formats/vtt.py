"""WebVTT as meeting software exports it: ``<v Name>`` voices (Teams), "Name: text" (Zoom), or the name beside
the cue's number (Webex).

A cue has times, its words have none: they are spread over the cue by their length, so that turns and measures are as
exact as the cues are.
"""

from __future__ import annotations

import html
import re
from dataclasses import dataclass
from pathlib import Path

from analyser.errors import TranscriptError
from analyser.records import Span, SpeakerSpan, Word

_TIME = r"(?:(\d+):)?(\d{1,2}):(\d{1,2})[.,](\d{1,3})"
_TIMING = re.compile(rf"^\s*{_TIME}\s*-->\s*{_TIME}(?:\s.*)?$")
_VOICE = re.compile(r"<v(?:\.[^\s>]*)?\s+([^>]*)>", re.IGNORECASE)
_TAG = re.compile(r"</?(?:v|c|i|b|u|ruby|rt|lang)(?:[.\s][^>]*)?>|<\d[\d:.]*>", re.IGNORECASE)
_NAMED = re.compile(r"^\s*((?:[^\W\d_]|\+\d)[^:<>?!]{0,60}?)\s*:\s+(\S.*)$", re.DOTALL)
_IDENTIFIER = re.compile(r'^\d+\s+"([^"]+)"\s*(?:\(\d*\))?$')
NAME_WORDS = 6
MOST_NAMED = 0.5
"""share of the cues that open with "Name:" from which on that is how this file marks voices"""


@dataclass(frozen=True)
class Written:
    """A conversation read from text: words and speech with labels A, B, … and the names of those labels.

    ``language`` is what the file says of itself, empty when it says nothing. ``timed`` is true where the times were
    measured: they are a cue's here, a word's place within its cue is estimated.
    """

    words: tuple[Word, ...]
    spans: tuple[SpeakerSpan, ...]
    names: dict[str, str]
    language: str = ""
    timed: bool = True


@dataclass(frozen=True)
class _Said(Span):
    """Text of a cue and the name of its voice, if it has one."""

    name: str | None
    text: str


def read_vtt(path: Path) -> Written:
    """Read a WebVTT file; raises TranscriptError naming the line that is off, or saying that voices are missing."""
    lines = _lines(path)
    if not lines or not re.match(r"WEBVTT(\s|$)", lines[0]):
        raise TranscriptError(f"{path}: is no WebVTT: its first line must be WEBVTT. Export the transcript as .vtt.")
    header = _until_blank(lines, 1)
    language = next((line.split(":", 1)[1].strip() for line in header if line.lower().startswith("language:")), "")
    cues = _cues(lines, path)
    if not any(said.name for said in cues):
        cues = _names_in_text(cues)
    if not cues:
        raise TranscriptError(f"{path}: holds no text.")
    if not any(said.name for said in cues):
        raise TranscriptError(
            f"{path}: names no speakers. Export it with names (as <v Name> or Name: text), or analyse the recording."
        )
    return _written(cues, language)


def _lines(path: Path) -> list[str]:
    try:
        raw = path.read_bytes()
        encoding = "utf-16" if raw[:2] in (b"\xff\xfe", b"\xfe\xff") else "utf-8-sig"
        return raw.decode(encoding).replace("\r\n", "\n").replace("\r", "\n").split("\n")
    except (OSError, UnicodeDecodeError) as error:
        raise TranscriptError(f"{path}: cannot be read as WebVTT ({error}). Save it as UTF-8.") from error


def _until_blank(lines: list[str], first: int) -> list[str]:
    last = first
    while last < len(lines) and lines[last].strip():
        last += 1
    return lines[first:last]


def _cues(lines: list[str], path: Path) -> list[_Said]:
    """The parts of all cues, in file order; NOTE, STYLE and REGION blocks hold no "-->" line and fall out."""
    said: list[_Said] = []
    place = 0
    skipping = False
    while place < len(lines):
        line = lines[place]
        before = place - 1
        place += 1
        if not line.strip():
            skipping = False
            continue
        if re.match(r"(NOTE|STYLE|REGION)(\s|$)", line):
            skipping = True
        if skipping or "-->" not in line:
            continue
        match = _TIMING.match(line)
        if match is None:
            raise TranscriptError(f"{path}, line {place}: expected times such as 00:01:02.500 --> 00:01:05.000.")
        start, end = _seconds(match.groups()[:4]), _seconds(match.groups()[4:])
        if end < start:
            raise TranscriptError(f"{path}, line {place}: the cue ends before it starts.")
        body = _until_blank(lines, place)
        place += len(body)
        named = _IDENTIFIER.match(lines[before].strip()) if before >= 0 else None
        said += _voices(Span(start, end), "\n".join(body), named[1] if named else None)
    return said


def _seconds(parts: tuple[str | None, ...]) -> float:
    hours, minutes, seconds, fraction = parts
    return 3600 * int(hours or 0) + 60 * int(minutes or 0) + int(seconds or 0) + float(f"0.{fraction}")


def _voices(cue: Span, body: str, named: str | None) -> list[_Said]:
    """The cue cut where another voice begins, each part with its share of the cue's time."""
    pieces = _VOICE.split(body)
    parts: list[tuple[str | None, str]] = [(named, pieces[0])]
    parts += list(zip(pieces[1::2], pieces[2::2], strict=True))
    return _share(cue, [(_plain(name) if name else None, _plain(text)) for name, text in parts])


def _share(cue: Span, parts: list[tuple[str | None, str]]) -> list[_Said]:
    parts = [(name, text) for name, text in parts if text]
    total = sum(len(text) for _, text in parts)
    said, done = [], 0
    for name, text in parts:
        start = cue.start + cue.duration * done / total
        done += len(text)
        said.append(_Said(start, cue.start + cue.duration * done / total, name, text))
    return said


def _plain(text: str) -> str:
    """Text without tags and entities; lines stay apart, other white space is one blank."""
    bare = html.unescape(_TAG.sub("", text)).replace("\xa0", " ").replace("\u200e", "")
    return "\n".join(" ".join(line.split()) for line in bare.split("\n") if line.strip())


def _names_in_text(cues: list[_Said]) -> list[_Said]:
    """Cues whose lines open with "Name:" cut at those lines; unchanged where that is not how voices are marked."""
    opened = sum(_name_of(said.text) is not None for said in cues)
    if opened < MOST_NAMED * len(cues):
        return cues
    named: list[_Said] = []
    for said in cues:
        parts: list[tuple[str | None, str]] = []
        for line in said.text.split("\n"):
            name = _name_of(line)
            if name is not None:
                parts.append((name, line.split(":", 1)[1].strip()))
            elif parts:
                parts[-1] = (parts[-1][0], f"{parts[-1][1]} {line}")
            else:
                parts.append((None, line))
        named += _share(said, parts)
    return named


def _name_of(line: str) -> str | None:
    match = _NAMED.match(line)
    if match is None or len(match[1].split()) > NAME_WORDS or match[1][0].islower():
        return None
    return " ".join(match[1].split())


def _written(cues: list[_Said], language: str) -> Written:
    labels: dict[str, str] = {}
    words: list[Word] = []
    spans: list[SpeakerSpan] = []
    ordered = sorted(cues, key=lambda said: said.start)
    name = next(said.name for said in ordered if said.name)
    for said in ordered:
        name = said.name or name
        label = labels.setdefault(name, _label(len(labels)))
        spans.append(SpeakerSpan(said.start, said.end, label))
        words += spread(said.text, said, label)
    return Written(tuple(words), tuple(spans), {label: name for name, label in labels.items()}, language)


def _label(place: int) -> str:
    """A, B, … Z, A1, B1, …"""
    return chr(ord("A") + place % 26) + (str(place // 26) if place >= 26 else "")


def spread(text: str, over: Span, speaker: str) -> list[Word]:
    """The words of ``text`` over a span (seconds), each as long as its share of the letters."""
    spoken = text.split()
    total = sum(len(word) + 1 for word in spoken)
    words, done = [], 0
    for word in spoken:
        start = over.start + over.duration * done / total
        done += len(word) + 1
        words.append(Word(start, over.start + over.duration * done / total, word, 1.0, speaker))
    return words
