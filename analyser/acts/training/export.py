"""Write the restored encoder as one ONNX file with int8 matrices and the 4-bit token embeddings in it."""

from __future__ import annotations

import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from analyser.acts.training.restore import BLOCK, Encoder

OPSET = 20
Tensors = dict[str, NDArray[np.float32]]


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

    def linear(self, states: str, weight: str, bias: str, tensors: Tensors) -> str:
        """Add ``states @ weight.T + bias``."""
        product = self.add("MatMul", [states, self.constant(weight, tensors[weight].T)], f"{weight}.product")
        return self.add("Add", [product, self.constant(bias, tensors[bias])], f"{weight}.output")

    def norm(self, states: str, name: str, tensors: Tensors, epsilon: float) -> str:
        """Add a layer normalisation."""
        scale, shift = (self.constant(f"{name}.{part}", tensors[f"{name}.{part}"]) for part in "wb")
        return self.add("LayerNormalization", [states, scale, shift], f"{name}.output", axis=-1, epsilon=epsilon)


def _embed(graph: Graph, blocks: NDArray[np.uint8]) -> str:
    """Add the look-up of 4-bit token embeddings: ids (batch, tokens) to (batch, tokens, hidden)."""
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


def build(encoder: Encoder, blocks: NDArray[np.uint8], *, taps: Sequence[int], lower: int | None = None) -> object:
    """Return the encoder as an ONNX model, in float32 but for the embeddings, over the pieces of these blocks.

    With ``lower``, only so many layers, and a second output ``states`` (batch, tokens, hidden): what comes out of them.

    Inputs: ``ids`` (batch, tokens) int64; ``lengths`` (batch) int32, tokens that count; ``mask`` (batch, tokens, 1)
    float32, one over the length where a token counts. Output: ``pooled`` (batch, taps · hidden), the states after
    these numbers of layers, averaged over tokens.
    """
    from onnx import TensorProto, helper

    graph, tensors = Graph(), encoder.tensors
    states = _embed(graph, blocks)
    length = graph.add("Shape", ["ids"], "tokens", start=1, end=2)
    position = graph.constant("position", tensors["emb.pos"] + tensors["emb.type"])
    zero = graph.constant("zero", np.array([0], np.int64))
    states = graph.add("Add", [states, graph.add("Slice", [position, zero, length], "positions")], "positioned")
    states = graph.norm(states, "emb.ln", tensors, encoder.epsilon)
    axis, means = graph.constant("axis", np.array([1], np.int64)), []
    for layer in range(lower or encoder.layers):
        states = _layer(graph, states, f"l{layer}", encoder)
        if layer + 1 in taps:
            weighted = graph.add("Mul", [states, "mask"], f"weighted{layer}")
            means.append(graph.add("ReduceSum", [weighted, axis], f"mean{layer}", keepdims=0))
    pooled = graph.add("Concat", means, "pooled", axis=-1)
    inputs = [
        helper.make_tensor_value_info("ids", TensorProto.INT64, ["batch", "tokens"]),
        helper.make_tensor_value_info("lengths", TensorProto.INT32, ["batch"]),
        helper.make_tensor_value_info("mask", TensorProto.FLOAT, ["batch", "tokens", 1]),
    ]
    outputs = [helper.make_tensor_value_info(pooled, TensorProto.FLOAT, ["batch", len(means) * encoder.hidden])]
    if lower:
        outputs.append(helper.make_tensor_value_info(states, TensorProto.FLOAT, ["batch", "tokens", encoder.hidden]))
    made = helper.make_graph(graph.nodes, "acts", inputs, outputs, graph.constants)
    opsets = [helper.make_opsetid("", OPSET), helper.make_opsetid("com.microsoft", 1)]
    return helper.make_model(made, opset_imports=opsets, ir_version=9)


def _layer(graph: Graph, states: str, name: str, encoder: Encoder) -> str:
    tensors = encoder.tensors
    parts = [graph.linear(states, f"{name}.{part}.w", f"{name}.{part}.b", tensors) for part in "qkv"]
    # no joint bias; the lengths keep padding out of sight
    mixed = graph.add(
        "MultiHeadAttention", [*parts, "", "lengths"], f"{name}.mixed", domain="com.microsoft", num_heads=encoder.heads
    )
    mixed = graph.linear(mixed, f"{name}.ao.w", f"{name}.ao.b", tensors)
    states = graph.norm(graph.add("Add", [states, mixed], f"{name}.sum"), f"{name}.aln", tensors, encoder.epsilon)
    inner = graph.add("Gelu", [graph.linear(states, f"{name}.fi.w", f"{name}.fi.b", tensors)], f"{name}.inner")
    inner = graph.linear(inner, f"{name}.fo.w", f"{name}.fo.b", tensors)
    return graph.norm(graph.add("Add", [states, inner], f"{name}.total"), f"{name}.oln", tensors, encoder.epsilon)


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
            extra_options={"DefaultTensorType": onnx.TensorProto.FLOAT},
        )
