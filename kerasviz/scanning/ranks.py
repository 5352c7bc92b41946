"""The k strongest (or weakest) samples of many channels at once; two rankings merge into one.

Ordered by value, equal values by the number of the sample: whatever is merged in whichever order, the same samples win.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

__all__ = ["Ranking", "pack_places", "unpack_place"]

_BITS = 60


@dataclass(eq=False, slots=True)
class Ranking:
    """By rank and channel: value, number of the sample (-1: none yet), place of the value in the sample."""

    values: np.ndarray  # (k, channels) float64, as they are ranked: NaN where none
    samples: np.ndarray  # (k, channels) int64
    places: np.ndarray  # (k, channels) int64, from `pack_places`; -1 where it was not looked up
    sign: int = 1  # 1: the largest first; -1: the smallest

    @classmethod
    def empty(cls, k: int, channels: int, sign: int = 1) -> Ranking:
        """Nothing seen yet."""
        none = np.full((k, channels), -1, np.int64)
        return cls(np.full((k, channels), np.nan), none, none.copy(), sign)

    @property
    def bars(self) -> np.ndarray:
        """What a further sample has to be above (or below) to be among them."""
        if not len(self.values):
            return np.full(self.values.shape[1], np.inf * self.sign)
        last = self.values[-1]
        return np.where(np.isnan(last), -np.inf * self.sign, last)

    def beaten_by(self, values: np.ndarray) -> np.ndarray:
        """Which of these get among them; the samples are later than all that are there."""
        bars = self.bars
        return values > bars if self.sign > 0 else values < bars

    def add(self, values: np.ndarray, samples: np.ndarray, places: np.ndarray | None = None) -> None:
        """Rank these too: (rows, channels), and which samples the rows are; later ones than all that are there."""
        beaten = self.beaten_by(values)
        columns = np.flatnonzero(beaten.any(axis=0))
        if not len(columns):
            return
        given = np.where(beaten, values, np.nan)[:, columns]
        numbers = np.broadcast_to(samples[:, None], given.shape)
        where = np.full(given.shape, -1, np.int64) if places is None else places[:, columns]
        self._rank(columns, given, numbers, where)

    def merged(self, other: Ranking) -> Ranking:
        """The best of both."""
        found = Ranking(self.values.copy(), self.samples.copy(), self.places.copy(), self.sign)
        found._rank(np.arange(self.values.shape[1]), other.values, other.samples, other.places)
        return found

    def _rank(self, columns: np.ndarray, values: np.ndarray, samples: np.ndarray, places: np.ndarray) -> None:
        k = len(self.values)
        values = np.concatenate([self.values[:, columns], values])
        samples = np.concatenate([self.samples[:, columns], samples])
        places = np.concatenate([self.places[:, columns], places])
        missing = np.isnan(values)
        order = np.lexsort((samples, np.where(missing, np.inf, -self.sign * values), missing), axis=0)[:k]
        for mine, all_ in ((self.values, values), (self.samples, samples), (self.places, places)):
            mine[:, columns] = np.take_along_axis(all_, order, axis=0)
        self.samples[:, columns] = np.where(np.isnan(self.values[:, columns]), -1, self.samples[:, columns])

    def of(self, channel: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """Values, samples and places of one channel, best first."""
        some = self.samples[:, channel] >= 0
        return self.values[some, channel], self.samples[some, channel], self.places[some, channel]


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
