"""What was said, as records for the page: readable without JavaScript, and compact word times for the player."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from analyser.records import Analysis, Conversation, Utterance, Word
from analyser.report.charts import family_of
from analyser.report.wording import Wording, clean, clock, place

UNSURE = 0.5
"""words below this confidence are marked, where the settings of the call do not say otherwise"""
STEPS = 50
"""steps a second of word times"""
DIGITS = "0123456789abcdefghijklmnopqrstuvwxyz"


@dataclass(frozen=True)
class Piece:
    """Words that belong together: all sure, or all unsure."""

    text: str
    unsure: bool


@dataclass(frozen=True)
class Badge:
    """An act as a small label in the colour of its family."""

    name: str
    family: str


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
    pieces: tuple[Piece, ...]

    @property
    def text(self) -> str:
        """The words as one line."""
        return " ".join(piece.text for piece in self.pieces)


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
        self._unsure = unsure_below(analysis)
        self._wording = wording
        self._numbers = {speaker.label: number for number, speaker in enumerate(self.conversation.speakers)}
        self._names = {
            speaker.label: wording.speaker(speaker, self.conversation) for speaker in self.conversation.speakers
        }
        self._sides = {speaker.label: speaker.side for speaker in self.conversation.speakers}
        self.lines: tuple[Line, ...] = tuple(
            self._line(number, utterance.speaker, utterance.words, utterance)
            for number, utterance in enumerate(self.conversation.utterances)
        )

    def turns(self) -> tuple[TurnView, ...]:
        """The transcript, turn after turn."""
        by_turn: dict[int, list[Line]] = {}
        for utterance, line in zip(self.conversation.utterances, self.lines, strict=True):
            by_turn.setdefault(utterance.turn, []).append(line)
        views: list[TurnView] = []
        for number, turn in enumerate(self.conversation.turns):
            if not turn.words and number not in by_turn:
                continue
            lines = tuple(by_turn.get(number, ()))
            if not lines:
                whole = Utterance(turn.start, turn.end, number, turn.speaker, "client", turn.words)
                lines = (self._line(len(self.lines) + number, turn.speaker, turn.words, whole),)
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
                )
            )
        return tuple(views)

    def words(self) -> list[str]:
        """Word times of each line, see ``pack_words``; of a written conversation each line as if it were one word."""
        lines = {number: (said, said.words) for number, said in enumerate(self.conversation.utterances)}
        cut = {utterance.turn for utterance in self.conversation.utterances}
        whole = {
            len(self.lines) + number: (turn, turn.words)
            for number, turn in enumerate(self.conversation.turns)
            if number not in cut and turn.words
        }
        packed = {
            number: pack_words(words if self.conversation.timed else [Word(span.start, span.end, "")])
            for number, (span, words) in (lines | whole).items()
        }
        return [packed.get(number, "") for number in range(max(packed, default=-1) + 1)]

    def acts(self) -> tuple[tuple[Badge, ...], list[str]]:
        """The acts of the call, each once, and of each line its acts as "place.percent": badges are made on demand."""
        known: dict[str, Badge] = {}
        lines: list[str] = []
        for said in self.conversation.utterances:
            for act in said.acts:
                if act.name != "other":
                    known.setdefault(act.name, Badge(self._wording.act(act.name), family_of(act.name)))
            places = {name: place for place, name in enumerate(known)}
            shown = [f"{places[act.name]}.{round(100 * act.confidence)}" for act in said.acts if act.name in known]
            lines.append(" ".join(shown))
        return tuple(known.values()), lines

    def _line(self, number: int, speaker: str, words: Sequence[Word], utterance: Utterance) -> Line:
        return Line(
            number=str(number),
            speaker=str(self._numbers.get(speaker, 0)),
            name=self._names.get(speaker, clean(speaker)),
            side=self._sides.get(speaker, utterance.side),
            clock=clock(utterance.start),
            start=place(utterance.start),
            end=place(utterance.end),
            pieces=pieces(words, self._unsure),
        )


def spoken(word: Word) -> str:
    """A word's text as one piece without white space, so that words can be counted in the page; never empty."""
    return "\u00a0".join(clean(word.text).split()) or "…"


def unsure_below(analysis: Analysis) -> float:
    """The confidence below which the call's settings call a word unsure."""
    try:
        return float(analysis.provenance.settings["low_confidence"])
    except (KeyError, ValueError):
        return UNSURE


def pieces(words: Sequence[Word], below: float = UNSURE) -> tuple[Piece, ...]:
    """Words with neighbours of the same certainty joined; unsure are those ``below`` a confidence."""
    found: list[tuple[bool, list[str]]] = []
    for word in words:
        unsure = word.confidence < below
        if found and found[-1][0] == unsure:
            found[-1][1].append(spoken(word))
        else:
            found.append((unsure, [spoken(word)]))
    return tuple(Piece(" ".join(texts), unsure) for unsure, texts in found)


def pack_words(words: Sequence[Word]) -> str:
    """Start and length of each word in steps of 20 ms (the recogniser's own), each start counted from the last one.

    Both are in base 36, as two digits where each is one and with a point between them elsewhere: three characters for
    nearly every word, where a start and an end as JSON numbers would take twelve.
    """
    packed: list[str] = []
    here = 0
    for word in words:
        start = max(here, round(STEPS * word.start))
        step, length = base36(start - here), base36(max(1, round(STEPS * word.end) - start))
        packed.append(f"{step}{length}" if len(step) == len(length) == 1 else f"{step}.{length}")
        here = start
    return " ".join(packed)


def base36(number: int) -> str:
    """A whole number of at least 0 as JavaScript's ``parseInt(text, 36)`` reads it."""
    digits = ""
    while number >= 36:
        number, rest = divmod(number, 36)
        digits = DIGITS[rest] + digits
    return DIGITS[number] + digits
