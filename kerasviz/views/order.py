"""The order of a layer's units on the screen: by number, or by what they did, strongest first."""

from __future__ import annotations

import warnings
from collections.abc import Callable

import numpy as np

from kerasviz.views.base import Control, Record
from kerasviz.views.controls import choice
from kerasviz.views.reduce import as_float

__all__ = ["ORDERS", "order_of"]

ORDERS = ("index", "maximum", "mean", "variance", "gradient_x_activation")


def order_of(record: Record) -> tuple[np.ndarray | None, Control]:
    """The units in the chosen order (None: by number), and the control to choose it."""
    spread = record.values.ndim > 1
    orders = ORDERS if spread else tuple(order for order in ORDERS if order not in ("mean", "variance"))
    if not (record.layer.dtype or "").startswith(("float", "bfloat")):
        orders = orders[:-1]
    order, control = choice(record, "order", orders)
    if order == "index":
        return None, control
    rank = -np.nan_to_num(_strength(record, order), nan=-np.inf)
    return np.argsort(rank, kind="stable").astype(np.int32), control


def _strength(record: Record, order: str) -> np.ndarray:
    """One number per unit; a gradient × activation counts by its size, whatever its sign."""
    values = as_float(record.values).reshape(-1, record.num_units).astype(np.float64)
    with warnings.catch_warnings(), np.errstate(invalid="ignore", over="ignore"):
        warnings.simplefilter("ignore", RuntimeWarning)  # a map without a finite value has no mean: NaN is the answer
        if order == "gradient_x_activation":
            activation = as_float(record.around.activation).astype(np.float64)
            product = activation * as_float(record.around.gradient)
            found: np.ndarray = np.abs(product.reshape(values.shape).sum(axis=0))
            return found
        finite = np.where(np.isfinite(values), values, np.nan)
        by: dict[str, Callable[..., np.ndarray]] = {"maximum": np.nanmax, "mean": np.nanmean, "variance": np.nanvar}
        return by[order](finite, axis=0)
