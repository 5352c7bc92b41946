"""What each channel of each layer gave over the samples: gathered batch by batch, so that memory stays flat."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np

from kerasviz.models.layer_info import LayerInfo

__all__ = ["Channels", "Gathering", "by_channel", "channel_axis"]

_CHANNEL = ("channel", "unit")


@dataclass(frozen=True, slots=True)
class Channels:
    """One layer's output; every array has one number for each channel, float64.

    `count` is of numbers that are finite, in each channel; `zeros` and `ends` are shares of them: exactly zero, and
    nearer to the ends of the function's range than `Gathering.ends` says.
    """

    count: np.ndarray
    mean: np.ndarray
    std: np.ndarray
    minimum: np.ndarray
    maximum: np.ndarray
    zeros: np.ndarray
    ends: np.ndarray
    samples: int
    nans: int = 0
    infinities: int = 0
    first_bad: int = -1
    """The first sample (place in the batch) with a number that is not finite; -1: none."""

    @property
    def constant(self) -> np.ndarray:
        """The channels that gave one and the same number everywhere."""
        same: np.ndarray = (self.count > 0) & (self.minimum == self.maximum)
        return same


def channel_axis(info: LayerInfo) -> int:
    """The axis whose places are channels: the one that is named so, else the last."""
    named = [axis for axis, name in enumerate(info.axes) if name in _CHANNEL]
    return named[-1] if named else -1


def by_channel(array: np.ndarray, info: LayerInfo) -> np.ndarray:
    """An activation as (numbers of each channel, channels)."""
    if array.ndim < 2:
        return array.reshape(-1, 1)
    moved = np.moveaxis(array, channel_axis(info), -1)
    return moved.reshape(-1, moved.shape[-1])


@dataclass(slots=True)
class Gathering:
    """Adds batches up. `ends`: a number below the first or above the second is at the end of the range."""

    info: LayerInfo
    ends: tuple[float, float] | None = None
    _sums: list[np.ndarray] = field(default_factory=list)
    _low: np.ndarray | None = None
    _high: np.ndarray | None = None
    _samples: int = 0
    _nans: int = 0
    _infinities: int = 0
    _first_bad: int = -1

    def add(self, array: np.ndarray) -> None:
        """One batch of activations."""
        if array.dtype.kind != "f" or array.dtype.itemsize == 2:
            array = array.astype(np.float32)
        finite = np.isfinite(array)
        whole = bool(finite.all())
        if not whole:
            self._note_bad(array, finite)
        values = by_channel(array, self.info)
        good = None if whole else by_channel(finite, self.info)
        self._samples += len(array)
        self._merge(values, good)

    def _note_bad(self, array: np.ndarray, finite: np.ndarray) -> None:
        nans = int(np.isnan(array).sum())
        self._nans += nans
        self._infinities += int((~finite).sum()) - nans
        if self._first_bad < 0:
            rows = ~finite.reshape(len(array), -1).all(axis=1)
            self._first_bad = self._samples + int(np.flatnonzero(rows)[0])

    def _merge(self, values: np.ndarray, good: np.ndarray | None) -> None:
        kept = values if good is None else np.where(good, values, 0)
        count = np.full(values.shape[1], len(values)) if good is None else good.sum(axis=0)
        zeros = (kept == 0).sum(axis=0) - (len(values) - count)
        ends = np.zeros(values.shape[1])
        if self.ends is not None:
            ends = ((kept < self.ends[0]) | (kept > self.ends[1])).sum(axis=0)
        squares = np.einsum("ij,ij->j", kept, kept, dtype=np.float64)
        found = [count, kept.sum(axis=0, dtype=np.float64), squares, zeros, ends]
        low = values.min(axis=0) if good is None else np.where(good, values, np.inf).min(axis=0)
        high = values.max(axis=0) if good is None else np.where(good, values, -np.inf).max(axis=0)
        if self._low is None or self._high is None:
            self._sums, self._low, self._high = [np.asarray(each, np.float64) for each in found], low, high
            return
        self._sums = [before + each for before, each in zip(self._sums, found, strict=True)]
        self._low, self._high = np.minimum(self._low, low), np.maximum(self._high, high)

    def result(self) -> Channels:
        """What was gathered."""
        count, total, squares, zeros, ends = self._sums
        n = np.maximum(count, 1)
        mean = total / n
        variance = np.maximum(squares / n - mean**2, 0)
        low, high = np.asarray(self._low, np.float64), np.asarray(self._high, np.float64)
        return Channels(
            count, mean, np.sqrt(variance), low, high, zeros / n, ends / n, self._samples,
            self._nans, self._infinities, self._first_bad,
        )  # fmt: skip
