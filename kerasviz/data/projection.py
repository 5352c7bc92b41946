"""Many numbers a sample as two, to be looked at as points: PCA here, UMAP and t-SNE by their own libraries."""

from __future__ import annotations

from dataclasses import dataclass
from importlib.util import find_spec
from typing import Any

import numpy as np

from kerasviz.errors import InputError, unknown_name

__all__ = ["LEAST", "WAYS", "Projected", "ProjectionFound", "missing", "pca", "project"]

WAYS = ("pca", "umap", "t-sne")
LEAST = 5  # samples, for what looks at neighbours
_FIRST_TO = 50  # t-SNE gets so many principal components, as its authors advise
_FEW = 200  # samples: faster without an approximation
_LIBRARIES = {"umap": ("umap", "umap-learn"), "t-sne": ("sklearn", "scikit-learn")}


@dataclass(frozen=True, slots=True)
class Projected:
    """Points of samples. `explained` is the share of the variance along each axis, () where that means nothing.

    `centre` and `axes` place another sample: (x - centre) @ axes.T. None where a way cannot.
    """

    points: np.ndarray  # (samples, 2) float64
    explained: tuple[float, ...] = ()
    centre: np.ndarray | None = None  # (numbers,)
    axes: np.ndarray | None = None  # (2, numbers)

    def place(self, values: np.ndarray) -> np.ndarray | None:
        """Where another sample lies; None where that cannot be said."""
        if self.centre is None or self.axes is None or values.shape != self.centre.shape:
            return None
        found: np.ndarray = (values.astype(np.float64) - self.centre) @ self.axes.T
        return found if np.isfinite(found).all() else None


@dataclass(frozen=True, slots=True)
class ProjectionFound:
    """What a layer makes of samples, as points: whose they are, and what went in.

    `used` numbers of each sample, which are means over the axes `over`; `left_out` samples had numbers that are not finite.
    """

    projected: Projected
    samples: np.ndarray  # int64
    left_out: int
    used: int
    over: tuple[str, ...]
    generation: int


def missing(way: str) -> str:
    """The package that has to be installed for this way; "" where nothing is missing."""
    module, package = _LIBRARIES.get(way, ("", ""))
    return package if module and find_spec(module) is None else ""


def pca(values: np.ndarray, count: int = 2) -> Projected:
    """The first principal components of (samples, numbers), the largest weight of each axis positive.

    Out of the smaller of the two matrices of products: numbers x numbers, or samples x samples.
    """
    wide = values.astype(np.float64)
    centre = wide.mean(axis=0)
    wide -= centre
    samples, numbers = wide.shape
    across = numbers <= samples
    squares, vectors = np.linalg.eigh(wide.T @ wide if across else wide @ wide.T)
    squares, vectors = squares[::-1][:count], vectors[:, ::-1][:, :count]
    total = float((wide**2).sum())
    axes = np.zeros((count, numbers))
    for i, square in enumerate(squares):
        if square > total * 1e-12:
            axes[i] = vectors[:, i] if across else wide.T @ vectors[:, i] / np.sqrt(square)
    axes *= np.where(axes[np.arange(count), np.abs(axes).argmax(axis=1)] < 0, -1.0, 1.0)[:, None]
    points = wide @ axes.T
    explained = (points**2).sum(axis=0) / total if total else np.zeros(count)
    return Projected(points, tuple(map(float, explained)), centre, axes)


def project(way: str, values: np.ndarray, seed: int = 0) -> Projected:
    """Points of (samples, numbers)."""
    if way not in WAYS:
        raise unknown_name("Way to project", way, WAYS)
    if way == "pca":
        return pca(values)
    if missing(way):
        raise InputError(f"{way!r} was asked for. It is done by a package. Install it: pip install {missing(way)}")
    if len(values) < LEAST:
        raise InputError(
            f"{way!r} was asked for with {len(values)} samples. It looks at neighbours, and needs {LEAST}. Choose 'pca'."
        )
    found = _umap(values, seed) if way == "umap" else _tsne(values, seed)
    return Projected(np.asarray(found, np.float64))


def _umap(values: np.ndarray, seed: int) -> Any:
    import umap

    return umap.UMAP(n_components=2, n_neighbors=min(15, len(values) - 1), random_state=seed).fit_transform(values)


def _tsne(values: np.ndarray, seed: int) -> Any:
    from sklearn.manifold import TSNE

    most = min(_FIRST_TO, *values.shape)
    reduced = pca(values, most).points if values.shape[1] > _FIRST_TO else values
    perplexity = min(30.0, (len(values) - 1) / 3)
    method = "exact" if len(values) < _FEW else "barnes_hut"
    made = TSNE(n_components=2, init="random", perplexity=perplexity, random_state=seed, method=method)
    return made.fit_transform(reduced)
