"""The two networks that travel in the package, checked before use."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from importlib import import_module, resources
from typing import Any

from analyser.errors import ModelError


@dataclass(frozen=True)
class Network:
    """An ONNX file of the package with the hash that it must have, and where it came from."""

    file: str
    sha256: str
    name: str
    revision: str


SEGMENTATION = Network(
    "segmentation-3.0.onnx",
    "2f970d9da1be6e1a0aad4a3ee9174d7d6a012acd9696047b7a42f455a705fcb5",
    "pyannote segmentation-3.0",
    "3.0, 8 bits",
)
EMBEDDING = Network(
    "campplus-zh-en.onnx",
    "c9fd9e056d9c045ab5bb43875996ef5725de6b3a974885c5dfb94c3482bbb254",
    "3D-Speaker CAM++ zh-en common",
    "advanced, 8 bits",
)


def open_network(network: Network, *, threads: int = 0) -> Any:
    """An onnxruntime session of `network` on the CPU; ``threads`` 0 leaves the number to onnxruntime.

    Raises ModelError when the file is missing or is not, byte for byte, the one that was measured.
    """
    import onnxruntime

    place = resources.files("analyser.diarise") / "data" / network.file
    try:
        content = place.read_bytes()
    except OSError as error:
        raise ModelError(
            f"The network {network.file} is missing from the installation; install analyser anew."
        ) from error
    if hashlib.sha256(content).hexdigest() != network.sha256:
        raise ModelError(f"The network {network.file} is damaged (its hash differs); install analyser anew.")
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = threads
    options.inter_op_num_threads = 1
    options.log_severity_level = 3
    # Waiting threads that spin would take the cores that word recognition runs on at the same time.
    options.add_session_config_entry("session.intra_op.allow_spinning", "0")
    if not _adds_exactly():
        options.add_session_config_entry("session.x64quantprecision", "1")
    # Pieces differ in length; a memory plan for each length would keep every plan's memory. The arena stays on:
    # without it, what the runs give back is left in fragments, half a gigabyte in a quarter of an hour.
    options.enable_mem_pattern = False
    return onnxruntime.InferenceSession(content, options, providers=["CPUExecutionProvider"])


def _adds_exactly() -> bool:
    """Whether the processor is known to add products of 8 bits in 32 (VNNI).

    Others add two of them in 16 bits, which can overflow; onnxruntime then takes an exact way of half the speed.
    """
    try:
        known = import_module("numpy._core._multiarray_umath").__cpu_features__
    except (ImportError, AttributeError):
        return False
    return bool(known.get("AVX512VNNI", False))
