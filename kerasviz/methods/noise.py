"""Gradients at noisy copies of each sample: what SmoothGrad, SmoothGrad² and VarGrad share."""

from __future__ import annotations

from typing import Any

import numpy as np

from kerasviz.methods.base import option
from kerasviz.methods.region import Maps, Region
from kerasviz.methods.sums import mean_gradients

__all__ = ["noise_option", "noisy_gradients", "samples_option"]


def samples_option() -> Any:
    """How many noisy copies."""
    return option(25, "Noisy copies", low=1, high=5000)


def noise_option() -> Any:
    """The paper's advice is 0.1 … 0.2."""
    return option(0.15, "Noise, as a share of the sample's range", low=0.0, high=10.0)


def noisy_gradients(region: Region, num_samples: int, noise: float, seed: int, powers: tuple[int, ...]) -> list[Maps]:
    """The mean of the gradients, to each power, over copies with Gaussian noise.

    The noise of a copy depends on the seed and its number alone: the same for each sample and in any batch. With a
    `layer`, the noise is added to the inputs and the gradient taken at the layer.
    """
    source = Region(region.question)
    start = source.start
    widths = {key: noise * _range(array) for key, array in start.items()}
    where = [place.key for place in source.places]

    def points(rows: np.ndarray, steps: np.ndarray) -> Maps:
        found = {}
        for key in where:
            drawn = _noise(start[key].shape[1:], steps, (seed, where.index(key)))
            found[key] = start[key][rows] + (widths[key][rows] * drawn).astype(start[key].dtype)
        return found

    def to_powers(gradients: Maps, *_: np.ndarray) -> Maps:
        return {
            f"{power} {key}": array.astype(np.float64) ** power if power > 1 else array
            for key, array in gradients.items()
            for power in powers
        }

    weights = np.full(num_samples, 1 / num_samples)
    means = mean_gradients(region, weights, points, moment=to_powers)
    return [{key: means[f"{power} {key}"] for key in region.keys} for power in powers]


def _range(array: np.ndarray) -> np.ndarray:
    """How far apart a sample's numbers lie, (batch, 1, …)."""
    axes = tuple(range(1, array.ndim))
    widths: np.ndarray = array.max(axis=axes, keepdims=True) - array.min(axis=axes, keepdims=True)
    return widths


def _noise(shape: tuple[int, ...], steps: np.ndarray, seed: tuple[int, ...]) -> np.ndarray:
    """Standard normal numbers for each step: (rows, …)."""
    drawn = {
        s: np.random.default_rng((*seed, s)).standard_normal(shape, np.float32) for s in map(int, np.unique(steps))
    }
    return np.stack([drawn[int(step)] for step in steps])
