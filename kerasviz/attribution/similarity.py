"""How alike two attributions of a sample are: by rank, and as pictures. Both look at |values|."""

from __future__ import annotations

import numpy as np

from kerasviz.attribution.spatial import blur

__all__ = ["spearman", "ssim"]

_WINDOW = 1.5  # the paper's Gaussian, in positions
_STEADY = (0.01**2, 0.03**2)  # the paper's constants, for pictures from 0 to 1


def spearman(first: np.ndarray, second: np.ndarray) -> np.ndarray:
    """Rank correlation of the magnitudes, row by row, (batch,); NaN where all of a row are equal.

    Only places where either is not exactly 0 count. An input's empty background is 0 in both whatever the model has learned
    (gradient × 0), and would make any two attributions of it alike.
    """
    rows = zip(*(np.abs(a.reshape(len(a), -1)) for a in (first, second)), strict=True)
    return np.array([_rank_correlation(one, other) for one, other in rows])


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


def _rank_correlation(one: np.ndarray, other: np.ndarray) -> float:
    somewhere = (one != 0) | (other != 0)
    ranks = [_ranks(each[somewhere]) for each in (one, other)]
    centred = [rank - rank.mean() for rank in ranks] if somewhere.any() else ranks
    length = float(np.sqrt((centred[0] ** 2).sum() * (centred[1] ** 2).sum()))
    return float((centred[0] * centred[1]).sum()) / length if length > 0 else np.nan


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
