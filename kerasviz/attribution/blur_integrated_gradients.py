"""Blur integrated gradients."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from kerasviz.attribution.base import Found, Method, option
from kerasviz.attribution.quadrature import spread
from kerasviz.attribution.region import Maps, Region
from kerasviz.attribution.spatial import blur
from kerasviz.attribution.sums import mean_gradients, scores_at
from kerasviz.probes.question import Question

__all__ = ["BlurIntegratedGradients"]


@dataclass(frozen=True, kw_only=True)
class BlurIntegratedGradients(Method):
    """How the score's difference to a blurred sample splits: ∫ ∂score/∂x · ∂x/∂σ dσ while the blur σ goes to zero.

    Xu et al. 2020, https://arxiv.org/abs/2004.03383. No new colour comes in on the way, as it does from a black baseline.
    The values sum to score(x) - score(x blurred by `sigma`); `delta` says by how much they miss it.
    """

    name = "blur-integrated-gradients"
    complete = True
    measures = "shares"
    num_steps: int = option(50, "Steps", low=1, high=1000)
    sigma: float | None = option(None, "Blur at the start", low=0.1)

    def supports(self, question: Question, layer: str | None = None) -> str | None:
        region = Region(question)
        flat = [place.name for place in region.places if not region.spatial_axes(place.key)]
        if layer is None and not flat:
            return None
        what = f"{flat[0]!r} has none" if flat else "the inputs' positions are blurred, not a layer's"
        return f"{self.name!r} blurs positions, and {what}. Use 'integrated-gradients'."

    def explain(self, region: Region) -> Found:
        """Gradients at both ends of each step, times the step."""
        start, question = region.start, region.question
        widths = {key: self.sigma or self._widest(region, key) for key in start}
        shares = np.linspace(1, 0, self.num_steps + 1)  # of the widest blur
        order = spread(self.num_steps + 1)  # what is shown meanwhile comes from all over the way

        def points(rows: np.ndarray, steps: np.ndarray) -> Maps:
            return self._blurred(region, rows, shares[order[steps]], widths)

        def product(gradients: Maps, rows: np.ndarray, steps: np.ndarray) -> Maps:
            around = np.maximum(order[steps] - 1, 0), np.minimum(order[steps] + 1, self.num_steps)
            before, after = (self._blurred(region, rows, shares[each], widths) for each in around)
            return {key: gradients[key] * (after[key] - before[key]) / 2 for key in start}

        base = self._blurred(region, np.arange(question.size), np.ones(question.size), widths)
        scores = scores_at(region, base)
        weights = np.ones(self.num_steps + 1)
        return mean_gradients(region, weights, points, lambda maps, _: Found(maps, base, scores), moment=product)

    def _widest(self, region: Region, key: str) -> float:
        lengths = [int(region.start[key].shape[axis]) for axis in region.spatial_axes(key)]
        return max(lengths) / 4

    def _blurred(self, region: Region, rows: np.ndarray, shares: np.ndarray, widths: dict[str, float]) -> Maps:
        """Row i: sample rows[i], blurred by shares[i] of the widest blur."""
        found: Maps = {}
        for key, array in region.start.items():
            axes = region.spatial_axes(key)
            found[key] = array[rows].copy()
            for share in np.unique(shares):
                same = shares == share
                found[key][same] = blur(array[rows[same]], share * widths[key], axes)
        return found
