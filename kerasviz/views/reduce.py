"""Ship only what is on screen: quantising, pooling and small mosaics.

A heat map travels as uint8 on a `Domain`; colour is applied in the browser. A map that is too
large is pooled by its *strongest* value (largest magnitude, sign kept): a mean would hide a
single bright pixel, and the ends of the legend would never appear in the picture. Pictures say
how many cells one cell stands for.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from kerasviz.wire.messages import Domain

__all__ = [
    "MAX_BYTES",
    "MAX_MAPS",
    "SmallPicture",
    "as_float",
    "domain_of",
    "drawable",
    "mosaic",
    "pool",
    "pool_factor",
    "quantise",
]

MAX_BYTES = 1_000_000  # of one panel's tensors
MAX_MAPS = 64  # of one answer
LOW_END = 0.25  # of the largest: a range that begins below begins at 0, which costs few colours and shows where 0 is
NOT_FINITE = 255  # in a uint8 map
LEVELS = 254  # 0 … 254 run from low to high


def drawable(values: np.ndarray) -> bool:
    """Whether the array holds real numbers, and any."""
    return values.size > 0 and (values.dtype.kind in "buif" or values.dtype.name in _SMALL_FLOATS)


_SMALL_FLOATS = frozenset({"bfloat16", "float8_e4m3fn", "float8_e5m2"})  # kind "V" in ml_dtypes


def as_float(values: np.ndarray) -> np.ndarray:
    """The array as float32 or float64, whichever loses nothing that can be seen."""
    if values.dtype in (np.float32, np.float64):
        return values
    wide = values.dtype.kind in "iu" and values.dtype.itemsize > 2
    return values.astype(np.float64 if wide else np.float32)


def domain_of(values: np.ndarray) -> Domain:
    """The range of the finite values: symmetric about 0 where any is negative, from 0 on where it begins near that."""
    values = as_float(values)
    if not values.size:
        return Domain(0.0, 0.0, signed=False)
    low, high = float(values.min()), float(values.max())
    nans = infs = 0
    if not (math.isfinite(low) and math.isfinite(high)):
        nans, infs = int(np.isnan(values).sum()), int(np.isinf(values).sum())
        finite = values[np.isfinite(values)]
        low, high = (float(finite.min()), float(finite.max())) if finite.size else (0.0, 0.0)
    signed = low < 0
    if signed:
        high = max(-low, high)
        low = -high
    elif low < LOW_END * high:
        low = 0.0
    return Domain(low, high, signed=signed, nans=nans, infs=infs)


def quantise(values: np.ndarray, domain: Domain) -> np.ndarray:
    """uint8 of the same shape: 0 … 254 from `domain.low` to `domain.high`, 255 for not finite."""
    values = as_float(values)
    half = domain.high / 2 - domain.low / 2  # halves: high - low may not fit the dtype
    finite = np.isfinite(values) if domain.nans or domain.infs else None
    if half == 0:
        levels = np.zeros(values.shape, np.uint8)
    else:
        with np.errstate(invalid="ignore", over="ignore", under="ignore"):
            share = (values * 0.5 - domain.low / 2) / half
            if finite is not None:
                share = np.where(finite, share, 0.0)
            levels = np.rint(np.clip(share, 0.0, 1.0) * LEVELS).astype(np.uint8)
    if finite is not None:
        levels[~finite] = NOT_FINITE
    return levels


def pool_factor(shape: Sequence[int], max_cells: int, max_side: int = 4096) -> int:
    """The smallest k for which ⌈height/k⌉ x ⌈width/k⌉ fits, for a shape that ends in height and width."""
    height, width = shape[-2:]
    k = max(1, math.ceil(max(height, width) / max_side))
    while math.ceil(height / k) * math.ceil(width / k) > max(1, max_cells):
        k += 1
    return k


def pool(maps: np.ndarray, k: int) -> np.ndarray:
    """The strongest value of every k x k block of the two last axes; NaN wins over all."""
    if k == 1:
        return maps
    maps = np.ascontiguousarray(as_float(maps))
    low, high = (_pool_axis(_pool_axis(maps, k, -2, join), k, -1, join) for join in (np.minimum, np.maximum))
    strongest: np.ndarray = np.where(-low > high, low, high)
    return strongest


def _pool_axis(maps: np.ndarray, k: int, axis: int, join: np.ufunc) -> np.ndarray:
    """Blocks of k along one axis, the last one maybe shorter; whole slices at once, which NumPy does fast."""
    ordered = maps if axis == -1 else maps.swapaxes(-1, -2)
    found = ordered[..., ::k].copy()
    for offset in range(1, k):
        part = ordered[..., offset::k]
        join(found[..., : part.shape[-1]], part, out=found[..., : part.shape[-1]])
    return found if axis == -1 else found.swapaxes(-1, -2)


@dataclass(frozen=True, slots=True)
class SmallPicture:
    """A layer on its card: `rows` x `columns` tiles, which are `shown` of `total` maps or units."""

    cells: np.ndarray  # (height, width)
    rows: int
    columns: int
    shown: int
    total: int


def mosaic(values: np.ndarray, side: int, *, channels_last: bool = True) -> SmallPicture:
    """A small picture of one sample's values: maps as tiles, a series as a heat map, a vector as a grid.

    Without channels at the end, the tiles are the slices of the two last axes.
    """
    if values.ndim >= 3 and channels_last:
        return _tiles(np.moveaxis(values.reshape(-1, *values.shape[-3:])[0], -1, 0), side)
    if values.ndim >= 3:
        return _tiles(values.reshape(-1, *values.shape[-2:]), side)
    if values.ndim == 2:
        cells = pool(values, pool_factor(values.shape, side * side, side))
        return SmallPicture(cells, 1, 1, values.shape[1], values.shape[1])
    vector = values.reshape(-1)
    columns = _columns(vector.size, side)
    rows = min(side, max(1, vector.size // columns))
    shown = rows * columns
    return SmallPicture(vector[:shown].reshape(rows, columns), 1, 1, shown, vector.size)


def _tiles(maps: np.ndarray, side: int) -> SmallPicture:
    """As many of the first maps side by side as keep some 12 cells each way."""
    count, height, width = maps.shape
    across = max(1, side // min(max(height, width), max(8, side // 4)))
    rows, columns = _grid(count, across)
    k = pool_factor((height, width), side * side, side // columns)
    small = pool(maps[: rows * columns], k)
    tall, wide = small.shape[1:]
    cells = small.reshape(rows, columns, tall, wide).swapaxes(1, 2).reshape(rows * tall, columns * wide)
    return SmallPicture(cells, rows, columns, rows * columns, count)


def _grid(count: int, across: int) -> tuple[int, int]:
    """Rows and columns, at most `across`, that show the most of `count`; nearly square where that is a tie."""
    sizes = [(r, c) for c in range(1, across + 1) for r in range(1, c + 1) if r * c <= count]
    return max(sizes, key=lambda size: (size[0] * size[1], size[0] - size[1]))


def _columns(size: int, side: int) -> int:
    """Columns of a grid for a vector: one row while it fits, else close to a square."""
    if size <= side:
        return max(1, size)
    root = min(side, math.isqrt(size))
    return next((c for c in range(root, max(1, root // 2), -1) if size % c == 0), root)
