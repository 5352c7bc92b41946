"""What each channel of each layer gave over the samples: from a scan, or gathered here batch by batch.

A scan compiles its reductions into the model: worth it over a data set, and far slower than NumPy over the few hundred
samples that the doctor looks at. Both keep the same `Moments`.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from kerasviz.models.layer_info import LayerInfo
from kerasviz.scanning.moments import Moments
from kerasviz.scanning.scan import Scan

__all__ = ["Channels", "by_channel", "channels_of", "channels_of_scan"]

_CHANNEL = ("channel", "unit", "head")


@dataclass(frozen=True, slots=True)
class Channels:
    """One tensor; the arrays have one number for each channel.

    `first_bad` is the first sample with a number that is not finite, -1 where there is none.
    """

    moments: Moments
    samples: int
    first_bad: int = -1

    @property
    def count(self) -> np.ndarray:
        """How many finite numbers."""
        return self.moments.count

    @property
    def mean(self) -> np.ndarray:
        return self.moments.mean

    @property
    def std(self) -> np.ndarray:
        return self.moments.std

    @property
    def minimum(self) -> np.ndarray:
        return self.moments.smallest

    @property
    def maximum(self) -> np.ndarray:
        return self.moments.largest

    @property
    def bad(self) -> int:
        """How many numbers are not finite."""
        return int(self.moments.nonfinite.sum())

    @property
    def constant(self) -> np.ndarray:
        """The channels that gave one and the same number everywhere."""
        same: np.ndarray = (self.count > 0) & (self.minimum == self.maximum)
        return same

    def merged(self, other: Channels) -> Channels:
        """With the samples that come after these."""
        first = self.first_bad if self.first_bad >= 0 or other.first_bad < 0 else self.samples + other.first_bad
        return Channels(self.moments.merged(other.moments), self.samples + other.samples, first)


def by_channel(array: np.ndarray, info: LayerInfo | None = None) -> np.ndarray:
    """An activation as (numbers of each channel, channels); the last axis counts channels where none is named so."""
    if array.ndim < 2:
        return array.reshape(-1, 1)
    axes = info.axes if info is not None else ()
    moved = np.moveaxis(array, next((axes.index(name) for name in _CHANNEL if name in axes), -1), -1)
    return moved.reshape(-1, moved.shape[-1])


def channels_of(array: np.ndarray, info: LayerInfo | None = None) -> Channels:
    """Those of one batch."""
    if array.dtype.kind != "f" or array.dtype.itemsize == 2:
        array = array.astype(np.float32)  # whole numbers, float16 and bfloat16: to add them up
    finite = np.isfinite(array)
    values, good = by_channel(array, info), by_channel(finite, info)
    bad = np.flatnonzero(~finite.reshape(len(array), -1).all(axis=1))
    if not len(bad):
        moments = _moments(values, np.full(values.shape[1], len(values)))
    else:
        moments = _moments(np.where(good, values, np.nan), good.sum(axis=0))
    return Channels(moments, len(array), int(bad[0]) if len(bad) else -1)


def _moments(values: np.ndarray, count: np.ndarray) -> Moments:
    """Of columns in which what is not finite is NaN."""
    whole = bool((count == len(values)).all())
    some, known = np.maximum(count, 1), count > 0
    total = values.sum(axis=0, dtype=np.float64) if whole else np.nansum(values, axis=0, dtype=np.float64)
    mean = np.where(known, total / some, np.nan)
    distance = values - np.where(known, mean, 0).astype(values.dtype)
    squares = np.einsum("ij,ij->j", distance, distance) if whole else np.nansum(distance**2, axis=0)
    return Moments(
        count=count,
        nonfinite=len(values) - count,
        mean=mean,
        squares=squares.astype(np.float64),
        smallest=np.fmin.reduce(values, axis=0).astype(np.float64),
        largest=np.fmax.reduce(values, axis=0).astype(np.float64),
        zeros=(values == 0).sum(axis=0),
    )


def channels_of_scan(scan: Scan) -> dict[str, Channels]:
    """Every layer that was watched, by path."""
    bad = {each.layer: each.sample for each in scan.nonfinite}
    columns = scan.tally.columns.slices
    return {
        path: Channels(scan.tally.moments.of(columns[path]), scan.num_samples, bad.get(path, -1))
        for path in scan.layers
    }
