"""Saliency: the gradient."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from kerasviz.attribution.base import Found, Method, option
from kerasviz.attribution.region import Region

__all__ = ["Saliency"]


@dataclass(frozen=True, kw_only=True)
class Saliency(Method):
    """How much the score would change with a tiny change of each number: ∂score/∂x.

    Simonyan et al. 2013, https://arxiv.org/abs/1312.6034. It tells what the model is sensitive to, not what it
    used; it is noisy where the model is piecewise linear, and near zero where it is saturated.
    """

    name = "saliency"
    measures = "slopes"
    absolute: bool = option(False, "Without sign")

    def explain(self, region: Region) -> Found:
        gradients = region.question.at_samples(gradients=region.keys).gradients
        return Found({key: np.abs(g) if self.absolute else g for key, g in gradients.items()})
