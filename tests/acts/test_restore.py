"""4-bit blocks turn back into weights."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from analyser.acts.training.restore import restore, unpack_blocks
from analyser.acts.training.vocabulary import words
from analyser.errors import ModelError


def test_low_nibbles_come_first() -> None:
    scale = np.array([0.5], np.float16).view(np.uint8)
    nibbles = np.array([(place % 16) | ((15 - place % 16) << 4) for place in range(16)], np.uint8)
    weights = unpack_blocks(np.concatenate((scale, nibbles))[None, None])
    assert weights.shape == (1, 32)
    assert weights[0, :16].tolist() == [0.5 * (place - 8) for place in range(16)]
    assert weights[0, 16:].tolist() == [0.5 * (7 - place) for place in range(16)]


def test_another_file_is_refused(tmp_path: Path) -> None:
    (tmp_path / "e5.bin").write_bytes(b"GGUF" + b"\0" * 100)
    with pytest.raises(ModelError, match=r"e5\.bin"):
        restore(tmp_path / "e5.bin")


def test_words_in_all_their_spellings(tmp_path: Path) -> None:
    (tmp_path / "list").write_text("Utrecht\n", encoding="utf-8")
    assert set(words([tmp_path / "list"])) == {"Utrecht", "utrecht"}
