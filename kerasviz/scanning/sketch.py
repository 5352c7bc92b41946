"""How the numbers of many channels are distributed: counts in buckets that are the same for all, so that they merge exactly.

The idea is that of DDSketch (Masson, Rim and Lee, 2019): buckets whose width grows with the number, so that every
quantile is found with the same relative error. Here eight buckets lie between a power of two and the next, linearly:
the bucket of a float32 is then in its bits, no logarithm is taken. Numbers below 2⁻¹⁶ count as 0, those above 2¹⁶ go
into the last bucket (smallest and largest are known exactly from elsewhere).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

__all__ = ["BUCKETS", "RELATIVE_ERROR", "Sketch", "bucket_edges", "buckets_of"]

_OCTAVES, _SHIFT, _PER_OCTAVE = 16, 20, 8  # of a float32, whose mantissa has 23 bits: three of them are kept
_SIDE = 2 * _OCTAVES * _PER_OCTAVE
_FIRST = (127 - _OCTAVES) * _PER_OCTAVE
BUCKETS = 2 * _SIDE + 1
RELATIVE_ERROR = 1 / (2 * _PER_OCTAVE)
"""Of a quantile, at most: half the width of a bucket."""


@dataclass(eq=False, slots=True)
class Sketch:
    """Counts by channel and bucket."""

    counts: np.ndarray  # (channels, BUCKETS) int64, or uint32 while they are gathered

    @classmethod
    def empty(cls, channels: int) -> Sketch:
        """Nothing seen yet."""
        return cls(np.zeros((channels, BUCKETS), np.uint32))

    def add(self, values: np.ndarray, columns: slice) -> None:
        """Count these: (anything, channels) float32; what is not finite is not counted."""
        width = values.shape[-1]
        if not values.size:
            return
        flat = np.ascontiguousarray(values, np.float32).reshape(-1, width)
        buckets = buckets_of(flat)
        buckets += np.arange(width, dtype=np.int32) * BUCKETS
        kept = buckets.reshape(-1)
        finite = np.isfinite(flat)
        if not finite.all():
            kept = buckets[finite]
        counts = np.bincount(kept, minlength=width * BUCKETS).reshape(width, BUCKETS)
        self.counts[columns] += counts.astype(np.uint32)

    def merged(self, other: Sketch) -> Sketch:
        """Both together."""
        return Sketch(self.counts + other.counts)

    def quantile(self, channel: int, shares: np.ndarray) -> np.ndarray:
        """Below which number a share of them lies: the middle of its bucket; NaN where none were counted."""
        counts = self.counts[channel].astype(np.int64)
        below = np.cumsum(counts)
        if not below[-1]:
            return np.full(np.shape(shares), np.nan)
        rank = np.clip(np.ceil(np.asarray(shares) * below[-1]), 1, below[-1])
        edges = bucket_edges()
        middles = (edges[1:] + edges[:-1]) / 2
        return np.asarray(middles[np.searchsorted(below, rank)])


def buckets_of(values: np.ndarray) -> np.ndarray:
    """The bucket of each float32."""
    bits = values.view(np.int32)
    found = bits & 0x7FFFFFFF
    found >>= _SHIFT
    found -= _FIRST - 1
    np.clip(found, 0, _SIDE, out=found)
    np.negative(found, where=bits < 0, out=found)
    found += _SIDE
    return found


def bucket_edges() -> np.ndarray:
    """Where each bucket ends, and where the first begins: (BUCKETS + 1,)."""
    steps = np.arange(_SIDE + 1)
    positive = 2.0 ** (steps // _PER_OCTAVE - _OCTAVES) * (1 + steps % _PER_OCTAVE / _PER_OCTAVE)
    return np.concatenate([-positive[::-1], positive])
