"""Maps of a layer with two spatial axes: convolution, pooling, normalisation over images."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from kerasviz.views.base import LayerHead, LayerView, Panel, Record
from kerasviz.views.head import head_of
from kerasviz.views.reduce import MAX_BYTES, MAX_MAPS, as_float, pool, pool_factor, quantise
from kerasviz.wire.messages import Payload

__all__ = ["VIEW", "FeatureMaps"]


@dataclass(frozen=True, slots=True)
class FeatureMaps(Payload):
    """Maps `start … start+n` of a layer with two spatial axes.

    Tensors: `maps` uint8 (n, height, width), on `head.domain`; `minimum`, `maximum`, `mean`
    float32 (n,) over the finite values of the whole map, NaN where there is none. `pooled` is
    how many cells of the layer one cell of a map stands for (1 = all): it shows the strongest
    of them (largest magnitude, sign kept).
    """

    head: LayerHead
    start: int
    pooled: int
    kind: ClassVar[str] = "feature_maps"


def _supports(record: Record) -> int:
    return 10 if record.values.ndim == 3 and record.axes[-1:] == ("channel",) else 0


def _build(record: Record, start: int, count: int) -> Panel:
    head = head_of(record)
    maps = np.moveaxis(record.values, -1, 0)[start : start + min(count, MAX_MAPS)]
    k = pool_factor(maps.shape, (MAX_BYTES - 12 * len(maps)) // max(1, len(maps)))
    tensors = {"maps": quantise(pool(maps, k), head.domain), **_statistics(maps)}
    return Panel(FeatureMaps(head, start, k * k), tensors)


def _statistics(maps: np.ndarray) -> dict[str, np.ndarray]:
    """Extremes and mean of each map's finite values."""
    flat = as_float(maps).reshape(len(maps), -1)
    finite = np.isfinite(flat)
    some = finite.any(axis=1)
    safe = np.where(finite, flat, 0)
    with np.errstate(invalid="ignore", divide="ignore", over="ignore"):
        figures = {
            "minimum": np.where(finite, flat, np.inf).min(axis=1),
            "maximum": np.where(finite, flat, -np.inf).max(axis=1),
            "mean": safe.sum(axis=1, dtype=np.float64) / finite.sum(axis=1),
        }
        return {name: np.where(some, values, np.nan).astype(np.float32) for name, values in figures.items()}


VIEW = LayerView(FeatureMaps, _supports, _build)
