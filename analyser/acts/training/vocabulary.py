"""Cut the encoder's vocabulary to what Dutch and English use."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from itertools import chain
from pathlib import Path
from typing import Any

SPECIAL = ("<s>", "<pad>", "</s>", "<unk>")


def unigram(pieces: Sequence[tuple[str, float]]) -> dict[str, Any]:
    """Return a tokenizer.json document of a Unigram tokeniser over these pieces (the four special ones first)."""
    return {
        "version": "1.0",
        "truncation": None,
        "padding": None,
        "added_tokens": [],
        "normalizer": {
            "type": "Sequence",
            "normalizers": [
                {"type": "NFKC"},
                {"type": "Replace", "pattern": {"Regex": "\\s+"}, "content": " "},
            ],
        },
        "pre_tokenizer": {"type": "Metaspace", "replacement": "▁", "prepend_scheme": "always", "split": True},
        "post_processor": None,
        "decoder": None,
        "model": {"type": "Unigram", "unk_id": 3, "vocab": [list(piece) for piece in pieces], "byte_fallback": False},
    }


def cut(pieces: Sequence[str], scores: Sequence[float], lines: Iterable[str], *, limit: int) -> list[int]:
    """Return the places of the pieces to keep: the special ones, single characters of Latin text, and of the pieces
    that the lines are made of those ``limit`` that the encoder's tokeniser holds most frequent."""
    from tokenizers import Tokenizer

    whole = Tokenizer.from_str(json.dumps(unigram(list(zip(pieces, scores, strict=True)))))
    used: set[int] = set()
    for encoding in whole.encode_batch_fast(list(lines)):
        used.update(encoding.ids)
    best = sorted(used, key=lambda place: -scores[place])[:limit]
    plain = [
        p
        for p, piece in enumerate(pieces)
        if len(piece.lstrip("▁")) <= 1 and (piece == "▁" or ord(piece[-1]) < 0x250 or piece[-1] in "’‘“”„–—…€")
    ]
    return sorted({*range(len(SPECIAL)), *best, *plain})


def words(paths: Iterable[Path]) -> Iterable[str]:
    """Yield the words of word lists, one a line, also with a capital and in lower case."""
    for line in chain.from_iterable(path.read_text(encoding="utf-8").splitlines() for path in paths):
        yield line
        yield line.lower()
        yield line.capitalize()
