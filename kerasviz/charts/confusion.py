"""The confusion matrix: labels down, predictions across; a click on a cell leaves its samples alone."""

from __future__ import annotations

from typing import Any

import bqplot  # noqa: TID253 - this is the place
import numpy as np

from kerasviz.charts.base import Chart, Choose, Filter, Follow
from kerasviz.charts.look import axis, distinct, figure
from kerasviz.views.base import Panel
from kerasviz.views.data import Data

__all__ = ["CHART"]

_WORDS = {"en": ("predicted", "label"), "zh": ("预测", "标签")}
# see-through, so that the page's own text is read on every cell (4.5:1 and more), on light and on dark pages
_RIGHT, _EMPTY, _WRONG = "rgba(91, 141, 184, 0.7)", "rgba(128, 128, 128, 0.06)", "rgba(224, 128, 58, 0.65)"
_TEXT = "var(--kv-text, gray)"
_LARGEST = 380  # pixels across the cells
_WRITTEN = 14  # classes whose counts are written into the cells


def _make() -> bqplot.Figure:
    scales = {
        "row": bqplot.OrdinalScale(reverse=True),
        "column": bqplot.OrdinalScale(),
        "color": bqplot.ColorScale(min=-1.0, mid=0.0, max=1.0, colors=[_RIGHT, _EMPTY, _WRONG]),
    }
    cells = bqplot.GridHeatMap(
        color=np.zeros((2, 2), np.float32), row=[" ", "  "], column=[" ", "  "], scales=scales, stroke="transparent", null_color="transparent",
        interactions={}, selected_style={"stroke": "currentColor", "stroke-width": "2.5px"},
    )  # fmt: skip
    cells.classes = ()
    counts = bqplot.Label(
        x=[], y=[], text=[], scales={"x": scales["column"], "y": scales["row"]}, colors=[_TEXT], default_size=11,
        font_weight="normal", align="middle",
    )  # fmt: skip
    axes = [
        axis(scales["column"], label_offset="30px"),
        axis(scales["row"], side="left", label_offset="40px"),
    ]
    axes[1].grid_lines = "none"
    # a toolbar would lie on the cells at the upper right
    return figure([cells, counts], axes, bottom=44, display_toolbar=False)


def _update(chart: bqplot.Figure, panel: Panel, language: str) -> None:
    """Right ones are blue by their share of the label's samples, wrong ones orange by their share of the largest of them."""
    payload: Any = panel.payload
    table = np.asarray(panel.tensors["confusion"], np.float32)
    cells, counts = chart.marks
    names = distinct(
        (number, name, False) for number, name in zip(payload.confusion.classes, payload.confusion.names, strict=True)
    )
    cells.classes = payload.confusion.classes
    with cells.hold_sync():
        cells.selected = None
        cells.color, cells.row, cells.column = shades(table), names, names
    count = len(names)
    rows, columns = np.nonzero(table) if count <= _WRITTEN else ((), ())
    with counts.hold_sync():
        counts.x, counts.y = [names[i] for i in columns], [names[i] for i in rows]
        counts.text = [f"{int(table[row, column])}" for row, column in zip(rows, columns, strict=True)]
    chart.axes[0].label, chart.axes[1].label = _WORDS[language]
    widest = max((len(name) for name in names), default=1)
    left = min(110, 34 + 7 * widest)
    chart.fig_margin = {"top": 6, "bottom": 44, "left": left, "right": 6}
    side = min(_LARGEST, max(200, 34 * count))
    chart.layout.height, chart.layout.width = f"{side + 50}px", f"{side + left + 6}px"
    chart.layout.min_width, chart.layout.max_width = "0", "100%"
    chart.axes[1].label_offset = f"{left - 16}px"
    chart.axes[0].tick_rotate = -40 if widest > 5 else 0


def shades(table: np.ndarray) -> np.ndarray:
    """Right ones from 0 to -1, wrong ones from 0 to 1; half of the way goes to telling one from none."""
    wrong = table - np.diag(np.diag(table))
    shares = table / np.maximum(table.sum(axis=1, keepdims=True), 1)
    found = np.where(wrong > 0, 0.15 + 0.85 * wrong / max(1.0, float(wrong.max())), 0.0)
    right = np.diag(shares)
    np.fill_diagonal(found, np.where(right > 0, -(0.15 + 0.85 * right), 0.0))
    return found.astype(np.float32)


def _connect(chart: bqplot.Figure, choose: Choose) -> Follow:
    """Bqplot's own way to select a cell sends what its Python half cannot read: a click is told apart from it."""
    cells = chart.marks[0]

    def leave(places: list[list[int]]) -> None:
        choose({"by": "cells", "cells": [[cells.classes[row], cells.classes[column]] for row, column in places]})

    def clicked(_: Any, event: Any) -> None:
        names = list(cells.row)
        leave([[names.index(event["data"]["row"]), names.index(event["data"]["column"])]])

    def selected(change: Any) -> None:
        if change["new"] is not None:
            leave(np.asarray(change["new"]).reshape(-1, 2).tolist())

    def follow(now: Filter) -> None:
        places = {number: place for place, number in enumerate(cells.classes)}
        shown = now["cells"] if now is not None and now["by"] == "cells" else []
        inside = [[places[label], places[said]] for label, said in shown if label in places and said in places]
        cells.selected = np.asarray(inside, np.int32) if inside else None

    cells.on_element_click(clicked)
    cells.observe(selected, "selected")
    return follow


def _shows(payload: Any) -> bool:
    return payload.confusion is not None


CHART: Any = Chart(Data, _make, _update, inside=True, shows=_shows, connect=_connect)
