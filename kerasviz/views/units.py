"""A vector of units as bars: dense layers, global pooling, the last state of a recurrent layer."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from kerasviz.views.base import LayerHead, LayerView, Panel, Record
from kerasviz.views.head import head_of
from kerasviz.views.order import order_of
from kerasviz.views.reduce import as_float
from kerasviz.wire.messages import Payload

__all__ = ["VIEW", "Units"]

MAX_UNITS = 4096  # of one answer: 16 kB


@dataclass(frozen=True, slots=True)
class Units(Payload):
    """A vector of units as bars, in the chosen order.

    Tensors: `values` float32 (n,), from place `start` on; `order` int32, all units as they stand,
    left out where that is by number.
    """

    head: LayerHead
    start: int
    kind: ClassVar[str] = "units"


def _supports(record: Record) -> int:
    return 10 if record.values.ndim <= 1 else 0


def _build(record: Record, start: int, count: int) -> Panel:
    order, control = order_of(record)
    values = as_float(record.values.reshape(-1))
    values = (values if order is None else values[order])[start : start + min(count, MAX_UNITS)]
    with np.errstate(over="ignore"):
        tensors = {"values": values.astype(np.float32)}
    if order is not None:
        tensors["order"] = order[:MAX_UNITS]
    return Panel(Units(head_of(record, control), start), tensors)


VIEW = LayerView(Units, _supports, _build)
