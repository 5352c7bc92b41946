"""Samples as points, to be drawn around: what a layer makes of them, and numbers that were predicted over the true ones."""

from __future__ import annotations

from typing import Any

import bqplot  # noqa: TID253 - this is the place
import numpy as np
from bqplot.interacts import LassoSelector  # noqa: TID253 - this is the place

from kerasviz.charts.base import Chart, Choose, Filter, Follow
from kerasviz.charts.look import BLUE, GREY, ORANGE, axis, figure
from kerasviz.views.base import Panel
from kerasviz.views.colours import shades
from kerasviz.views.data import Data
from kerasviz.views.projection import ProjectedSample, Projection

__all__ = ["NUMBERS", "PROJECTION"]

_AXES = {"en": "axis {number} ({share:.1%} of the variance)", "zh": "第 {number} 轴（占方差 {share:.1%}）"}
_NUMBERS = {"en": ("true", "predicted"), "zh": ("真实值", "预测值")}


def _make() -> bqplot.Figure:
    """Points, and a ring around the sample on the screen."""
    scales = {"x": bqplot.LinearScale(), "y": bqplot.LinearScale()}
    empty = np.zeros(0, np.float32)
    points = bqplot.Scatter(
        x=empty, y=empty, scales=scales, colors=[BLUE], default_size=22, opacities=[0.75],
        names=np.zeros(0, np.int32), display_names=False, unselected_style={"opacity": "0.1"},
    )  # fmt: skip
    current = bqplot.Scatter(
        x=empty, y=empty, scales=scales, colors=[GREY], fill=False, stroke=GREY, stroke_width=2.5, default_size=160
    )
    axes = [
        axis(scales["x"], label_offset="30px", tick_format=".4~g"),
        axis(scales["y"], side="left", label_offset="40px", tick_format=".4~g"),
    ]
    lasso = LassoSelector(marks=[points], color=ORANGE)
    made = figure([points, current], axes, bottom=44, interaction=lasso)
    made.fig_margin = {"top": 8, "bottom": 44, "left": 56, "right": 8}
    made.padding_x = made.padding_y = 0.03
    made.layout.height, made.layout.min_width = "380px", "0"
    return made


def _update(chart: bqplot.Figure, panel: Panel, language: str) -> None:
    payload: Any = panel.payload
    points, current = chart.marks[:2]
    if isinstance(payload, ProjectedSample):
        at = np.asarray([payload.at or ()], np.float32).reshape(-1, 2)
        with current.hold_sync():
            current.x, current.y = at[:, 0], at[:, 1]
        return
    groups, levels = payload.groups, panel.tensors["levels"]
    if groups:
        colours = [groups[level].colour for level in levels]
    elif payload.domain is not None:
        colours = shades(levels)
    else:
        colours = [BLUE]
    _set(points, panel, colours)
    for number, each in enumerate(chart.axes, 1):
        each.num_ticks = None if payload.explained else 0
        each.label = (
            _AXES[language].format(number=number, share=payload.explained[number - 1]) if payload.explained else ""
        )


def _set(points: bqplot.Scatter, panel: Panel, colours: list[str]) -> None:
    values = panel.tensors["points"]
    with points.hold_sync():
        points.x, points.y = values[:, 0].copy(), values[:, 1].copy()
        points.names, points.colors = panel.tensors["samples"], colours


def _make_numbers() -> bqplot.Figure:
    """With the line on which what is predicted is what is true."""
    made = _make()
    same = bqplot.Lines(
        x=np.zeros(0, np.float32), y=np.zeros(0, np.float32), scales=made.marks[0].scales, colors=[GREY], line_style="dashed",
        stroke_width=1,
    )  # fmt: skip
    made.marks = [*made.marks, same]
    return made


def _update_numbers(chart: bqplot.Figure, panel: Panel, language: str) -> None:
    payload: Any = panel.payload
    points, same = chart.marks[0], chart.marks[2]
    _set(points, panel, [BLUE])
    span = np.asarray([payload.span.low, payload.span.high], np.float32)
    with same.hold_sync():
        same.x, same.y = span, span
    for each, word in zip(chart.axes, _NUMBERS[language], strict=True):
        each.label = word


def _connect(chart: bqplot.Figure, choose: Choose) -> Follow:
    points, lasso = chart.marks[0], chart.interaction
    known: list[Filter] = [None]
    around: list[set[int]] = [set()]  # the samples that were drawn around last

    def is_around(now: Filter) -> bool:
        return now is not None and now["by"] == "points" and set(now["samples"]) == around[0]

    def selected(change: Any) -> None:
        """A selector says None before it says what is selected, and nothing at all where it was taken back."""
        if change["new"] is None:
            return
        picked = np.asarray(change["new"], np.int64).reshape(-1)
        if len(picked):
            samples = [int(sample) for sample in np.asarray(points.names)[picked]]
            if known[0] is None or set(samples) != set(known[0]["samples"]):  # else it is only marked
                around[0] = set(samples)
                choose({"by": "points", "samples": samples})
        elif is_around(known[0]):
            choose(None)
        else:
            mark(known[0])

    def mark(now: Filter) -> None:
        """What is not among the samples of the filter is faint."""
        wanted = () if now is None else now["samples"]
        places = np.flatnonzero(np.isin(np.asarray(points.names), np.asarray(wanted, np.int64)))
        points.selected = places.astype(np.uint32) if len(places) else None

    def follow(now: Filter) -> None:
        known[0] = now
        if around[0] and not is_around(now):
            around[0] = set()
            lasso.reset()
        mark(now)

    points.observe(selected, "selected")
    return follow


def _has_numbers(payload: Any) -> bool:
    return payload.span is not None


PROJECTION: Any = Chart((Projection, ProjectedSample), _make, _update, inside=True, connect=_connect)
NUMBERS: Any = Chart(Data, _make_numbers, _update_numbers, inside=True, shows=_has_numbers, connect=_connect)
