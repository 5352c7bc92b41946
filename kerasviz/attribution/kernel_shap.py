"""KernelSHAP, solved by scikit-learn."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import numpy as np

from kerasviz.attribution.base import Found, Method, option
from kerasviz.attribution.baselines import baseline_of, baseline_option
from kerasviz.attribution.masking import Groups, groups_option, masked_scores
from kerasviz.attribution.region import Maps, Region
from kerasviz.attribution.surrogates import linear_model
from kerasviz.probes.question import Question

__all__ = ["KernelShap"]


@dataclass(frozen=True, kw_only=True)
class KernelShap(Method):
    """Shapley values from a weighted linear fit to scores with random groups of numbers replaced by the baseline.

    Lundberg & Lee 2017, https://arxiv.org/abs/1705.07874. Exact when `num_samples` reaches all 2^groups - 2 combinations,
    else a fit: fewer groups or more samples help. The values sum to score(x) - score(baseline) by construction.
    """

    name = "kernel-shap"
    family = "perturbation"
    needs_gradient = False
    complete = True
    num_samples: int = option(500, "Samples", low=1, high=50_000)
    groups: Any = groups_option()
    baseline: Any = baseline_option()
    background: Any = None
    seed: int = option(0, "Seed", low=0)

    def supports(self, question: Question, layer: str | None = None) -> str | None:
        return linear_model(self.name)[1]

    def rows(self, region: Region) -> int:
        count = Groups(region, self.groups).count
        return min(self.num_samples, 2**count - 2 if count < 30 else self.num_samples) + 2

    def explain(self, region: Region) -> Found:
        base = baseline_of(region, self.baseline, self.background, self.seed)
        groups = Groups(region, self.groups)
        coalitions, weights = _coalitions(groups.count, self.num_samples, self.seed)
        ends = np.stack([np.zeros(groups.count, bool), np.ones(groups.count, bool)])
        everything = np.concatenate([ends, coalitions])

        def masks(_: np.ndarray, steps: np.ndarray) -> Maps:
            return groups.kept(everything[steps])

        scores = masked_scores(region, base, len(everything), masks)
        nothing, whole = scores[:, 0], scores[:, 1]
        values = self._fit(coalitions, weights, scores[:, 2:] - nothing[:, None], whole - nothing)
        return Found(groups.spread(values, region), base, nothing, totals=values.sum(axis=1))

    def _fit(self, coalitions: np.ndarray, weights: np.ndarray, scores: np.ndarray, totals: np.ndarray) -> np.ndarray:
        """The last value follows from the sum, so the others are fitted to what is left: (batch, groups)."""
        if coalitions.shape[1] == 1:
            return totals[:, None]
        numbers = coalitions.astype(np.float64)
        fit = linear_model(self.name)[0].LinearRegression(fit_intercept=False)
        left = scores - numbers[:, -1:].T * totals[:, None]
        fit.fit(numbers[:, :-1] - numbers[:, -1:], left.T, sample_weight=weights)
        first = np.asarray(fit.coef_).reshape(len(totals), -1)
        return np.concatenate([first, totals[:, None] - first.sum(axis=1, keepdims=True)], axis=1)


def _coalitions(count: int, num_samples: int, seed: int) -> tuple[np.ndarray, np.ndarray]:
    """Which groups are there, (samples, count) bool, neither none nor all; and how much each sample counts."""
    if count == 1:
        return np.zeros((0, 1), bool), np.zeros(0)
    sizes = np.arange(1, count)
    kernel = (count - 1) / (sizes * (count - sizes))  # the Shapley kernel of a size, over all its coalitions
    if count < 30 and 2**count - 2 <= num_samples:
        numbers = np.arange(1, 2**count - 1)
        all_of_them = (numbers[:, None] >> np.arange(count)) & 1
        size = all_of_them.sum(axis=1)
        return all_of_them.astype(bool), kernel[size - 1] / np.array([math.comb(count, s) for s in size])
    rng = np.random.default_rng(seed)
    half = max(1, num_samples // 2)
    drawn = rng.choice(sizes, size=half, p=kernel / kernel.sum())
    there = np.stack([rng.permutation(count) < size for size in drawn])
    pairs = np.stack([there, ~there], axis=1).reshape(-1, count)  # each with its opposite: less noise
    return pairs, np.ones(len(pairs))
