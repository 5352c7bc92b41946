"""Gradients at noisy copies of each sample: what SmoothGrad, SmoothGrad² and VarGrad share."""

from __future__ import annotations

import math
from collections.abc import Callable
from functools import lru_cache
from typing import Any

import numpy as np

from kerasviz.attribution.base import Found, option
from kerasviz.attribution.region import Maps, Region, of_rows
from kerasviz.attribution.sums import mean_gradients

__all__ = ["Noise", "noise_option", "noisy_gradients", "samples_option"]

_BLOCK = 32  # copies
_FEW = 5_000_000  # numbers that are kept: a block of pictures of 224 x 224


def samples_option() -> Any:
    """How many noisy copies."""
    return option(25, "Noisy copies", low=1, high=5000)


def noise_option() -> Any:
    """The paper's advice is 0.1 … 0.2."""
    return option(0.15, "Noise (share of range)", low=0.0, high=10.0)


def noisy_gradients(  # noqa: PLR0913  # what a method chooses
    region: Region, num_samples: int, noise: float, seed: int, powers: tuple[int, ...], *, find: Callable[..., Maps]
) -> Found:
    """What `find` makes of the means of the gradients, to each power, over copies with Gaussian noise.

    The noise of a copy depends on the seed and its number alone: the same for each sample and in any batch. With a
    `layer`, the noise is added to the inputs and the gradient taken at the layer.
    """
    source = Region(region.question)
    start = source.start
    widths = {key: noise * _range(array) for key, array in start.items()}
    draws = {
        place.key: Noise(start[place.key].shape[1:], num_samples, (seed, i)) for i, place in enumerate(source.places)
    }

    def points(rows: np.ndarray, steps: np.ndarray) -> Maps:
        found = {}
        for key in start:
            noise = of_rows(widths[key], rows) * draws[key](steps)
            found[key] = of_rows(start[key], rows) + noise.astype(start[key].dtype, copy=False)
        return found

    def to_powers(gradients: Maps, *_: np.ndarray) -> Maps:
        return {
            f"{power} {key}": array.astype(np.float64) ** power if power > 1 else array
            for key, array in gradients.items()
            for power in powers
        }

    def of_means(means: Maps, _: np.ndarray) -> Found:
        return Found(find(*({key: means[f"{power} {key}"] for key in region.keys} for power in powers)))

    return mean_gradients(region, np.full(num_samples, 1 / num_samples), points, of_means, moment=to_powers)


def _range(array: np.ndarray) -> np.ndarray:
    """How far apart a sample's numbers lie, (batch, 1, …)."""
    axes = tuple(range(1, array.ndim))
    widths: np.ndarray = array.max(axis=axes, keepdims=True) - array.min(axis=axes, keepdims=True)
    return widths


class Noise:
    """Standard normal numbers for each copy, drawn in blocks: only one block is in memory."""

    def __init__(self, shape: tuple[int, ...], copies: int, seed: tuple[int, ...]) -> None:
        self._shape, self._copies, self._seed = shape, copies, seed
        self._number = -1
        self._block: np.ndarray = np.zeros(0)

    def __call__(self, steps: np.ndarray) -> np.ndarray:
        """The numbers of some copies, (rows, …)."""
        numbers = np.unique(steps // _BLOCK)
        if len(numbers) == 1:
            one: np.ndarray = self._drawn(int(numbers[0]))[steps % _BLOCK]
            return one
        found = np.empty((len(steps), *self._shape), np.float32)
        for number in numbers:
            here = steps // _BLOCK == number
            found[here] = self._drawn(int(number))[steps[here] % _BLOCK]
        return found

    def _drawn(self, number: int) -> np.ndarray:
        if number != self._number:
            length = min(_BLOCK, self._copies - number * _BLOCK)
            shape, seed = (length, *self._shape), (*self._seed, number)
            draw = _kept if math.prod(shape) <= _FEW else _drawn
            self._number, self._block = number, draw(shape, seed)
        return self._block


def _drawn(shape: tuple[int, ...], seed: tuple[int, ...]) -> np.ndarray:
    return np.random.default_rng(seed).standard_normal(shape, np.float32)


@lru_cache(maxsize=2)
def _kept(shape: tuple[int, ...], seed: tuple[int, ...]) -> np.ndarray:
    """Drawing takes a tenth of the time of running MobileNetV2, and as long as running a small model."""
    block = _drawn(shape, seed)
    block.flags.writeable = False
    return block
