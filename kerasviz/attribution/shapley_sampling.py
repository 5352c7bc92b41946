"""Shapley values by sampling."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from kerasviz.attribution.base import Found, Method, option
from kerasviz.attribution.baselines import baseline_of, baseline_option
from kerasviz.attribution.masking import Groups, groups_option, masked_scores
from kerasviz.attribution.region import Maps, Region

__all__ = ["ShapleySampling"]


@dataclass(frozen=True, kw_only=True)
class ShapleySampling(Method):
    """What each group of numbers adds to the score on average, when groups come in one by one in random orders.

    Castro et al. 2009, https://doi.org/10.1016/j.cor.2008.04.004. The values sum to score(x) - score(baseline). What
    depends on each other is pulled apart: many of the mixtures are samples that do not exist.
    """

    name = "shapley-sampling"
    family = "perturbation"
    needs_gradient = False
    complete = True
    num_samples: int = option(25, "Orders", low=1, high=5000)
    groups: Any = groups_option()
    baseline: Any = baseline_option()
    background: Any = None
    seed: int = option(0, "Seed", low=0)

    def rows(self, region: Region) -> int:
        return self.num_samples * (Groups(region, self.groups).count + 1)

    def explain(self, region: Region) -> Found:
        base = baseline_of(region, self.baseline, self.background, self.seed)
        groups = Groups(region, self.groups)
        count, rng = groups.count, np.random.default_rng(self.seed)
        ranks = np.stack([np.argsort(rng.permutation(count)) for _ in range(self.num_samples)])

        def masks(_: np.ndarray, steps: np.ndarray) -> Maps:
            order, there = steps // (count + 1), steps % (count + 1)
            return groups.kept(ranks[order] < there[:, None])  # the first `there` of the order

        def find(scores: np.ndarray, done: int) -> Found:
            scores = scores[:, : done * (count + 1)].reshape(len(scores), done, count + 1)
            added = np.diff(scores, axis=-1)  # (batch, order, place in the order)
            places = np.broadcast_to(ranks[:done], added.shape)
            values = np.take_along_axis(added, places, axis=-1).mean(axis=1)
            return Found(groups.spread(values, region), base, scores[:, 0, 0], totals=values.sum(axis=1))

        def so_far(scores: np.ndarray) -> None:
            done = scores.shape[1] // (count + 1)  # whole orders
            region.so_far(done, self.num_samples, lambda: find(scores, done))

        scores = masked_scores(region, base, self.num_samples * (count + 1), masks, so_far)
        return find(scores, self.num_samples)
