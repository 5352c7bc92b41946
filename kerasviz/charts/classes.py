"""What a unit answers to each class of the labels, on average over the samples of a scan."""

from __future__ import annotations

from typing import Any

import bqplot  # noqa: TID253 - this is the place
import numpy as np

from kerasviz.charts.base import Chart
from kerasviz.charts.look import BLUE, ORANGE, axis, distinct, figure, round_ticks
from kerasviz.views.base import Panel
from kerasviz.views.unit_data import CLASSES, UnitData

__all__ = ["CHART"]

_MOST = {"en": "({count} strongest of {total})", "zh": "（{total} 个中最强的 {count} 个）"}


def _make() -> bqplot.Figure:
    scales = {"x": bqplot.OrdinalScale(), "y": bqplot.LinearScale()}
    tooltip = bqplot.Tooltip(fields=["x", "y"], labels=["", ""], formats=["", ".5~g"])
    bars = bqplot.Bars(x=[], y=np.zeros(0, np.float32), scales=scales, colors=[BLUE], padding=0.2, tooltip=tooltip)
    return figure([bars], [axis(scales["x"]), axis(scales["y"], side="left", tick_format=".4~g")])


def _update(chart: bqplot.Figure, panel: Panel, language: str) -> None:
    """The class of the sample on the screen has another colour."""
    payload: Any = panel.payload
    shown = next((each for each in payload.figures if each.name == CLASSES), None)
    if shown is None:
        return
    values, along = np.asarray(panel.tensors[CLASSES], np.float32), shown.axes[0]
    bars = chart.marks[0]
    with bars.hold_sync():
        bars.x = distinct((i, label, bool(np.isnan(values[i]))) for i, label in enumerate(along.labels))
        bars.y = np.nan_to_num(values)
        bars.colors = [ORANGE if i == along.chosen else BLUE for i in range(len(values))]
    chart.axes[1].tick_values = round_ticks(bars.y)
    few = payload.classes > len(values)
    title = f"{payload.path}[{payload.unit}]"
    chart.title = title + (f" {_MOST[language].format(count=len(values), total=payload.classes)}" if few else "")


CHART: Any = Chart(UnitData, _make, _update, inside=True)
