"""Gradient × activation of a layer."""

from __future__ import annotations

from dataclasses import dataclass

from kerasviz.attribution.base import Found, Method
from kerasviz.attribution.layers import no_layer
from kerasviz.attribution.region import Region
from kerasviz.probes.question import Question

__all__ = ["GradientXActivation"]


@dataclass(frozen=True, kw_only=True)
class GradientXActivation(Method):
    """What each unit of a layer adds to the score if what follows is taken as linear here: A · ∂score/∂A.

    Exact for a layer that only linear layers without bias follow; else a guess from one point.
    """

    name = "gradient-x-activation"
    measures = "shares"
    family = "layer"
    needs_layer = True
    produces = "layer-map"

    def supports(self, question: Question, layer: str | None = None) -> str | None:
        return no_layer(self.name, question, layer)

    def explain(self, region: Region) -> Found:
        answer = region.question.at_samples(gradients=region.keys, keep=region.keys)
        return Found({key: answer.gradients[key] * answer.activations[key] for key in region.keys})
