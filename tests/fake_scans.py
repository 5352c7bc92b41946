"""A scan made of arrays, with no model: each figure by a line of NumPy."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from kerasviz.probes.watched import Watch
from kerasviz.scanning.by_class import ByClass
from kerasviz.scanning.moments import Moments
from kerasviz.scanning.ranks import Ranking, pack_places
from kerasviz.scanning.reservoir import Reservoir
from kerasviz.scanning.scan import Scan, ScannedLayer
from kerasviz.scanning.tally import Columns, Tally


def scan_of(layers: Mapping[str, tuple[Any, np.ndarray]], labels: Sequence[int] | None = None, **more: Any) -> Scan:
    """The scan of samples that gave these (samples, …) arrays, by path and layer; channels are the last axis."""
    watches = [
        Watch(path, values.ndim - 1, values.shape[-1], values.ndim)
        for path, (_, values) in sorted(layers.items(), key=lambda item: item[1][1].ndim == 2)
    ]
    columns = Columns(watches)
    tally = Tally.empty(columns, 9, histograms=True)
    for watch in watches:
        _add(tally, watch, layers[watch.path][1], labels)
    known = {
        path: ScannedLayer(path, layer.kind, values.shape[-1], values.ndim - 1, tuple(layer.axes[1:-1]))
        for path, (layer, values) in layers.items()
    }
    count = len(next(iter(layers.values()))[1])
    return Scan(tally, known, model_name="fake", num_samples=count, **more)


def _add(tally: Tally, watch: Watch, values: np.ndarray, labels: Sequence[int] | None) -> None:
    at = tally.columns.slices[watch.path]
    count, channels = len(values), values.shape[-1]
    flat = values.reshape(count, -1, channels).astype(np.float64)
    largest, where = flat.max(axis=1).astype(np.float32), flat.argmax(axis=1)
    every = flat.reshape(-1, channels)
    found = Moments(
        np.full(channels, len(every)), np.zeros(channels, int), every.mean(axis=0), every.var(axis=0) * len(every),
        every.min(axis=0), every.max(axis=0), (every == 0).sum(axis=0),
    )  # fmt: skip
    for name in Moments.__slots__:
        getattr(tally.moments, name)[at] = getattr(found, name)
    samples = np.arange(count)
    places = pack_places(where, values.shape[1:-1]) if values.ndim > 2 else np.full(largest.shape, -1)
    for ranking, sign in ((tally.top, 1), (tally.bottom, -1)):
        part = Ranking.empty(9, channels, sign)
        part.add(largest, samples, (lambda rows, columns: places[rows, columns]) if sign > 0 else None)
        for name in ("values", "samples", "places"):
            getattr(ranking, name)[:, at] = getattr(part, name)
    _join(tally.some, at, largest, samples)
    tally.sketch.add(flat.astype(np.float32), at)  # type: ignore[union-attr]
    if labels is not None:
        _by_class(tally.by_class, at, flat.mean(axis=1), np.asarray(labels))


def _join(some: Reservoir, at: slice, largest: np.ndarray, samples: np.ndarray) -> None:
    if not len(some.samples):
        some.samples, some.values = samples, np.zeros((len(samples), some.values.shape[1]), np.float32)
    some.values[:, at] = largest


def _by_class(by_class: ByClass, at: slice, means: np.ndarray, labels: np.ndarray) -> None:
    for label in np.unique(labels):
        by_class._make_room(np.array([label]))
        row = int(np.searchsorted(by_class.labels, label))
        by_class.sums[row, at] = means[labels == label].sum(axis=0)
        by_class.counts[row, at] = (labels == label).sum()
