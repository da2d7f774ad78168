"""Speaker spans to and from RTTM, the Rich Transcription Time Marked form of NIST (RT-09 evaluation plan, appendix A).

One line a span: ``SPEAKER <file> <channel> <start> <duration> <NA> <NA> <name> <confidence> <NA>``. Fields are parted
by spaces, so spaces and per cent signs within a name are written as in an address (``%20``, ``%25``).
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterable
from pathlib import Path

from analyser.errors import TranscriptError
from analyser.records import SpeakerSpan
from analyser.storage import write_atomic

ESCAPED = re.compile(r"[\s%\x00-\x1f\x7f]")
CODE = re.compile(r"((?:%[0-9a-fA-F]{2})+)")
UNNAMED = "<NA>"


def to_rttm(spans: Iterable[SpeakerSpan], *, name: str) -> str:
    """The spans in order of start as RTTM lines of the recording ``name``; times to the millisecond."""
    lines = [
        f"SPEAKER {_escape(name)} 1 {span.start:.3f} {span.duration:.3f} <NA> <NA> {_escape(span.speaker)} "
        f"{span.confidence:.3f} <NA>\n"
        for span in sorted(spans, key=lambda span: (span.start, span.end, span.speaker))
    ]
    return "".join(lines)


def write_rttm(path: Path, spans: Iterable[SpeakerSpan], *, name: str) -> None:
    """Write `to_rttm` to ``path``, whole or not at all; raises StorageError when it cannot be written."""
    write_atomic(path, to_rttm(spans, name=name))


def read_rttm(path: Path) -> dict[str, tuple[SpeakerSpan, ...]]:
    """The spans of each recording named in a file, in order of start; a missing confidence is 1.

    Lines of other types and comments (``;;``) are passed over. Raises TranscriptError, with the line, when the file
    cannot be read or a SPEAKER line is not of the form above.
    """
    try:
        text = path.read_text(encoding="utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        raise TranscriptError(f"{path}: cannot be read as RTTM ({error}). Give a text file in UTF-8.") from error
    return from_rttm(text, source=str(path))


def from_rttm(text: str, *, source: str = "RTTM") -> dict[str, tuple[SpeakerSpan, ...]]:
    """As `read_rttm`, from text; ``source`` names it in errors."""
    found: dict[str, list[SpeakerSpan]] = {}
    for number, line in enumerate(text.splitlines(), start=1):
        fields = line.split()
        if not fields or fields[0] != "SPEAKER":
            continue
        try:
            name, start, duration, speaker = fields[1], float(fields[3]), float(fields[4]), fields[7]
            confidence = float(fields[8]) if len(fields) > 8 and fields[8] != UNNAMED else 1.0
        except (IndexError, ValueError) as error:
            raise TranscriptError(f"{source}, line {number}: not an RTTM speaker line: {line[:80]!r}") from error
        if not (math.isfinite(start) and math.isfinite(duration)) or start < 0 or duration < 0:
            raise TranscriptError(f"{source}, line {number}: a span cannot start at {start} s and last {duration} s.")
        span = SpeakerSpan(start, start + duration, _unescape(speaker), min(1.0, max(0.0, confidence)))
        found.setdefault(_unescape(name), []).append(span)
    return {
        name: tuple(sorted(spans, key=lambda span: (span.start, span.end, span.speaker)))
        for name, spans in found.items()
    }


def _escape(text: str) -> str:
    """The text as one field; an empty one becomes <NA>."""
    return ESCAPED.sub(lambda match: "".join(f"%{byte:02X}" for byte in match[0].encode()), text) or UNNAMED


def _unescape(field: str) -> str:
    """The text of a field; per cent codes that are no UTF-8 stay as they are."""

    def decode(match: re.Match[str]) -> str:
        try:
            return bytes.fromhex(match[0].replace("%", "")).decode()
        except UnicodeDecodeError:
            return match[0]

    return CODE.sub(decode, field)
