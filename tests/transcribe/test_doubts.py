from __future__ import annotations

import pytest

from analyser.transcribe.doubts import repeated


@pytest.mark.parametrize(
    ("text", "times"),
    [
        ("", 0),
        ("Goedemorgen, waarmee kan ik u helpen?", 1),
        ("ja ja ja, dat klopt", 3),
        ("Dank u wel. Dank u wel. Dank u wel.", 3),
        ("en dan gaan we en dan gaan we en dan gaan we en dan gaan we en dan gaan we", 5),
        ("nee nee ja ja nee nee ja ja", 2),
    ],
)
def test_repeated_counts_phrases_in_a_row(text: str, times: int) -> None:
    assert repeated(text) == times
