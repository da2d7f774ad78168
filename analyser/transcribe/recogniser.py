"""Whisper through CTranslate2 and faster-whisper's parts: sound in, tokens with times and confidences out.

Used in place of faster-whisper's own pipelines, which hold all features of a call at once, encode 30 s for a window
of 10, decide the language from the first window, and compute on one batch at a time.
"""

from __future__ import annotations

import threading
import zlib
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

from analyser.errors import ModelError
from analyser.transcribe.planning import Plan

FRAMES_PER_SECOND = 100
FRAMES = 3000
"""what the network was trained on: 30 s"""
PREPEND, APPEND = "\"'“¿([{-", "\"'.。,，!！?？:：”)]}、"
HOTWORD_TOKENS = 64
"""a longer prompt is answered by the prompt"""


@dataclass(frozen=True)
class HeardWord:
    """A word as it was written, with the space before it; times in seconds of the window, probability 0–1."""

    text: str
    start: float
    end: float
    probability: float


@dataclass(frozen=True)
class Heard:
    """What was recognised in one window."""

    words: tuple[HeardWord, ...]
    logprob: float
    """mean log probability of a token"""
    no_speech: float
    """0–1: how sure the network is that nobody speaks"""
    language: str

    @property
    def text(self) -> str:
        """The words as they were written."""
        return "".join(word.text for word in self.words).strip()

    @property
    def compression(self) -> float:
        """Length over zlib's length: above 2.4 a text repeats itself (the bound that Whisper uses)."""
        data = self.text.encode()
        return len(data) / len(zlib.compress(data)) if data else 0.0


