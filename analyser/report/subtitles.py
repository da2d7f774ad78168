"""A call as subtitles: SubRip, and WebVTT with voices as meeting software writes it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from analyser.records import Analysis, Span, Word
from analyser.report.wording import Wording, clean

LETTERS = 84
"""letters of one subtitle: two lines of 42, as broadcasters use"""
SECONDS = 7.0
"""longest that one subtitle stays"""


@dataclass(frozen=True)
class Cue(Span):
    """A subtitle: who says what."""

    name: str
    text: str


def cues(analysis: Analysis, wording: Wording) -> tuple[Cue, ...]:
    """The utterances as subtitles, long ones cut between words; a turn without utterances is taken whole."""
    conversation = analysis.conversation
    names = {speaker.label: wording.speaker(speaker, conversation) for speaker in conversation.speakers}
    cut = {utterance.turn for utterance in conversation.utterances}
    said: list[tuple[str, Sequence[Word]]] = [(said.speaker, said.words) for said in conversation.utterances]
    said += [(turn.speaker, turn.words) for number, turn in enumerate(conversation.turns) if number not in cut]
    found = [
        Cue(part[0].start, max(part[-1].end, part[0].start + 0.1), names.get(speaker, clean(speaker)), _text(part))
        for speaker, words in said
        for part in _parts(words)
    ]
    return tuple(sorted(found, key=lambda cue: (cue.start, cue.end)))


def to_srt(analysis: Analysis, wording: Wording) -> str:
    """SubRip."""
    return "\n".join(
        f"{number}\n{_time(cue.start, ',')} --> {_time(cue.end, ',')}\n{_line(cue.name)}: {_line(cue.text)}\n"
        for number, cue in enumerate(cues(analysis, wording), 1)
    )


def to_vtt(analysis: Analysis, wording: Wording) -> str:
    """WebVTT (W3C), each cue with its voice as ``<v Name>``."""
    body = (
        f"{_time(cue.start, '.')} --> {_time(cue.end, '.')}\n<v {_escape(cue.name)}>{_escape(cue.text)}</v>\n"
        for cue in cues(analysis, wording)
    )
    return "\n".join(["WEBVTT\n", *body])


def _parts(words: Sequence[Word]) -> Iterable[Sequence[Word]]:
    """Words in runs that fit a subtitle, cut after the last sentence end that fits where there is one."""
    start = 0
    while start < len(words):
        stop, letters = start, 0
        while stop < len(words):
            letters += len(words[stop].text) + 1
            if stop > start and (letters > LETTERS or words[stop].end - words[start].start > SECONDS):
                break
            stop += 1
        if stop < len(words):
            ends = [place + 1 for place in range(start, stop) if words[place].text.endswith((".", "?", "!"))]
            stop = ends[-1] if ends else stop
        yield words[start:stop]
        start = stop


def _text(words: Sequence[Word]) -> str:
    return " ".join(clean(word.text) for word in words)


def _line(text: str) -> str:
    """A text that cannot be taken for the end of a subtitle or its times."""
    return " ".join(text.replace("-->", "→").split())


def _escape(text: str) -> str:
    return _line(text).replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def _time(seconds: float, sign: str) -> str:
    milliseconds = max(0, round(1000 * seconds))
    hours, rest = divmod(milliseconds, 3_600_000)
    minutes, rest = divmod(rest, 60_000)
    return f"{hours:02d}:{minutes:02d}:{rest // 1000:02d}{sign}{rest % 1000:03d}"
