"""Where in a sample: the smallest box that holds a share of the evidence, and what a person calls that place."""

from __future__ import annotations

import numpy as np

__all__ = ["SHARE", "Box", "place_name", "smallest_box", "strongest"]

SHARE = 0.5
"""How much of the positive evidence a box has to hold."""

_CELLS = {1: 200, 2: 28, 3: 10}  # along an axis at most: then every box can be tried
_WIDE = 2 / 3  # from here on a box goes all along an axis

Box = tuple[slice, ...]


def smallest_box(values: np.ndarray, share: float = SHARE) -> Box:
    """The box of the smallest size that holds at least `share` of the sum of `values` (none below 0).

    Of several such the one that holds most. Large arrays are looked at in cells.
    """
    edges = [_edges(length, values.ndim) for length in values.shape]
    sums, pairs = values.astype(np.float64), []
    for axis, edge in enumerate(edges):
        starts, stops = np.triu_indices(len(edge), 1)
        whole = np.cumsum(sums, axis=axis)
        whole = np.concatenate([np.zeros_like(whole.take([0], axis)), whole], axis=axis)
        sums = whole.take(edge[stops], axis) - whole.take(edge[starts], axis)
        pairs.append((edge[starts], edge[stops]))
    sizes = np.ones(())
    for starts, stops in pairs:
        sizes = np.multiply.outer(sizes, stops - starts)
    enough = sums >= share * values.sum() * (1 - 1e-9)
    smallest = np.where(enough, sizes, np.inf)
    best = np.where(smallest == smallest.min(), sums, -np.inf).argmax()
    places = np.unravel_index(best, sums.shape)
    return tuple(slice(int(starts[i]), int(stops[i])) for i, (starts, stops) in zip(places, pairs, strict=True))


def _edges(length: int, rank: int) -> np.ndarray:
    """Where cells begin and end along an axis."""
    cells = min(length, _CELLS.get(rank, 5))
    return np.unique(np.rint(np.linspace(0, length, cells + 1)).astype(int))


def place_name(box: Box, shape: tuple[int, ...]) -> str:
    """The key of a word for a box in a picture: "low low" is the upper left."""
    return "place " + " ".join(_side(part, length) for part, length in zip(box, shape, strict=True))


def _side(part: slice, length: int) -> str:
    if part.stop - part.start >= _WIDE * length:
        return "all"
    middle = (part.start + part.stop) / 2 / length
    return "low" if middle < 1 / 3 else "mid" if middle <= 2 / 3 else "high"


def strongest(values: np.ndarray, share: float = SHARE, most: int = 4) -> list[int]:
    """The fewest places that hold `share` of the sum of `values`, the strongest first; not more than `most`."""
    order = np.argsort(-values, kind="stable")
    held = np.cumsum(values[order].astype(np.float64))
    count = int(np.searchsorted(held, share * held[-1] * (1 - 1e-9))) + 1
    return [int(i) for i in order[:count][:most] if values[i] > 0]
