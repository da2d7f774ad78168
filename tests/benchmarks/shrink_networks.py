"""Makes the networks of `analyser/diarise/data` from their float32 exports: 8-bit arithmetic, a third of the size.

    python tests/benchmarks/shrink_networks.py segmentation-3.0.onnx small/segmentation-3.0.onnx
    python tests/benchmarks/shrink_networks.py campplus_zh_en.onnx small/campplus-zh-en.onnx --sound mixes/dev

The segmentation network's recurrent layers find the range of their input as they run. The voice network's
convolutions need theirs beforehand: it is taken from pieces of the recordings in ``--sound`` (the dev mixes). Left in
floating point are its first layer, its last, and the small ones that gate each block; these and all else are stored
with 16 bits. Prints the hash.
"""

from __future__ import annotations

import argparse
import hashlib
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import onnx
from numpy.typing import NDArray
from onnx import TensorProto, helper, numpy_helper
from onnxruntime.quantization import (
    CalibrationDataReader,
    QuantFormat,
    QuantType,
    quant_pre_process,
    quantize_dynamic,
    quantize_static,
)

LEAST = 256
"""numbers in a tensor from which storing it with 16 bits is worth it"""
GATES = ("cam_layer/linear1", "cam_layer/linear2")


class Pieces(CalibrationDataReader):  # type: ignore[misc]
    """Batches of four pieces of 1.5 and 0.75 s from each recording, chosen by a seed."""

    def __init__(self, recordings: Sequence[Path]) -> None:
        from analyser.audio import open_sound
        from analyser.diarise.filterbanks import features

        chance = np.random.default_rng(0)
        batches: list[NDArray[np.float32]] = []
        for path in recordings:
            bank = features(open_sound(path).mono())
            for length in (150, 150, 75):
                parts = [bank[start : start + length] for start in chance.integers(0, len(bank) - length, 4)]
                batches.append(np.stack([part - part.mean(axis=0) for part in parts]))
        self._left = iter(batches)

    def get_next(self) -> dict[str, NDArray[np.float32]] | None:
        """The next batch, until there is none."""
        batch = next(self._left, None)
        return None if batch is None else {"x": batch}


def shrink_voices(source: Path, target: Path, recordings: Sequence[Path]) -> None:
    """CAM++ with convolutions of 8 bits, a scale for each channel of the weights."""
    with tempfile.TemporaryDirectory() as folder:
        plain = Path(folder) / "plain.onnx"
        quant_pre_process(str(source), str(plain), skip_symbolic_shape=True)
        convolutions = [node.name for node in onnx.load(str(plain)).graph.node if node.op_type == "Conv"]
        exact = [name for name in convolutions if any(gate in name for gate in GATES)]
        quantize_static(
            str(plain),
            str(target),
            Pieces(recordings),
            quant_format=QuantFormat.QDQ,
            op_types_to_quantize=["Conv"],
            per_channel=True,
            nodes_to_exclude=[*exact, convolutions[0], convolutions[-1]],
            activation_type=QuantType.QUInt8,
            weight_type=QuantType.QInt8,
            extra_options={"CalibMovingAverage": True},
        )


def shrink_activity(source: Path, target: Path) -> None:
    """segmentation-3.0 with LSTM and linear layers of 8 bits."""
    quantize_dynamic(str(source), str(target), op_types_to_quantize=["LSTM", "MatMul"], weight_type=QuantType.QInt8)


def halve(path: Path) -> str:
    """Store what is left of float32 with 16 bits; onnxruntime turns it back on loading. Returns the file's sha256."""
    model = onnx.load(str(path))
    graph = model.graph
    casts: list[Any] = []
    for tensor in list(graph.initializer):
        if tensor.data_type != TensorProto.FLOAT or np.prod(tensor.dims) < LEAST or tensor.name.endswith("_scale"):
            continue
        half = numpy_helper.from_array(numpy_helper.to_array(tensor).astype(np.float16), f"{tensor.name}_half")
        graph.initializer.remove(tensor)
        graph.initializer.append(half)
        casts.append(helper.make_node("Cast", [half.name], [tensor.name], to=TensorProto.FLOAT))
    for cast in reversed(casts):
        graph.node.insert(0, cast)
    onnx.checker.check_model(model)
    onnx.save(model, str(path))
    return hashlib.sha256(path.read_bytes()).hexdigest()


def main() -> None:
    """Shrink one network."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("source", type=Path)
    parser.add_argument("target", type=Path)
    parser.add_argument("--sound", type=Path, help="folder of recordings, for the voice network")
    arguments = parser.parse_args()
    if arguments.sound:
        shrink_voices(arguments.source, arguments.target, sorted(arguments.sound.glob("*.wav")))
    else:
        shrink_activity(arguments.source, arguments.target)
    print(halve(arguments.target))


if __name__ == "__main__":
    main()
