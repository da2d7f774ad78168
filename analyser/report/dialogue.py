"""What was said, as records for the page: readable without JavaScript, and compact word times for the player."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from analyser.records import Analysis, Conversation, Utterance, Word
from analyser.report.charts import family, tone
from analyser.report.wording import Wording, clean, clock, place

UNSURE = 0.5
"""words below this confidence are marked (the default of Settings.low_confidence)"""
DIGITS = "0123456789abcdefghijklmnopqrstuvwxyz"


@dataclass(frozen=True)
class Piece:
    """Words that belong together: all sure, or all unsure."""

    text: str
    unsure: bool


@dataclass(frozen=True)
class Badge:
    """An act as a small label, with its certainty for whoever asks."""

    name: str
    family: str
    certainty: str


@dataclass(frozen=True)
class Line:
    """An utterance, or a turn that was not cut into utterances. ``number`` is its place among all lines."""

    number: str
    speaker: str
    name: str
    side: str
    clock: str
    start: str
    end: str
    family: str
    pieces: tuple[Piece, ...]
    badges: tuple[Badge, ...]

    @property
    def text(self) -> str:
        """The words as one line."""
        return " ".join(piece.text for piece in self.pieces)


@dataclass(frozen=True)
class Flag:
    """A moment that begins in a turn: its number, tone and name, to go to from the transcript."""

    number: str
    tone: str
    name: str


@dataclass(frozen=True)
class TurnView:
    """A turn of the transcript."""

    number: str
    speaker: str
    name: str
    side: str
    clock: str
    start: str
    lines: tuple[Line, ...]
    backchannel: bool
    flags: tuple[Flag, ...]


@dataclass(frozen=True)
class Voice:
    """A speaker of the call; ``number`` is what the page calls it by, ``certainty`` how sure the side is."""

    number: str
    label: str
    name: str
    given: str
    side: str
    role: str
    certainty: str
    why: str


def voices(conversation: Conversation, wording: Wording) -> tuple[Voice, ...]:
    """The speakers, sellers first."""

    def sure(confidence: float) -> str:
        return wording.say("head.sure" if confidence >= 0.9 else "head.likely" if confidence >= 0.65 else "head.unsure")

    ordered = sorted(enumerate(conversation.speakers), key=lambda item: (item[1].side != "seller", item[0]))
    return tuple(
        Voice(
            number=str(number),
            label=clean(speaker.label),
            name=wording.speaker(speaker, conversation),
            given=clean(speaker.name or ""),
            side=speaker.side,
            role=wording.say(f"side.{speaker.side}"),
            certainty=sure(speaker.confidence),
            why=clean(speaker.why),
        )
        for number, speaker in ordered
    )


class Dialogue:
    """The lines of a call, made once and shared by transcript, moments and methods."""

    def __init__(self, analysis: Analysis, wording: Wording) -> None:
        self.conversation = analysis.conversation
        self._moments = analysis.moments
        self._wording = wording
        self._numbers = {speaker.label: number for number, speaker in enumerate(self.conversation.speakers)}
        self._names = {
            speaker.label: wording.speaker(speaker, self.conversation) for speaker in self.conversation.speakers
        }
        self._sides = {speaker.label: speaker.side for speaker in self.conversation.speakers}
        self.lines: tuple[Line, ...] = tuple(
            self._line(number, utterance.speaker, utterance.words, utterance, family(utterance))
            for number, utterance in enumerate(self.conversation.utterances)
        )

    def turns(self) -> tuple[TurnView, ...]:
        """The transcript, turn after turn."""
        by_turn: dict[int, list[Line]] = {}
        for utterance, line in zip(self.conversation.utterances, self.lines, strict=True):
            by_turn.setdefault(utterance.turn, []).append(line)
        flags = self._flags()
        views: list[TurnView] = []
        for number, turn in enumerate(self.conversation.turns):
            if not turn.words and number not in by_turn:
                continue
            lines = tuple(by_turn.get(number, ()))
            if not lines:
                whole = Utterance(turn.start, turn.end, number, turn.speaker, "client", turn.words)
                lines = (self._line(len(self.lines) + number, turn.speaker, turn.words, whole, "rest"),)
            views.append(
                TurnView(
                    number=str(number),
                    speaker=lines[0].speaker,
                    name=lines[0].name,
                    side=lines[0].side,
                    clock=clock(turn.start),
                    start=place(turn.start),
                    lines=lines,
                    backchannel=turn.backchannel,
                    flags=tuple(flags.get(number, ())),
                )
            )
        return tuple(views)

    def _flags(self) -> dict[int, list[Flag]]:
        """The moments by the turn that they begin in."""
        found: dict[int, list[Flag]] = {}
        for number, moment in enumerate(self._moments):
            if 0 <= moment.first < len(self.conversation.utterances):
                flag = Flag(str(number), tone(moment), self._wording.kind(moment.kind))
                found.setdefault(self.conversation.utterances[moment.first].turn, []).append(flag)
        return found

    def words(self) -> dict[str, str]:
        """Word times of each line, see ``pack_words``; empty for a written conversation."""
        if not self.conversation.timed:
            return {}
        packed = {line.number: pack_words(utterance.words) for utterance, line in self._pairs()}
        cut = {utterance.turn for utterance in self.conversation.utterances}
        packed |= {
            str(len(self.lines) + number): pack_words(turn.words)
            for number, turn in enumerate(self.conversation.turns)
            if number not in cut and turn.words
        }
        return packed

    def _pairs(self) -> Iterable[tuple[Utterance, Line]]:
        return zip(self.conversation.utterances, self.lines, strict=True)

    def _line(self, number: int, speaker: str, words: Sequence[Word], utterance: Utterance, look: str) -> Line:
        return Line(
            number=str(number),
            speaker=str(self._numbers.get(speaker, 0)),
            name=self._names.get(speaker, clean(speaker)),
            side=self._sides.get(speaker, utterance.side),
            clock=clock(utterance.start),
            start=place(utterance.start),
            end=place(utterance.end),
            family=look,
            pieces=pieces(words),
            badges=tuple(
                Badge(self._wording.act(act.name), look, self._wording.percent(act.confidence))
                for act in utterance.acts
                if act.name != "other"
            ),
        )


def spoken(word: Word) -> str:
    """A word's text as one piece without white space, so that words can be counted in the page; never empty."""
    return "\u00a0".join(clean(word.text).split()) or "…"


def pieces(words: Sequence[Word]) -> tuple[Piece, ...]:
    """Words with neighbours of the same certainty joined."""
    found: list[tuple[bool, list[str]]] = []
    for word in words:
        unsure = word.confidence < UNSURE
        if found and found[-1][0] == unsure:
            found[-1][1].append(spoken(word))
        else:
            found.append((unsure, [spoken(word)]))
    return tuple(Piece(" ".join(texts), unsure) for unsure, texts in found)


def pack_words(words: Sequence[Word]) -> str:
    """Start and length of each word in hundredths of a second, in base 36, each start counted from the last one.

    About five characters a word, where a start and an end as JSON numbers would take twelve.
    """
    packed: list[str] = []
    here = 0
    for word in words:
        start = max(here, round(100 * word.start))
        packed.append(f"{base36(start - here)}.{base36(max(1, round(100 * word.end) - start))}")
        here = start
    return " ".join(packed)


def base36(number: int) -> str:
    """A whole number of at least 0 as JavaScript's ``parseInt(text, 36)`` reads it."""
    digits = ""
    while number >= 36:
        number, rest = divmod(number, 36)
        digits = DIGITS[rest] + digits
    return DIGITS[number] + digits
