"""Makes the networks of `analyser/diarise/data` from their float32 exports: weights to float16, half the size.

    python tests/benchmarks/shrink_networks.py segmentation-3.0.onnx small/segmentation-3.0.onnx

onnxruntime turns the weights back when it loads the file, so that time and memory stay as they were. Prints the hash.
"""

from __future__ import annotations

import hashlib
import sys
from pathlib import Path

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper

LEAST = 256
"""numbers in a tensor from which it is worth it"""


def shrink(source: Path, target: Path) -> str:
    """Write the network with float16 weights; returns the sha256 of the file."""
    model = onnx.load(str(source))
    graph = model.graph
    casts = []
    for tensor in list(graph.initializer):
        if tensor.data_type != TensorProto.FLOAT or np.prod(tensor.dims) < LEAST:
            continue
        half = numpy_helper.from_array(numpy_helper.to_array(tensor).astype(np.float16), f"{tensor.name}_half")
        graph.initializer.remove(tensor)
        graph.initializer.append(half)
        casts.append(helper.make_node("Cast", [half.name], [tensor.name], to=TensorProto.FLOAT))
    for cast in reversed(casts):
        graph.node.insert(0, cast)
    onnx.checker.check_model(model)
    onnx.save(model, str(target))
    return hashlib.sha256(target.read_bytes()).hexdigest()


if __name__ == "__main__":
    print(shrink(Path(sys.argv[1]), Path(sys.argv[2])))
