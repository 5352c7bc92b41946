"""Expected gradients, also known as GradientSHAP."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from kerasviz.attribution.base import Found, Method, option
from kerasviz.attribution.baselines import background_of
from kerasviz.attribution.integrated_gradients import mixed
from kerasviz.attribution.region import Maps, Region
from kerasviz.attribution.sums import mean_gradients

__all__ = ["ExpectedGradients"]


@dataclass(frozen=True, kw_only=True)
class ExpectedGradients(Method):
    """Integrated gradients averaged over many baselines: E[(x - b) · ∂score/∂x at b + α (x - b)], b and α random.

    Erion et al. 2021, https://arxiv.org/abs/1906.10670. The values sum to score(x) less the baselines' mean score, but for
    the noise of sampling, which `delta` shows. `background` says what is normal: choose it as you mean it.
    """

    name = "expected-gradients"
    needs_background = True
    complete = True
    measures = "shares"
    num_samples: int = option(50, "Samples", low=1, high=5000)
    background: Any = None
    seed: int = option(0, "Seed", low=0)

    def explain(self, region: Region) -> Found:
        start, others = region.start, background_of(region, self.background)
        rng = np.random.default_rng(self.seed)
        count = len(next(iter(others.values())))
        chosen, alphas = rng.integers(count, size=self.num_samples), rng.random(self.num_samples)

        def points(rows: np.ndarray, steps: np.ndarray) -> Maps:
            return {key: mixed(others[key][chosen[steps]], start[key][rows], alphas[steps]) for key in start}

        def product(gradients: Maps, rows: np.ndarray, steps: np.ndarray) -> Maps:
            return {key: (start[key][rows] - others[key][chosen[steps]]) * gradients[key] for key in start}

        drawn = _scores(region, others, chosen)

        def find(maps: Maps, scores: np.ndarray) -> Found:
            made = chosen[: scores.shape[1]]
            baseline = {key: np.broadcast_to(others[key][made].mean(axis=0), start[key].shape) for key in start}
            return Found(maps, baseline, drawn[:, : len(made)].mean(axis=1))

        weights = np.full(self.num_samples, 1 / self.num_samples)
        return mean_gradients(region, weights, points, find, moment=product)


def _scores(region: Region, others: Maps, chosen: np.ndarray) -> np.ndarray:
    """The scores of the baselines that were drawn, for each sample's target: (batch, draws)."""
    unique, places = np.unique(chosen, return_inverse=True)
    scores = np.zeros((region.question.size, len(unique)))
    for rows, steps in region.question.batches(len(unique), reports=False):
        points = {key: array[unique[steps]] for key, array in others.items()}
        scores[rows, steps] = region.question.at(rows, points).scores
    return scores[:, places]
