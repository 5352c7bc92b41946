"""Layers that only move numbers: padding, cropping, repeating, reshaping, permuting, joining.

The layer is run, in NumPy, on the numbers of its inputs' cells instead of their values: what comes out is the map.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

__all__ = ["MOVES", "NOTHING", "Mover", "Route", "cells_of", "whole_numbers"]

NOTHING = -1
"""The number of a cell that came from no input."""


@dataclass(frozen=True, slots=True)
class Route:
    """What a map is made from; shapes are one sample's, `output` says which of several outputs `shape` is of.

    `arguments` are plain values that the call took, by name.
    """

    kind: str
    settings: Mapping[str, Any]
    shapes: tuple[tuple[int, ...], ...]
    shape: tuple[int, ...]
    arguments: Mapping[str, Sequence[Any]] = field(default_factory=dict)
    output: int = 0

    @property
    def spatial(self) -> tuple[int, ...]:
        """The axes of the first input that are neither batch nor channels."""
        first, rank = self.settings.get("data_format") == "channels_first", len(self.shapes[0])
        return tuple(range(1, rank)) if first else tuple(range(rank - 1))


Mover = Callable[[Route, list[np.ndarray]], np.ndarray | None]


def cells_of(route: Route, movers: Mapping[str, Mover] | None = None) -> np.ndarray | None:
    """For each cell of the output the cell of the inputs, counted on from one input to the next, or `NOTHING`.

    None where the settings are not understood or do not lead to the layer's shape.
    """
    numbers, start = [], 0
    for shape in route.shapes:
        size = math.prod(shape)
        numbers.append(np.arange(start, start + size).reshape(1, *shape))
        start += size
    found = (movers or MOVES)[route.kind](route, numbers)
    return found[0] if found is not None and found.shape == (1, *route.shape) else None


def _reshape(route: Route, numbers: list[np.ndarray]) -> np.ndarray | None:
    (cells,) = numbers
    return cells.reshape(1, *route.shape) if cells.size == math.prod(route.shape) else None


def _flatten(route: Route, numbers: list[np.ndarray]) -> np.ndarray | None:
    (cells,) = numbers
    if route.settings.get("data_format") == "channels_first" and cells.ndim > 2:
        cells = np.moveaxis(cells, 1, -1)
    return cells.reshape(1, -1)


def _permute(route: Route, numbers: list[np.ndarray]) -> np.ndarray | None:
    return _transposed(numbers[0], (0, *whole_numbers(route.settings.get("dims"))))


def _transpose(route: Route, numbers: list[np.ndarray]) -> np.ndarray | None:
    return _transposed(numbers[0], whole_numbers(route.settings.get("axes")))


def _transposed(cells: np.ndarray, axes: tuple[int, ...]) -> np.ndarray | None:
    axes = tuple(axis % cells.ndim for axis in axes)
    return cells.transpose(axes) if sorted(axes) == list(range(cells.ndim)) and axes[0] == 0 else None


def _repeat_vector(route: Route, numbers: list[np.ndarray]) -> np.ndarray | None:
    (count,) = whole_numbers(route.settings.get("n")) or (0,)
    return np.repeat(numbers[0][:, None], count, axis=1)


def _pad(route: Route, numbers: list[np.ndarray]) -> np.ndarray | None:
    borders = _pairs(route.settings.get("padding"), route.spatial)
    if borders is None:
        return None
    widths = [(0, 0)] * numbers[0].ndim
    for axis, border in borders.items():
        widths[axis + 1] = border
    return np.pad(numbers[0], widths, constant_values=NOTHING)


def _pad_operation(route: Route, numbers: list[np.ndarray]) -> np.ndarray | None:
    widths, mode = route.settings.get("pad_width"), route.settings.get("mode")
    if mode not in ("constant", "reflect", "symmetric") or not isinstance(widths, tuple):
        return None
    if len(widths) != numbers[0].ndim or widths[0] != (0, 0):
        return None
    if mode == "constant":
        return np.pad(numbers[0], widths, constant_values=NOTHING)
    return np.pad(numbers[0], widths, mode=mode)


def _crop(route: Route, numbers: list[np.ndarray]) -> np.ndarray | None:
    borders = _pairs(route.settings.get("cropping"), route.spatial)
    if borders is None:
        return None
    keep = [slice(None)] * numbers[0].ndim
    for axis, (before, after) in borders.items():
        keep[axis + 1] = slice(before, numbers[0].shape[axis + 1] - after)
    return numbers[0][tuple(keep)]


def _center_crop(route: Route, numbers: list[np.ndarray]) -> np.ndarray | None:
    """Only where the picture is large enough: a smaller one would be resized."""
    cells, keep = numbers[0], [slice(None)] * numbers[0].ndim
    for axis, size in zip(route.spatial, (route.settings.get("height"), route.settings.get("width")), strict=False):
        length = cells.shape[axis + 1]
        if not isinstance(size, int) or size > length:
            return None
        keep[axis + 1] = slice((length - size) // 2, (length - size) // 2 + size)
    return cells[tuple(keep)]


def _upsample(route: Route, numbers: list[np.ndarray]) -> np.ndarray | None:
    if route.settings.get("interpolation", "nearest") != "nearest":
        return None
    axes, cells = route.spatial, numbers[0]
    for axis, factor in zip(axes, _times(whole_numbers(route.settings.get("size")), len(axes)), strict=False):
        cells = np.repeat(cells, factor, axis=axis + 1)
    return cells


def _repeat(route: Route, numbers: list[np.ndarray]) -> np.ndarray | None:
    axis, count = route.settings.get("axis"), route.settings.get("repeats")
    if not isinstance(axis, int) or not isinstance(count, int) or axis % numbers[0].ndim == 0:
        return None
    return np.repeat(numbers[0], count, axis=axis)


def _flip(route: Route, numbers: list[np.ndarray]) -> np.ndarray | None:
    axes = tuple(axis % numbers[0].ndim for axis in whole_numbers(route.settings.get("axis")))
    return np.flip(numbers[0], axes) if axes and 0 not in axes else None


def _concatenate(route: Route, numbers: list[np.ndarray]) -> np.ndarray | None:
    (axis, *_) = whole_numbers(route.settings.get("axis", -1)) or (0,)
    rank = numbers[0].ndim
    axis %= rank
    rests = {(*n.shape[:axis], *n.shape[axis + 1 :]) for n in numbers if n.ndim == rank}
    if axis == 0 or len(rests) != 1 or any(n.ndim != rank for n in numbers):
        return None
    return np.concatenate(numbers, axis=axis)


def _stack(route: Route, numbers: list[np.ndarray]) -> np.ndarray | None:
    axis = route.settings.get("axis")
    same = len({n.shape for n in numbers}) == 1
    return np.stack(numbers, axis=axis) if same and isinstance(axis, int) and axis % (numbers[0].ndim + 1) else None


def whole_numbers(value: Any) -> tuple[int, ...]:
    """Whole numbers as a tuple; () where they are none."""
    found = value if isinstance(value, list | tuple) else (value,)
    return tuple(found) if all(isinstance(item, int) and not isinstance(item, bool) for item in found) else ()


def _times(values: tuple[int, ...], count: int) -> tuple[int, ...]:
    return values * count if len(values) == 1 else values


def _pairs(value: Any, axes: Sequence[int]) -> dict[int, tuple[int, int]] | None:
    """What stands before and after along each of the axes."""
    if len(axes) == 1 and len(whole_numbers(value)) == 2:
        value = (value,)
    pairs = [whole_numbers(item) for item in value] if isinstance(value, list | tuple) else []
    if len(pairs) != len(axes) or any(len(pair) != 2 for pair in pairs):
        return None
    return {axis: (pair[0], pair[1]) for axis, pair in zip(axes, pairs, strict=True)}


MOVES: dict[str, Mover] = {
    "Reshape": _reshape,
    "ExpandDims": _reshape,
    "Squeeze": _reshape,
    "Flatten": _flatten,
    "Permute": _permute,
    "Transpose": _transpose,
    "RepeatVector": _repeat_vector,
    "Repeat": _repeat,
    "Flip": _flip,
    "Pad": _pad_operation,
    "CenterCrop": _center_crop,
    "Concatenate": _concatenate,
    "Stack": _stack,
    **{f"ZeroPadding{d}D": _pad for d in (1, 2, 3)},
    **{f"Cropping{d}D": _crop for d in (1, 2, 3)},
    **{f"UpSampling{d}D": _upsample for d in (1, 2, 3)},
}
