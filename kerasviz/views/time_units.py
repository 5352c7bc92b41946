"""Time x unit: recurrent layers that return sequences, 1-D convolutions, embeddings."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from kerasviz.views.base import LayerHead, LayerView, Panel, Record
from kerasviz.views.head import head_of
from kerasviz.views.reduce import MAX_BYTES, pool, pool_factor, quantise
from kerasviz.wire.messages import Payload

__all__ = ["VIEW", "TimeUnits"]

MAX_SIDE = 1024


@dataclass(frozen=True, slots=True)
class TimeUnits(Payload):
    """Time x unit heat map. Tensor: `map` uint8 (time, units) on `head.domain`.

    It starts at unit `start`. `pooled` is how many cells of the layer one cell stands for; it
    shows the strongest of them (largest magnitude, sign kept).
    """

    head: LayerHead
    start: int
    pooled: int
    kind: ClassVar[str] = "time_units"


def _supports(record: Record) -> int:
    return 10 if record.values.ndim == 2 and "time" in record.axes else 0


def _build(record: Record, start: int, _count: int) -> Panel:
    head = head_of(record)
    picture = record.values[:, start:]
    k = pool_factor(picture.shape, MAX_BYTES, MAX_SIDE)
    return Panel(TimeUnits(head, start, k * k), {"map": quantise(pool(picture, k), head.domain)})


VIEW = LayerView(TimeUnits, _supports, _build)