class Recogniser:
    """A loaded model. Its methods may be called from ``plan.workers`` threads at a time."""

    def __init__(self, plan: Plan, *, hotwords: Sequence[str] = ()) -> None:
        from faster_whisper import WhisperModel

        self.plan = plan
        try:
            self._whisper: Any = WhisperModel(
                str(plan.folder),
                device=plan.device,
                compute_type=plan.compute,
                cpu_threads=plan.threads,
                num_workers=plan.workers,
                local_files_only=True,
            )
        except (RuntimeError, ValueError, OSError) as error:
            raise ModelError(
                f"{plan.folder}: the model cannot be loaded on {plan.device} ({error}). Run: analyser doctor."
            ) from error
        self._hotwords = self._bounded(hotwords)

    def encode(self, sound: NDArray[np.float32], *, frames: int = FRAMES) -> Any:
        """One window (float32, 16 kHz, −1 to 1) in a context of ``frames`` hundredths of a second, for `stack`.

        On a CPU windows are encoded one at a time: attention over a batch of eight takes eight times the memory and is
        no faster. On a GPU these are the features, and the batch is encoded as one.
        """
        features = self._features(sound, frames)
        return features if self.plan.device == "cuda" else self._whisper.encode(features[None])

    def stack(self, windows: Sequence[Any]) -> Any:
        """Windows of the same context, as `encode` gave them, as one encoded batch."""
        import ctranslate2

        if self.plan.device == "cuda":
            return self._whisper.encode(np.stack(windows))
        if len(windows) == 1:
            return windows[0]
        return ctranslate2.StorageView.from_array(np.concatenate([np.array(one) for one in windows]))

    def languages(self, encoded: Any) -> list[dict[str, float]]:
        """For each window of a batch the probability (0–1) of every language that the model knows."""
        return [
            {token.strip("<|>"): float(value) for token, value in row}
            for row in self._whisper.model.detect_language(encoded)
        ]

    def decode(
        self,
        encoded: Any,
        durations: Sequence[float],
        language: str,
        *,
        beam: int | None = None,
        no_repeat: int = 0,
    ) -> list[Heard]:
        """Words of each window, with times; ``durations`` are the seconds of sound in each window.

        ``no_repeat`` forbids to write the same row of so many tokens twice.
        """
        from faster_whisper.tokenizer import Tokenizer

        tokenizer = Tokenizer(self._whisper.hf_tokenizer, True, task="transcribe", language=language)
        prompt = self._whisper.get_prompt(tokenizer, [], without_timestamps=True, hotwords=self._hotwords or None)
        results = self._whisper.model.generate(
            encoded,
            [prompt] * len(durations),
            beam_size=beam or self.plan.beam,
            max_length=self._whisper.max_length,
            suppress_tokens=self._suppressed(tokenizer),
            no_repeat_ngram_size=no_repeat,
            return_scores=True,
            return_no_speech_prob=True,
        )
        tokens = [[token for token in result.sequences_ids[0] if token < tokenizer.eot] for result in results]
        aligned = self._align(tokenizer, tokens, encoded, durations)
        return [
            Heard(
                words=words,
                logprob=result.scores[0] * len(result.sequences_ids[0]) / (len(result.sequences_ids[0]) + 1),
                no_speech=float(result.no_speech_prob),
                language=language,
            )
            for result, words in zip(results, aligned, strict=True)
        ]

    def _align(
        self, tokenizer: Any, tokens: list[list[int]], encoded: Any, durations: Sequence[float]
    ) -> list[tuple[HeardWord, ...]]:
        from faster_whisper.transcribe import merge_punctuations

        frames = [max(2, round(duration * FRAMES_PER_SECOND)) for duration in durations]
        found = []
        for alignment in self._whisper.find_alignment(tokenizer, tokens, encoded, frames):
            merge_punctuations(alignment, PREPEND, APPEND)
            found.append(_words(alignment))
        return found

    def _features(self, sound: NDArray[np.float32], frames: int) -> NDArray[np.float32]:
        """Log-mel features of shape (bands, frames); the rest of the context is silence, as in training."""
        length = frames * 160
        padded = np.pad(sound[:length], (0, max(0, length - len(sound))))
        features: NDArray[np.float32] = self._whisper.feature_extractor(padded, padding=0)
        return np.ascontiguousarray(features[:, :frames])

    def _suppressed(self, tokenizer: Any) -> list[int]:
        from faster_whisper.transcribe import get_suppressed_tokens

        return list(get_suppressed_tokens(tokenizer, [-1]))

    def _bounded(self, hotwords: Sequence[str]) -> str:
        """As many of the hotwords as a short prompt holds."""
        taken: list[str] = []
        for word in dict.fromkeys(hotwords):
            line = " " + ", ".join([*taken, word])
            if len(self._whisper.hf_tokenizer.encode(line, add_special_tokens=False).ids) > HOTWORD_TOKENS:
                break
            taken.append(word)
        return ", ".join(taken)


def _words(alignment: Sequence[dict[str, Any]]) -> tuple[HeardWord, ...]:
    """Aligned tokens as written words: what follows without a space belongs to the word before ("20" ".000")."""
    words: list[HeardWord] = []
    for part in alignment:
        word = HeardWord(str(part["word"]), float(part["start"]), float(part["end"]), float(part["probability"]))
        if not word.text.strip():
            continue
        if words and not word.text.startswith(" "):
            before = words[-1]
            least = min(before.probability, word.probability)
            words[-1] = HeardWord(before.text + word.text, before.start, word.end, least)
        else:
            words.append(word)
    return tuple(words)


_LOADING = threading.Lock()


def loaded(plan: Plan, hotwords: tuple[str, ...] = ()) -> Recogniser:
    """A recogniser that is loaded once for all calls of a process that want the same; the last one is kept.

    Raises ModelError when the model cannot be loaded.
    """
    # What was said of the choice changes with the memory that is free, and is no reason to load again.
    with _LOADING:
        return _kept(replace(plan, why=()), hotwords)


@lru_cache(maxsize=1)
def _kept(plan: Plan, hotwords: tuple[str, ...]) -> Recogniser:
    return Recogniser(plan, hotwords=hotwords)
