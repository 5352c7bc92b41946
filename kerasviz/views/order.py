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
SCANNED = {"selectivity": "selectivity", "sparsity": "zeros", "dead_first": "max"}  # over the data, and what they go by


def order_of(record: Record) -> tuple[np.ndarray | None, Control]:
    """The units in the chosen order (None: by number), and the control to choose it."""
    spread = record.values.ndim > 1
    orders = ORDERS if spread else tuple(order for order in ORDERS if order not in ("mean", "variance"))
    if not (record.layer.dtype or "").startswith(("float", "bfloat")):
        orders = orders[:-1]
    known = _over_data(record)
    order, control = choice(record, "order", (*orders, *known))
    if order == "index":
        return None, control
    if order in known:
        return np.argsort(-np.nan_to_num(known[order], nan=-np.inf), kind="stable").astype(np.int32), control
    rank = -np.nan_to_num(_strength(record, order), nan=-np.inf)
    return np.argsort(rank, kind="stable").astype(np.int32), control


def _over_data(record: Record) -> dict[str, np.ndarray]:
    """What a scan says of the units, one number each, by the names of the orders; nothing where there is none."""
    scan = record.around.scan
    if scan is None or scan.layers[record.layer.path].channels != record.num_units:
        return {}
    known = scan.statistics(record.layer.path)
    found = {order: np.asarray(known[name], np.float64) for order, name in SCANNED.items() if name in known}
    found["dead_first"] = -np.fmax(np.abs(found["dead_first"]), np.abs(known["min"]))  # the nearest to nothing
    return {order: values for order, values in found.items() if np.isfinite(values).any()}


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
