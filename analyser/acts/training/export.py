"""Write the trained network as one ONNX file with int8 matrices and the 4-bit token embeddings in it."""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from analyser.acts.training.restore import BLOCK

OPSET = 20
Weights = dict[str, NDArray[np.float32]]


def pack_blocks(weights: NDArray[np.float32]) -> NDArray[np.uint8]:
    """Return weights (rows, n · 32) as 4-bit blocks (rows, n, 18), the inverse of ``restore.unpack_blocks``."""
    parts = weights.reshape(len(weights), -1, BLOCK)
    furthest = np.take_along_axis(parts, np.abs(parts).argmax(-1, keepdims=True), -1)
    scale = (furthest / -8).astype(np.float16)
    steps = np.clip(np.round(parts / np.where(scale == 0, 1, scale).astype(np.float32)) + 8, 0, 15).astype(np.uint8)
    nibbles = steps[..., :16] | (steps[..., 16:] << 4)
    return np.concatenate((scale.view(np.uint8), nibbles), axis=-1)


class Graph:
    """Collects nodes and constants of an ONNX graph."""

    def __init__(self) -> None:
        from onnx import helper, numpy_helper

        self.helper, self.numpy_helper = helper, numpy_helper
        self.nodes: list[object] = []
        self.constants: list[object] = []

    def constant(self, name: str, value: NDArray[Any] | np.generic) -> str:
        """Add a constant and return its name."""
        self.constants.append(self.numpy_helper.from_array(np.ascontiguousarray(value), name))
        return name

    def add(self, kind: str, inputs: list[str], output: str, *, domain: str = "", **attributes: object) -> str:
        """Add a node of one output and return the output's name."""
        self.nodes.append(
            self.helper.make_node(kind, inputs, [output], name=f"node_{output}", domain=domain, **attributes)
        )
        return output

    def linear(self, states: str, name: str, weights: Weights) -> str:
        """Add ``states @ weight.T + bias``."""
        matrix = self.constant(f"{name}.weight", weights[f"{name}.weight"].T)
        product = self.add("MatMul", [states, matrix], f"{name}.product")
        return self.add("Add", [product, self.constant(f"{name}.bias", weights[f"{name}.bias"])], f"{name}.output")

    def norm(self, states: str, name: str, weights: Weights, epsilon: float) -> str:
        """Add a layer normalisation."""
        scale = self.constant(f"{name}.weight", weights[f"{name}.weight"])
        shift = self.constant(f"{name}.bias", weights[f"{name}.bias"])
        return self.add("LayerNormalization", [states, scale, shift], f"{name}.output", axis=-1, epsilon=epsilon)


def _embed(graph: Graph, blocks: NDArray[np.uint8]) -> str:
    """Add the look-up of 4-bit token embeddings: ids (1, tokens) to (1, tokens, hidden)."""
    scales = np.ascontiguousarray(blocks[..., :2]).view(np.float16)
    scale = graph.add("Gather", [graph.constant("word.scales", scales), "ids"], "word.scale16")
    scale = graph.add("Cast", [scale], "word.scale", to=1)
    nibbles = graph.add("Gather", [graph.constant("word.nibbles", blocks[..., 2:]), "ids"], "word.bytes")
    low = graph.add("BitwiseAnd", [nibbles, graph.constant("word.mask", np.uint8(15))], "word.low")
    high = graph.add("BitShift", [nibbles, graph.constant("word.shift", np.uint8(4))], "word.high", direction="RIGHT")
    steps = graph.add("Concat", [low, high], "word.steps", axis=-1)
    steps = graph.add("Cast", [steps], "word.float", to=1)
    steps = graph.add("Sub", [steps, graph.constant("word.eight", np.float32(8))], "word.signed")
    values = graph.add("Mul", [steps, scale], "word.values")
    shape = graph.constant("word.shape", np.array([0, 0, blocks.shape[1] * BLOCK], np.int64))
    return graph.add("Reshape", [values, shape], "word.embedded")


