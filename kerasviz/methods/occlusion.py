"""Occlusion."""

from __future__ import annotations

import itertools
import math
from dataclasses import dataclass
from typing import Any

import numpy as np

from kerasviz.errors import OptionError
from kerasviz.methods.base import Found, Method, option
from kerasviz.methods.baselines import baseline_of, baseline_option
from kerasviz.methods.masking import masked_scores
from kerasviz.methods.region import Maps, Region

__all__ = ["Occlusion"]

Window = tuple[slice, ...]


@dataclass(frozen=True, kw_only=True)
class Occlusion(Method):
    """How much the score falls when a window is covered: score(x) - score(x with the window replaced by the baseline).

    Zeiler & Fergus 2013, https://arxiv.org/abs/1311.2901. Each number gets the mean over the windows that cover it. The
    covered sample is one the model never saw; things that stand in for each other get nothing, each being spared.
    """

    name = "occlusion"
    needs_gradient = False
    window: Any = option(None, "Window")
    stride: Any = option(None, "Stride")
    baseline: Any = baseline_option()
    background: Any = None
    seed: int = option(0, "Seed", low=0)

    def explain(self, region: Region) -> Found:
        start, base = region.start, baseline_of(region, self.baseline, self.background, self.seed)
        windows = [(key, window) for key in region.keys for window in self._windows(region, key)]

        def masks(rows: np.ndarray, steps: np.ndarray) -> Maps:
            kept = {key: np.ones((len(rows), *_one_channel(region, key)), bool) for key in start}
            for i, step in enumerate(steps):
                key, window = windows[step]
                kept[key][(i, *window)] = False
            return kept

        falls = region.question.scores[:, None] - masked_scores(region, base, len(windows), masks)
        total = {key: np.zeros((len(falls), *_one_channel(region, key))) for key in start}
        covered = {key: np.zeros(_one_channel(region, key)) for key in start}
        for (key, window), fall in zip(windows, falls.T, strict=True):
            total[key][(slice(None), *window)] += fall.reshape(-1, *(1,) * len(window))
            covered[key][window] += 1
        maps = {key: total[key] / np.maximum(covered[key], 1) for key in start}
        return Found(region.spread(maps), base)

    def _windows(self, region: Region, key: str) -> list[Window]:
        """Where the window lies: every place of a sample, without its batch axis."""
        shape = region.start[key].shape[1:]
        axes = _sliding_axes(region, key)
        lengths = [shape[axis] for axis in axes]
        one_by_one = len(region.spatial_axes(key)) == 0 or key not in region.question.inputs
        sizes = _each(self.window, "window", [1 if one_by_one else max(1, round(n / 8)) for n in lengths])
        strides = _each(self.stride, "stride", [max(1, size // 2) for size in sizes])
        starts = [
            [step * stride for step in range(max(0, math.ceil((length - size) / stride)) + 1)]
            for length, size, stride in zip(lengths, sizes, strides, strict=True)
        ]
        found = []
        for corner in itertools.product(*starts):
            window = [slice(None)] * len(shape)
            for axis, begin, size in zip(axes, corner, sizes, strict=True):
                window[axis] = slice(begin, begin + size)
            found.append(tuple(window))
        return found


def _sliding_axes(region: Region, key: str) -> tuple[int, ...]:
    """Over which axes of a sample the window slides: its positions, or all axes of a table."""
    return tuple(axis - 1 for axis in region.spatial_axes(key)) or tuple(range(region.start[key].ndim - 1))


def _one_channel(region: Region, key: str) -> tuple[int, ...]:
    """A sample's shape with the channels, which are covered together, as one."""
    axes = _sliding_axes(region, key)
    return tuple(length if axis in axes else 1 for axis, length in enumerate(region.start[key].shape[1:]))


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
