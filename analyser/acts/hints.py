"""What the network thought of beside the acts that it gave: ground for the moments, which weigh several doubts."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from analyser.acts.labels import ACTS, CLIENT_ACTS, MOMENTS, OUTPUTS, SELLER_ACTS, act_range
from analyser.records import Act, Side

LEAST = 0.03
"""chances below this say nothing and are left out"""


def hints(chances: NDArray[np.float32], side: Side) -> tuple[Act, ...]:
    """The side's acts and the kinds of moment from a row of calibrated probabilities (outputs,), those not given too.

    Kinds of moment are named ``moment.<kind>.begin`` and ``moment.<kind>.inside``.
    """
    if len(chances) != OUTPUTS:
        raise ValueError(f"expected {OUTPUTS} outputs, not {len(chances)}")
    outputs = act_range(side)
    names = [*(SELLER_ACTS if side == "seller" else CLIENT_ACTS)]
    names += [f"moment.{kind}.{part}" for part in ("begin", "inside") for kind in MOMENTS]
    values = np.concatenate([chances[outputs.start : outputs.stop], chances[ACTS:]])
    return tuple(Act(name, round(float(value), 3)) for name, value in zip(names, values, strict=True) if value >= LEAST)
