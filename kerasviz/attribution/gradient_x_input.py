"""Gradient × input."""

from __future__ import annotations

from dataclasses import dataclass

from kerasviz.attribution.base import Found, Method
from kerasviz.attribution.region import Region

__all__ = ["GradientXInput"]


@dataclass(frozen=True, kw_only=True)
class GradientXInput(Method):
    """What each number adds to the score if the model is taken as linear here: x · ∂score/∂x.

    Shrikumar et al. 2016, https://arxiv.org/abs/1605.01713. Exact for linear models without bias. What is zero gets
    zero, also where being zero matters (black strokes); not to be trusted where the model saturates.
    """

    name = "gradient-x-input"
    measures = "shares"

    def explain(self, region: Region) -> Found:
        inner = tuple(key for key in region.keys if key not in region.question.inputs)
        answer = region.question.at_samples(gradients=region.keys, keep=inner)
        values = region.question.inputs | answer.activations
        return Found({key: gradient * values[key] for key, gradient in answer.gradients.items()})
