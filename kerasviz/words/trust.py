"""How far the explanation can be trusted: what `kerasviz.evaluate` finds, as sentences."""

from __future__ import annotations

from typing import Any

import numpy as np

from kerasviz.attribution.base import Attribution
from kerasviz.attribution.evaluate import Evaluation, evaluate
from kerasviz.words.answer import Answer
from kerasviz.words.facts import Fact, Missing, Sentence

__all__ = ["trust_of"]

_LITTLE = 0.05  # of what a random order leaves: less is hardly a difference
_ALIKE = 0.5  # from here on `evaluate` warns too


def trust_of(answer: Answer, attribution: Attribution, *, thorough: bool) -> tuple[list[Sentence], list[Missing]]:
    """Completeness and deletion; `thorough`: also whether it changes when the model forgets what it learned."""
    subject = answer.subject
    checks = ["curves", "weights"] if thorough else ["curves"]
    found = evaluate(attribution, subject.probe, subject.x, checks=checks, progress=subject.stop_here)
    sentences = [*_complete(answer, attribution), *_curves(answer, found)]
    if thorough:
        sentences += _weights(answer, found)
    missing = []
    if found.curves is None:
        missing.append(Missing("curves", " ".join(found.notes)))
    return sentences, missing


def _complete(answer: Answer, attribution: Attribution) -> list[Sentence]:
    """What the shares miss of the difference they promise to sum to."""
    scores, base = attribution.scores, attribution.baseline_scores
    if attribution.delta is None or scores is None or base is None or scores[0] == base[0]:
        return []
    difference = abs(float(scores[0]) - float(base[0]))
    call = f"abs((a := {answer.subject.attribute_code}).delta[0] / (float(a.scores[0]) - float(a.baseline_scores[0])))"
    missed = Fact("missed_share", abs(float(attribution.delta[0])) / difference, "%", call)
    return [Sentence("complete", {"missed": missed})]


def _code(answer: Answer, checks: str) -> str:
    return f"kv.evaluate({answer.subject.attribute_code}, checks={checks})"


def _curves(answer: Answer, found: Evaluation) -> list[Sentence]:
    """Does the answer sink faster when what is named goes first?"""
    if found.curves is None:
        return []
    code = _code(answer, "['curves']") + ".curves"
    areas = {name: float(getattr(found.curves, f"{name}_area")[0]) for name in ("deletion", "random")}
    gaps: dict[str, Any] = {
        name: Fact(f"{name}_area", area, answer.unit, f"{code}.{name}_area[0]") for name, area in areas.items()
    }
    gained = areas["random"] - areas["deletion"]
    little = gained < _LITTLE * abs(areas["random"])
    return [Sentence("deletion_bad" if gained <= 0 else "deletion_little" if little else "deletion_good", gaps)]


def _weights(answer: Answer, found: Evaluation) -> list[Sentence]:
    """Does the picture change when the model forgets?"""
    if found.weights is None or not found.weights.layers or not np.isfinite(found.weights.rank_correlation[0, -1]):
        return []
    value = float(found.weights.rank_correlation[0, -1])
    fact = Fact("alike_without_learning", value, "", _code(answer, "['weights']") + ".weights.rank_correlation[0, -1]")
    return [Sentence("weights_bad" if value > _ALIKE else "weights_good", {"alike": fact})]
