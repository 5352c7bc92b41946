"""Attention × gradient."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from kerasviz.attribution.attention import attention_of, no_attention, row_of, row_option
from kerasviz.attribution.base import Found, Method
from kerasviz.attribution.region import Region
from kerasviz.probes.question import Question

__all__ = ["AttentionXGradient"]


@dataclass(frozen=True, kw_only=True)
class AttentionXGradient(Method):
    """Whom each position listened to, where that raised the score: R ← R + E_heads[ReLU(A · ∂score/∂A)] R, from R = 1.

    Chefer et al. 2021, https://arxiv.org/abs/2103.15679. Positions only, and only through attention: what passes beside it
    is taken as unchanged. `row` is the position that answers: 0 with a class token, else the mean.
    """

    name = "attention-x-gradient"
    family = "attention"
    needs_gradient = True
    signed = False
    produces = "layer-map"
    takes_layer = False
    row: Any = row_option()

    def supports(self, question: Question, layer: str | None = None) -> str | None:
        return no_attention(self.name, question, layer)

    def explain(self, region: Region) -> Found:
        total: np.ndarray | None = None
        for weights, gradients in attention_of(region.question, gradients=True):
            total = np.eye(weights.shape[-1]) if total is None else total
            total = total + np.maximum(weights * gradients, 0).mean(axis=1) @ total
        first = region.question.attention[0].rpartition("/")[0]
        maps = {first: row_of(np.asarray(total), self.row)}
        return Found(maps, region=Region(region.question, first))
