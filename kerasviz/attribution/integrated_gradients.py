"""Integrated gradients."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from kerasviz.attribution.base import Found, Method, option
from kerasviz.attribution.baselines import baseline_of, baseline_option
from kerasviz.attribution.quadrature import RULES, Rule, quadrature, spread
from kerasviz.attribution.region import Maps, Region, of_rows
from kerasviz.attribution.sums import mean_gradients

__all__ = ["IntegratedGradients", "mixed"]


@dataclass(frozen=True, kw_only=True)
class IntegratedGradients(Method):
    """How the score's difference to a baseline splits: (x - b) · ∫ ∂score/∂x along the straight line from b to x.

    Sundararajan et al. 2017, https://arxiv.org/abs/1703.01365. The values sum to score(x) - score(b); `delta` says by how
    much they miss it (then more steps help). They depend on the baseline: what equals it gets nothing.
    """

    name = "integrated-gradients"
    complete = True
    measures = "shares"
    num_steps: int = option(50, "Steps", low=1, high=5000)
    rule: Rule = option("gauss-legendre", "Integration", choices=RULES)
    baseline: Any = baseline_option()
    background: Any = None
    seed: int = option(0, "Seed", low=0)

    def explain(self, region: Region) -> Found:
        start, base = region.start, baseline_of(region, self.baseline, self.background, self.seed)
        order = spread(self.num_steps)  # what is shown meanwhile comes from all over the line
        alphas, weights = (
            np.append(0, array[order]) for array in quadrature(self.rule, self.num_steps)
        )  # first: the baseline

        def points(rows: np.ndarray, steps: np.ndarray) -> Maps:
            return {key: mixed(of_rows(base[key], rows), of_rows(start[key], rows), alphas[steps]) for key in start}

        def find(gradients: Maps, scores: np.ndarray) -> Found:
            maps = {key: (start[key].astype(np.float64) - base[key]) * gradients[key] for key in start}
            return Found(maps, base, scores[:, 0])

        return mean_gradients(region, weights, points, find)


def mixed(a: np.ndarray, b: np.ndarray, shares: np.ndarray) -> np.ndarray:
    """(1 - share) · a + share · b, row by row."""
    shares = shares.reshape(-1, *(1,) * (a.ndim - 1)).astype(a.dtype)
    mixture: np.ndarray = a + shares * (b - a)
    return mixture
