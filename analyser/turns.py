"""Words with speakers laid out as turns.

A turn is one speaker's hold of the floor, whatever pauses fall in it. A listening sign ("ja", "hm-hm") that is said
while the other speaks, or before the other goes on, takes no floor and breaks none; the same "ja" as the answer to a
question, to a summary or to a proposal is a turn. What is said wholly within another's hold of the floor is a turn of
its own but does not end that hold: who went on speaking kept the floor.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

from analyser.languages import Pack
from analyser.records import Conversation, Span, Speaker, SpeakerSpan, Turn, Word

PAUSE = 1.0
"""seconds of silence within one speaker's words after which a new piece begins"""
SILENCE = 10.0
"""seconds of silence by everyone that end a hold of the floor"""
LISTENING_SECONDS = 2.5
"""a listening sign longer than this is someone speaking"""
ANSWER_SECONDS = 4.0
"""an answer starts within so many seconds of the question's end"""
SLACK = 0.25
"""seconds that word times may be off"""
SENTENCE_ENDS = (".", "?", "!", "…")
SENTENCE_WORDS = 30
"""where a recogniser gave no punctuation, so many words stand for the last sentence"""


@dataclass(frozen=True)
class _Piece(Span):
    """Words of one speaker without a long pause and without another's words between them."""

    speaker: str
    words: tuple[Word, ...]

    @property
    def text(self) -> str:
        return " ".join(word.text for word in self.words)


def lay_out(
    words: Iterable[Word],
    spans: Iterable[SpeakerSpan],
    pack: Pack,
    *,
    language: str,
    title: str = "",
    names: Mapping[str, str] | None = None,
    timed: bool = True,
) -> Conversation:
    """A conversation of turns in order of start, without utterances and with provisional sides.

    ``words`` have speakers and times in seconds; a word without a speaker goes to whoever spoke last. ``spans`` is
    all speech by speaker and is kept as ``Conversation.speech``, also where no words were recognised; without spans
    the speech is taken from the words. ``names`` gives the names of labels, ``timed`` is false for estimated times.
    """
    spoken = _with_speakers(words)
    pieces = _pieces(spoken)
    listening = _listening(pieces, pack)
    turns = [
        Turn(piece.start, piece.end, piece.speaker, piece.words, backchannel=True)
        for piece, sign in zip(pieces, listening, strict=True)
        if sign
    ]
    turns += _holds([piece for piece, sign in zip(pieces, listening, strict=True) if not sign])
    speech = tuple(sorted(spans, key=lambda span: (span.start, span.end)))
    speech = speech or tuple(SpeakerSpan(piece.start, piece.end, piece.speaker) for piece in pieces)
    return Conversation(
        language=language,
        speakers=_speakers(pieces, speech, names or {}),
        turns=tuple(sorted(turns, key=lambda turn: (turn.start, turn.end))),
        speech=speech,
        timed=timed,
        title=title,
    )


def holds_floor(turns: Sequence[Turn]) -> tuple[bool, ...]:
    """For each of the turns, in order of start, whether it took the floor.

    A backchannel does not, and neither does a turn that ends within another's: that other went on speaking.
    """
    taken = []
    held = float("-inf")
    for turn in turns:
        takes = not turn.backchannel and turn.end > held
        taken.append(takes)
        held = max(held, turn.end) if takes else held
    return tuple(taken)


def _with_speakers(words: Iterable[Word]) -> list[Word]:
    """The words in order of start, each with a speaker."""
    ordered = sorted(words, key=lambda word: (word.start, word.end))
    last = next((word.speaker for word in ordered if word.speaker is not None), "A")
    spoken = []
    for word in ordered:
        last = last if word.speaker is None else word.speaker
        spoken.append(word if word.speaker is not None else replace(word, speaker=last))
    return spoken


def _pieces(words: Sequence[Word]) -> list[_Piece]:
    """Words (with speakers, in order of start) as pieces in order of start."""
    by_speaker: dict[str, list[Word]] = {}
    for word in words:
        by_speaker.setdefault(word.speaker or "", []).append(word)
    middles = {label: sorted(word.middle for word in said) for label, said in by_speaker.items()}

    def interrupted(label: str, start: float, end: float) -> bool:
        for other, places in middles.items():
            at = bisect_left(places, start)
            if other != label and at < len(places) and places[at] <= end:
                return True
        return False

    pieces = []
    for label, said in by_speaker.items():
        held = [said[0]]
        for word in said[1:]:
            pause = word.start - held[-1].end
            if pause > PAUSE or interrupted(label, held[-1].end - 1e-6, max(word.start, held[-1].end) + 1e-6):
                pieces.append(_piece(label, held))
                held = []
            held.append(word)
        pieces.append(_piece(label, held))
    return sorted(pieces, key=lambda piece: (piece.start, piece.end))


