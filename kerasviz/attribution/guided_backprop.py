"""Guided backpropagation."""

from __future__ import annotations

from dataclasses import dataclass

from kerasviz.attribution.base import Found, Method
from kerasviz.attribution.region import Region
from kerasviz.probes.question import Question
from kerasviz.probes.relus import GUIDED

__all__ = ["GuidedBackprop", "no_relus"]


@dataclass(frozen=True, kw_only=True)
class GuidedBackprop(Method):
    """The gradient, cut off at each ReLU where it or the ReLU's input is negative.

    Springenberg et al. 2014, https://arxiv.org/abs/1412.6806. Crisp pictures of edges: they hardly change when the weights
    are randomised or another class is asked for (Adebayo et al. 2018), so they say little about the decision.
    """

    name = "guided-backprop"

    def supports(self, question: Question, layer: str | None = None) -> str | None:
        return no_relus(self.name, question)

    def explain(self, region: Region) -> Found:
        return Found(region.question.at_samples(gradients=region.keys, rule=GUIDED).gradients)


def no_relus(name: str, question: Question) -> str | None:
    """Why a method about ReLUs has nothing to do."""
    if question.has_relus:
        return None
    return (
        f"{name!r} changes how gradients pass a ReLU, and this model has none as a layer, an activation or an operation: "
        "it would be 'saliency'. Use that, or 'integrated-gradients'."
    )
