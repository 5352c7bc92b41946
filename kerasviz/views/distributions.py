"""Distributions on one common axis, as counts that can be drawn as lines."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from kerasviz.views.reduce import as_float
from kerasviz.views.sheet import Along

__all__ = ["histograms"]

FEWEST, BINS = 8, 64


def histograms(arrays: Sequence[np.ndarray], name: str, bins: int = 0) -> tuple[np.ndarray, Along]:
    """The share of each array's finite values in each of the bins, (arrays, bins), and the axis of their middles.

    Few values get few bins (Rice's rule).
    """
    finite = [_finite(array) for array in arrays]
    everything = [values for values in finite if values.size]
    most = max((values.size for values in everything), default=0)
    bins = bins or int(np.clip(2 * most ** (1 / 3), FEWEST, BINS))
    low = min((float(values.min()) for values in everything), default=0.0)
    high = max((float(values.max()) for values in everything), default=1.0)
    if not high > low:
        low, high = low - 0.5, high + 0.5
    edges = np.linspace(low, high, bins + 1)
    counts = [np.histogram(values, edges)[0] / max(1, values.size) for values in finite]
    step = (high - low) / bins
    return np.array(counts, np.float32), Along(name, low + step / 2, step)


def _finite(array: np.ndarray) -> np.ndarray:
    values = as_float(array).reshape(-1).astype(np.float64)
    return values[np.isfinite(values)]
