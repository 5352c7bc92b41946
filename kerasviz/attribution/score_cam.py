"""Score-CAM."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import numpy as np

from kerasviz.attribution.base import Found, Method, option
from kerasviz.attribution.baselines import baseline_of, baseline_option
from kerasviz.attribution.cam import axes_of_layer, last_spatial_layer, no_positions, over_input
from kerasviz.attribution.masking import masked_scores
from kerasviz.attribution.region import Maps, Region
from kerasviz.probes.question import Question

__all__ = ["ScoreCam"]


@dataclass(frozen=True, kw_only=True)
class ScoreCam(Method):
    """Where channels that raise the score are active: ReLU(Σ_c softmax_c(score(x · A_c) - score(baseline)) · A_c).

    Wang et al. 2020, https://arxiv.org/abs/1910.01279; A_c is stretched over the input and scaled to 0 … 1. One model run
    for each channel that is not the same everywhere. The softmax lets a few channels decide as soon as scores are far apart.
    """

    name = "score-cam"
    family = "maps"
    needs_gradient = False
    signed = False
    produces = "layer-map"
    max_channels: int | None = option(None, "Only so many channels", low=1)
    baseline: Any = baseline_option()
    background: Any = None
    seed: int = option(0, "Seed", low=0)

    def supports(self, question: Question, layer: str | None = None) -> str | None:
        flat = [key for key in question.inputs if not Region(question).spatial_axes(key)]
        if flat:
            return f"{self.name!r} masks positions, and {flat[0]!r} has none. Use 'grad-cam' or 'feature-ablation'."
        return no_positions(self.name, question, layer)

    def default_layer(self, question: Question) -> str | None:
        return last_spatial_layer(question)

    def rows(self, region: Region) -> int:
        layer = region.question.layers[region.places[0].key]
        _, channel = axes_of_layer(layer)
        count = (layer.output_shape or (1,))[channel] or 1
        return min(count, self.max_channels or count) + 1

    def explain(self, region: Region) -> Found:
        layer = region.places[0].key
        inputs = Region(region.question)
        _, channel = axes_of_layer(region.question.layers[layer])
        maps = np.moveaxis(region.start[layer], channel, 1).astype(np.float32)  # (batch, channel, *positions)
        maps = _most_varied(maps, self.max_channels)
        scaled = _scaled(maps)
        base = baseline_of(inputs, self.baseline, self.background, self.seed)
        (live,) = np.nonzero(scaled.any(axis=(0, *range(2, scaled.ndim))))

        def masks(rows: np.ndarray, steps: np.ndarray) -> Maps:
            """The last step is the baseline itself."""
            chosen = scaled[rows, np.append(live, -1)[steps]]
            return {place.key: over_input(inputs, place.name, chosen) for place in inputs.places}

        found = masked_scores(inputs, base, len(live) + 1, masks)
        raised = np.zeros(maps.shape[:2])  # a channel that is the same everywhere shows the baseline
        raised[:, live] = found[:, :-1] - found[:, -1:]
        weights = np.exp(raised - raised.max(axis=1, keepdims=True))
        weights /= weights.sum(axis=1, keepdims=True)
        map_ = np.einsum("bc,bc...->b...", weights, maps)
        return Found({layer: np.maximum(map_, 0)}, base, found[:, -1])


def _most_varied(maps: np.ndarray, count: int | None) -> np.ndarray:
    if count is None or count >= maps.shape[1]:
        return maps
    variances = maps.reshape(*maps.shape[:2], -1).var(axis=-1)
    chosen = np.argsort(-variances, axis=1, kind="stable")[:, :count]
    varied: np.ndarray = np.take_along_axis(maps, chosen.reshape(*chosen.shape, *(1,) * (maps.ndim - 2)), axis=1)
    return varied


def _scaled(maps: np.ndarray) -> np.ndarray:
    """Each channel from 0 to 1; a constant one is 0, and so is one more, which lets nothing through."""
    batch, count, *positions = maps.shape
    scaled = np.zeros((batch, count + 1, math.prod(positions)), maps.dtype)
    raised = scaled[:, :-1]
    flat = maps.reshape(batch, count, -1)
    np.subtract(flat, flat.min(axis=2, keepdims=True), out=raised)
    highest = raised.max(axis=2, keepdims=True)
    raised /= np.where(highest > 0, highest, 1)
    return scaled.reshape(batch, count + 1, *positions)
