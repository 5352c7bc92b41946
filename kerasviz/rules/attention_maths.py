"""Attention recomputed from queries, keys and values: scores, what they mix, and what the layer makes of it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np

from kerasviz.rules.functions import softmax

__all__ = ["Attended", "Heads", "Mask", "Projection", "additive", "attend", "concat", "dot"]

Score = Callable[[np.ndarray, np.ndarray], tuple[np.ndarray, float]]


@dataclass(frozen=True)
class Projection:
    """From the heads' mixes to the layer's output; no kernel where the one head's mix is the output."""

    kernel: np.ndarray | None = None  # (head, width, …)
    bias: np.ndarray | None = None
    gate: np.ndarray | None = None  # (lead, head, query, width)

    def __call__(self, mix: np.ndarray) -> np.ndarray:
        """(lead, head, query, width) to (lead, query, …)."""
        gated = mix if self.gate is None else mix * self.gate
        if self.kernel is None:
            return gated[:, 0]
        found = np.tensordot(gated, self.kernel, axes=([1, 3], [0, 1]))
        projected: np.ndarray = found if self.bias is None else found + self.bias
        return projected

    def of(self, rows: np.ndarray) -> Projection:
        """The same of some queries."""
        return self if self.gate is None else replace(self, gate=self.gate[:, :, rows])

    def size(self, mix: np.ndarray) -> float:
        """The largest sum of magnitudes behind an output."""
        bare = (None if each is None else np.abs(each) for each in (self.kernel, self.bias, self.gate))
        return float(np.max(Projection(*bare)(mix), initial=0.0))


@dataclass(frozen=True)
class Heads:
    """Queries, keys and values, (lead, head, place, width) each: lead counts the sequences that are apart."""

    query: np.ndarray
    key: np.ndarray
    value: np.ndarray
    score: Score
    projection: Projection

    @property
    def shape(self) -> tuple[int, int, int, int]:
        """(lead, head, query, key) of the scores."""
        lead, head, queries = self.query.shape[:3]
        return lead, head, queries, self.key.shape[2]


@dataclass(frozen=True)
class Mask:
    """Who may attend to whom: every part that is there has to allow it."""

    causal: bool = False
    query: np.ndarray | None = None  # (query,)
    key: np.ndarray | None = None  # (key,)
    given: np.ndarray | None = None  # (query, key) or (head, query, key)
    window: int = 0

    def allowed(self, head: int, queries: int, keys: int) -> np.ndarray:
        """(query, key) of one head."""
        may = np.ones((queries, keys), bool)
        apart = np.arange(queries)[:, None] - np.arange(keys)
        if self.causal:
            may &= apart >= 0
        if self.window:
            may &= np.abs(apart) < self.window
        if self.query is not None:
            may &= self.query[:, None]
        if self.key is not None:
            may &= self.key
        if self.given is not None:
            may &= self.given if self.given.ndim == 2 else self.given[min(head, len(self.given) - 1)]
        return may

    @property
    def parts(self) -> tuple[str, ...]:
        """What it consists of, in words."""
        told = (
            ("causal", self.causal),
            ("window", bool(self.window)),
            ("padding", self.query is not None or self.key is not None),
            ("given", self.given is not None),
        )
        return tuple(name for name, there in told if there) or ("none",)


@dataclass(frozen=True)
class Attended:
    """What came of it: the scores of one sequence, (head, query, key), and the layer's whole output.

    `settled` (query,) is False for queries that may look nowhere: what a layer computes there depends on the
    backend. Rounding errors of the output are proportional to `size`, those of the scores to `steepness`.
    """

    scores: np.ndarray
    output: np.ndarray
    settled: np.ndarray
    size: float
    steepness: float


def dot(factor: float) -> Score:
    """Products of queries and keys, times a factor."""

    def score(query: np.ndarray, key: np.ndarray) -> tuple[np.ndarray, float]:
        size = np.prod([np.sqrt(np.max(np.sum(each * each, axis=-1), initial=0.0)) for each in (query, key)])
        return query @ np.swapaxes(key, -1, -2) * factor, float(size) * abs(factor)  # no sum of products is larger

    return score


def additive(scale: np.ndarray) -> Score:
    """Sums of tanh(query + key), each unit weighted."""

    def score(query: np.ndarray, key: np.ndarray) -> tuple[np.ndarray, float]:
        found = (scale * np.tanh(query[..., :, None, :] + key[..., None, :, :])).sum(axis=-1)
        return found, float(np.broadcast_to(np.abs(scale), query.shape[-1:]).sum())

    return score


def concat(scale: float, weight: float) -> Score:
    """As `additive`, scaled inside and outside."""

    def score(query: np.ndarray, key: np.ndarray) -> tuple[np.ndarray, float]:
        found, size = additive(np.ones(1))(query * scale, key * scale)
        return weight * found, abs(weight) * size * max(1.0, abs(scale))

    return score


def attend(heads: Heads, mask: Mask, lead: int = 0, rows: np.ndarray | None = None) -> Attended:
    """Head by head, so that the scores of all sequences are never there at once; float64. `rows`: of these queries."""
    _, count, queries, keys = heads.shape
    rows = np.arange(queries) if rows is None else rows
    mixes, scores, steepness = [], [], 0.0
    settled = np.ones(len(rows), bool)
    with np.errstate(over="ignore", invalid="ignore"):
        for head in range(count):
            may = mask.allowed(head, queries, keys)[rows]
            settled &= may.any(axis=-1)
            logits, size = heads.score(heads.query[:, head, rows], heads.key[:, head])
            shares = softmax(np.where(may, logits, -np.inf))
            steepness = max(steepness, size)
            mixes.append(shares @ heads.value[:, head])
            scores.append(shares[lead].astype(np.float32))
        output = heads.projection.of(rows)(np.stack(mixes, axis=1))
        largest = np.max(np.abs(heads.value), axis=2, keepdims=True, initial=0.0)
        size = heads.projection.size(largest) * (1 + steepness)
    return Attended(np.stack(scores), output, settled, size, 1 + steepness)
