from __future__ import annotations

import numpy as np
import pytest
from numpy.typing import NDArray

from analyser.diarise.clustering import find_voices, split_cloud


def clouds(*sizes: int, apart: float = 0.7, seed: int = 1) -> tuple[NDArray[np.float32], NDArray[np.int64]]:
    """Unit vectors scattered around one centre each, and whose they are."""
    chance = np.random.default_rng(seed)
    common = chance.normal(size=192)
    rows, owners = [], []
    for owner, size in enumerate(sizes):
        centre = common + apart * chance.normal(size=192)
        rows.append(centre + 0.7 * chance.normal(size=(size, 192)))
        owners += [owner] * size
    vectors = np.concatenate(rows)
    return (vectors / np.linalg.norm(vectors, axis=1, keepdims=True)).astype(np.float32), np.array(owners)


@pytest.mark.parametrize("sizes", [(60,), (300,), (40, 40), (150, 20), (60, 60, 60), (50, 50, 50, 50)])
def test_the_number_of_voices_is_found(sizes: tuple[int, ...]) -> None:
    vectors, owners = clouds(*sizes)
    voices = find_voices(vectors, np.full(len(vectors), 1.5))
    assert len(voices.centres) == len(sizes)
    for owner in range(len(sizes)):
        assert len(set(voices.labels[owners == owner].tolist())) == 1


def test_a_given_number_is_kept_to_even_when_the_voices_are_alike() -> None:
    vectors, _ = clouds(80)
    assert len(find_voices(vectors, np.full(80, 1.5), speakers=2).centres) == 2
    three, _ = clouds(60, 60, 60)
    assert len(find_voices(three, np.full(180, 1.5), speakers=1).centres) == 1
    assert len(find_voices(three, np.full(180, 1.5), speakers=2).centres) == 2


def test_a_cough_is_no_second_voice() -> None:
    vectors, _ = clouds(80, 1)
    assert len(find_voices(vectors, np.array([1.5] * 80 + [0.4])).centres) == 1


def test_more_voices_than_can_be_told_apart_end_in_four() -> None:
    vectors, _ = clouds(*[40] * 10)
    assert len(find_voices(vectors, np.full(400, 1.5)).centres) <= 4


@pytest.mark.parametrize("count", [0, 1, 2, 3])
def test_next_to_nothing_is_at_most_one_voice_for_each_piece(count: int) -> None:
    vectors, _ = clouds(count)
    voices = find_voices(vectors, np.full(count, 0.4))
    assert len(voices.centres) == 1
    assert voices.labels.tolist() == [0] * count


def test_identical_pieces_are_one_voice() -> None:
    vectors = np.repeat(clouds(1)[0], 50, axis=0)
    assert len(find_voices(vectors, np.full(50, 1.5)).centres) == 1


def test_the_halves_of_two_voices_are_further_apart_than_those_of_one() -> None:
    one, two = clouds(100)[0], clouds(50, 50)[0]
    seconds = np.full(100, 1.5)
    assert split_cloud(one, seconds).score < 0 < split_cloud(two, seconds).score
