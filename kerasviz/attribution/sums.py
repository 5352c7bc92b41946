"""Means over many points of each sample, added up batch by batch: memory does not grow with the number of points."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial

import numpy as np

from kerasviz.attribution.base import Found
from kerasviz.attribution.region import Maps, Region

__all__ = ["Sums", "mean_gradients", "scores_at"]


class Sums:
    """Weighted sums by sample, in float64."""

    def __init__(self, size: int) -> None:
        self._size = size
        self.maps: Maps = {}

    def add(self, rows: np.ndarray, values: Mapping[str, np.ndarray], weights: np.ndarray) -> None:
        """Add weights[i] · values[key][i] to sample rows[i]. Rows of one sample come together."""
        starts = [0, *(np.flatnonzero(rows[1:] != rows[:-1]) + 1)]
        groups = list(zip(starts, [*starts[1:], len(rows)], strict=True))
        for key, array in values.items():
            total = self.maps.setdefault(key, np.zeros((self._size, *array.shape[1:])))
            for start, end in groups:
                part = np.tensordot(weights[start:end].astype(array.dtype), array[start:end], axes=1)
                total[rows[start]] += part


def mean_gradients(
    region: Region,
    weights: np.ndarray,
    points: Callable[[np.ndarray, np.ndarray], Maps],
    find: Callable[[Maps, np.ndarray], Found],
    *,
    moment: Callable[[Maps, np.ndarray, np.ndarray], Maps] | None = None,
) -> Found:
    """What `find` makes of Σ weights[step] · gradient at points(rows, steps), by place, and the scores there, (batch, steps).

    Every beginning of the steps should speak for all of them: it is what is shown meanwhile, as if its weights were all.

    Args:
        region: what is attributed.
        weights: one for each step.
        points: the points of some rows, by key.
        find: makes the answer of the sums and of the scores of as many steps as were made.
        moment: of the gradients of some rows and steps, what is summed instead of them.
    """
    sums, scores = Sums(region.question.size), np.zeros((region.question.size, len(weights)))
    for rows, steps in region.question.batches(len(weights)):
        answer = region.question.at(rows, points(rows, steps), gradients=region.keys)
        scores[rows, steps], gradients = answer.scores, answer.gradients
        sums.add(rows, gradients if moment is None else moment(gradients, rows, steps), weights[steps])
        made = weights[: steps[-1] + 1]
        rough = partial(_rough, sums, scores[:, : len(made)], find, weights.sum() / (made.sum() or 1))
        region.so_far(int(np.count_nonzero(made)), int(np.count_nonzero(weights)), rough)
    return find(sums.maps, scores)


def _rough(sums: Sums, scores: np.ndarray, find: Callable[[Maps, np.ndarray], Found], factor: float) -> Found:
    return find({key: array * factor for key, array in sums.maps.items()}, scores)


def scores_at(region: Region, points: Maps) -> np.ndarray:
    """The scores of one point for each sample: (batch,)."""
    question = region.question
    found = [
        question.at(rows, {key: array[rows] for key, array in points.items()}).scores
        for rows, _ in question.batches(1, reports=False, gradients=False)
    ]
    return np.concatenate(found)
