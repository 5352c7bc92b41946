"""Attention rollout."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from kerasviz.attribution.attention import attention_of, no_attention, row_of, row_option
from kerasviz.attribution.base import Found, Method
from kerasviz.attribution.region import Region
from kerasviz.probes.question import Question

__all__ = ["AttentionRollout"]


@dataclass(frozen=True, kw_only=True)
class AttentionRollout(Method):
    """Whom each position listened to, through all layers: the product of (A + I) / 2, A the mean over the heads.

    Abnar & Zuidema 2020, https://arxiv.org/abs/2005.00928. It knows nothing of the score, of values or of what the other
    layers do: the same for every target. `row` is the position that answers: 0 with a class token, else the mean.
    """

    name = "attention-rollout"
    family = "attention"
    needs_gradient = False
    signed = False
    produces = "layer-map"
    takes_layer = False
    targeted = False
    row: Any = row_option()

    def supports(self, question: Question, layer: str | None = None) -> str | None:
        return no_attention(self.name, question, layer)

    def explain(self, region: Region) -> Found:
        total: np.ndarray | None = None
        for weights, _ in attention_of(region.question, gradients=False):
            mixed = (weights.mean(axis=1) + np.eye(weights.shape[-1])) / 2
            mixed = mixed / mixed.sum(axis=-1, keepdims=True)
            total = mixed if total is None else mixed @ total
        first = region.question.attention[0].rpartition("/")[0]
        maps = {first: row_of(np.asarray(total), self.row)}
        return Found(maps, region=Region(region.question, first))
