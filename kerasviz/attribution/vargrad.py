"""VarGrad: the variance of the gradient over noisy copies."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from kerasviz.attribution.base import Found, Method, option
from kerasviz.attribution.noise import noise_option, noisy_gradients, samples_option
from kerasviz.attribution.region import Maps, Region

__all__ = ["VarGrad"]


@dataclass(frozen=True, kw_only=True)
class VarGrad(Method):
    """How much the sensitivity to each number varies near x: Var[∂score/∂x at x + noise].

    Adebayo et al. 2018, https://arxiv.org/abs/1810.03307. Large where the gradient changes, not where it is large: a linear
    model gets zeros.
    """

    name = "vargrad"
    signed = False
    num_samples: int = samples_option()
    noise: float = noise_option()
    seed: int = option(0, "Seed", low=0)

    def explain(self, region: Region) -> Found:
        return noisy_gradients(region, self.num_samples, self.noise, self.seed, (1, 2), find=_variance)


def _variance(mean: Maps, square: Maps) -> Maps:
    return {key: np.maximum(square[key] - mean[key] ** 2, 0) for key in mean}
