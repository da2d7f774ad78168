"""Training is repeatable, and what runs without torch gives what was trained with it."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pytest

from analyser.acts.context import FEATURES, features, judge, read_members, write_members
from analyser.acts.labels import OUTPUTS
from analyser.acts.training.restore import Encoder

if TYPE_CHECKING:
    from torch import Tensor

    from analyser.acts.training.network import Ready

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


def small_encoder() -> Encoder:
    chance = np.random.default_rng(2)
    shapes = {"q": (8, 8), "k": (8, 8), "v": (8, 8), "ao": (8, 8), "fi": (12, 8), "fo": (8, 12)}
    tensors: dict[str, np.ndarray] = {"emb.pos": chance.normal(size=(20, 8)), "emb.type": chance.normal(size=8)}
    for layer in range(2):
        for part, shape in shapes.items():
            tensors[f"l{layer}.{part}.w"] = chance.normal(size=shape) / 2
            tensors[f"l{layer}.{part}.b"] = chance.normal(size=shape[0]) / 2
    for norm in ("emb.ln", *(f"l{layer}.{part}" for layer in range(2) for part in ("aln", "oln"))):
        tensors[f"{norm}.w"], tensors[f"{norm}.b"] = chance.normal(size=8), chance.normal(size=8)
    tensors = {name: value.astype(np.float32) for name, value in tensors.items()}
    return Encoder(8, 2, 2, 12, 1e-6, (), (), tensors, np.zeros((0, 1, 18), np.uint8))


def small_calls() -> list[Ready]:
    from analyser.acts.training.network import Ready, Way

    chance = np.random.default_rng(1)

    def drawn(*shape: int) -> Tensor:
        return torch.from_numpy(chance.normal(size=shape).astype(np.float32))

    return [
        Ready(
            (Way(drawn(3, 8), drawn(12, 8).bfloat16(), (4, 3, 5)),) * 2,
            np.zeros((3, FEATURES), np.float32),
            (chance.random((3, OUTPUTS)) < 0.2).astype(np.float32),
            np.ones((3, OUTPUTS), np.float32),
        )
        for _ in range(3)
    ]


def test_the_same_seed_gives_the_same_network() -> None:
    from analyser.acts.training.network import Recipe, train

    recipe = Recipe(first=1, members=2, epochs=2, width=8)
    one, other = (train(small_encoder(), small_calls(), {0, 1}, recipe) for _ in range(2))
    assert all(np.array_equal(one.tensors[name], other.tensors[name]) for name in one.tensors)
    for first, second in zip(one.members, other.members, strict=True):
        assert all(np.array_equal(first[name], second[name]) for name in first)


def test_only_the_upper_layers_are_tuned_and_every_part_of_them() -> None:
    from analyser.acts.training.network import Recipe, train

    encoder = small_encoder()
    tuned = train(encoder, small_calls(), {0, 1, 2}, Recipe(first=1, members=1, epochs=2, width=8)).tensors
    assert {name.split(".")[0] for name in tuned} == {"l1"}
    assert tuned.keys() == {name for name in encoder.tensors if name.startswith("l1.")}
    # what is added to every key cancels out in the softmax, so its slope is nothing but rounding
    assert all((tuned[name] != encoder.tensors[name]).any() for name in tuned if name != "l1.k.b")


def test_the_order_of_lengths_makes_no_difference() -> None:
    from analyser.acts.training.upper import Upper

    upper = Upper(small_encoder(), 1).eval()
    states = torch.randn(12, 8, generator=torch.Generator().manual_seed(3)).bfloat16()
    with torch.no_grad():
        together = upper(states, (4, 3, 5))
        alone = torch.cat([upper(part, (len(part),)) for part in torch.split(states, [4, 3, 5])])
    assert together.numpy() == pytest.approx(alone.numpy(), abs=0.05)


def test_the_written_encoder_gives_what_torch_gives(tmp_path: Path) -> None:
    onnxruntime = pytest.importorskip("onnxruntime")
    pytest.importorskip("onnx", reason="training needs the extra 'train'")
    from analyser.acts.training import export
    from analyser.acts.training.restore import BLOCK
    from analyser.acts.training.upper import Upper

    chance = np.random.default_rng(5)
    wide = small_encoder()
    assert wide.hidden < BLOCK
    shapes = {name: [BLOCK * size // 8 if size % 8 == 0 else size for size in value.shape]
              for name, value in wide.tensors.items()}  # fmt: skip
    tensors = {name: (chance.normal(size=shape) / 4).astype(np.float32) for name, shape in shapes.items()}
    encoder = Encoder(BLOCK, 2, 2, 12, 1e-6, (), (), tensors, np.zeros((0, 1, 18), np.uint8))
    scales = np.full((9, 1, 1), 0.2, np.float16).view(np.uint8)
    blocks = np.concatenate((scales, chance.integers(0, 256, (9, 1, 16)).astype(np.uint8)), -1)
    ids = np.array([[0, 4, 5, 2], [0, 6, 2, 1]], np.int64)
    lengths = np.array([4, 3], np.int32)
    mask = (np.arange(4)[None] < lengths[:, None])[..., None] / lengths[:, None, None]
    feed = {"ids": ids, "lengths": lengths, "mask": mask.astype(np.float32)}
    files = {"lower.onnx": 1, "whole.onnx": None}
    found = {}
    for name, lower in files.items():
        export.write(export.build(encoder, blocks, taps=(1, 2)[: lower or 2], lower=lower), tmp_path / name, int8=False)
        found[name] = onnxruntime.InferenceSession(str(tmp_path / name)).run(None, feed)
    pooled, states = found["lower.onnx"]
    (whole,) = found["whole.onnx"]
    assert whole[:, :BLOCK] == pytest.approx(pooled, abs=1e-5)
    with torch.no_grad():
        laid = torch.from_numpy(np.concatenate((states[0], states[1, :3]))).bfloat16()
        tuned = Upper(encoder, 1).eval()(laid, (4, 3)).numpy()
    assert whole[:, BLOCK:] == pytest.approx(tuned, abs=0.05)