def build(weights: Weights, blocks: NDArray[np.uint8], *, heads: int, epsilon: float, frozen: int) -> object:
    """Return the ONNX model, in float32 but for the embeddings.

    Inputs: ``ids`` (1, tokens) int64; ``client`` (1, tokens, 1) float32, 1 where the client speaks; ``first``
    (utterances) int64, places of the markers; ``pool`` (1, utterances, tokens) float32, averages each utterance.
    Output: ``logits`` (1, utterances, outputs). ``frozen`` is the layer below which no side is told.
    """
    from onnx import TensorProto, helper

    graph = Graph()
    states = _embed(graph, blocks)
    length = graph.add("Shape", ["ids"], "tokens", start=1, end=2)
    position = graph.constant("position", weights["position"])
    zero = graph.constant("zero", np.array([0], np.int64))
    states = graph.add("Add", [states, graph.add("Slice", [position, zero, length], "positions")], "positioned")
    states = graph.norm(states, "norm", weights, epsilon)
    for place in range(sum(name.endswith("qkv.weight") for name in weights)):
        if place == frozen:
            roles = weights["roles"]
            step = graph.constant("roles.step", roles[1] - roles[0])
            moved = graph.add("Mul", ["client", step], "roles.moved")
            moved = graph.add("Add", [moved, graph.constant("roles.base", roles[0])], "roles.added")
            states = graph.add("Add", [states, moved], "roles.states")
        states = _layer(graph, states, f"layers.{place}", weights, heads, epsilon)
    marker = graph.add("Gather", [states, "first"], "marker", axis=1)
    mean = graph.add("MatMul", ["pool", states], "mean")
    rows = graph.add("Concat", [marker, mean], "rows", axis=-1)
    logits = graph.add("Identity", [graph.linear(rows, "head", weights)], "logits")
    inputs = [
        helper.make_tensor_value_info("ids", TensorProto.INT64, [1, "tokens"]),
        helper.make_tensor_value_info("client", TensorProto.FLOAT, [1, "tokens", 1]),
        helper.make_tensor_value_info("first", TensorProto.INT64, ["utterances"]),
        helper.make_tensor_value_info("pool", TensorProto.FLOAT, [1, "utterances", "tokens"]),
    ]
    outputs = [helper.make_tensor_value_info(logits, TensorProto.FLOAT, [1, "utterances", "outputs"])]
    made = helper.make_graph(graph.nodes, "acts", inputs, outputs, graph.constants)
    opsets = [helper.make_opsetid("", OPSET), helper.make_opsetid("com.microsoft", 1)]
    return helper.make_model(made, opset_imports=opsets, ir_version=9)


def _layer(graph: Graph, states: str, name: str, weights: Weights, heads: int, epsilon: float) -> str:
    parts = []
    for part, label in enumerate(("query", "key", "value")):
        hidden = weights[f"{name}.qkv.weight"].shape[1]
        rows = slice(part * hidden, (part + 1) * hidden)
        chosen = {
            f"{name}.{label}.weight": weights[f"{name}.qkv.weight"][rows],
            f"{name}.{label}.bias": weights[f"{name}.qkv.bias"][rows],
        }
        parts.append(graph.linear(states, f"{name}.{label}", chosen))
    mixed = graph.add("MultiHeadAttention", parts, f"{name}.mixed", domain="com.microsoft", num_heads=heads)
    mixed = graph.linear(mixed, f"{name}.out", weights)
    states = graph.norm(graph.add("Add", [states, mixed], f"{name}.sum"), f"{name}.norm", weights, epsilon)
    inner = graph.add("Gelu", [graph.linear(states, f"{name}.up", weights)], f"{name}.inner")
    inner = graph.linear(inner, f"{name}.down", weights)
    return graph.norm(graph.add("Add", [states, inner], f"{name}.total"), f"{name}.last", weights, epsilon)


def write(model: object, path: Path, *, int8: bool = True) -> None:
    """Write the model, its matrices quantised to int8 by channel (activations at run time)."""
    import onnx

    path.parent.mkdir(parents=True, exist_ok=True)
    if not int8:
        onnx.save(model, str(path))
        return
    from onnxruntime.quantization import QuantType, quantize_dynamic

    with tempfile.TemporaryDirectory() as folder:
        plain = Path(folder) / "plain.onnx"
        onnx.save(model, str(plain))
        quantize_dynamic(
            str(plain),
            str(path),
            op_types_to_quantize=["MatMul"],
            per_channel=True,
            weight_type=QuantType.QInt8,
            nodes_to_exclude=["node_head.product", "node_mean"],
            extra_options={"DefaultTensorType": onnx.TensorProto.FLOAT},
        )
