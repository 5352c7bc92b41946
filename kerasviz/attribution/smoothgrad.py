"""SmoothGrad: the mean gradient of noisy copies."""

from __future__ import annotations

from dataclasses import dataclass

from kerasviz.attribution.base import Found, Method, option
from kerasviz.attribution.noise import noise_option, noisy_gradients, samples_option
from kerasviz.attribution.region import Region

__all__ = ["SmoothGrad"]


@dataclass(frozen=True, kw_only=True)
class SmoothGrad(Method):
    """How much the score would change on average with a tiny change of each number near x: E[∂score/∂x at x + noise].

    Smilkov et al. 2017, https://arxiv.org/abs/1706.03825. Less noisy than saliency and as little an account of what the
    model used: it describes a neighbourhood, whose width is the noise.
    """

    name = "smoothgrad"
    measures = "slopes"
    num_samples: int = samples_option()
    noise: float = noise_option()
    seed: int = option(0, "Seed", low=0)

    def explain(self, region: Region) -> Found:
        return noisy_gradients(region, self.num_samples, self.noise, self.seed, (1,), find=lambda mean: mean)