def _piece(label: str, words: Sequence[Word]) -> _Piece:
    return _Piece(words[0].start, max(word.end for word in words), label, tuple(words))


def _listening(pieces: Sequence[_Piece], pack: Pack) -> list[bool]:
    """For each piece whether it is no more than a sign of listening."""
    may_be = [piece.duration <= LISTENING_SECONDS and _only_signs(piece.text, pack) for piece in pieces]
    after: list[_Piece | None] = [None] * len(pieces)
    coming: _Piece | None = None
    for place in range(len(pieces) - 1, -1, -1):
        after[place] = coming
        coming = coming if may_be[place] else pieces[place]
    signs = []
    before: _Piece | None = None
    for piece, candidate, following in zip(pieces, may_be, after, strict=True):
        sign = candidate and _is_sign(piece, before, following, pack)
        signs.append(sign)
        # A long piece that others fall into stays the one that they react to.
        if not sign and (before is None or piece.end > before.end):
            before = piece
    return signs


def _only_signs(text: str, pack: Pack) -> bool:
    if pack.is_backchannel(text):
        return True
    rest = [word for word in pack.words(text) if word not in pack.fillers]
    return not rest or pack.is_backchannel(" ".join(rest))


def _is_sign(piece: _Piece, before: _Piece | None, after: _Piece | None, pack: Pack) -> bool:
    """Whether a piece that holds only signs of listening is one, given what is said before and after it."""
    if before is None or before.speaker == piece.speaker or piece.start - before.end > SILENCE:
        return False
    if _answers(piece, before, pack):
        return False
    if piece.end <= before.end + SLACK:
        return True
    return after is not None and after.speaker != piece.speaker


def _answers(piece: _Piece, before: _Piece, pack: Pack) -> bool:
    """Whether ``piece`` answers a question, a summary or a proposal at the end of ``before``."""
    heard = [word for word in before.words if word.end <= piece.start + SLACK]
    if not heard or piece.start - heard[-1].end > ANSWER_SECONDS:
        return False
    sentence = _last_sentence(heard)
    if heard[-1].text.endswith("?"):
        return not pack.hits("turn_tag", sentence)
    # Who goes on speaking through the "ja" was not waiting for an answer.
    return len(heard) == len(before.words) and bool(pack.hits("turn_handover", sentence))


def _last_sentence(words: Sequence[Word]) -> str:
    start = len(words) - 1
    while start > 0 and len(words) - start < SENTENCE_WORDS and not words[start - 1].text.endswith(SENTENCE_ENDS):
        start -= 1
    return " ".join(word.text for word in words[start:])


def _holds(pieces: Sequence[_Piece]) -> list[Turn]:
    """Pieces that are no listening signs, joined to turns."""
    turns: list[Turn] = []
    latest: dict[str, int] = {}
    holder = -1
    for piece in pieces:
        own = latest.get(piece.speaker, -1)
        if own >= 0 and (
            (own == holder and piece.start - turns[own].end <= SILENCE)
            or (own > holder and piece.start - turns[own].end <= PAUSE)
        ):
            turn = turns[own]
            turns[own] = Turn(turn.start, max(turn.end, piece.end), turn.speaker, turn.words + piece.words)
        else:
            own = latest[piece.speaker] = len(turns)
            turns.append(Turn(piece.start, piece.end, piece.speaker, piece.words))
        if holder < 0 or turns[own].end > turns[holder].end:
            holder = own
    return turns


def _speakers(pieces: Sequence[_Piece], speech: Sequence[SpeakerSpan], names: Mapping[str, str]) -> tuple[Speaker, ...]:
    """Everyone heard, in order of first speech; who speaks first is the seller until roles are assigned."""
    heard: list[SpeakerSpan | _Piece] = sorted([*pieces, *speech], key=lambda span: span.start)
    labels = list(dict.fromkeys(span.speaker for span in heard))
    return tuple(
        Speaker(label, "client" if place else "seller", 0.5, names.get(label)) for place, label in enumerate(labels)
    )
