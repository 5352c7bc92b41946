"""Windows along single axes: which cells of the input each place of the output is made of.

Convolutions, their transposes, pooling and resizing are all such tables, one for each axis; a window is their product.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from kerasviz.rules.rule import NoRule

__all__ = [
    "Taps",
    "adaptive",
    "each",
    "grid",
    "is_even",
    "repeated",
    "same_before",
    "sliding",
    "spatial",
    "thin",
    "transposed",
    "whole",
]


@dataclass(frozen=True, eq=False)
class Taps:
    """Along one axis of `length` cells: `cells[place, tap]` is the cell that a tap of a window falls on, -1 for none.

    `shares` are weights of the same shape; None where they are a layer's own, or all alike.
    """

    cells: np.ndarray
    length: int
    shares: np.ndarray | None = None

    def at(self, place: int) -> tuple[np.ndarray, np.ndarray]:
        """The cells of one place, and the taps that fall on them."""
        taps = np.flatnonzero(self.cells[place] >= 0)
        return self.cells[place][taps], taps

    def parts(self, place: int) -> tuple[np.ndarray, np.ndarray]:
        """The cells of one place, each once, and what part of the whole each is; without `shares` all taps count alike."""
        found, taps = self.at(place)
        shares = np.full(len(taps), 1 / max(1, len(taps))) if self.shares is None else self.shares[place][taps]
        cells, which = np.unique(found, return_inverse=True)
        return cells, np.bincount(which, shares, len(cells))

    def back(self, marked: np.ndarray, axis: int) -> np.ndarray:
        """The cells that the marked places along an axis are made of."""
        count = len(self.cells)
        if marked.shape[axis] != count:
            marked = np.broadcast_to(marked, [count if i == axis else n for i, n in enumerate(marked.shape)])
        rows = np.moveaxis(marked, axis, 0)
        live = np.flatnonzero(rows.any(axis=tuple(range(1, rows.ndim))))
        rows, cells = rows[live], self.cells[live]
        found = np.zeros((self.length, *rows.shape[1:]), bool)
        if len(live) <= cells.shape[1]:
            for row, of in zip(rows, cells, strict=True):
                found[of[of >= 0]] |= row
        else:
            for of in cells.T:
                _join(found, rows[of >= 0], of[of >= 0])
        return np.moveaxis(found, 0, axis)


def _join(found: np.ndarray, rows: np.ndarray, cells: np.ndarray) -> None:
    """Adds rows to their cells; neighbours may fall on the same one, later ones never on earlier ones'."""
    if not len(cells):
        return
    starts = np.flatnonzero(np.concatenate([[True], cells[1:] != cells[:-1]]))
    if len(starts) < len(cells):
        rows = np.logical_or.reduceat(rows, starts, axis=0)
    found[cells[starts]] |= rows


def sliding(length: int, count: int, size: int, stride: int = 1, dilation: int = 1, before: int = 0) -> Taps:  # noqa: PLR0913, PLR0917  # what a window is
    """Windows that start `before` cells outside and move by the stride."""
    cells = np.arange(count)[:, None] * stride - before + np.arange(size)[None, :] * dilation
    return Taps(np.where((cells >= 0) & (cells < length), cells, -1), length)


def same_before(length: int, count: int, size: int, stride: int, dilation: int = 1) -> int:
    """How far the first window hangs out with padding "same": what is odd goes behind."""
    return _hanging(length, count, size, stride, dilation) // 2


def _hanging(length: int, count: int, size: int, stride: int, dilation: int = 1) -> int:
    return max(0, (count - 1) * stride + (size - 1) * dilation + 1 - length)


def repeated(length: int, count: int, size: int, stride: int) -> Taps:
    """Padding "same" that repeats the cells of the edges."""
    before = same_before(length, count, size, stride)
    cells = np.arange(count)[:, None] * stride - before + np.arange(size)[None, :]
    return Taps(np.clip(cells, 0, length - 1), length)


def is_even(length: int, count: int, size: int, stride: int) -> bool:
    """Whether padding "same" hangs out as far on both sides."""
    return _hanging(length, count, size, stride) % 2 == 0


def transposed(length: int, count: int, size: int, stride: int, dilation: int, crop: int) -> Taps:  # noqa: PLR0913, PLR0917
    """Each cell spreads a window, `stride` apart; `crop` places are cut off in front."""
    spread = np.arange(count)[:, None] + crop - np.arange(size)[None, :] * dilation
    cells = spread // stride
    return Taps(np.where((spread % stride == 0) & (cells >= 0) & (cells < length), cells, -1), length)


def whole(length: int) -> Taps:
    """One place made of all cells."""
    return Taps(np.arange(length)[None, :], length)


def adaptive(length: int, count: int) -> Taps:
    """As many windows as asked for, of about the same size."""
    places = np.arange(count)
    starts, stops = places * length // count, -(-(places + 1) * length // count)
    cells = starts[:, None] + np.arange((stops - starts).max(initial=0))[None, :]
    return Taps(np.where(cells < stops[:, None], cells, -1), length)


def grid(parts: Sequence[np.ndarray]) -> np.ndarray:
    """All combinations, (n, parts), the last part fastest."""
    return np.stack(np.meshgrid(*parts, indexing="ij"), axis=-1).reshape(-1, len(parts))


def spatial(settings: Mapping[str, Any], ndim: int) -> tuple[tuple[int, ...], int]:
    """The axes of a sample that windows move along, and the axis of channels."""
    if settings.get("data_format") not in ("channels_last", "channels_first"):
        raise NoRule("Its data format is not known.")
    if settings["data_format"] == "channels_first":
        return tuple(range(1, ndim)), 0
    return tuple(range(ndim - 1)), ndim - 1


def each(value: Any, count: int, name: str) -> tuple[int, ...]:
    """A setting with one whole number for each axis."""
    values = (value,) * count if isinstance(value, int) else value
    good = isinstance(values, list | tuple) and len(values) == count and all(isinstance(v, int) for v in values)
    if not good:
        raise NoRule(f"Its setting {name} = {value!r} is not understood.")
    return tuple(values)


def thin(marked: np.ndarray) -> np.ndarray:
    """Without repeating what was only broadcast: those axes have the length 1."""
    return marked[tuple(slice(0, 1) if step == 0 else slice(None) for step in marked.strides)]
