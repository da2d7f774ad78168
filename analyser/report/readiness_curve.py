"""How far the need is understood through the call, as a curve of steps."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from analyser.records import ReadinessPoint
from analyser.report.wording import place

RATE = 20
"""steps a second in the paths of the picture: finer than a pixel at the widest zoom"""


@dataclass(frozen=True)
class Milestone:
    """A place where the curve was lifted: by a summary, a confirmation, or the client's own question."""

    x: str
    y: str
    look: str


def percent(seconds: float, length: float) -> str:
    """A second of the call as a percentage of its length, for the picture."""
    return f"{max(0.0, min(100.0, 100 * seconds / length)):.3f}".rstrip("0").rstrip(".")


def level_at(readiness: Sequence[ReadinessPoint], seconds: float) -> float:
    """How far the need is understood (0–1) at a second of the call."""
    level = 0.0
    for point in readiness:
        if point.time > seconds:
            break
        level = point.level
    return level


def _steps(readiness: Sequence[ReadinessPoint], length: float) -> str:
    """The curve as steps: a level holds until the next point."""
    line, last = ["M0 100"], 100.0
    for point in readiness:
        y = 100 * (1 - max(0.0, min(1.0, point.level)))
        if abs(y - last) >= 0.05:
            line.append(f"H{round(RATE * point.time)}V{place(y)}")
            last = y
    line.append(f"H{round(RATE * length)}")
    return "".join(line)


def curve(readiness: Sequence[ReadinessPoint], length: float) -> str:
    """The curve as a path over twentieths of a second, from 100 (nothing understood) up to 0; empty without points."""
    return _steps(readiness, length) if readiness else ""


def area(readiness: Sequence[ReadinessPoint], length: float) -> str:
    """What lies under the curve, as a closed path."""
    return _steps(readiness, length) + "V100z" if readiness else ""


def milestones(readiness: Sequence[ReadinessPoint], length: float) -> Iterable[Milestone]:
    """Where a summary, a confirmation or an invitation first lifted the curve, and each time anew after a drop."""
    before = ReadinessPoint(0.0, 0.0, 0, 0.0, False, False, False)
    for point in readiness:
        for look in ("confirmed", "invited", "summarised"):
            if getattr(point, look) and not getattr(before, look):
                yield Milestone(percent(point.time, length), place(100 * (1 - min(1.0, point.level))), look)
                break
        before = point
