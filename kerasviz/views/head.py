"""From the engine's activation to a record, and from a record to a payload's head."""

from __future__ import annotations

import numpy as np

from kerasviz.views.base import Control, LayerHead, LayerLike, Record
from kerasviz.views.reduce import domain_of, drawable
from kerasviz.wire.messages import Domain

__all__ = ["head_of", "record_of"]

_LAST = ("channel", "unit")


def record_of(layer: LayerLike, activation: np.ndarray, sample: int) -> Record:
    """One sample's record: the batch axis dropped, the channels moved to the end.

    An array whose first axis is not a batch of one (it was folded into another axis) is taken
    as it is, its axes unnamed.
    """
    values = np.asarray(activation)
    batched = values.ndim > 0 and values.shape[0] == 1
    values = values[0] if batched else values
    axes = layer.axes[1:] if batched and len(layer.axes) == values.ndim + 1 else ()
    own = tuple(axes) or tuple(f"axis_{i + 1}" for i in range(values.ndim))
    shape, shown = values.shape, own
    last = next((own.index(name) for name in _LAST if name in own), None)
    if last is not None and last != values.ndim - 1:
        values = np.moveaxis(values, last, -1)
        shown = (*own[:last], *own[last + 1 :], own[last])
    return Record(layer, sample, values, shown, shape, own)


def head_of(record: Record, *controls: Control, domain: Domain | None = None, code: str = "") -> LayerHead:
    """What every layer payload starts with; the panel adds the aspects and the code."""
    if domain is None:
        domain = domain_of(record.values) if drawable(record.values) else Domain(0.0, 0.0, signed=False)
    return LayerHead(
        path=record.layer.path,
        layer_kind=record.layer.kind,
        sample=record.sample,
        shape=record.shape,
        axes=record.own_axes,
        dtype=record.values.dtype.name,
        domain=domain,
        num_units=record.num_units,
        controls=controls,
        code=code,
    )
