"""How all charts look: quiet lines, text in the colour of what stands around them, so that light and dark follow."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import bqplot  # noqa: TID253 - this is the place
import numpy as np
from traitlets import dlink

__all__ = ["BLUE", "GREY", "ORANGE", "axis", "distinct", "figure", "key", "round_ticks", "set_key"]

BLUE, ORANGE = "#5b8db8", "#e0803a"  # readable on white and on black
GREY = "#808080"
_TEXT = {"fill": "currentColor", "font-size": "11px"}


def axis(scale: Any, **options: Any) -> bqplot.Axis:
    """An axis; along y with faint lines across."""
    upright = options.get("side") == "left"
    lines = {"grid_color": "#80808040"} if upright else {"grid_lines": "none"}
    return bqplot.Axis(scale=scale, color=GREY, label_color=GREY, tick_style=_TEXT, **lines, **options)


def round_ticks(values: Any) -> np.ndarray:
    """Round numbers from the least to the largest of these and 0, three to six of them: bqplot divides what there is."""
    around = np.append(np.asarray(values, np.float64), 0.0)
    low, high = around.min(), around.max()
    span = high - low or 1.0
    step = 10.0 ** np.floor(np.log10(span / 5))
    step *= next(factor for factor in (1, 2, 5, 10) if span <= 5 * factor * step * (1 + 1e-9))
    steps = np.arange(np.ceil(low / step - 1e-9), np.floor(high / step + 1e-9) + 1)
    return np.asarray(steps * step + 0.0, np.float32)


def figure(marks: list[Any], axes: list[Any], *, bottom: int = 28, **options: Any) -> bqplot.Figure:
    """A figure as wide as its place."""
    return bqplot.Figure(
        marks=marks,
        axes=axes,
        title="",
        title_style={"fill": "currentColor", "font-size": "12px"},
        background_style={"fill": "transparent"},
        fig_margin={"top": 44, "bottom": bottom, "left": 52, "right": 20},
        padding_x=0.0,
        padding_y=0.0,
        layout={"width": "100%", "height": "220px", "min_width": "320px"},
        animation_duration=0,
        **options,
    )


def key(mark: Any) -> bqplot.Label:
    """What the colours of a mark mean, above the plot: a legend of bqplot lies on what it explains.

    It has the mark's colours also after they were changed.
    """
    scales = {"x": bqplot.LinearScale(min=0.0, max=1.0), "y": bqplot.LinearScale(min=0.0, max=1.0)}
    empty = np.zeros(0, np.float32)
    names = bqplot.Label(
        x=empty, y=empty, text=[], scales=scales, colors=mark.colors, default_size=12, font_weight="bold", align="start",
        apply_clip=False,
    )  # fmt: skip
    dlink((mark, "colors"), (names, "colors"))
    return names


def set_key(names: bqplot.Label, words: list[str]) -> None:
    """Other words, side by side."""
    count = max(3, len(words))
    with names.hold_sync():
        names.x = np.arange(len(words), dtype=np.float32) / count
        names.y = np.full(len(words), 1.1, np.float32)
        names.text = words


def distinct(names: Iterable[tuple[int, str, bool]]) -> list[str]:
    """Names as they fit under a bar, all different: bqplot lays equal names over each other.

    Each comes with its number, and with whether what it stands for is no number.
    """
    found: list[str] = []
    for number, name, lost in names:
        short = name if len(name) <= 14 else name[:13] + "…"
        short += " (NaN)" if lost else ""
        found.append(short if short not in found else f"{short} [{number}]")
    return found
