"""The moments of many calls that are worth an ear, for the team and for each seller."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import pandas as pd

SHOWN = 8
"""moments in each of the two lists"""
OF_ONE_KIND = 2
OF_ONE_SELLER = 3


def best(moments: pd.DataFrame, *, good: bool, shown: int = SHOWN) -> list[dict[str, Any]]:
    """The surest moments to learn from (``good``) or to work on: one of a call, few of a kind and of a seller.

    Equals stand in order of date, folder and place, so that the same calls give the same list.
    """
    ordered = moments[moments["good"] == good].sort_values(
        ["confidence", "date", "folder", "number"], ascending=[False, False, True, True]
    )
    calls: set[str] = set()
    kinds: Counter[str] = Counter()
    sellers: Counter[str] = Counter()
    chosen: list[dict[str, Any]] = []
    for moment in ordered.to_dict("records"):
        if (
            moment["folder"] in calls
            or kinds[moment["kind"]] >= OF_ONE_KIND
            or (moment["seller"] and sellers[moment["seller"]] >= OF_ONE_SELLER)
        ):
            continue
        calls.add(moment["folder"])
        kinds[moment["kind"]] += 1
        sellers[moment["seller"]] += 1
        chosen.append({str(key): value for key, value in moment.items()})
        if len(chosen) == shown:
            break
    return chosen


def example(moments: pd.DataFrame, seller: str, kind: str) -> dict[str, Any] | None:
    """The surest moment of a kind in a seller's calls, the latest of equals; None when there is none."""
    fitting = moments[(moments["seller"] == seller) & (moments["kind"] == kind)]
    if fitting.empty:
        return None
    first = fitting.sort_values(["confidence", "date", "folder", "number"], ascending=[False, False, True, True])
    return {str(key): value for key, value in first.iloc[0].to_dict().items()}
