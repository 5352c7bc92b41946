"""What the model says of a sample, as bars: class probabilities, logits or values."""

from __future__ import annotations

from typing import Any

import bqplot  # noqa: TID253 - this is the place
import numpy as np

from kerasviz.charts.base import Chart
from kerasviz.views.prediction import ClassScore, Prediction

__all__ = ["CHART"]

_COLOR = "#5b8db8"  # readable on white and on black
_STRONGEST = "#e0803a"
_TITLES = {"probability": "Class probabilities", "logit": "Logits", "value": "Outputs"}
_GREY = "#808080"  # for lines and text: the same on light and on dark


def _make() -> bqplot.Figure:
    x, y = bqplot.OrdinalScale(), bqplot.LinearScale()
    text = {"fill": _GREY, "font-size": "11px"}
    axes = [
        bqplot.Axis(scale=x, grid_lines="none", color=_GREY, tick_style=text),
        bqplot.Axis(
            scale=y, side="left", num_ticks=5, tick_format=".4~g", grid_color="#80808040", color=_GREY, tick_style=text
        ),
    ]
    bars = bqplot.Bars(x=[], y=np.zeros(0, np.float32), scales={"x": x, "y": y}, colors=[_COLOR], padding=0.2)
    return bqplot.Figure(
        marks=[bars],
        axes=axes,
        title="",
        title_style={"fill": _GREY, "font-size": "12px"},
        background_style={"fill": "transparent"},
        fig_margin={"top": 44, "bottom": 28, "left": 52, "right": 12},
        padding_x=0.0,
        padding_y=0.0,
        layout={"width": "100%", "height": "220px", "min_width": "320px"},
        animation_duration=0,
    )


def _update(figure: bqplot.Figure, prediction: Prediction) -> None:
    """The classes keep their order, so that bars stay in place when the sample changes."""
    scores = sorted(prediction.scores, key=lambda score: score.index)
    bars = figure.marks[0]
    strongest = prediction.scores[0].index if prediction.scores else None
    values = np.array([0.0 if score.value is None else score.value for score in scores], dtype=np.float32)
    with bars.hold_sync():
        bars.x = _names(scores)
        bars.y = values
        bars.colors = [_STRONGEST if score.index == strongest else _COLOR for score in scores]
    scale = bars.scales["y"]
    probability = prediction.quantity == "probability"
    scale.min, scale.max = (0.0, 1.0) if probability else (None, None)
    title = f"{_TITLES.get(prediction.quantity, 'Outputs')} of sample {prediction.sample}"
    if prediction.total > len(scores):
        title += f" ({len(scores)} largest of {prediction.total})"
    figure.title = title


def _names(scores: list[ClassScore]) -> list[str]:
    """Names as they fit under a bar, all different: bqplot lays equal names over each other."""
    names: list[str] = []
    for score in scores:
        name = score.name if len(score.name) <= 14 else score.name[:13] + "…"
        name += " (NaN)" if score.value is None else ""
        names.append(name if name not in names else f"{name} [{score.index}]")
    return names


CHART: Any = Chart(Prediction, _make, _update)
