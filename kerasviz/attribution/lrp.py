"""Layer-wise relevance propagation."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from kerasviz.attribution.base import Found, Method, option
from kerasviz.attribution.region import Region
from kerasviz.probes.question import Question
from kerasviz.probes.relevance import RelevanceRule, Rule

__all__ = ["Lrp", "no_rule"]


@dataclass(frozen=True, kw_only=True)
class Lrp(Method):
    """The score handed back layer by layer, to each number its share: R_i = Σ_j x_i w_ij R_j / (z_j + ε sign z_j).

    Bach et al. 2015, https://doi.org/10.1371/journal.pone.0130140. One rule in every layer with weights; γ and z⁺ as in
    Montavon et al. 2019. Rule ε: small ε is noisy (with ReLUs it is gradient × input), large ε shows only what is strong.
    Rule γ: w + γ max(w, 0) for w, so that what speaks for it counts more. Rule z⁺: max(w, 0) for w and no bias: nothing
    speaks against it, and any target looks much the same; both are made for inputs that are not negative. Biases and ε keep a
    part for themselves; without them the values sum to the score. Batch normalisation counts as part of the layer before it.
    """

    name = "lrp"
    measures = "shares"
    family = "relevance"
    rule: Rule = option("epsilon", "Rule", choices=("epsilon", "gamma", "z-plus"))
    epsilon: float = option(1e-6, "ε", low=1e-9, high=1e3)
    gamma: float = option(0.25, "γ", low=0.0, high=1e3)

    def supports(self, question: Question, layer: str | None = None) -> str | None:
        if question.squashed:
            return f"{self.name!r} hands back a logit; score='output' was asked for. Use it with score='auto'."
        return no_rule(self.name, question.without_a_rule(by_weight=self.rule != "epsilon"), self.rule)

    def explain(self, region: Region) -> Found:
        rule = RelevanceRule(self.rule, self.epsilon, self.gamma, region.question.folds)
        inner = tuple(key for key in region.keys if key not in region.question.inputs)
        answer = region.question.at_samples(gradients=region.keys, keep=inner, rule=rule)
        values = region.question.inputs | answer.activations
        return Found({key: gradient * values[key].astype(np.float32) for key, gradient in answer.gradients.items()})


def no_rule(name: str, missing: list[str], rule: str = "") -> str | None:
    """Why a method that needs a rule for every layer cannot explain these."""
    if not missing:
        return None
    more = f" and {len(missing) - 3} more" if len(missing) > 3 else ""
    named = f" {rule!r}" if rule not in ("", "epsilon") else ""
    return (
        f"{name!r} has no rule{named} for {', '.join(missing[:3])}{more}. Use 'integrated-gradients', which needs none."
    )
