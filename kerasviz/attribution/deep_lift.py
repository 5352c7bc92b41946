"""DeepLIFT with the rescale rule."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from kerasviz.attribution.base import Found, Method, option
from kerasviz.attribution.baselines import baseline_of, baseline_option
from kerasviz.attribution.lrp import no_rule
from kerasviz.attribution.region import Maps, Region
from kerasviz.probes.question import Question
from kerasviz.probes.relevance import RescaleRule

__all__ = ["DeepLift"]


@dataclass(frozen=True, kw_only=True)
class DeepLift(Method):
    """How the score's difference to a baseline splits, activation by activation: (x - b) · Π Δy / Δz on the way back.

    Shrikumar et al. 2017, https://arxiv.org/abs/1704.02685, the rescale rule. One pass; the values sum to
    score(x) - score(b). Where effects cancel or depend on each other, it differs from integrated gradients for no good
    reason. What a maximum rises by goes to where the sample has it, what it falls by to where the baseline had it.
    """

    name = "deep-lift"
    family = "relevance"
    complete = True
    measures = "shares"
    baseline: Any = baseline_option()
    background: Any = None
    seed: int = option(0, "Seed", low=0)

    def supports(self, question: Question, layer: str | None = None) -> str | None:
        if question.squashed:
            return f"{self.name!r} explains a logit; score='output' was asked for. Use it with score='auto'."
        if question.only_batch is not None:
            return f"{self.name!r} runs samples beside baselines; this model takes batches of one size. Use 'lrp'."
        return no_rule(self.name, question.without_a_rule())

    def rows(self, region: Region) -> int:
        return 2

    def explain(self, region: Region) -> Found:
        start, question = region.start, region.question
        base = baseline_of(region, self.baseline, self.background, self.seed)
        scores = np.zeros(question.size)
        maps: Maps = {key: np.zeros(array.shape) for key, array in start.items()}
        for pairs, _ in question.batches(2):  # sample and baseline in turn
            rows = np.unique(pairs)  # whole pairs, also of those that two batches share
            both = np.repeat(rows, 2)
            points = {key: _in_turn(start[key][rows], base[key][rows]) for key in start}
            answer = question.at(both, points, gradients=region.keys, rule=RescaleRule())
            scores[rows] = answer.scores[1::2]
            for key in start:
                difference = start[key][rows].astype(np.float64) - base[key][rows]
                maps[key][rows] = difference * answer.gradients[key][0::2]
        return Found(maps, base, scores)


def _in_turn(first: np.ndarray, second: np.ndarray) -> np.ndarray:
    """One of these, one of those."""
    return np.stack([first, second], axis=1).reshape(-1, *first.shape[1:])
