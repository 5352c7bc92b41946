"""Occlusion."""

from __future__ import annotations

import itertools
import math
from dataclasses import dataclass
from typing import Any

import numpy as np

from kerasviz.attribution.base import Found, Method, option
from kerasviz.attribution.baselines import baseline_of, baseline_option
from kerasviz.attribution.masking import masked_scores
from kerasviz.attribution.region import Maps, Region
from kerasviz.errors import OptionError

__all__ = ["Occlusion"]


@dataclass(frozen=True, kw_only=True)
class Occlusion(Method):
    """How much the score falls when a window is covered: score(x) - score(x with the window replaced by the baseline).

    Zeiler & Fergus 2013, https://arxiv.org/abs/1311.2901. Each number gets the mean over the windows that cover it. The
    covered sample is one the model never saw; things that stand in for each other get nothing, each being spared.
    """

    name = "occlusion"
    family = "perturbation"
    needs_gradient = False
    window: Any = option(None, "Window")
    stride: Any = option(None, "Stride")
    baseline: Any = baseline_option()
    background: Any = None
    seed: int = option(0, "Seed", low=0)

    def rows(self, region: Region) -> int:
        return sum(len(self._windows(region, key).corners) for key in region.keys)

    def explain(self, region: Region) -> Found:
        base = baseline_of(region, self.baseline, self.background, self.seed)
        windows = {key: self._windows(region, key) for key in region.keys}
        counts = [len(of.corners) for of in windows.values()]
        before = dict(zip(windows, np.cumsum([0, *counts[:-1]]), strict=True))

        def masks(_: np.ndarray, steps: np.ndarray) -> Maps:
            return {key: ~of.cover(steps - before[key]) for key, of in windows.items()}

        scores = masked_scores(region, base, sum(counts), masks)
        falls = region.question.scores[:, None] - scores
        means = {}
        for key, of in windows.items():
            own = falls[:, before[key] : before[key] + len(of.corners)]
            means[key] = of.sums(own) / np.maximum(of.sums(np.ones((1, own.shape[1]))), 1)
        return Found(region.spread(means), base)

    def _windows(self, region: Region, key: str) -> _Windows:
        shape = region.start[key].shape[1:]
        axes = tuple(axis - 1 for axis in region.spatial_axes(key))
        default = [max(1, round(shape[axis] / 8)) if key in region.question.inputs else 1 for axis in axes]
        if not axes:  # a table: number by number
            axes = tuple(range(len(shape)))
            default = [1] * len(shape)
        sizes = _each(self.window, "window", default)
        strides = _each(self.stride, "stride", [max(1, size // 2) for size in sizes])
        starts = [
            np.arange(max(0, math.ceil((shape[axis] - size) / stride)) + 1) * stride
            for axis, size, stride in zip(axes, sizes, strides, strict=True)
        ]
        corners = np.stack(np.meshgrid(*starts, indexing="ij"), axis=-1).reshape(-1, len(axes))
        return _Windows(corners, sizes, axes, tuple(n if i in axes else 1 for i, n in enumerate(shape)))


@dataclass(frozen=True, slots=True)
class _Windows:
    """Where the windows of one input lie; channels, which are covered together, count as one."""

    corners: np.ndarray  # (windows, axes)
    sizes: list[int]
    axes: tuple[int, ...]
    shape: tuple[int, ...]

    def cover(self, steps: np.ndarray) -> np.ndarray:
        """What each window covers, (rows, *shape) bool; nothing where the step is another input's."""
        own = (steps >= 0) & (steps < len(self.corners))
        begins = self.corners[np.clip(steps, 0, len(self.corners) - 1)]
        found = own.reshape(-1, *(1,) * len(self.shape))
        for axis, begin, size in zip(self.axes, begins.T, self.sizes, strict=True):
            places = np.arange(self.shape[axis])
            along = (places >= begin[:, None]) & (places < begin[:, None] + size)
            found = found & along.reshape(len(steps), *(-1 if i == axis else 1 for i in range(len(self.shape))))
        return found

    def sums(self, values: np.ndarray) -> np.ndarray:
        """For each number the sum of its windows' values, (batch, windows) → (batch, *shape).

        A value is added where its window begins along each axis and taken off where it ends; running sums do the rest.
        """
        lengths = [self.shape[axis] for axis in self.axes]
        total: np.ndarray = np.zeros((len(values), *(length + 1 for length in lengths)))
        for ends in itertools.product((False, True), repeat=len(lengths)):
            places = np.minimum(self.corners + np.where(ends, self.sizes, 0), lengths)
            np.add.at(total, (slice(None), *places.T), values if sum(ends) % 2 == 0 else -values)
        for axis in range(1, total.ndim):
            total = np.delete(total.cumsum(axis=axis), -1, axis=axis)
        return total.reshape(len(values), *self.shape)


def _each(given: Any, name: str, default: list[int]) -> list[int]:
    """One number for each axis."""
    if given is None:
        return default
    numbers = [given] * len(default) if isinstance(given, int) else list(given)
    if len(numbers) != len(default) or not all(isinstance(n, int | np.integer) and n > 0 for n in numbers):
        raise OptionError(
            f"'occlusion' was given {name}={given!r}; a positive whole number, or {len(default)} of them, was expected. "
            "Change it."
        )
    return [int(n) for n in numbers]
