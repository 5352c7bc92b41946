"""Feature ablation."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from kerasviz.attribution.base import Found, Method, option
from kerasviz.attribution.baselines import baseline_of, baseline_option
from kerasviz.attribution.masking import Groups, groups_option, masked_scores
from kerasviz.attribution.region import Maps, Region

__all__ = ["FeatureAblation"]


@dataclass(frozen=True, kw_only=True)
class FeatureAblation(Method):
    """How much the score falls when a group of numbers is replaced by the baseline: score(x) - score(x without it).

    Groups are single numbers of a table, patches of an image, or given (superpixels, columns that belong together).
    What stands in for each other gets nothing; see 'shapley-sampling'.
    """

    name = "feature-ablation"
    family = "perturbation"
    needs_gradient = False
    groups: Any = groups_option()
    baseline: Any = baseline_option()
    background: Any = None
    seed: int = option(0, "Seed", low=0)

    def rows(self, region: Region) -> int:
        return Groups(region, self.groups).count

    def explain(self, region: Region) -> Found:
        base = baseline_of(region, self.baseline, self.background, self.seed)
        groups = Groups(region, self.groups)
        without = ~np.eye(groups.count, dtype=bool)

        def masks(_: np.ndarray, steps: np.ndarray) -> Maps:
            return groups.kept(without[steps])

        falls = region.question.scores[:, None] - masked_scores(region, base, groups.count, masks)
        return Found(groups.spread(falls, region), base)
