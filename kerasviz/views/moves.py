"""Traces of layers that only move numbers: padding, cropping, repeating, reshaping, permuting, joining.

The layer is run, in NumPy, on the numbers of its inputs' cells instead of their values: what comes out is the map.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from kerasviz.views.trace import Box, Job, Place, Trace

__all__ = ["MOVES", "moved"]

NOTHING = -1
Mover = Callable[[Job, list[np.ndarray]], np.ndarray | None]


def moved(job: Job) -> Trace | None:
    """The trace; None where the settings are not understood or do not lead to the layer's shape."""
    numbers, start = [], 0
    for array in job.inputs:
        numbers.append(np.arange(start, start + array.size).reshape(1, *array.shape))
        start += array.size
    found = MOVES[job.kind](job, numbers)
    if found is None or found.shape != (1, *job.shape):
        return None
    cells: np.ndarray = found[0]
    values = np.concatenate([array.reshape(-1) for array in job.inputs])
    output = np.where(cells == NOTHING, np.zeros((), values.dtype), values[cells])
    ends = np.cumsum([array.size for array in job.inputs])

    def boxes(at: Place) -> tuple[Box, ...]:
        cell = int(cells[at])
        if cell == NOTHING:
            return ()
        number = int(np.searchsorted(ends, cell, side="right"))
        within = cell - (int(ends[number - 1]) if number else 0)
        return (Box.cell(number, [int(i) for i in np.unravel_index(within, job.inputs[number].shape)]),)

    return Trace(output, boxes, kept=_kept(job, cells), inside=_inside(cells))


def _kept(job: Job, cells: np.ndarray) -> Box | None:
    """The block of the only input that was kept, where that is not all of it."""
    (array, *others) = job.inputs
    if others or not ("Crop" in job.kind or job.kind == "CenterCrop") or not cells.size:
        return None
    first, last = (np.unravel_index(int(end), array.shape) for end in (cells.min(), cells.max()))
    return Box(0, tuple(map(int, first)), tuple(int(i) + 1 for i in last))


def _inside(cells: np.ndarray) -> Box | None:
    """The block of the output that is not padding, where there is padding."""
    if not cells.size or cells.min() != NOTHING or cells.max() == NOTHING:
        return None
    places = np.nonzero(cells != NOTHING)
    return Box(0, tuple(int(p.min()) for p in places), tuple(int(p.max()) + 1 for p in places))


def _reshape(job: Job, numbers: list[np.ndarray]) -> np.ndarray | None:
    (cells,) = numbers
    return cells.reshape(1, *job.shape) if cells.size == math.prod(job.shape) else None


def _flatten(job: Job, numbers: list[np.ndarray]) -> np.ndarray | None:
    (cells,) = numbers
    if job.settings.get("data_format") == "channels_first" and cells.ndim > 2:
        cells = np.moveaxis(cells, 1, -1)
    return cells.reshape(1, -1)


def _permute(job: Job, numbers: list[np.ndarray]) -> np.ndarray | None:
    return _transposed(numbers[0], (0, *_whole(job.settings.get("dims"))))


def _transpose(job: Job, numbers: list[np.ndarray]) -> np.ndarray | None:
    return _transposed(numbers[0], _whole(job.settings.get("axes")))


def _transposed(cells: np.ndarray, axes: tuple[int, ...]) -> np.ndarray | None:
    axes = tuple(axis % cells.ndim for axis in axes)
    return cells.transpose(axes) if sorted(axes) == list(range(cells.ndim)) and axes[0] == 0 else None


def _repeat_vector(job: Job, numbers: list[np.ndarray]) -> np.ndarray | None:
    (count,) = _whole(job.settings.get("n")) or (0,)
    return np.repeat(numbers[0][:, None], count, axis=1)


def _pad(job: Job, numbers: list[np.ndarray]) -> np.ndarray | None:
    borders = _pairs(job.settings.get("padding"), job.spatial(job.inputs[0]))
    if borders is None:
        return None
    widths = [(0, 0)] * numbers[0].ndim
    for axis, border in borders.items():
        widths[axis + 1] = border
    return np.pad(numbers[0], widths, constant_values=NOTHING)


