"""Layer conductance."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal

import numpy as np

from kerasviz.attribution.base import Found, Method, option
from kerasviz.attribution.baselines import baseline_of, baseline_option
from kerasviz.attribution.integrated_gradients import mixed
from kerasviz.attribution.layers import no_layer
from kerasviz.attribution.quadrature import quadrature
from kerasviz.attribution.region import Maps, Region
from kerasviz.attribution.sums import mean_gradients, scores_at
from kerasviz.probes.question import Question
from kerasviz.probes.unit_targets import Unit

__all__ = ["Conductance"]


@dataclass(frozen=True, kw_only=True)
class Conductance(Method):
    """How much of the score's difference to a baseline flows through each unit of a layer: ∫ ∂score/∂y · ∂y/∂α dα.

    Dhamdhere et al. 2018, https://arxiv.org/abs/1805.12233, along the straight line between the inputs. The values of a layer
    that everything passes sum to score(x) - score(baseline); `delta` says by how much they miss it. With a `unit` of the layer,
    how what flows through that one splits over the inputs.
    """

    name = "conductance"
    family = "layer"
    needs_layer = True
    produces = "layer-map"
    complete = True
    measures = "shares"
    num_steps: int = option(50, "Steps", low=1, high=5000)
    rule: Literal["trapezoid", "left"] = option("trapezoid", "Integration", choices=("trapezoid", "left"))
    unit: Any = None
    baseline: Any = baseline_option()
    background: Any = None
    seed: int = option(0, "Seed", low=0)

    def supports(self, question: Question, layer: str | None = None) -> str | None:
        return no_layer(self.name, question, layer)

    def explain(self, region: Region) -> Found:
        """Gradients at the ends of each step (or at the left one), times what the layer changes by in it."""
        source, question, (layer,) = Region(region.question), region.question, region.keys
        start, base = source.start, baseline_of(source, self.baseline, self.background, self.seed)
        if self.unit is not None:
            return self._through(Unit(layer, self.unit), source, base)
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

    def _through(self, unit: Unit, source: Region, base: Maps) -> Found:
        """(x - b) · ∫ ∂score/∂unit · ∂unit/∂x dα: by input."""
        question, start, layer = source.question, source.start, unit.layer
        left = self.rule == "left"  # a trapezoid has two ends
        alphas, weights = quadrature(f"riemann-{self.rule}", self.num_steps if left else self.num_steps + 1)
        target = question.of_unit(unit)

        def points(rows: np.ndarray, steps: np.ndarray) -> Maps:
            return {key: mixed(base[key][rows], start[key][rows], alphas[steps]) for key in start}

        def product(gradients: Maps, rows: np.ndarray, steps: np.ndarray) -> Maps:
            slopes = question.at(rows, points(rows, steps), gradients=(layer,)).gradients[layer]
            there = slopes[(np.arange(len(rows)), *target.indices[rows].T)]
            return {key: each * there.reshape(-1, *(1,) * (each.ndim - 1)) for key, each in gradients.items()}

        def find(gradients: Maps, _: np.ndarray) -> Found:
            maps = {key: (start[key].astype(np.float64) - base[key]) * gradients[key] for key in start}
            return Found(maps, base, region=source)

        return mean_gradients(Region(target), weights, points, find, moment=product)
