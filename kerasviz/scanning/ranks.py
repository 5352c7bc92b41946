"""The k strongest (or weakest) samples of many channels at once; two rankings merge into one.

Ordered by value, equal values by the number of the sample: whatever is merged in whichever order, the same samples win.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

__all__ = ["Places", "Ranking", "pack_places", "unpack_place"]

_BITS = 60
_MANY = 3  # so many times k that beat the bars are sifted once more before they are sorted

Places = Callable[[np.ndarray, np.ndarray], np.ndarray]
"""The packed places of the numbers in these rows and columns; columns ascend."""


@dataclass(eq=False, slots=True)
class Ranking:
    """By rank and channel: value, number of the sample (-1: none yet), place of the value in the sample."""

    values: np.ndarray  # (k, channels) float32: NaN where none
    samples: np.ndarray  # (k, channels) int64
    places: np.ndarray  # (k, channels) int64, from `pack_places`; -1 where it was not looked up
    sign: int = 1  # 1: the largest first; -1: the smallest

    @classmethod
    def empty(cls, k: int, channels: int, sign: int = 1) -> Ranking:
        """Nothing seen yet."""
        none = np.full((k, channels), -1, np.int64)
        return cls(np.full((k, channels), np.nan, np.float32), none, none.copy(), sign)

    @property
    def bars(self) -> np.ndarray:
        """What a further sample has to be above (or below) to be among them."""
        if not len(self.values):
            return np.full(self.values.shape[1], np.inf * self.sign, np.float32)
        last = self.values[-1]
        return np.where(np.isnan(last), np.float32(-np.inf * self.sign), last)

    def beaten_by(self, values: np.ndarray) -> np.ndarray:
        """Which of these get among them; the samples are later than all that are there."""
        bars = self.bars
        return values > bars if self.sign > 0 else values < bars

    def add(self, values: np.ndarray, samples: np.ndarray, places: Places | None = None) -> None:
        """Rank these too: (rows, channels) float32, and which samples the rows are, ascending and later than all there are.

        Only those that get among them are sorted, mostly few; only of those that stay the place is asked for.
        """
        if not len(self.values):
            return
        beaten = self.beaten_by(values)
        columns = np.flatnonzero(beaten.any(axis=0))
        if not len(columns):
            return
        k, mask = len(self.values), np.ascontiguousarray(beaten[:, columns].T)
        if mask.sum() > _MANY * k * len(columns):
            mask &= _among(np.ascontiguousarray(values[:, columns].T), k, self.sign)
        owners, rows = np.divmod(np.flatnonzero(mask), mask.shape[1])  # many times as fast as `nonzero` of two axes
        counts = mask.sum(axis=1)
        starts = np.cumsum(counts) - counts
        joined = np.full((len(columns), k + counts.max()), np.nan, np.float32)
        joined[:, :k] = self.values[:, columns].T
        joined[owners, k + np.arange(len(owners)) - starts[owners]] = values[rows, columns[owners]]
        order = _best(joined, k, self.sign)
        best = np.take_along_axis(joined, order, axis=1)
        known = ~np.isnan(best)
        new = (order >= k) & known
        came = rows[(starts[:, None] + order - k)[new]]
        at = np.broadcast_to(columns[:, None], new.shape)[new]
        found = (samples[came], -1 if places is None else places(came, at))
        for mine, given in zip((self.samples, self.places), found, strict=True):
            kept = np.take_along_axis(mine[:, columns].T, np.minimum(order, k - 1), axis=1)
            kept[new] = given
            mine[:, columns] = np.where(known, kept, -1).T
        self.values[:, columns] = best.T

    def merged(self, other: Ranking) -> Ranking:
        """The best of both."""
        joined = np.concatenate([self.values, other.values])
        missing, samples = np.isnan(joined), np.concatenate([self.samples, other.samples])
        keys = (samples, np.where(missing, np.inf, -self.sign * joined.astype(np.float64)), missing)
        order = np.lexsort(keys, axis=0)[: len(self.values)]
        places = np.concatenate([self.places, other.places])
        values, samples, places = (np.take_along_axis(each, order, axis=0) for each in (joined, samples, places))
        missing = np.isnan(values)
        return Ranking(values, np.where(missing, -1, samples), np.where(missing, -1, places), self.sign)

    def of(self, channel: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """Values, samples and places of one channel, best first."""
        some = self.samples[:, channel] >= 0
        return self.values[some, channel].astype(np.float64), self.samples[some, channel], self.places[some, channel]


def _among(values: np.ndarray, k: int, sign: int) -> np.ndarray:
    """Which are no worse than the k-th best of their row; NaN is worst."""
    known = np.where(np.isnan(values), np.float32(-sign * np.inf), values)
    at = values.shape[1] - k if sign > 0 else k - 1
    bars = np.partition(known, at, axis=1)[:, at, None]
    return known >= bars if sign > 0 else known <= bars


def _best(values: np.ndarray, k: int, sign: int) -> np.ndarray:
    """Which are the k best of each row, the best first, of equal ones the first; NaN is worst.

    Value and index are packed into one whole number, for NumPy sorts those many times as fast as by an index.
    """
    width = values.shape[1]
    bits = ((values if sign > 0 else -values) + np.float32(0)).view(np.int32)  # -0 becomes 0
    ascending = (bits ^ ((bits >> 31) & 0x7FFFFFFF)).astype(np.int64)
    ascending[np.isnan(values)] = -(2**31)
    keys = (ascending << 32) | (width - 1 - np.arange(width))
    best = np.sort(np.partition(keys, width - k, axis=1)[:, width - k :], axis=1)[:, ::-1]
    return np.asarray(width - 1 - (best & 0xFFFFFFFF))


def pack_places(flat: np.ndarray, grid: tuple[int, ...]) -> np.ndarray:
    """Places in a grid as one number each, whatever the grid's lengths are: they may differ from batch to batch."""
    if len(grid) == 1:
        return flat.astype(np.int64)
    found = np.zeros(flat.shape, np.int64)
    for index in np.unravel_index(np.clip(flat, 0, max(1, int(np.prod(grid))) - 1), grid):
        found = (found << (_BITS // len(grid))) | index
    return found


def unpack_place(place: int, axes: int) -> tuple[int, ...]:
    """The place as an index for each axis; () where it was not looked up."""
    if place < 0 or not axes:
        return ()
    bits = _BITS // axes if axes > 1 else _BITS
    return tuple(int(place) >> (bits * (axes - 1 - axis)) & ((1 << bits) - 1) for axis in range(axes))
