"""Layer conductance."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal

import numpy as np

from kerasviz.attribution.base import Found, Method, option
from kerasviz.attribution.baselines import baseline_of, baseline_option
from kerasviz.attribution.integrated_gradients import mixed
from kerasviz.attribution.layers import no_layer
from kerasviz.attribution.region import Maps, Region
from kerasviz.attribution.sums import scores_at
from kerasviz.probes.question import Question

__all__ = ["Conductance"]


@dataclass(frozen=True, kw_only=True)
class Conductance(Method):
    """How much of the score's difference to a baseline flows through each unit of a layer: ∫ ∂score/∂y · ∂y/∂α dα.

    Dhamdhere et al. 2018, https://arxiv.org/abs/1805.12233, along the straight line between the inputs. The values of a layer
    that everything passes sum to score(x) - score(baseline); `delta` says by how much they miss it.
    """

    name = "conductance"
    family = "layer"
    needs_layer = True
    produces = "layer-map"
    complete = True
    measures = "shares"
    num_steps: int = option(50, "Steps", low=1, high=5000)
    rule: Literal["trapezoid", "left"] = option("trapezoid", "Integration", choices=("trapezoid", "left"))
    baseline: Any = baseline_option()
    background: Any = None
    seed: int = option(0, "Seed", low=0)

    def supports(self, question: Question, layer: str | None = None) -> str | None:
        return no_layer(self.name, question, layer)

    def explain(self, region: Region) -> Found:
        """Gradients at the ends of each step (or at the left one), times what the layer changes by in it."""
        source, question, (layer,) = Region(region.question), region.question, region.keys
        start, base = source.start, baseline_of(source, self.baseline, self.background, self.seed)
        alphas = np.linspace(0, 1, self.num_steps + 1)
        total = np.zeros(region.start[layer].shape)
        last: tuple[int, np.ndarray, np.ndarray] | None = None  # sample, activation and gradient of the row before
        for rows, steps in question.batches(self.num_steps + 1):
            points: Maps = {key: mixed(base[key][rows], start[key][rows], alphas[steps]) for key in start}
            answer = question.at(rows, points, gradients=(layer,), keep=(layer,))
            values = zip(rows, answer.activations[layer], answer.gradients[layer], strict=True)
            for row, activation, gradient in values:
                if last is not None and last[0] == row:
                    height = last[2] if self.rule == "left" else (gradient + last[2]) / 2
                    total[row] += (activation.astype(np.float64) - last[1]) * height
                last = (int(row), activation, gradient)
        return Found({layer: total}, base, scores_at(source, base))
