"""What the model says of a sample, as bars: class probabilities, logits or values."""

from __future__ import annotations

from typing import Any

import bqplot  # noqa: TID253 - this is the place
import numpy as np

from kerasviz.charts.base import Chart
from kerasviz.charts.look import BLUE, ORANGE, axis, distinct, figure, round_ticks
from kerasviz.views.base import Panel
from kerasviz.views.prediction import Prediction

__all__ = ["CHART"]

_TITLES = {
    "en": {"probability": "Class probabilities of sample", "logit": "Logits of sample", "value": "Outputs of sample"},
    "zh": {"probability": "类别概率，样本", "logit": "Logits，样本", "value": "输出，样本"},
}
_MOST = {"en": "({count} largest of {total})", "zh": "（{total} 个中最大的 {count} 个）"}


def _make() -> bqplot.Figure:
    x, y = bqplot.OrdinalScale(), bqplot.LinearScale()
    bars = bqplot.Bars(x=[], y=np.zeros(0, np.float32), scales={"x": x, "y": y}, colors=[BLUE], padding=0.2)
    return figure([bars], [axis(x), axis(y, side="left", tick_format=".4~g")])


def _update(figure: bqplot.Figure, panel: Panel, language: str) -> None:
    """The classes keep their order, so that bars stay in place when the sample changes."""
    prediction: Any = panel.payload
    scores = sorted(prediction.scores, key=lambda score: score.index)
    bars = figure.marks[0]
    strongest = prediction.scores[0].index if prediction.scores else None
    values = np.array([0.0 if score.value is None else score.value for score in scores], dtype=np.float32)
    with bars.hold_sync():
        bars.x = distinct((score.index, score.name, score.value is None) for score in scores)
        bars.y = values
        bars.colors = [ORANGE if score.index == strongest else BLUE for score in scores]
    scale = bars.scales["y"]
    probability = prediction.quantity == "probability"
    scale.min, scale.max = (0.0, 1.0) if probability else (None, None)
    figure.axes[1].tick_values = round_ticks([0, 1] if probability else values)
    title = f"{_TITLES[language][prediction.quantity]} {prediction.sample}"
    if prediction.total > len(scores):
        title += " " + _MOST[language].format(count=len(scores), total=prediction.total)
    figure.title = title


CHART: Any = Chart(Prediction, _make, _update)
