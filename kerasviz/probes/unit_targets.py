"""A unit of any layer as the target: the score is what that unit gives.

The index is handed to the compiled function as numbers: another unit of the layer costs no new trace. Where an
index leaves an axis open (`...` or `:`), the score is the sum along it: `unit("conv2d", (..., 5))` is all of map 5.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from types import EllipsisType
from typing import Any

import keras
import numpy as np

from kerasviz.errors import TargetError
from kerasviz.models.layer_info import LayerInfo
from kerasviz.probes.targets import Target, pick

__all__ = ["Unit", "name_of_unit", "resolve_unit", "unit", "unit_named", "unit_score"]

OPEN = -1  # in the index of a unit: all along this axis
Shape = tuple[int | None, ...]


@dataclass(frozen=True, slots=True)
class Unit:
    """One number, or a sum of several, of a layer's output."""

    layer: Any
    index: Any


def unit(layer: Any, index: Any) -> Unit:
    """A unit of any layer, to be passed as `target`.

    Args:
        layer: a path, or the layer itself.
        index: where in the layer's output, without the batch: a number, a tuple with one for each axis, or an array
            (batch, axes) with one for each sample. `...` and `slice(None)` in a tuple: the sum along these axes.

    Example:
        >>> import keras, numpy as np, kerasviz as kv
        >>> hidden = keras.layers.Dense(2, kernel_initializer="ones", name="hidden")
        >>> model = keras.Sequential([keras.Input((3,)), hidden, keras.layers.Dense(1)])
        >>> kv.attribute(model, np.array([[1.0, 2, 3]]), "gradient-x-input", target=kv.unit("hidden", 0)).values
        array([[1., 2., 3.]], dtype=float32)
    """
    return Unit(layer, index)


def resolve_unit(
    target: Unit, info: LayerInfo, batch_size: int, actual: Callable[[], Shape]
) -> tuple[Target, np.ndarray]:
    """The constant part and the indices, (batch, axes); -1 where the axis is summed.

    `actual` gives the layer's shape for these samples, where the layer does not say it.
    """
    path = info.path
    if not (info.dtype or "").startswith(("float", "bfloat")):
        raise TargetError(
            f"A unit of {path!r} was given as target; that layer gives {info.dtype}, and a score has to be a float. "
            "Choose a layer after it."
        )
    shape = (info.output_shape or ())[1:]
    rows = _rows(target, shape, batch_size)
    if rows is None:
        raise TargetError(
            f"The unit {target.index!r} of {path!r} was given as target; {_expected(shape)} was expected, for all samples "
            f"({batch_size}) or one for each. The output of {path!r} has the shape {_shown(shape)}."
        )
    if None in shape:
        shape = actual()[1:]
    for axis, length in enumerate(shape):
        wrong = [int(i) for i in rows[:, axis] if i != OPEN and not 0 <= i < (length or 0)]
        if wrong:
            raise TargetError(
                f"The unit {target.index!r} of {path!r} was given as target; the index {wrong[0]} is out of range: the output "
                f"has the shape {_shown(shape)}. Choose {_expected(shape)}."
            )
    return Target(0, "auto", layer=path, summed=tuple(bool(i == OPEN) for i in rows[0])), rows


def name_of_unit(path: str, row: np.ndarray) -> str:
    """A row of what `resolve_unit` gives in one word: `conv2d[3, 4, 5]`, and `conv2d[:, :, 5]` where axes are summed."""
    return f"{path}[{', '.join(':' if i == OPEN else str(i) for i in row)}]"


def unit_named(name: str) -> Unit:
    """The unit that is called so; the same for all ways to write it."""
    path, bracket, rest = name.rpartition("[")
    parts = [part.strip() for part in rest.removesuffix("]").split(",")]
    if not bracket or not rest.endswith("]") or not all(part == ":" or part.isdecimal() for part in parts):
        raise TargetError(
            f"{name!r} was given as target. A unit is called by its layer and its index, e.g. 'conv2d[3, 4, 5]'; "
            "choose one so, or pass kerasviz.unit(layer, index)."
        )
    open_axes = [i for i, part in enumerate(parts) if part == ":"]
    index: list[Any] = [slice(None) if part == ":" else int(part) for part in parts]
    if open_axes and open_axes == list(range(open_axes[0], open_axes[-1] + 1)):
        index[open_axes[0] : open_axes[-1] + 1] = [...]
    return Unit(path, index[0] if len(index) == 1 and not open_axes else tuple(index))


def unit_score(target: Target, tensor: Any, indices: Any) -> tuple[Any, Any, Any]:
    """What to differentiate, one score per sample, and the indices. Runs inside compiled code."""
    ops = keras.ops
    if keras.backend.standardize_dtype(tensor.dtype) != "float64":
        tensor = ops.cast(tensor, "float32")
    summed = tuple(axis + 1 for axis, is_open in enumerate(target.summed) if is_open)
    if summed:
        tensor = ops.sum(tensor, axis=summed)
    kept = [axis for axis, is_open in enumerate(target.summed) if not is_open]
    flat = ops.reshape(tensor, (ops.shape(tensor)[0], -1))
    position = ops.zeros_like(indices[:, :1])
    for axis, length in zip(kept, ops.shape(tensor)[1:], strict=True):
        position = position * length + indices[:, axis : axis + 1]
    return *pick(flat, position), indices


def _rows(target: Unit, shape: Shape, batch_size: int) -> np.ndarray | None:
    """(batch, axes), or None where the index does not fit."""
    index, rank = target.index, len(shape)
    if not isinstance(index, tuple):
        given = np.asarray(index)
        if given.dtype.kind not in "iu":
            return None
        if given.ndim == 0 and rank == 1:
            return np.full((batch_size, 1), given, np.int32)
        fits = given.shape == (batch_size, rank) and given.size > 0
        if fits and given.min() < 0:
            return None
        return given.astype(np.int32) if fits else None
    entries = _spelled_out(index, rank)
    if entries is None or rank == 0:
        return None
    return np.broadcast_to(np.array(entries, np.int32), (batch_size, rank)).copy()


def _spelled_out(index: tuple[Any, ...], rank: int) -> list[int] | None:
    """One number for each axis, -1 for open ones; None where that is not what it says."""
    dots = sum(isinstance(entry, EllipsisType) for entry in index)
    missing = rank - (len(index) - dots)
    if dots > 1 or missing < 0 or (not dots and missing):
        return None
    found: list[int] = []
    for entry in index:
        if isinstance(entry, EllipsisType):
            found += [OPEN] * missing
        elif isinstance(entry, slice) and entry == slice(None):
            found.append(OPEN)
        elif isinstance(entry, int | np.integer) and not isinstance(entry, bool) and entry >= 0:
            found.append(int(entry))
        else:
            return None
    return found


def _expected(shape: Shape) -> str:
    parts = [f"0 … {length - 1}" if length else "0 …" for length in shape]
    return parts[0] if len(parts) == 1 else f"({', '.join(parts)})"


def _shown(shape: Shape) -> str:
    return "(batch" + "".join(f", {'any' if length is None else length}" for length in shape) + ")"
