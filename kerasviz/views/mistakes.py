"""Which samples of a scan are worth a look: cells of the confusion matrix, and orders with the most telling first."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

import numpy as np

from kerasviz.errors import InputError

if TYPE_CHECKING:
    from kerasviz.scanning.scan import Scan

__all__ = ["MOST_WALKED", "Order", "chosen_by", "form_of", "in_cells", "orders"]

MOST_WALKED = 1000  # samples of an order that can be walked through
_CLASSES = 8  # predicted classes with rows of their own, where there are no labels
_Form = Literal["classes", "numbers", "unlabelled", "several", "none"]


@dataclass(frozen=True, slots=True)
class Order:
    """Samples with the most telling first; `values` are what they are ordered by.

    `of` is the predicted class that all of them have, -1 where they are of any.
    """

    name: str
    of: int
    rows: np.ndarray  # int64: places in the scan's outcomes
    values: np.ndarray  # float64


def form_of(scan: Scan) -> _Form:
    """What can be said: of "classes" or "numbers" with labels, of classes without, or of "several" answers a sample."""
    known = scan.outcomes
    if scan.confusion is not None and np.isfinite(known.labels).any():
        return "classes"
    if scan.labels_are == "multi-label":
        return "several"
    if (known.predicted >= 0).any():
        return "unlabelled"
    return "numbers" if np.isfinite(known.labels).any() else "none"


def orders(scan: Scan) -> list[Order]:
    """All there are for such answers."""
    known, form = scan.outcomes, form_of(scan)
    found: list[Order] = []
    lead = known.confidence - known.second_confidence
    every = np.ones(len(known), bool)
    if form == "classes":
        wrong = np.isfinite(known.labels) & (known.predicted >= 0) & (known.predicted != known.labels)
        found += [_sorted("mistakes", wrong, lead, largest=True), _sorted("unsure", known.predicted >= 0, lead)]
    if form == "numbers":
        found.append(_sorted("errors", every, np.abs(known.confidence - known.labels), largest=True))
    if form == "unlabelled":
        found.append(_sorted("unsure", known.predicted >= 0, lead))
        classes, counts = np.unique(known.predicted[known.predicted >= 0], return_counts=True)
        for each in classes[np.argsort(-counts, kind="stable")][:_CLASSES]:
            mine = known.predicted == each
            found.append(_sorted("sure", mine, lead, largest=True, of=int(each)))
            found.append(_sorted("unsure", mine, lead, of=int(each)))
    if form != "none" and np.isfinite(known.loss).any():
        found.append(_sorted("loss", every, known.loss, largest=True))
    return [order for order in found if len(order.rows)]


def _order_named(scan: Scan, name: str, of: int) -> Order:
    """One of them."""
    found = next((order for order in orders(scan) if (order.name, order.of) == (name, of)), None)
    if found is None:
        names = ", ".join(sorted({repr(order.name) for order in orders(scan)})) or "none"
        raise InputError(f"Samples by {name!r} were asked for. In this scan there are: {names}. Choose one of those.")
    return found


def in_cells(scan: Scan, cells: list[tuple[int, int]]) -> np.ndarray:
    """The samples of some (label, predicted), in the order of their numbers."""
    known = scan.outcomes
    chosen = np.zeros(len(known), bool)
    for label, predicted in cells:
        chosen |= (known.labels == label) & (known.predicted == predicted)
    found: np.ndarray = known.samples[chosen]
    return found


def _sorted(name: str, which: np.ndarray, values: np.ndarray, *, largest: bool = False, of: int = -1) -> Order:
    rows = np.flatnonzero(which & np.isfinite(values))
    ranked = rows[np.argsort(-values[rows] if largest else values[rows], kind="stable")]
    return Order(name, of, ranked, values[ranked])


def chosen_by(scan: Scan, wanted: Mapping[str, Any]) -> np.ndarray:
    """The samples of cells, or the first ones of an order."""
    if wanted.get("by") == "cells":
        return in_cells(scan, [(int(label), int(predicted)) for label, predicted in wanted["cells"]])
    order = _order_named(scan, str(wanted.get("name")), int(wanted.get("of", -1)))
    first: np.ndarray = scan.outcomes.samples[order.rows[:MOST_WALKED]]
    return first
