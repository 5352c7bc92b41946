"""DeepLIFT with the rescale rule."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from typing import Any

import numpy as np

from kerasviz.attribution.base import Found, Method, option
from kerasviz.attribution.baselines import NAMES, background_of, baseline_of
from kerasviz.attribution.lrp import no_rule
from kerasviz.attribution.region import Maps, Region
from kerasviz.attribution.sums import Sums
from kerasviz.probes.question import Question
from kerasviz.probes.relevance import RescaleRule

__all__ = ["DeepLift"]


@dataclass(frozen=True, kw_only=True)
class DeepLift(Method):
    """How the score's difference to a baseline splits, activation by activation: (x - b) · Π Δy / Δz on the way back.

    Shrikumar et al. 2017, https://arxiv.org/abs/1704.02685, the rescale rule. One pass; the values sum to
    score(x) - score(b). Where effects cancel or depend on each other, it differs from integrated gradients for no good
    reason. What a maximum rises by goes to where the sample has it, what it falls by to where the baseline had it. The baseline
    "samples" is every sample of the background, the values their mean (DeepSHAP, Lundberg & Lee 2017).
    """

    name = "deep-lift"
    family = "relevance"
    complete = True
    measures = "shares"
    baseline: Any = option("zero", "Baseline", choices=(*NAMES, "samples"), free=True)
    background: Any = None
    seed: int = option(0, "Seed", low=0)

    def supports(self, question: Question, layer: str | None = None) -> str | None:
        if question.squashed:
            return f"{self.name!r} explains a logit; score='output' was asked for. Use it with score='auto'."
        if question.only_batch is not None:
            return f"{self.name!r} runs samples beside baselines; this model takes batches of one size. Use 'lrp'."
        return no_rule(self.name, question.without_a_rule())

    def rows(self, region: Region) -> int:
        return 2 * (_count(background_of(region, self.background)) if self._averages else 1)

    @property
    def _averages(self) -> bool:
        return isinstance(self.baseline, str) and self.baseline == "samples"

    def explain(self, region: Region) -> Found:
        start, question = region.start, region.question
        if self._averages:
            base = background_of(region, self.background)
        else:
            base = baseline_of(region, self.baseline, self.background, self.seed)
        count = _count(base) if self._averages else 1
        sums, scores = Sums(question.size), np.zeros(question.size)
        _ = question.indices  # found now, so that no samples come along and stand between the pairs

        def find(done: int) -> Found:
            maps = {key: total / done for key, total in sums.maps.items()}
            mean = {key: np.broadcast_to(base[key][:done].mean(axis=0), start[key].shape) for key in start}
            return Found(maps, mean if self._averages else base, scores / done)

        for both, steps in question.batches(2 * count):  # sample and baseline in turn
            rows, pairs = both[steps % 2 == 0], steps[steps % 2 == 0] // 2  # a pair is run whole, where it begins
            if len(rows) == 0:
                continue
            others = {key: array[pairs if self._averages else rows] for key, array in base.items()}
            points = {key: _in_turn(start[key][rows], others[key]) for key in start}
            answer = question.at(np.repeat(rows, 2), points, gradients=region.keys, rule=RescaleRule())
            np.add.at(scores, rows, answer.scores[1::2])
            differences = {key: start[key][rows].astype(np.float64) - others[key] for key in start}
            products = {key: each * answer.gradients[key][0::2] for key, each in differences.items()}
            sums.add(rows, products, np.ones(len(rows)))
            region.so_far(int(pairs[-1]) + 1, count, partial(find, int(pairs[-1]) + 1))
        return find(count)


def _count(samples: Maps) -> int:
    return len(next(iter(samples.values())))


def _in_turn(first: np.ndarray, second: np.ndarray) -> np.ndarray:
    """One of these, one of those."""
    return np.stack([first, second], axis=1).reshape(-1, *first.shape[1:])
