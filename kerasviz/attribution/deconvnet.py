"""The deconvolution network."""

from __future__ import annotations

from dataclasses import dataclass

from kerasviz.attribution.base import Found, Method
from kerasviz.attribution.guided_backprop import no_relus
from kerasviz.attribution.region import Region
from kerasviz.probes.question import Question
from kerasviz.probes.relus import DECONV

__all__ = ["Deconvnet"]


@dataclass(frozen=True, kw_only=True)
class Deconvnet(Method):
    """The gradient, cut off at each ReLU where it is negative, whatever the ReLU's input was.

    Zeiler & Fergus 2013, https://arxiv.org/abs/1311.2901. Like guided backpropagation it shows what could excite the
    units more than why this sample got its score.
    """

    name = "deconvnet"

    def supports(self, question: Question, layer: str | None = None) -> str | None:
        return no_relus(self.name, question)

    def explain(self, region: Region) -> Found:
        return Found(region.question.at_samples(gradients=region.keys, rule=DECONV).gradients)