def _pad_operation(job: Job, numbers: list[np.ndarray]) -> np.ndarray | None:
    widths, mode = job.settings.get("pad_width"), job.settings.get("mode")
    if mode not in ("constant", "reflect", "symmetric") or not isinstance(widths, tuple):
        return None
    if len(widths) != numbers[0].ndim or widths[0] != (0, 0):
        return None
    if mode == "constant":
        return np.pad(numbers[0], widths, constant_values=NOTHING)
    return np.pad(numbers[0], widths, mode=mode)


def _crop(job: Job, numbers: list[np.ndarray]) -> np.ndarray | None:
    borders = _pairs(job.settings.get("cropping"), job.spatial(job.inputs[0]))
    if borders is None:
        return None
    keep = [slice(None)] * numbers[0].ndim
    for axis, (before, after) in borders.items():
        keep[axis + 1] = slice(before, numbers[0].shape[axis + 1] - after)
    return numbers[0][tuple(keep)]


def _center_crop(job: Job, numbers: list[np.ndarray]) -> np.ndarray | None:
    """Only where the picture is large enough: a smaller one would be resized."""
    cells, keep = numbers[0], [slice(None)] * numbers[0].ndim
    for axis, size in zip(
        job.spatial(job.inputs[0]), (job.settings.get("height"), job.settings.get("width")), strict=False
    ):
        length = cells.shape[axis + 1]
        if not isinstance(size, int) or size > length:
            return None
        keep[axis + 1] = slice((length - size) // 2, (length - size) // 2 + size)
    return cells[tuple(keep)]


def _upsample(job: Job, numbers: list[np.ndarray]) -> np.ndarray | None:
    if job.settings.get("interpolation", "nearest") != "nearest":
        return None
    axes, cells = job.spatial(job.inputs[0]), numbers[0]
    for axis, factor in zip(axes, _times(_whole(job.settings.get("size")), len(axes)), strict=False):
        cells = np.repeat(cells, factor, axis=axis + 1)
    return cells


def _repeat(job: Job, numbers: list[np.ndarray]) -> np.ndarray | None:
    axis, count = job.settings.get("axis"), job.settings.get("repeats")
    if not isinstance(axis, int) or not isinstance(count, int) or axis % numbers[0].ndim == 0:
        return None
    return np.repeat(numbers[0], count, axis=axis)


def _flip(job: Job, numbers: list[np.ndarray]) -> np.ndarray | None:
    axes = tuple(axis % numbers[0].ndim for axis in _whole(job.settings.get("axis")))
    return np.flip(numbers[0], axes) if axes and 0 not in axes else None


def _concatenate(job: Job, numbers: list[np.ndarray]) -> np.ndarray | None:
    (axis, *_) = _whole(job.settings.get("axis", -1)) or (0,)
    rank = numbers[0].ndim
    axis %= rank
    rests = {(*n.shape[:axis], *n.shape[axis + 1 :]) for n in numbers if n.ndim == rank}
    if axis == 0 or len(rests) != 1 or any(n.ndim != rank for n in numbers):
        return None
    return np.concatenate(numbers, axis=axis)


def _stack(job: Job, numbers: list[np.ndarray]) -> np.ndarray | None:
    axis = job.settings.get("axis")
    same = len({n.shape for n in numbers}) == 1
    return np.stack(numbers, axis=axis) if same and isinstance(axis, int) and axis % (numbers[0].ndim + 1) else None


def _whole(value: Any) -> tuple[int, ...]:
    """Whole numbers as a tuple; () where they are none."""
    found = value if isinstance(value, list | tuple) else (value,)
    return tuple(found) if all(isinstance(item, int) and not isinstance(item, bool) for item in found) else ()


def _times(values: tuple[int, ...], count: int) -> tuple[int, ...]:
    return values * count if len(values) == 1 else values


def _pairs(value: Any, axes: Sequence[int]) -> dict[int, tuple[int, int]] | None:
    """What stands before and after along each of the axes."""
    if len(axes) == 1 and len(_whole(value)) == 2:
        value = (value,)
    pairs = [_whole(item) for item in value] if isinstance(value, list | tuple) else []
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
