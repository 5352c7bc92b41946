"""Mean response of every channel to each class of the labels, and which classes a channel tells from the others."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

__all__ = ["ByClass"]


@dataclass(eq=False, slots=True)
class ByClass:
    """Sums over the samples of each class of a channel's mean in the sample.

    Attributes:
        labels: the classes, in ascending order.
        sums: (classes, channels) float64.
        counts: (classes, channels) int64: samples, those without any finite number in the channel left out.
    """

    labels: np.ndarray  # (classes,) int64
    sums: np.ndarray
    counts: np.ndarray

    @classmethod
    def empty(cls, channels: int) -> ByClass:
        """Nothing seen yet."""
        return cls(np.zeros(0, np.int64), np.zeros((0, channels)), np.zeros((0, channels), np.int64))

    def add(self, means: np.ndarray, members: np.ndarray, labels: np.ndarray) -> None:
        """Means by sample and channel, and which sample is of which class: (samples, classes) 0 or 1."""
        finite = np.isfinite(means)
        self._make_room(labels)
        at = np.searchsorted(self.labels, labels)
        weights = members.T.astype(np.float64)
        if finite.all():
            self.sums[at] += weights @ means
            self.counts[at] += members.sum(axis=0, dtype=np.int64)[:, None]
        else:
            self.sums[at] += weights @ np.where(finite, means, 0.0)
            self.counts[at] += (weights @ finite.astype(np.float64)).astype(np.int64)

    def merged(self, other: ByClass) -> ByClass:
        """Both together."""
        found = ByClass(self.labels, self.sums.copy(), self.counts.copy())
        found._make_room(other.labels)
        at = np.searchsorted(found.labels, other.labels)
        found.sums[at] += other.sums
        found.counts[at] += other.counts
        return found

    @property
    def means(self) -> np.ndarray:
        """(classes, channels); NaN where a class has no sample."""
        return np.where(self.counts > 0, self.sums / np.maximum(self.counts, 1), np.nan)

    def selectivity(self) -> tuple[np.ndarray, np.ndarray]:
        """How much more a channel answers to its favourite class than to the others, and which class that is.

        (strongest mean - mean of the other classes' means) / (the sum of their sizes), after Morcos et al. (2018): 0 is
        the same answer to all, 1 an answer to one alone. NaN and -1 where there are less than two classes.
        """
        means = self.means
        known = np.isfinite(means)
        if len(self.labels) < 2:
            nothing = np.full(means.shape[1], np.nan)
            return nothing, np.full(means.shape[1], -1, np.int64)
        best = np.argmax(np.where(known, means, -np.inf), axis=0)
        columns = np.arange(means.shape[1])
        top = means[best, columns]
        rest = known.copy()
        rest[best, columns] = False
        others = np.where(rest, means, 0.0).sum(axis=0) / np.maximum(rest.sum(axis=0), 1)
        size = np.abs(top) + np.abs(others)
        share = np.where(size > 0, (top - others) / np.where(size > 0, size, 1.0), 0.0)
        enough = known.sum(axis=0) >= 2
        return np.where(enough, share, np.nan), np.where(enough, self.labels[best], -1)

    def _make_room(self, labels: np.ndarray) -> None:
        if np.isin(labels, self.labels).all():
            return
        wanted = np.union1d(self.labels, labels)
        at = np.searchsorted(wanted, self.labels)
        for name in ("sums", "counts"):
            old = getattr(self, name)
            new = np.zeros((len(wanted), old.shape[1]), old.dtype)
            new[at] = old
            setattr(self, name, new)
        self.labels = wanted
