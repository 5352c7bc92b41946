"""Charts: a view's payload as a bqplot figure. The only place that imports bqplot.

A new chart is one file plus one line here, or an entry point in the group `kerasviz.charts`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from kerasviz.registry import Registry

if TYPE_CHECKING:
    from kerasviz.charts.base import Chart

__all__ = ["CHARTS"]

CHARTS: Registry[Chart] = Registry(
    "chart",
    {
        "probabilities": "kerasviz.charts.probabilities:CHART",
        "response per class": "kerasviz.charts.classes:CHART",
        "deletion and insertion": "kerasviz.charts.checks:CURVES",
        "randomised weights": "kerasviz.charts.checks:WEIGHTS",
        "confusion": "kerasviz.charts.confusion:CHART",
        "predicted and true": "kerasviz.charts.points:NUMBERS",
        "projection": "kerasviz.charts.points:PROJECTION",
    },
    group="kerasviz.charts",
)
