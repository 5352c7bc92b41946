"""Guided Grad-CAM."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from kerasviz.attribution.base import Found, Method
from kerasviz.attribution.cam import axes_of_layer, last_spatial_layer, no_positions, over_input
from kerasviz.attribution.grad_cam import GradCam
from kerasviz.attribution.guided_backprop import no_relus
from kerasviz.attribution.region import Region
from kerasviz.probes.question import Question
from kerasviz.probes.relus import GUIDED

__all__ = ["GuidedGradCam"]


@dataclass(frozen=True, kw_only=True)
class GuidedGradCam(Method):
    """Guided backpropagation where Grad-CAM points: the two multiplied, the map stretched over the input.

    Selvaraju et al. 2017, https://arxiv.org/abs/1610.02391. `layer` says where Grad-CAM is taken. The fine detail is guided
    backpropagation's, with all that is to be said against it.
    """

    name = "guided-grad-cam"
    family = "maps"

    def supports(self, question: Question, layer: str | None = None) -> str | None:
        return no_relus(self.name, question) or no_positions(self.name, question, layer)

    def default_layer(self, question: Question) -> str | None:
        return last_spatial_layer(question)

    def rows(self, region: Region) -> int:
        return 2

    def explain(self, region: Region) -> Found:
        question = region.question
        (layer,) = region.keys
        region = Region(question)
        inputs = [place for place in region.places if region.spatial_axes(place.key)]
        answer = question.at_samples(gradients=(layer,), keep=(layer,))
        _, channel = axes_of_layer(question.layers[layer])
        cam = GradCam().combine(
            *(np.moveaxis(found[layer], channel, -1) for found in (answer.activations, answer.gradients))
        )
        guided = question.at_samples(gradients=region.keys, rule=GUIDED).gradients
        maps = dict(guided)
        for place in inputs:
            maps[place.key] = guided[place.key] * over_input(region, place.name, np.maximum(cam, 0))
        return Found(maps, region=region)
