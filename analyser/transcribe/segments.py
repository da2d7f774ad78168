"""Words of a window as segments of the call: cut at sentence ends and pauses, words held to where speech is."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Sequence

from analyser.records import Segment, Span, Word
from analyser.transcribe.recogniser import Heard
from analyser.transcribe.windows import Window

PAUSE = 0.7
"""seconds between words that end a segment"""
LEAST, PART = 0.15, 0.25
"""seconds, and share of its longest part, that a word must have in a stretch of speech to belong to it"""
SENTENCE_END = (".", "?", "!", "…")


def segments_of(window: Window, heard: Heard, spans: Sequence[Span], *, apart: bool) -> tuple[Segment, ...]:
    """Segments of a window in times of the call; ``spans`` is the speech of its channel, in order.

    ``apart`` says that channels were heard apart, so that the segment tells its own.
    """
    segments: list[Segment] = []
    words: list[Word] = []
    ends = [span.end for span in spans]

    def close() -> None:
        if words:
            channel = window.channel if apart else None
            segments.append(Segment(words[0].start, words[-1].end, tuple(words), heard.language, channel))
            words.clear()

    for word in heard.words:
        place = held(window.in_call(word.start, word.end), spans, ends)
        if words and place.start < words[-1].end:
            place = Span(words[-1].end, max(words[-1].end, place.end))
        if words and (words[-1].text.endswith(SENTENCE_END) or place.start - words[-1].end > PAUSE):
            close()
        words.append(Word(round(place.start, 3), round(place.end, 3), word.text.strip(), round(word.probability, 4)))
    close()
    return tuple(segments)


def held(place: Span, spans: Sequence[Span], ends: Sequence[float]) -> Span:
    """A word's span within the one stretch of speech that it belongs to; as it was where it touches none.

    Nobody pauses within a word, but the recogniser stretches words over pauses: to the next word's beginning, and,
    where it left something out ("Van een persoon." – "Oké, goed"), backwards over what it left out. So a word belongs
    to the last stretch that it has a good part of, and what it was stretched over is left to the second look.
    """
    first = bisect_left(ends, place.start)
    touched = [span for span in spans[first : first + 6] if span.overlap(place) > 0]
    if not touched:
        return place
    most = max(span.overlap(place) for span in touched)
    own = [span for span in touched if span.overlap(place) >= min(most, max(LEAST, PART * most))][-1]
    return Span(max(place.start, own.start), min(place.end, own.end))
