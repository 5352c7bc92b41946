"""Everything that is gathered of the channels: what a batch adds, and how two of them merge.

All channels of all watched layers stand side by side: first those of layers with positions, then the flat ones, so that
a batch costs some dozens of NumPy calls, not some for each layer.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np

from kerasviz.probes.sweeper import Swept
from kerasviz.probes.watched import Watch
from kerasviz.scanning.by_class import ByClass
from kerasviz.scanning.moments import Moments
from kerasviz.scanning.ranks import Places, Ranking, pack_places
from kerasviz.scanning.reservoir import Reservoir
from kerasviz.scanning.sketch import Sketch

__all__ = ["Columns", "Tally"]

_CANCELLED = 1e-2
"""Below this share of the squares, their float32 sum says too little about the distances to the mean."""


class Columns:
    """Which columns belong to which layer."""

    def __init__(self, watches: Sequence[Watch]) -> None:
        self.watches = tuple(watches)
        self.slices: dict[str, slice] = {}
        at = 0
        for watch in self.watches:
            self.slices[watch.path] = slice(at, at + watch.channels)
            at += watch.channels
        self.total = at
        self.maps = sum(watch.channels for watch in self.watches if watch.has_positions)


@dataclass(eq=False)
class Tally:
    """What was gathered, by column.

    Attributes:
        first_bad: by layer the first sample with a number that is not finite, and how often there was one.
        response: by column the moments of the samples' largest numbers.
    """

    columns: Columns
    moments: Moments
    top: Ranking
    bottom: Ranking
    some: Reservoir
    sketch: Sketch | None
    by_class: ByClass
    left_out: frozenset[str] = frozenset()
    first_bad: dict[str, int] = field(default_factory=dict)

    @classmethod
    def empty(cls, columns: Columns, top_k: int, *, weakest: bool = True, histograms: bool = True) -> Tally:
        """Nothing seen yet."""
        total = columns.total
        return cls(
            columns,
            Moments.empty(total),
            Ranking.empty(top_k, total),
            Ranking.empty(top_k if weakest else 0, total, sign=-1),
            Reservoir.empty(total),
            Sketch.empty(total) if histograms else None,
            ByClass.empty(total),
        )

    def merged(self, other: Tally) -> Tally:
        """Both together; they watch the same."""
        bad = dict(self.first_bad)
        for path, sample in other.first_bad.items():
            bad[path] = min(sample, bad.get(path, sample))
        sketches = None if self.sketch is None or other.sketch is None else self.sketch.merged(other.sketch)
        return Tally(
            self.columns,
            self.moments.merged(other.moments),
            self.top.merged(other.top),
            self.bottom.merged(other.bottom),
            self.some.merged(other.some),
            sketches,
            self.by_class.merged(other.by_class),
            self.left_out | other.left_out,
            bad,
        )


@dataclass(eq=False, slots=True)
class BatchNumbers:
    """One batch as columns: (rows, columns) each."""

    count: np.ndarray  # numbers of the sample that are finite
    largest: np.ndarray  # NaN where there is none
    totals: tuple[np.ndarray, np.ndarray]  # of those with positions, and of the flat ones
    positions: np.ndarray  # (columns,) numbers of a sample
    finite: bool  # all of them

    @property
    def counts(self) -> np.ndarray:
        """(columns,) finite numbers."""
        return self.positions * len(self.count) if self.finite else self.count.sum(axis=0)

    @property
    def sums(self) -> np.ndarray:
        """Of all rows: (columns,)."""
        return np.concatenate([total.sum(axis=0, dtype=np.float64) for total in self.totals])

    @property
    def means(self) -> np.ndarray:
        """Of each sample; NaN where it has no finite number."""
        total = np.concatenate(self.totals, axis=1, dtype=np.float64)
        return np.where(self.count > 0, total / np.maximum(self.count, 1), np.nan)


def spoilt(columns: Columns, before: Moments, swept: Swept) -> bool:
    """Whether something in a batch asks for the careful way: numbers that are not finite, squares that cancel."""
    if "count" in swept.reduced or not swept.reduced:
        return False
    total, squares = swept.reduced["total"], swept.reduced.get("squares")
    if not np.isfinite(total).all() or not np.isfinite(swept.reduced["largest"]).all():
        return True
    return squares is not None and (not np.isfinite(squares).all() or _cancels(columns, before, swept))


def _cancels(columns: Columns, before: Moments, swept: Swept) -> bool:
    """Whether with this batch the distances to the mean are a small share of the squares, in a channel that varies."""
    maps, total = slice(0, columns.maps), swept.reduced["total"]
    count = len(total) * _positions(swept, columns)[maps]
    mean = total.sum(axis=0, dtype=np.float64) / count
    batch = swept.reduced["squares"].sum(axis=0, dtype=np.float64)
    before = before.of(maps)
    distances = before.squares + np.maximum(batch - count * mean**2, 0.0)
    all_squares = before.squares + before.count * np.nan_to_num(before.mean) ** 2 + batch
    largest = np.fmax(before.largest, swept.reduced["largest"].max(axis=0))
    smallest = np.fmin(before.smallest, swept.reduced["smallest"].min(axis=0))
    return bool(((distances < _CANCELLED * all_squares) & (largest > smallest)).any())


def add_batch(tally: Tally, swept: Swept, samples: np.ndarray, *, moments: bool = True) -> BatchNumbers:
    """Add a batch, with or without squares, smallest numbers and zeros; gives what else is read off it."""
    numbers = _read(tally.columns, swept)
    _note_bad(tally, numbers, samples)
    tally.left_out |= swept.left_out
    tally.moments = tally.moments.merged(_moments(numbers, swept.reduced, tally.columns.maps, more=moments))
    largest = numbers.largest.astype(np.float32, copy=False)
    tally.top.add(largest, samples, _places(tally.columns, swept))
    tally.bottom.add(largest, samples)
    tally.some.add(largest, samples)
    if tally.sketch is not None:
        _add_histograms(tally.sketch, tally.columns, swept)
    return numbers


def _positions(swept: Swept, columns: Columns) -> np.ndarray:
    """How many numbers of each column a sample has."""
    found = np.ones(columns.total)
    for path, grid in swept.grids.items():
        found[columns.slices[path]] = np.prod(grid, dtype=np.float64)
    return found


def _read(columns: Columns, swept: Swept) -> BatchNumbers:
    positions = _positions(swept, columns)
    flat, whole, reduced, maps = swept.flat, swept.flat, swept.reduced, columns.maps
    shape = (len(flat), maps)
    finite = "count" not in reduced and bool(np.isfinite(flat).all())
    if finite:
        count = np.broadcast_to(positions, (len(flat), columns.total))
    else:
        fine = np.isfinite(flat)
        flat, whole = np.where(fine, flat, np.nan), np.where(fine, flat, 0.0)
        count = np.concatenate([reduced.get("count", np.broadcast_to(positions[:maps], shape)), fine], axis=1)
    none = np.zeros(shape, flat.dtype)
    largest = np.concatenate([reduced.get("largest", none), flat], axis=1)
    if not finite:
        largest[np.isinf(largest)] = np.nan
    return BatchNumbers(count, largest, (reduced.get("total", none), whole), positions, finite)


def _moments(numbers: BatchNumbers, reduced: dict[str, np.ndarray], maps: int, *, more: bool) -> Moments:
    count, largest = numbers.counts, numbers.largest
    mean = numbers.sums / np.maximum(count, 1)
    squares, smallest = np.full(len(count), np.nan), np.full(len(count), np.nan)
    zeros = np.full(len(count), -1, np.int64)
    if more:
        flat = largest[:, maps:]
        distance = flat - mean[maps:]
        squares[maps:] = np.nansum(np.square(distance, out=distance), axis=0)
        smallest[maps:] = np.fmin.reduce(flat, axis=0)
        zeros[maps:] = (flat == 0).sum(axis=0)
    if more and maps:
        squares[:maps] = _map_squares(numbers, reduced, mean[:maps], maps)
        low = reduced["smallest"].min(axis=0).astype(np.float64)
        smallest[:maps] = np.where(np.isinf(low), np.nan, low)
        zeros[:maps] = count[:maps] - reduced["others"].sum(axis=0, dtype=np.float64)
    nonfinite = numbers.positions * len(largest) - count
    return Moments(
        count.astype(np.int64), np.round(nonfinite).astype(np.int64), np.where(count > 0, mean, np.nan),
        squares, smallest, (np.max if numbers.finite else np.fmax.reduce)(largest, axis=0), zeros,
    )  # fmt: skip


def _map_squares(numbers: BatchNumbers, reduced: dict[str, np.ndarray], mean: np.ndarray, maps: int) -> np.ndarray:
    """Squared distances to the mean of the batch."""
    squares = reduced["squares"].sum(axis=0, dtype=np.float64)
    count, total = numbers.count[:, :maps], numbers.totals[0].astype(np.float64)
    if "count" not in reduced:
        return np.asarray(np.maximum(squares - count.sum(axis=0) * mean**2, 0.0))
    own = total / np.maximum(count, 1)
    return np.asarray(squares + (count * (own - mean) ** 2).sum(axis=0))


def _note_bad(tally: Tally, numbers: BatchNumbers, samples: np.ndarray) -> None:
    if numbers.finite:
        return
    bad = numbers.count < numbers.positions
    for path, columns in tally.columns.slices.items():
        rows = np.flatnonzero(bad[:, columns].any(axis=1))
        if len(rows):
            first = int(samples[rows[0]])
            tally.first_bad[path] = min(first, tally.first_bad.get(path, first))


def _places(columns: Columns, swept: Swept) -> Places | None:
    """Where the largest numbers are, packed; asked for the few that get into the ranking."""
    found = swept.reduced.get("position")
    if found is None:
        return None

    def places(rows: np.ndarray, at: np.ndarray) -> np.ndarray:
        packed = np.full(len(at), -1, np.int64)
        for path, grid in swept.grids.items():
            its = columns.slices[path]
            part = slice(*np.searchsorted(at, (its.start, its.stop)))
            packed[part] = pack_places(found[rows[part], at[part]], grid)
        return packed

    return places


def _add_histograms(sketch: Sketch, columns: Columns, swept: Swept) -> None:
    for path, values in swept.drawn.items():
        sketch.add(values, columns.slices[path])
    sketch.add(swept.flat, slice(columns.maps, columns.total))
