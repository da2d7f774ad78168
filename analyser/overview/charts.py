"""Figures of groups as pictures: static SVG by matplotlib, light and dark alike on a card of their own."""

from __future__ import annotations

import base64
import io
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

from analyser.overview.figures import Figure, Group, Point
from analyser.report.wording import Wording, clean

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure as Picture

INK, SOFT, LINE, TEAM = "#1d2126", "#565e68", "#d9d4cb", "#b0460c"
SURE, UNSURE = "#0a6a78", "#9aa1a8"
MOST_ROWS = 30
LEAST_RANGE = 10.0
"""utterances in a hundred that the axis of the listening balance spans at least"""
MOST_PANELS = 12
NAME_WIDTH = 24
STYLE = {
    "svg.fonttype": "none",
    "svg.hashsalt": "analyser",
    "font.family": [
        "system-ui",
        "Segoe UI",
        "Roboto",
        "Helvetica Neue",
        "Liberation Sans",
        "DejaVu Sans",
        "sans-serif",
    ],
    "font.size": 10.5,
    "text.parse_math": False,  # a seller's name is no formula
    "axes.edgecolor": LINE,
    "axes.labelcolor": SOFT,
    "xtick.color": SOFT,
    "ytick.color": INK,
    "text.color": INK,
}


def comparison(groups: Sequence[Group], team: Group, wording: Wording) -> str:
    """Listening balance, premature pitches and talk ratio of each group beside each other, with the team's as a line.

    Groups with too few calls are drawn hollow and without an interval. A data: URL of an SVG.
    """
    shown = list(groups)[:MOST_ROWS]

    def draw(picture: Picture) -> None:
        panels = picture.subplots(1, 3, sharey=True, width_ratios=[1.15, 1, 1])
        # Rows from the top down, as in the table.
        places = list(range(len(shown)))[::-1]
        _dots(panels[0], places, shown, lambda group: group.balance, team.balance, wording.say("week.balance"))
        _dots(panels[1], places, shown, lambda group: group.premature, team.premature, wording.say("week.premature"))
        panels[1].set_xlim(left=0)
        low, high = panels[0].get_xlim()
        if high - low < LEAST_RANGE:
            # One seller, or all alike: the axis is not to magnify nothing.
            panels[0].set_xlim((low + high - LEAST_RANGE) / 2, (low + high + LEAST_RANGE) / 2)
        _spreads(panels[2], places, shown, team, wording.say("week.talk"))
        for panel, digits in zip(panels, (0, 1, 0), strict=True):
            panel.xaxis.set_major_formatter(lambda value, _, digits=digits: wording.number(value, digits))
        panels[0].set_yticks(places, [_name(group.name, wording) for group in shown])
        panels[0].set_ylim(-0.6, len(shown) - 0.4)

    return _svg(draw, 9.6, 1.0 + 0.36 * max(2, len(shown)))


