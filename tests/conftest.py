"""Things that several tests need: where shared truth lies, sounds made by hand, sockets closed."""

from __future__ import annotations

import socket
import wave
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

ROOT = Path(__file__).parent.parent
SHARED = ROOT.parent / "shared"
SAMPLES = ROOT / "samples"

Wave = Callable[..., Path]


@pytest.fixture
def shared() -> Path:
    """The folder of shared truth; a checkout alone skips what needs it."""
    if not SHARED.is_dir():
        pytest.skip("needs ../shared, which a checkout alone does not have")
    return SHARED


@pytest.fixture
def save_wave(tmp_path: Path) -> Wave:
    """Write samples, float −1…1 of shape (n,) or (channels, n), as a 16-bit wave file."""

    def save(samples: NDArray[np.float64], name: str = "call.wav", rate: int = 16_000) -> Path:
        rows = np.atleast_2d(samples)
        path = tmp_path / name
        with wave.open(str(path), "wb") as file:
            file.setnchannels(len(rows))
            file.setsampwidth(2)
            file.setframerate(rate)
            file.writeframes((np.clip(rows.T, -1, 1) * 32767).astype("<i2").tobytes())
        return path

    return save


@pytest.fixture
def no_sockets(monkeypatch: pytest.MonkeyPatch) -> None:
    """Any attempt to open a connection or to look a name up fails the test."""

    def refuse(*_: object, **__: object) -> None:
        raise AssertionError("a socket was opened")

    monkeypatch.setattr(socket.socket, "connect", refuse)
    monkeypatch.setattr(socket.socket, "connect_ex", refuse)
    monkeypatch.setattr(socket, "getaddrinfo", refuse)
