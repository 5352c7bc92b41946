"""What the checks of an attribution found: deletion and insertion curves, and what is left when layers unlearn."""

from __future__ import annotations

from typing import Any

import bqplot  # noqa: TID253 - this is the place
import numpy as np

from kerasviz.charts.base import Chart
from kerasviz.charts.look import BLUE, GREY, ORANGE, axis, distinct, figure, key, set_key
from kerasviz.views import evaluation
from kerasviz.views.base import Panel
from kerasviz.views.evaluation import Evaluated
from kerasviz.views.sheet import Figure

__all__ = ["CURVES", "WEIGHTS"]

_COLORS = [ORANGE, BLUE, GREY]
_WORDS = {
    "en": {
        "deletion": "deletion",
        "insertion": "insertion",
        "random_order": "at random",
        "area": "area",
        "share": "share replaced",
        "rank_correlation": "rank correlation",
        "structure": "structure (SSIM)",
    },
    "zh": {
        "deletion": "去掉",
        "insertion": "加入",
        "random_order": "随机",
        "area": "面积",
        "share": "替换比例",
        "rank_correlation": "秩相关",
        "structure": "结构（SSIM）",
    },
}


def _tooltip(form: str) -> bqplot.Tooltip:
    return bqplot.Tooltip(fields=["x", "y"], labels=["", ""], formats=[form, ".5~g"])


def _make_curves() -> bqplot.Figure:
    scales = {"x": bqplot.LinearScale(min=0.0, max=1.0), "y": bqplot.LinearScale()}
    empty = np.zeros((3, 0), np.float32)
    curves = bqplot.Lines(x=empty[0], y=empty, scales=scales, colors=_COLORS, stroke_width=2)
    points = bqplot.Scatter(
        x=empty[0], y=empty[0], scales=scales, colors=[GREY], default_size=14, tooltip=_tooltip(".0%")
    )
    axes = [
        axis(scales["x"], tick_format=".0%", tick_values=np.linspace(0, 1, 5, dtype=np.float32), label_offset="30px"),
        axis(scales["y"], side="left", tick_format=".4~g"),
    ]
    return figure([curves, points, key(curves)], axes, bottom=44, display_toolbar=False)


def _update_curves(chart: bqplot.Figure, panel: Panel, language: str) -> None:
    shown, values = _figure(panel, evaluation.CURVES)
    words = _WORDS[language]
    curves, points, names = chart.marks
    payload: Any = panel.payload
    series = () if shown is None else shown.series
    shares = np.asarray(payload.shares, np.float32)
    with curves.hold_sync():
        curves.x, curves.y = shares, values
    with points.hold_sync():
        points.x, points.y = np.tile(shares, len(series)), values.reshape(-1)
        points.colors = [color for color in curves.colors[: len(series)] for _ in shares] or [GREY]
    parts = zip(series, payload.areas, strict=False)
    set_key(names, [f"{words[name]}, {words['area']} {area:.3g}" for name, area in parts])
    chart.axes[0].label = words["share"]
    if shown is not None:
        curves.scales["y"].min, curves.scales["y"].max = shown.domain.low, shown.domain.high


def _make_weights() -> bqplot.Figure:
    scales = {"x": bqplot.OrdinalScale(), "y": bqplot.LinearScale(min=-1.0, max=1.0)}
    bars = bqplot.Bars(
        x=[], y=np.zeros((1, 0), np.float32), scales=scales, colors=[BLUE, ORANGE], type="grouped", padding=0.3, color_mode="element",
        tooltip=_tooltip(""),
    )  # fmt: skip
    axes = [axis(scales["x"]), axis(scales["y"], side="left", num_ticks=5, tick_format=".4~g")]
    return figure([bars, key(bars)], axes, display_toolbar=False)


def _update_weights(chart: bqplot.Figure, panel: Panel, language: str) -> None:
    shown, values = _figure(panel, evaluation.WEIGHTS)
    labels, lost = shown.axes[0].labels if shown else (), np.isnan(values).any(axis=0)
    bars, names = chart.marks
    with bars.hold_sync():
        bars.x = distinct((i, label, bool(lost[i])) for i, label in enumerate(labels))
        bars.y = np.nan_to_num(values)
    set_key(names, [_WORDS[language][name] for name in (shown.series if shown else ())])


def _figure(panel: Panel, name: str) -> tuple[Figure | None, np.ndarray]:
    """The figure of that name and its numbers, if the checks have it."""
    payload: Any = panel.payload
    found = next((each for each in payload.figures if each.name == name), None)
    values = np.zeros((1, 0), np.float32) if found is None else np.asarray(panel.tensors[name], np.float32)
    return found, values


CURVES: Any = Chart(Evaluated, _make_curves, _update_curves, inside=True)
WEIGHTS: Any = Chart(Evaluated, _make_weights, _update_weights, inside=True)
