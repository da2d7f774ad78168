"""Training is repeatable, and what runs without torch gives what was trained with it."""

from __future__ import annotations

import numpy as np
import pytest

from analyser.acts.context import FEATURES, features, judge, read_members, write_members
from analyser.acts.labels import OUTPUTS

torch = pytest.importorskip("torch", reason="training needs the extra 'train'")


def test_numpy_gives_what_torch_gives() -> None:
    from analyser.acts.training.network import Context, Recipe

    torch.manual_seed(0)
    network = Context(24, Recipe(width=16)).eval()
    chance = np.random.default_rng(0)
    pooled = chance.normal(size=(11, 24)).astype(np.float32)
    beside = features(("seller", "client") * 5 + ("seller",), list(range(11)))
    weights = {name: value.numpy() for name, value in network.state_dict().items()}
    with torch.no_grad():
        expected = network(torch.from_numpy(pooled), torch.from_numpy(beside)).numpy()
    assert judge(pooled, beside, [weights, weights]) == pytest.approx(expected, abs=1e-4)
    (stored,) = read_members(write_members([weights]))
    assert judge(pooled, beside, [stored]) == pytest.approx(expected, abs=0.02)


def test_the_same_seed_gives_the_same_network() -> None:
    from analyser.acts.training.network import Ready, Recipe, train

    chance = np.random.default_rng(1)
    calls = [
        Ready(
            (chance.normal(size=(6, 8)).astype(np.float32),) * 2,
            np.zeros((6, FEATURES), np.float32),
            (chance.random((6, OUTPUTS)) < 0.2).astype(np.float32),
            np.ones((6, OUTPUTS), np.float32),
        )
        for _ in range(3)
    ]
    recipe = Recipe(members=1, epochs=2, width=8)
    (one,), (other,) = train(calls, {0, 1}, recipe), train(calls, {0, 1}, recipe)
    assert all(np.array_equal(one[name], other[name]) for name in one)
