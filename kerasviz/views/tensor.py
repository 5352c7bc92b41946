"""Any rank: what is drawn when no other view knows the layer's axes."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import ClassVar

from kerasviz.views.base import LayerHead, LayerView, Panel, Record
from kerasviz.views.head import head_of
from kerasviz.views.reduce import MAX_BYTES, drawable, pool, pool_factor, quantise
from kerasviz.wire.messages import Payload

__all__ = ["VIEW", "TensorSlice"]

MAX_SIDE = 1024


@dataclass(frozen=True, slots=True)
class TensorSlice(Payload):
    """Any rank: the two last axes of one sample as a heat map, the others at `index`.

    Tensor: `map` uint8 (rows, columns). `pooled` is how many cells of the layer one cell stands
    for; it shows the strongest of them (largest magnitude, sign kept).
    """

    head: LayerHead
    index: tuple[int, ...]
    pooled: int
    kind: ClassVar[str] = "tensor"


def _supports(record: Record) -> int:
    return 1 if drawable(record.values) else 0


def _build(record: Record, start: int, _count: int) -> Panel:
    """`start` counts through the leading axes, flattened."""
    head = head_of(record)
    values = record.values.reshape((1,) * max(0, 2 - record.values.ndim) + record.values.shape)
    leading = values.shape[:-2]
    picture = values.reshape(-1, *values.shape[-2:])[start]
    k = pool_factor(picture.shape, MAX_BYTES, MAX_SIDE)
    index = tuple(int(i) for i in _unravel(start, leading))
    return Panel(TensorSlice(head, index, k * k), {"map": quantise(pool(picture, k), head.domain)})


def _slices(record: Record) -> int:
    return math.prod(record.values.shape[:-2])


def _unravel(flat: int, shape: tuple[int, ...]) -> tuple[int, ...]:
    index: list[int] = []
    for length in reversed(shape):
        flat, place = divmod(flat, length)
        index.insert(0, place)
    return tuple(index)


VIEW = LayerView(TensorSlice, _supports, _build, _slices)
