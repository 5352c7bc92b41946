"""Which steps of a sequence a layer was told to skip: masks that reached it as inputs, or that a layer before made."""

from __future__ import annotations

import numpy as np

from kerasviz.views.base import Record
from kerasviz.views.reduce import as_float

__all__ = ["mask_behind", "masks_given", "own_order"]

_FAR = 100  # layers to look back


def own_order(record: Record) -> np.ndarray:
    """The values as the model has them: a record's have their channels moved to the end."""
    if record.axes == record.own_axes or not record.axes:
        return record.values
    return np.moveaxis(record.values, -1, record.own_axes.index(record.axes[-1]))


def masks_given(record: Record) -> list[np.ndarray]:
    """The masks among a layer's inputs (a functional model's graph has them), True where a step counts."""
    return [own_order(each).astype(bool) for each in record.around.inputs if each.values.dtype.kind == "b"]


def mask_behind(record: Record) -> np.ndarray | None:
    """The mask that the nearest layer before makes, found by following first inputs; whether it was used is not told.

    In a model with its own `call` a mask travels unseen: whoever takes this has to check what comes of it.
    """
    for _ in range(_FAR):
        if not record.around.inputs:
            return None
        before = record.around.inputs[0]
        settings = record.around.settings if record.layer.kind in ("Masking", "Embedding") else {}
        if record.layer.kind == "Masking":
            values = own_order(before)
            made: np.ndarray = np.any(values != np.asarray(settings.get("mask_value", 0.0), values.dtype), axis=-1)
            return made
        if settings.get("mask_zero"):
            tokens: np.ndarray = as_float(own_order(before)) != 0
            return tokens
        record = before
    return None
