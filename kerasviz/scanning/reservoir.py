"""The largest number of each channel in some samples, drawn evenly: for medians and typical samples.

Which samples are drawn is decided by their numbers alone (a hash of them), so that any order and any division of the
work gives the same ones.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

__all__ = ["Reservoir", "hashed"]

MOST = 256


@dataclass(eq=False, slots=True)
class Reservoir:
    """Samples in no order, and a row of channels for each."""

    samples: np.ndarray  # (at most MOST,) int64
    values: np.ndarray  # (samples, channels) float32

    @classmethod
    def empty(cls, channels: int) -> Reservoir:
        """Nothing seen yet."""
        return cls(np.zeros(0, np.int64), np.zeros((0, channels), np.float32))

    def add(self, values: np.ndarray, samples: np.ndarray) -> None:
        """Take those that are drawn of these: (rows, channels)."""
        if len(self.samples) + len(samples) <= MOST:  # all of them
            self.samples = np.concatenate([self.samples, samples])
            self.values = np.concatenate([self.values, values], dtype=np.float32)
            return
        if len(self.samples) < MOST:
            joined = self.merged(Reservoir(samples, values.astype(np.float32)))
            self.samples, self.values = joined.samples, joined.values
            return
        all_samples = np.concatenate([self.samples, samples])
        kept = np.zeros(len(all_samples), bool)
        kept[np.argsort(hashed(all_samples), kind="stable")[:MOST]] = True
        gone, come = np.flatnonzero(~kept[:MOST]), np.flatnonzero(kept[MOST:])
        self.samples[gone], self.values[gone] = samples[come], values[come]

    def merged(self, other: Reservoir) -> Reservoir:
        """Those drawn of both."""
        samples = np.concatenate([self.samples, other.samples])
        order = np.argsort(hashed(samples), kind="stable")[:MOST]
        return Reservoir(samples[order], np.concatenate([self.values, other.values])[order])

    def typical(self, channel: int, k: int) -> tuple[np.ndarray, np.ndarray]:
        """Values and samples of the k nearest to the median, the nearest first."""
        values = self.values[:, channel]
        known = np.isfinite(values)
        values, samples = values[known], self.samples[known]
        if not len(values):
            return values, samples
        order = np.lexsort((samples, np.abs(values - np.median(values))))[:k]
        return values[order], samples[order]


def hashed(numbers: np.ndarray) -> np.ndarray:
    """SplitMix64 of each number: evenly spread, never the same twice."""
    with np.errstate(over="ignore"):
        x = numbers.astype(np.uint64) + np.uint64(0x9E3779B97F4A7C15)
        x = (x ^ (x >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
        x = (x ^ (x >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
        return np.asarray(x ^ (x >> np.uint64(31)))
