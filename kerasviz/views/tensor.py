"""Any rank: what is drawn when no other view knows the layer's axes."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from kerasviz.views.base import Control, LayerHead, LayerView, Panel, Record
from kerasviz.views.controls import place
from kerasviz.views.head import head_of
from kerasviz.views.reduce import MAX_BYTES, drawable, pool, pool_factor, quantise
from kerasviz.wire.messages import Payload

__all__ = ["VIEW", "TensorSlice"]

MAX_SIDE = 1024


@dataclass(frozen=True, slots=True)
class TensorSlice(Payload):
    """Any rank: the two last axes of one sample as a heat map, the others at `index`, which sliders choose.

    Tensor: `map` uint8 (rows, columns). `pooled` is how many cells of the layer one cell stands
    for; it shows the strongest of them (largest magnitude, sign kept).
    """

    head: LayerHead
    index: tuple[int, ...]
    pooled: int
    kind: ClassVar[str] = "tensor"


def _supports(record: Record) -> int:
    return 1 if drawable(record.values) else 0


def _build(record: Record, _start: int, _count: int) -> Panel:
    values = record.values.reshape((1,) * max(0, 2 - record.values.ndim) + record.values.shape)
    index: list[int] = []
    sliders: list[Control] = []
    for name, length in zip(record.axes, values.shape[:-2], strict=False):
        chosen, slider = place(record, name, length)
        index.append(chosen)
        sliders.append(slider)
    picture = values[tuple(index)]
    k = pool_factor(picture.shape, MAX_BYTES, MAX_SIDE)
    head = head_of(record, *sliders)
    return Panel(TensorSlice(head, tuple(index), k * k), {"map": quantise(pool(picture, k), head.domain)})


VIEW = LayerView(TensorSlice, _supports, _build)
