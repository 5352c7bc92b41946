"""How alike two attributions of a sample are: by rank, and as pictures. Both look at |values|."""

from __future__ import annotations

import numpy as np

from kerasviz.attribution.spatial import blur

__all__ = ["spearman", "ssim"]

_WINDOW = 1.5  # the paper's Gaussian, in positions
_STEADY = (0.01**2, 0.03**2)  # the paper's constants, for pictures from 0 to 1


def spearman(first: np.ndarray, second: np.ndarray) -> np.ndarray:
    """Rank correlation of the magnitudes, row by row, (batch,); NaN where all of a row are equal."""
    ranks = [np.stack([_ranks(row) for row in np.abs(a.reshape(len(a), -1))]) for a in (first, second)]
    centred = [rank - rank.mean(axis=1, keepdims=True) for rank in ranks]
    product = (centred[0] * centred[1]).sum(axis=1)
    length = np.sqrt((centred[0] ** 2).sum(axis=1) * (centred[1] ** 2).sum(axis=1))
    correlation: np.ndarray = np.divide(product, length, out=np.full(len(product), np.nan), where=length > 0)
    return correlation


def ssim(first: np.ndarray, second: np.ndarray) -> np.ndarray:
    """Structural similarity of two sets of pictures (batch, height, width), (batch,): Wang et al. 2004.

    Each picture is |values| divided by its largest; one without any is black.
    """
    x, y = (_scaled(np.abs(a.astype(np.float64))) for a in (first, second))
    mean_x, mean_y = _local(x), _local(y)
    var_x, var_y = _local(x * x) - mean_x**2, _local(y * y) - mean_y**2
    both = _local(x * y) - mean_x * mean_y
    small, smaller = _STEADY[1], _STEADY[0]
    index = (2 * mean_x * mean_y + smaller) * (2 * both + small)
    index /= (mean_x**2 + mean_y**2 + smaller) * (var_x + var_y + small)
    mean: np.ndarray = index.mean(axis=(1, 2))
    return mean


def _ranks(values: np.ndarray) -> np.ndarray:
    """0 … n - 1; equal values share their mean rank."""
    _, where, counts = np.unique(values, return_inverse=True, return_counts=True)
    ends = np.cumsum(counts)
    ranks: np.ndarray = (ends - (counts + 1) / 2)[where]
    return ranks


def _scaled(pictures: np.ndarray) -> np.ndarray:
    most = pictures.max(axis=(1, 2), keepdims=True)
    scaled: np.ndarray = np.divide(pictures, most, out=np.zeros_like(pictures), where=most > 0)
    return scaled


def _local(pictures: np.ndarray) -> np.ndarray:
    return blur(pictures, _WINDOW, (1, 2))
