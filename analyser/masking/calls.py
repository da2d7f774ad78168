"""A whole call masked: its words with their times, and everything that was made from them."""

from __future__ import annotations

import re
from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Sequence
from dataclasses import replace
from pathlib import PurePath
from typing import TYPE_CHECKING

from analyser.masking.words import labels
from analyser.records import Analysis, Moment, Speaker, Turn, Utterance, Word

if TYPE_CHECKING:
    from analyser.masking import Masker

PRIVATE = ("hotwords", "seller", "team", "voices")
"""settings that can name somebody"""
LABEL = re.compile(r"[A-Z]|left|right|speaker[ _]?\d+|spk_?\d+|\d+", re.IGNORECASE)


def mask_analysis(analysis: Analysis, names: Iterable[str | None] = ()) -> Analysis:
    """The call with what tells who people are masked in all its texts; figures, acts and times stay.

    ``names`` are those known from outside: seller, client. A masked word stays a word with its time; several that are
    one thing, such as a number that was said digit by digit, become one word that lasts as long. The recording's name
    and the names of speakers go. Raises SettingsError when a package is missing.
    """
    from analyser.masking import Masker

    talk = analysis.conversation
    known = [*names, *(speaker.name for speaker in talk.speakers)]
    renamed = {one.label: one.label for one in talk.speakers}
    for number, one in enumerate(talk.speakers, start=1):
        if not LABEL.fullmatch(one.label):
            # Meeting programs call a voice by its owner's name.
            known.append(one.label)
            renamed[one.label] = f"speaker {number}"
    masker = Masker.of((turn.text for turn in talk.turns), language=talk.language, names=known)
    turns, utterances = _mask_turns(masker, talk.turns, talk.utterances)
    name = labels(talk.language)["recording"] + PurePath(analysis.recording.name).suffix
    settings = analysis.provenance.settings
    masked = replace(
        analysis,
        recording=replace(analysis.recording, name=name),
        conversation=replace(
            talk,
            title=name,
            turns=tuple(replace(turn, speaker=renamed.get(turn.speaker, turn.speaker)) for turn in turns),
            utterances=tuple(replace(one, speaker=renamed.get(one.speaker, one.speaker)) for one in utterances),
            speakers=tuple(_mask_speaker(one, renamed, masker) for one in talk.speakers),
            speech=tuple(replace(span, speaker=renamed.get(span.speaker, span.speaker)) for span in talk.speech),
        ),
        moments=tuple(_mask_moment(masker, one, talk.utterances) for one in analysis.moments),
        dropped=tuple(replace(one, text=masker.mask(one.text)) for one in analysis.dropped),
        provenance=replace(
            analysis.provenance, settings={key: "" if key in PRIVATE else value for key, value in settings.items()}
        ),
    )
    return masked


def _mask_speaker(speaker: Speaker, renamed: dict[str, str], masker: Masker) -> Speaker:
    return replace(speaker, label=renamed[speaker.label], name=None, why=masker.mask(speaker.why))


def _mask_turns(
    masker: Masker, turns: Sequence[Turn], utterances: Sequence[Utterance]
) -> tuple[list[Turn], list[Utterance]]:
    """Turns and utterances with masked words; each turn's words stay those of its utterances in order."""
    made, parts = [], list(utterances)
    of_turn: dict[int, list[int]] = {}
    for number, utterance in enumerate(utterances):
        of_turn.setdefault(utterance.turn, []).append(number)
    for place, turn in enumerate(turns):
        masks = _masks(masker, turn.words, opening=place < 4)
        numbers = of_turn.get(place, [])
        if sum((utterances[number].words for number in numbers), ()) == turn.words:
            words: list[Word] = []
            begin = 0
            for number in numbers:
                end = begin + len(utterances[number].words)
                piece = _joined(turn.words[begin:end], masks[begin:end])
                parts[number] = replace(utterances[number], words=tuple(piece))
                words += piece
                begin = end
        else:
            words = _joined(turn.words, masks)
            for number in numbers:
                own = utterances[number].words
                parts[number] = replace(
                    utterances[number], words=tuple(_joined(own, _masks(masker, own, opening=True)))
                )
        made.append(replace(turn, words=tuple(words)))
    return made, parts


def _masks(masker: Masker, words: Sequence[Word], *, opening: bool) -> list[tuple[int, str, str, str] | None]:
    """For each word the stretch that it lies in (its number, the mask, what stands before and behind it), or None."""
    text, starts = "", []
    for word in words:
        text += " " if text else ""
        starts.append(len(text))
        text += word.text
    ends = [start + len(word.text) for start, word in zip(starts, words, strict=True)]
    masks: list[tuple[int, str, str, str] | None] = [None] * len(words)
    for number, one in enumerate(masker.find(text, opening=opening)):
        first, past = bisect_right(ends, one.start), bisect_left(starts, one.end)
        for place in range(first, past):
            before = text[starts[place] : max(starts[place], one.start)] if place == first else ""
            behind = text[min(ends[place], one.end) : ends[place]] if place == past - 1 else ""
            masks[place] = (number, labels(masker.language)[one.kind], before, behind)
    return masks


def _joined(words: Sequence[Word], masks: Sequence[tuple[int, str, str, str] | None]) -> list[Word]:
    made: list[Word] = []
    last: int | None = None
    for word, mask in zip(words, masks, strict=True):
        if mask is None:
            made.append(word)
            last = None
        elif mask[0] == last:
            made[-1] = replace(made[-1], end=max(made[-1].end, word.end), text=made[-1].text + mask[3])
        else:
            made.append(replace(word, text=mask[2] + mask[1] + mask[3]))
            last = mask[0]
    return made


def _mask_moment(masker: Masker, moment: Moment, utterances: Sequence[Utterance]) -> Moment:
    said = [utterances[number] for number in sorted({*range(moment.first, moment.last + 1), *moment.evidence})]

    def mask(text: str) -> str:
        return _mask_quote(masker, text, said)

    why = re.sub(r"‘([^’]*(?:’\w[^’]*)*)’", lambda quote: f"‘{mask(quote.group(1))}’", moment.why)
    return replace(moment, quote=mask(moment.quote), why=masker.mask(why), advice=masker.mask(moment.advice))


def _mask_quote(masker: Masker, quote: str, said: Sequence[Utterance]) -> str:
    """A quote masked as the words were that it is from: cut short, a number is not known for one any more."""
    words = quote.removesuffix("…").split()
    plain = [_bare(word) for word in words]
    for utterance in said:
        own = [_bare(word.text) for word in utterance.words]
        for start in range(len(own) - len(plain) + 1):
            if plain and own[start : start + len(plain)] == plain:
                masks = _masks(masker, utterance.words, opening=True)[start : start + len(plain)]
                kept = [Word(0.0, 0.0, text) for text in words]
                text = " ".join(word.text for word in _joined(kept, masks))
                return f"{text} …" if quote.endswith("…") else text
    return masker.mask(quote)


def _bare(word: str) -> str:
    return word.strip(" ,;:-–….!?").casefold()
