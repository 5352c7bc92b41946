"""RISE."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from typing import Any

import numpy as np

from kerasviz.attribution.base import Found, Method, option
from kerasviz.attribution.baselines import baseline_of, baseline_option
from kerasviz.attribution.masking import masked
from kerasviz.attribution.region import Maps, Region
from kerasviz.attribution.spatial import resize
from kerasviz.attribution.sums import Sums

__all__ = ["Rise"]


@dataclass(frozen=True, kw_only=True)
class Rise(Method):
    """How high the score is when a place is seen: the mean score over random soft masks, weighted by the mask there.

    Petsiuk et al. 2018, https://arxiv.org/abs/1806.07421: E[score(x · M) · M] / E[M]. Only differences within a map mean
    something. It stays noisy below some thousand masks, and large things are found more easily than small ones.
    """

    name = "rise"
    family = "perturbation"
    needs_gradient = False
    signed = False
    num_samples: int = option(500, "Masks", low=1, high=50_000)
    cells: int = option(7, "Cells a side", low=1, high=64)
    share: float = option(0.5, "Share that is kept", low=0.01, high=0.99)
    baseline: Any = baseline_option()
    background: Any = None
    seed: int = option(0, "Seed", low=0)

    def explain(self, region: Region) -> Found:
        base = baseline_of(region, self.baseline, self.background, self.seed)

        def masks(_: np.ndarray, steps: np.ndarray) -> Maps:
            return {key: self._masks(region, key, steps) for key in region.keys}

        sums = Sums(region.question.size)

        def find(done: int) -> Found:
            maps = {key: total / (done * self.share) for key, total in sums.maps.items()}
            return Found(region.spread(maps), base)

        for rows, steps, kept, scores in masked(region, base, self.num_samples, masks):
            sums.add(rows, {key: mask.astype(np.float64) for key, mask in kept.items()}, scores)
            done = int(steps[-1]) + 1
            region.so_far(done, self.num_samples, partial(find, done))
        return find(self.num_samples)

    def _masks(self, region: Region, key: str, steps: np.ndarray) -> np.ndarray:
        """Soft masks, (rows, *sample shape with one channel), each from the seed and its number alone."""
        shape = region.start[key].shape[1:]
        axes = tuple(axis - 1 for axis in region.spatial_axes(key))
        place = region.keys.index(key)
        return np.stack([self._mask(shape, axes, np.random.default_rng((self.seed, place, int(s)))) for s in steps])

    def _mask(self, shape: tuple[int, ...], axes: tuple[int, ...], rng: np.random.Generator) -> np.ndarray:
        if not axes:  # a table: each number for itself
            return (rng.random(shape) < self.share).astype(np.float32)
        cells = [min(self.cells, shape[axis]) for axis in axes]
        sizes = [-(-shape[axis] // count) for axis, count in zip(axes, cells, strict=True)]
        grid = (rng.random([count + 1 for count in cells]) < self.share).astype(np.float32)
        lengths = [(count + 1) * size for count, size in zip(cells, sizes, strict=True)]
        large = resize(grid, lengths, range(len(axes)))
        shifts = [int(rng.integers(size)) for size in sizes]
        cut = tuple(slice(shift, shift + shape[axis]) for shift, axis in zip(shifts, axes, strict=True))
        others = tuple(axis for axis in range(len(shape)) if axis not in axes)
        return np.expand_dims(large[cut], others)
