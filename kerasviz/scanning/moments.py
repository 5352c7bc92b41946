"""Count, mean, variance, smallest, largest and zeros of many channels at once; two of them merge into one.

Means and squared distances are merged after Chan, Golub and LeVeque (1979), in float64: nothing cancels however far the
mean is from zero, and the order of merging changes no more than the last digits.
"""

from __future__ import annotations

from dataclasses import dataclass, fields

import numpy as np

__all__ = ["Moments"]


@dataclass(eq=False, slots=True)
class Moments:
    """One number of each for every channel.

    Attributes:
        count: finite numbers seen.
        nonfinite: numbers seen that are NaN or infinite.
        mean: their mean; NaN where there were none.
        squares: the sum of their squared distances to the mean; NaN where not asked for.
        smallest: NaN where not asked for, or where there were none.
        largest: NaN where there were none.
        zeros: how many are exactly 0; -1 where not asked for.
    """

    count: np.ndarray  # (channels,) int64
    nonfinite: np.ndarray  # (channels,) int64
    mean: np.ndarray  # (channels,) float64
    squares: np.ndarray  # (channels,) float64
    smallest: np.ndarray  # (channels,) float64
    largest: np.ndarray  # (channels,) float64
    zeros: np.ndarray  # (channels,) int64

    @classmethod
    def empty(cls, channels: int) -> Moments:
        """Nothing seen yet."""
        whole, real = np.zeros(channels, np.int64), np.full(channels, np.nan)
        return cls(whole, whole.copy(), real, np.zeros(channels), real.copy(), real.copy(), whole.copy())

    @classmethod
    def single(  # noqa: PLR0913, PLR0917  # the fields
        cls, count: int, nonfinite: int, mean: float, squares: float, ends: tuple[float, float], zeros: int
    ) -> Moments:
        """Of one channel."""
        whole = [np.asarray([number], np.int64) for number in (count, nonfinite, zeros)]
        real = [np.asarray([number], np.float64) for number in (mean, squares, *ends)]
        return cls(whole[0], whole[1], real[0], real[1], real[2], real[3], whole[2])

    def merged(self, other: Moments) -> Moments:
        """Both together."""
        count = self.count + other.count
        some = np.maximum(count, 1)
        one, two = np.nan_to_num(self.mean), np.nan_to_num(other.mean)
        distance = np.where((self.count > 0) & (other.count > 0), two - one, 0.0)
        mean = (one * self.count + two * other.count) / some
        squares = self.squares + other.squares + distance**2 * (self.count / some * other.count)
        zeros = np.where((self.zeros < 0) | (other.zeros < 0), -1, self.zeros + other.zeros)
        return Moments(
            count=count,
            nonfinite=self.nonfinite + other.nonfinite,
            mean=np.where(count > 0, mean, np.nan),
            squares=squares,
            smallest=np.fmin(self.smallest, other.smallest),
            largest=np.fmax(self.largest, other.largest),
            zeros=zeros,
        )

    @property
    def std(self) -> np.ndarray:
        """The standard deviation (of what was seen, not an estimate beyond it)."""
        squares = np.where(self.smallest == self.largest, 0.0, self.squares)
        return np.where(self.count > 0, np.sqrt(np.maximum(squares, 0.0) / np.maximum(self.count, 1)), np.nan)

    @property
    def zero_share(self) -> np.ndarray:
        """The share of zeros; NaN where it was not asked for."""
        known = (self.count > 0) & (self.zeros >= 0)
        return np.where(known, self.zeros / np.maximum(self.count, 1), np.nan)

    def of(self, columns: slice) -> Moments:
        """Those of some channels."""
        return Moments(*(getattr(self, field.name)[columns] for field in fields(self)))
