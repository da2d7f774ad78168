"""Figures of a group of calls: sums first, ratios last, each with the interval that the number of calls allows.

Intervals hold 9 times in 10. Those of ratios come from drawing as many calls anew, with replacement, a thousand times
(B. Efron and R. Tibshirani, An Introduction to the Bootstrap, 1993, ch. 13, percentile method), and over many calls
from the linearised variance of a ratio (W. G. Cochran, Sampling Techniques, 1977, ch. 6), which is then the same and
costs nothing. Calls are the unit and not utterances, since what is said in one call hangs together. Shares of a count
have E. B. Wilson's interval (1927).
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from analyser.overview.tables import ATTENTION, GOOD, STEPS

if TYPE_CHECKING:
    import numpy as np
    import pandas as pd
    from numpy.typing import NDArray

FEWEST = 5
"""calls below which a group has no intervals, is compared with nobody, and says so"""
DRAWS = 1000
MANY = 200
"""calls from which on the ratio of sums is as good as normally distributed"""
Z90 = 1.6448536269514722
"""standard normal quantile of 0.95: nine in ten lie between its two sides"""


@dataclass(frozen=True)
class Figure:
    """A figure with its interval; the interval is None where there are too few calls for one."""

    value: float
    low: float | None = None
    high: float | None = None


@dataclass(frozen=True)
class Spread:
    """How one figure of a call lies over many: median and quartiles, and of how many calls."""

    count: int
    low: float
    median: float
    high: float


@dataclass(frozen=True)
class Share:
    """So many of so many, with the interval of the share; ``kind`` says of what."""

    count: int
    total: int
    low: float
    high: float
    kind: str = ""


@dataclass(frozen=True)
class Group:
    """The figures of a group of calls; None where nothing was counted that they could be made of."""

    name: str
    calls: int
    seconds: float
    balance: Figure | None
    premature: Figure
    """premature pitches in a call"""
    summaries: Share
    """summaries that were confirmed, of those that were weighed"""
    talk: Spread | None
    missing: Share | None
    """the step that is missing in the most calls"""
    habit: Share | None
    """the kind of moment to work on that occurs in the most calls"""
    strength: Share | None
    """the kind of moment to learn from that occurs in the most calls"""
    standing: Literal["", "above", "below"] = ""
    """whether the listening balance is certainly above or below that of the others"""

    @property
    def enough(self) -> bool:
        """Whether there are calls enough to compare."""
        return self.calls >= FEWEST


@dataclass(frozen=True)
class Point:
    """The listening balance in one period, and whether there are calls enough to read anything into it."""

    period: str
    enough: bool
    balance: Figure


def group_figures(calls: pd.DataFrame, by: str) -> list[Group]:
    """The figures of each value of a column of the calls' table, in order of that value; no order of merit."""
    groups = []
    for name, members in calls.groupby(by, sort=True):
        others = calls[calls[by] != name]
        groups.append(figures(str(name), members, others))
    return groups


def course(calls: pd.DataFrame, period: str) -> list[Point]:
    """The listening balance in each period that has calls, in order of time."""
    return [
        Point(str(name), len(members) >= FEWEST, balance)
        for name, members in calls.groupby(period, sort=True)
        if (balance := listening_balance(members)) is not None
    ]


def listening_balance(members: pd.DataFrame) -> Figure | None:
    """(heard − delivered) for each 100 utterances of the seller, of sums over calls."""
    return ratio(members["heard"] - members["delivered"], members["seller_utterances"], scale=100)