def trend(parts: Sequence[tuple[str, Sequence[Point]]], every: Sequence[str], wording: Wording) -> str:
    """The listening balance over periods, one panel for each seller, all on one scale; a data: URL of an SVG.

    ``parts`` are sellers with their points in time, ``every`` the periods in order.
    """
    shown = list(parts)[:MOST_PANELS]
    columns = min(3, len(shown))
    rows = -(-len(shown) // columns)

    def draw(picture: Picture) -> None:
        panels = picture.subplots(rows, columns, sharex=True, sharey=True, squeeze=False).flatten()
        for panel, (name, points) in zip(panels, shown, strict=False):
            _line(panel, points, every)
            panel.set_title(_name(name, wording), loc="left", fontsize=10.5)
            panel.axhline(0, color=LINE, linewidth=0.8, zorder=0)
        for panel in panels[len(shown) :]:
            panel.set_visible(False)
        for panel in panels[: len(shown)]:
            step = max(1, len(every) // 6)
            panel.set_xticks(range(0, len(every), step), [period[-3:].lstrip("-") for period in every[::step]])
            _bare(panel)

    return _svg(draw, 9.6, 0.5 + 1.7 * rows)


def _dots(
    panel: Axes,
    places: list[int],
    groups: Sequence[Group],
    pick: Callable[[Group], Figure | None],
    team: Figure | None,
    title: str,
) -> None:
    for place, group in zip(places, groups, strict=True):
        figure = pick(group)
        if figure is None:
            continue
        if figure.low is not None and figure.high is not None:
            panel.plot([figure.low, figure.high], [place, place], color=SURE, linewidth=2.2, solid_capstyle="butt")
        look: dict[str, Any] = {"color": SURE} if group.enough else {"markerfacecolor": "white", "color": UNSURE}
        panel.plot(figure.value, place, "o", markersize=6.5, clip_on=False, **look)
    if team is not None:
        panel.axvline(team.value, color=TEAM, linewidth=1.1, linestyle=(0, (4, 3)), zorder=0)
    _bare(panel)
    panel.set_title(title, loc="left", fontsize=9.5)


def _spreads(panel: Axes, places: list[int], groups: Sequence[Group], team: Group, title: str) -> None:
    for place, group in zip(places, groups, strict=True):
        if group.talk is None:
            continue
        color = SURE if group.enough else UNSURE
        low, median, high = (100 * value for value in (group.talk.low, group.talk.median, group.talk.high))
        panel.plot([low, high], [place, place], color=color, linewidth=7, alpha=0.3, solid_capstyle="butt")
        panel.plot(median, place, "|", markersize=13, markeredgewidth=2.4, color=color)
    if team.talk is not None:
        panel.axvline(100 * team.talk.median, color=TEAM, linewidth=1.1, linestyle=(0, (4, 3)), zorder=0)
    panel.set_xlim(0, 100)
    _bare(panel)
    panel.set_title(title, loc="left", fontsize=9.5)


def _line(panel: Axes, points: Sequence[Point], every: Sequence[str]) -> None:
    places = [every.index(point.period) for point in points]
    panel.plot(places, [point.balance.value for point in points], color=SURE, linewidth=1.2)
    for place, point in zip(places, points, strict=True):
        figure = point.balance
        if figure.low is not None and figure.high is not None:
            panel.plot([place, place], [figure.low, figure.high], color=SURE, linewidth=2, alpha=0.45)
        face = SURE if point.enough else "white"
        panel.plot(place, figure.value, "o", markersize=5, color=SURE, markerfacecolor=face)


def _bare(panel: Axes) -> None:
    panel.spines[["top", "right", "left"]].set_visible(False)
    panel.tick_params(length=0)
    panel.grid(axis="x", color=LINE, linewidth=0.5)
    panel.set_axisbelow(True)


def _name(name: str, wording: Wording) -> str:
    text = clean(name) or wording.say("week.nobody")
    return text if len(text) <= NAME_WIDTH else f"{text[: NAME_WIDTH - 1]}…"


def _svg(draw: Callable[[Picture], None], width: float, height: float) -> str:
    import logging

    import matplotlib
    from matplotlib.figure import Figure as NewPicture
    from matplotlib.layout_engine import ConstrainedLayoutEngine

    # The reader's own fonts are named first, and need not be here.
    logging.getLogger("matplotlib.font_manager").setLevel(logging.ERROR)
    with matplotlib.rc_context(STYLE):
        # Room at the sides: the reader's font may be wider than the one that is measured here.
        layout = ConstrainedLayoutEngine(rect=(0.03, 0, 0.96, 1), wspace=0.06)
        picture = NewPicture(figsize=(width, height), layout=layout)
        draw(picture)
        file = io.BytesIO()
        picture.savefig(file, format="svg", metadata={"Date": None, "Creator": None})
    return "data:image/svg+xml;base64," + base64.b64encode(file.getvalue()).decode()


def periods_of(calls: pd.DataFrame, column: str) -> list[str]:
    """The periods that have calls, in order."""
    return sorted(period for period in calls[column].unique() if period)
