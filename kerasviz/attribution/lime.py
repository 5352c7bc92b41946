"""LIME, solved by scikit-learn."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from kerasviz.attribution.base import Found, Method, option
from kerasviz.attribution.baselines import baseline_of, baseline_option
from kerasviz.attribution.masking import Groups, groups_option, masked_scores
from kerasviz.attribution.region import Maps, Region
from kerasviz.attribution.surrogates import linear_model
from kerasviz.probes.question import Question

__all__ = ["Lime"]


@dataclass(frozen=True, kw_only=True)
class Lime(Method):
    """The weights of a linear model that is fitted to scores with random groups of numbers replaced by the baseline.

    Ribeiro et al. 2016, https://arxiv.org/abs/1602.04938: ridge regression, samples weighted by exp(-d² / width²), d the
    share of groups that are replaced, as cosine distance. Width, groups and seed change the answer: compare a few.
    """

    name = "lime"
    family = "perturbation"
    needs_gradient = False
    num_samples: int = option(500, "Samples", low=2, high=50_000)
    width: float = option(0.25, "Width of the kernel", low=0.01, high=100.0)
    alpha: float = option(1.0, "Ridge", low=0.0, high=1e6)
    groups: Any = groups_option()
    baseline: Any = baseline_option()
    background: Any = None
    seed: int = option(0, "Seed", low=0)

    def supports(self, question: Question, layer: str | None = None) -> str | None:
        return linear_model(self.name)[1]

    def explain(self, region: Region) -> Found:
        base = baseline_of(region, self.baseline, self.background, self.seed)
        groups = Groups(region, self.groups)
        rng = np.random.default_rng(self.seed)
        there = rng.random((self.num_samples, groups.count)) < 1 / 2
        there[0] = True  # the sample itself

        def masks(_: np.ndarray, steps: np.ndarray) -> Maps:
            return groups.kept(there[steps])

        def find(scores: np.ndarray) -> Found:
            made = there[: scores.shape[1]]
            distances = 1 - np.sqrt(made.mean(axis=1))
            fit = linear_model(self.name)[0].Ridge(alpha=self.alpha)
            fit.fit(made.astype(np.float64), scores.T, sample_weight=np.exp(-(distances**2) / self.width**2))
            return Found(groups.spread(np.asarray(fit.coef_).reshape(len(scores), -1), region), base)

        def so_far(scores: np.ndarray) -> None:
            region.so_far(scores.shape[1], self.num_samples, lambda: find(scores))

        return find(masked_scores(region, base, self.num_samples, masks, so_far))
