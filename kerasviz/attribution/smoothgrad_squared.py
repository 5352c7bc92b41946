"""SmoothGrad²: the mean squared gradient of noisy copies."""

from __future__ import annotations

from dataclasses import dataclass

from kerasviz.attribution.base import Found, Method, option
from kerasviz.attribution.noise import noise_option, noisy_gradients, samples_option
from kerasviz.attribution.region import Region

__all__ = ["SmoothGradSquared"]


@dataclass(frozen=True, kw_only=True)
class SmoothGradSquared(Method):
    """How strongly the score reacts to each number near x, in either direction: E[(∂score/∂x at x + noise)²].

    Hooker et al. 2019, https://arxiv.org/abs/1806.10758. Squares make a few pixels stand out and say nothing of
    for or against.
    """

    name = "smoothgrad-squared"
    signed = False
    num_samples: int = samples_option()
    noise: float = noise_option()
    seed: int = option(0, "Seed", low=0)

    def explain(self, region: Region) -> Found:
        return noisy_gradients(region, self.num_samples, self.noise, self.seed, (2,), find=lambda square: square)
