"""Whole calls with a recogniser made of a table: each voice level of the sound stands for words."""

from __future__ import annotations

import threading
from collections.abc import Mapping, Sequence
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from analyser.audio import Sound
from analyser.records import ModelUse, Recording, Segment, Span
from analyser.settings import Settings
from analyser.transcribe import Plan, recognise
from analyser.transcribe.recogniser import Heard, HeardWord
from analyser.transcribe.windows import RATE

PLAN = Plan(Path("nowhere"), ModelUse("speech recognition", "table", "1", "hash"), workers=2, batch=2)
ENGLISH = 100
"""levels from here on sound English"""


class Table:
    """Hears a stretch of level n as the words of entry n; ``sure`` and ``silent`` are what it says of each."""

    def __init__(self, table: Mapping[int, str], *, sure: float = 0.9, misses: frozenset[int] = frozenset()) -> None:
        self.table, self.sure, self.misses = table, sure, misses
        self.asked: list[float] = []
        self.looped: set[int] = set()
        self.stop_after: int | None = None
        self.lock = threading.Lock()

    def encode(self, sound: NDArray[np.float32], *, frames: int) -> Any:
        assert len(sound) <= frames * 160
        return np.round(sound * 32768).astype(int)

    def stack(self, encoded: Sequence[Any]) -> Any:
        return list(encoded)

    def languages(self, encoded: Any) -> list[dict[str, float]]:
        shares = [float(np.mean(row[row > 0] >= ENGLISH)) if (row > 0).any() else 0.5 for row in encoded]
        return [{"en": english, "nl": 1 - english} for english in shares]

    def decode(self, encoded: Any, durations: Sequence[float], language: str, *, no_repeat: int = 0) -> list[Heard]:
        with self.lock:
            self.asked += durations
            if self.stop_after is not None and len(self.asked) > self.stop_after:
                raise KeyboardInterrupt
        return [self._hear(row, language, no_repeat=no_repeat) for row in encoded]

    def _hear(self, row: NDArray[np.int_], language: str, *, no_repeat: int) -> Heard:
        words: list[HeardWord] = []
        edges = [0, *(np.flatnonzero(np.diff(row)) + 1).tolist(), len(row)]
        for first, last in pairwise(edges):
            level = int(row[first])
            if level not in self.table or (level in self.misses and len(row) > 3 * RATE):
                continue
            texts = self.table[level].split() * (20 if level in self.looped and not no_repeat else 1)
            step = (last - first) / RATE / len(texts)
            start = first / RATE
            words += [
                HeardWord(f" {text}", start + n * step, start + (n + 1) * step, self.sure)
                for n, text in enumerate(texts)
            ]
        return Heard(tuple(words), -0.3, 0.1, language)


def call(*rows: Sequence[tuple[float, float, int]], seconds: float = 120) -> tuple[Sound, list[list[Span]]]:
    """A call whose channels hold (start, end, level) stretches, and its speech."""
    samples = np.zeros((len(rows), int(seconds * RATE)), dtype=np.int16)
    for channel, row in enumerate(rows):
        for start, end, level in row:
            samples[channel, round(start * RATE) : round(end * RATE)] = level
    layout: Any = "two-channel" if len(rows) == 2 else "mono"
    sound = Sound(Recording("call.wav", "sha", seconds, RATE, len(rows), layout), samples)
    return sound, [[Span(start, end) for start, end, _ in row] for row in rows]


def said(segments: Sequence[Segment]) -> list[tuple[float, str]]:
    return [(round(segment.start, 1), segment.text) for segment in segments]


def test_recognise_brings_every_word_back_in_its_place() -> None:
    rows = [(start, start + 4.0, 1 + place % 3) for place, start in enumerate(np.arange(0.0, 115.0, 5.5))]
    sound, spans = call(rows)
    told: list[tuple[float, float]] = []
    table = Table({1: "Goedemorgen.", 2: "Wat zoekt u?", 3: "Iets nieuws."})
    found = recognise(
        sound,
        Settings(),
        spans=spans,
        plan=PLAN,
        listener=table,
        progress=lambda done, total: told.append((done, total)),
    )
    assert said(found.transcript.segments) == [(round(start, 1), table.table[level]) for start, _, level in rows]
    assert found.transcript.language == "nl"
    assert found.models == (PLAN.use,)
    assert told == sorted(told) and told[-1][0] == pytest.approx(told[-1][1])


def test_recognise_hears_channels_apart_and_puts_them_in_order() -> None:
    sound, spans = call([(0, 2, 1), (6, 8, 2)], [(1, 5, 3)])
    found = recognise(
        sound, Settings(), spans=spans, plan=PLAN, listener=Table({1: "Dag.", 2: "Juist.", 3: "Met Els."})
    )
    assert [(one.channel, one.text) for one in found.transcript.segments] == [
        (0, "Dag."),
        (1, "Met Els."),
        (0, "Juist."),
    ]


