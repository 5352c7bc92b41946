"""Arrays with positions: blurring, resizing, windows. All linear, one axis after the other."""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache

import numpy as np

__all__ = ["along", "blur", "blur_matrix", "resize", "resize_matrix"]


def along(array: np.ndarray, matrix: np.ndarray, axis: int) -> np.ndarray:
    """The matrix applied to one axis of an array."""
    before, after = array.shape[:axis], array.shape[axis + 1 :]
    matrix = matrix.astype(array.dtype, copy=False)
    found: np.ndarray = matrix @ array.reshape(*before, array.shape[axis], -1) if after else array @ matrix.T
    return found.reshape(*before, len(matrix), *after)


def blur_matrix(length: int, sigma: float) -> np.ndarray:
    """A Gaussian window for each position, (length, length); rows sum to 1, also at the borders."""
    if sigma <= 0:
        return np.eye(length)
    places = np.arange(length)
    weights = np.exp(-((places[:, None] - places[None, :]) ** 2) / (2 * sigma**2))
    matrix: np.ndarray = weights / weights.sum(axis=1, keepdims=True)
    return matrix


def blur(array: np.ndarray, sigma: float, axes: Sequence[int]) -> np.ndarray:
    """A Gaussian blur over some axes; `sigma` in positions."""
    for axis in axes:
        array = along(array, blur_matrix(array.shape[axis], sigma), axis)
    return array


@lru_cache(maxsize=16)
def resize_matrix(old: int, new: int) -> np.ndarray:
    """Linear interpolation from `old` to `new` positions, (new, old): pixel centres, as everybody draws images."""
    centres = np.clip((np.arange(new) + 0.5) * old / new - 0.5, 0, old - 1)
    low = np.floor(centres).astype(int)
    high = np.minimum(low + 1, old - 1)
    matrix = np.zeros((new, old))
    matrix[np.arange(new), low] = 1 - (centres - low)
    matrix[np.arange(new), high] += centres - low
    matrix.flags.writeable = False
    return matrix


def resize(array: np.ndarray, lengths: Sequence[int], axes: Sequence[int]) -> np.ndarray:
    """Linear interpolation of some axes to new lengths."""
    for axis, length in zip(axes, lengths, strict=True):
        if array.shape[axis] != length:
            array = along(array, resize_matrix(array.shape[axis], length), axis)
    return array