def figures(name: str, members: pd.DataFrame, others: pd.DataFrame | None = None) -> Group:
    """The figures of some calls; ``others`` are those to compare the listening balance with."""
    balance = listening_balance(members)
    confirmed, unconfirmed = (
        int(members[f"moment_{kind}"].sum()) for kind in ("confirmed_summary", "unconfirmed_summary")
    )
    return Group(
        name=name,
        calls=len(members),
        seconds=float(members["seconds"].sum()),
        balance=balance,
        premature=mean(members["moment_premature_pitch"]),
        summaries=wilson(confirmed, confirmed + unconfirmed),
        talk=spread(members["talk_ratio"]),
        missing=_most(members, "missing_", STEPS),
        habit=_most(members, "moment_", ATTENTION),
        strength=_most(members, "moment_", GOOD),
        standing=_standing(balance, others),
    )


def ratio(above: pd.Series[float], below: pd.Series[float], *, scale: float = 1.0) -> Figure | None:
    """``scale`` × sum / sum over calls, with its interval; None when the lower sum is 0."""
    import numpy as np

    counts = np.column_stack([above, below]).astype(float)
    top, bottom = counts.sum(axis=0)
    if not bottom:
        return None
    value = scale * top / bottom
    if len(counts) < FEWEST:
        return Figure(value)
    if len(counts) >= MANY:
        rest = counts[:, 0] - top / bottom * counts[:, 1]
        half = scale * Z90 * math.sqrt(len(counts) / (len(counts) - 1) * float(rest @ rest)) / bottom
        return Figure(value, value - half, value + half)
    drawn = _draw(counts)
    drawn = drawn[drawn[:, 1] > 0]
    low, high = np.quantile(scale * drawn[:, 0] / drawn[:, 1], [0.05, 0.95])
    return Figure(value, float(low), float(high))


def mean(counts: pd.Series[float]) -> Figure:
    """So many in a call, with its interval; 0 without calls."""
    return ratio(counts, counts.notna().astype(float)) or Figure(0.0)


def wilson(count: int, total: int, kind: str = "") -> Share:
    """So many of so many with Wilson's interval; 0 to 1 when there are none."""
    if not total:
        return Share(0, 0, 0.0, 1.0, kind)
    share, square = count / total, Z90 * Z90
    middle = (share + square / (2 * total)) / (1 + square / total)
    half = Z90 / (1 + square / total) * math.sqrt(share * (1 - share) / total + square / (4 * total * total))
    return Share(count, total, max(0.0, middle - half), min(1.0, middle + half), kind)


def spread(values: pd.Series[float]) -> Spread | None:
    """Median and quartiles of the values that there are; None when there are none."""
    known = values.dropna().astype(float)
    if known.empty:
        return None
    low, median, high = known.quantile([0.25, 0.5, 0.75])
    return Spread(len(known), float(low), float(median), float(high))


def _most(members: pd.DataFrame, prefix: str, kinds: Sequence[str] | dict[str, tuple[str, str]]) -> Share | None:
    """Which of the columns holds in the most calls; the first of equals; None when none holds in any."""
    holds = {kind: int((members[f"{prefix}{kind}"] > 0).sum()) for kind in kinds}
    kind = max(holds, key=lambda kind: holds[kind])
    return wilson(holds[kind], len(members), kind) if holds[kind] else None


def _standing(balance: Figure | None, others: pd.DataFrame | None) -> Literal["", "above", "below"]:
    if balance is None or balance.low is None or balance.high is None or others is None or len(others) < FEWEST:
        return ""
    theirs = listening_balance(others)
    if theirs is None or theirs.low is None or theirs.high is None:
        return ""
    # Intervals that do not meet: stricter than 9 in 10, as it should be when several sellers are looked at.
    if balance.low > theirs.high:
        return "above"
    return "below" if balance.high < theirs.low else ""


def _draw(counts: NDArray[np.float64]) -> NDArray[np.float64]:
    """Sums of as many rows as there are, drawn with replacement, again and again; shape (draws, columns)."""
    import numpy as np

    size = len(counts)
    # The same calls give the same figures: an interval that flickers is not believed.
    chance = np.random.default_rng(size)
    times = chance.multinomial(size, np.full(size, 1 / size), size=DRAWS)
    sums: NDArray[np.float64] = times @ counts
    return sums