def test_recognise_keeps_the_language_of_each_part() -> None:
    # English for the first half minute, then a minute and a half of Dutch.
    english = [(start, start + 4.5, ENGLISH) for start in (0.0, 5.0, 10.0, 15.0, 20.0)]
    dutch = [(start, start + 4.5, 1) for start in np.arange(27.0, 115.0, 5.0)]
    sound, spans = call(english + dutch)
    table = Table({ENGLISH: "Good morning.", 1: "Goedemorgen."})
    transcript = recognise(sound, Settings(), spans=spans, plan=PLAN, listener=table).transcript
    assert transcript.language == "nl"
    assert transcript.language_confidence > 0.6
    for segment in transcript.segments:
        assert segment.language == ("en" if segment.text == "Good morning." else "nl")


def test_recognise_writes_the_language_asked_for() -> None:
    sound, spans = call([(0, 4, ENGLISH)])
    table = Table({ENGLISH: "Good morning."})
    transcript = recognise(sound, Settings(language="nl"), spans=spans, plan=PLAN, listener=table).transcript
    assert (transcript.language, transcript.segments[0].language) == ("nl", "nl")


def test_recognise_looks_again_at_speech_without_words() -> None:
    # Between long stretches the recogniser skips a short "ja" (level 5); heard by itself it is there.
    sound, spans = call([(0, 9, 1), (11, 11.5, 5), (13, 22, 2)], seconds=30)
    table = Table({1: "Klopt dat zo?", 2: "Dan gaan we verder.", 5: "Ja."}, misses=frozenset({5}))
    transcript = recognise(sound, Settings(language="nl"), spans=spans, plan=PLAN, listener=table).transcript
    assert said(transcript.segments) == [(0.0, "Klopt dat zo?"), (11.0, "Ja."), (13.0, "Dan gaan we verder.")]


def test_recognise_decodes_a_loop_again() -> None:
    sound, spans = call([(0, 9, 1), (10, 12, 2)], seconds=30)
    table = Table({1: "En dan gaan we", 2: "Juist."})
    table.looped = {1}
    transcript = recognise(sound, Settings(language="nl"), spans=spans, plan=PLAN, listener=table).transcript
    assert [segment.text for segment in transcript.segments] == ["En dan gaan we", "Juist."]
    assert transcript.dropped == ()


def test_recognise_tells_what_it_dropped() -> None:
    sound, spans = call([(0, 4, 1)])
    table = Table({1: "Bedankt voor het kijken."}, sure=0.4)
    transcript = recognise(sound, Settings(language="nl"), spans=spans, plan=PLAN, listener=table).transcript
    assert transcript.segments == ()
    assert [(one.text, one.start) for one in transcript.dropped] == [("Bedankt voor het kijken.", 0.0)]


def test_recognise_of_silence_needs_no_recogniser() -> None:
    sound, spans = call([])
    transcript = recognise(sound, Settings(), spans=spans, plan=PLAN).transcript
    assert transcript.segments == ()
    assert transcript.language_confidence == 0.0


def test_recognise_goes_on_where_it_was_stopped(tmp_path: Path) -> None:
    rows = [(start, start + 9.0, 1 + place % 3) for place, start in enumerate(np.arange(0.0, 290.0, 10.0))]
    sound, spans = call(rows, seconds=300)
    words = {1: "Goedemorgen.", 2: "Wat zoekt u?", 3: "Iets nieuws."}
    whole = Table(words)
    expected = recognise(sound, Settings(), spans=spans, plan=PLAN, listener=whole).transcript
    journal = tmp_path / "words.partial"
    stopped = Table(words)
    stopped.stop_after = 5
    with pytest.raises(KeyboardInterrupt):
        recognise(sound, Settings(), spans=spans, plan=PLAN, listener=stopped, journal=journal)
    # A killed process leaves a last line half written.
    journal.write_bytes(journal.read_bytes() + b'{"key": "sha')
    told: list[float] = []
    rest = Table(words)
    found = recognise(
        sound,
        Settings(),
        spans=spans,
        plan=PLAN,
        listener=rest,
        journal=journal,
        progress=lambda done, _: told.append(done),
    ).transcript
    assert found == expected
    assert 0 < len(rest.asked) < len(whole.asked)
    assert told[0] > 0
    assert not journal.exists()


def test_recognise_believes_no_journal_of_other_settings(tmp_path: Path) -> None:
    sound, spans = call([(0, 9, 1)])
    journal = tmp_path / "words.partial"
    journal.write_text('{"key": "other", "windows": []}\nno json\n')
    table = Table({1: "Dag."})
    assert recognise(sound, Settings(), spans=spans, plan=PLAN, listener=table, journal=journal).transcript.segments
    assert table.asked
