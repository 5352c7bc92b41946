"""Traces of layers that join inputs cell by cell (Add, Multiply, Maximum …) or by products (Dot)."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import reduce
from typing import Any

import numpy as np

from kerasviz.views.trace import Box, Job, Place, Trace

__all__ = ["JOINS", "joined"]

# How a layer joins its inputs, and the size of what it added up.
JOINS: dict[str, str] = {
    "Add": "+", "Subtract": "−", "Multiply": "×", "Divide": "÷", "TrueDivide": "÷",
    "Average": "mean", "Maximum": "max", "Minimum": "min", "Dot": "·",
}  # fmt: skip
_FOLDS: dict[str, Callable[[np.ndarray, np.ndarray], np.ndarray]] = {
    "+": np.add, "−": np.subtract, "×": np.multiply, "÷": np.divide, "mean": np.add, "max": np.maximum, "min": np.minimum,
}  # fmt: skip


def joined(job: Job) -> Trace | None:
    """The trace; None with fewer than two inputs (a constant is not seen) or other shapes than the layer's."""
    if len(job.inputs) < 2:
        return None
    rule = JOINS[job.kind]
    return _dot(job) if rule == "·" else _cell_by_cell(job, rule)


def _cell_by_cell(job: Job, rule: str) -> Trace | None:
    arrays = [array.astype(np.float64) for array in job.inputs]
    aligned = [array.reshape((1,) * (len(job.shape) - array.ndim) + array.shape) for array in arrays]
    if any(array.ndim != len(job.shape) or not _spreads(array.shape, job.shape) for array in aligned):
        return None
    with np.errstate(all="ignore"):
        output = np.broadcast_to(reduce(_FOLDS[rule], aligned), job.shape)
        output = output / len(arrays) if rule == "mean" else output
        size = output if rule in ("×", "÷") else reduce(np.add, map(np.abs, aligned))
    scale = 0.0 if rule in ("max", "min") else float(np.abs(size[np.isfinite(size)]).max(initial=0.0))
    shapes = [array.shape for array in job.inputs]

    def boxes(at: Place) -> tuple[Box, ...]:
        return tuple(Box.cell(number, _narrowed(at, shape)) for number, shape in enumerate(shapes))

    return Trace(output, boxes, rule, scale)


def _spreads(shape: Sequence[int], onto: Sequence[int]) -> bool:
    return all(length in (1, wanted) for length, wanted in zip(shape, onto, strict=True))


def _narrowed(at: Place, shape: Sequence[int]) -> Place:
    """The place in an array that was spread: axes that it lacks are left out, those of length 1 stay at 0."""
    last = at[len(at) - len(shape) :]
    return tuple(0 if length == 1 else place for place, length in zip(last, shape, strict=True))


def _dot(job: Job) -> Trace | None:
    """Sums of products along one axis of each input."""
    one, other = (array.astype(np.float64) for array in job.inputs[:2])
    axes = _dot_axes(job.settings.get("axes"), one.ndim, other.ndim)
    if axes is None or len(job.inputs) != 2 or one.shape[axes[0]] != other.shape[axes[1]]:
        return None
    if job.settings.get("normalize"):
        one, other = _normalised(one, axes[0]), _normalised(other, axes[1])
    output = np.tensordot(one, other, axes)
    if output.size != int(np.prod(job.shape)):
        return None
    whole = output.shape
    sizes = np.tensordot(np.abs(one), np.abs(other), axes)

    def boxes(at: Place) -> tuple[Box, ...]:
        place = [int(i) for i in np.unravel_index(int(np.ravel_multi_index(at, job.shape)), whole)] if whole else []
        left, right = place[: one.ndim - 1], place[one.ndim - 1 :]
        return tuple(
            Box(
                (number),
                (*at[:axis], 0, *at[axis:]),
                (*(i + 1 for i in at[:axis]), length, *(i + 1 for i in at[axis:])),
            )
            for number, (at, axis, length) in enumerate(
                [(left, axes[0], one.shape[axes[0]]), (right, axes[1], other.shape[axes[1]])]
            )
        )

    return Trace(output.reshape(job.shape), boxes, "·", float(sizes.max(initial=0.0)))


def _dot_axes(value: Any, first: int, second: int) -> tuple[int, int] | None:
    """The axes without the batch, which the layer's count."""
    pair = (value, value) if isinstance(value, int) else value
    if not isinstance(pair, tuple) or len(pair) != 2 or not all(isinstance(axis, int) for axis in pair):
        return None
    one, other = pair[0] % (first + 1) - 1, pair[1] % (second + 1) - 1
    return (one, other) if min(one, other) >= 0 else None


def _normalised(array: np.ndarray, axis: int) -> np.ndarray:
    found: np.ndarray = array / np.sqrt(np.maximum((array**2).sum(axis=axis, keepdims=True), 1e-12))
    return found
