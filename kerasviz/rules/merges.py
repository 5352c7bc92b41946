"""Sums, products and choices of several inputs, number by number: merging layers, and operations with constants."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np

from kerasviz.rules.implied_masks import refuse_masked
from kerasviz.rules.result import Block, Stage
from kerasviz.rules.rule import Job, NoRule, Rule, Sum, stage_of
from kerasviz.rules.sides import Side, gathered, sides_of

__all__ = ["RULE"]


def _explain(job: Job) -> Sum:
    if job.kind == "Average" and job.layer.is_operation:
        raise NoRule("It weighs what it averages.")
    if job.kind in ("Multiply", "Maximum", "Minimum") and not job.layer.is_operation:
        refuse_masked(job)
    sides = sides_of(job)
    if not any(side.operand for side in sides):
        raise NoRule("It takes constants only.")
    return _RULES[job.kind](job, sides)


def _weighted(sides: list[Side], weights: list[float]) -> Sum:
    pairs = list(zip(sides, weights, strict=True))
    bias = sum(side.value * weight for side, weight in pairs if side.operand is None)
    return Sum([side.term(weight) for side, weight in pairs if side.operand is not None], bias)


def _add(_: Job, sides: list[Side]) -> Sum:
    return _weighted(sides, [1.0] * len(sides))


def _subtract(_: Job, sides: list[Side]) -> Sum:
    return _weighted(sides, [1.0, -1.0])


def _average(_: Job, sides: list[Side]) -> Sum:
    return _weighted(sides, [1 / len(sides)] * len(sides))


def _multiply(job: Job, sides: list[Side]) -> Sum:
    """Input × input; of more than two, the product of the first ones is an inner result."""
    first, *rest = sorted(sides, key=lambda side: side.operand is None)
    if not rest:
        return Sum([first.term()])
    found, stages = Sum([first.times(rest[0])]), {}
    for number, side in enumerate(rest[1:], 2):
        name = f"product of {number}"
        stages[name] = stage_of(found, job.compute_dtype)
        found = Sum([_stage_times(name, stages[name], side)], stages=stages)
    return found


def _stage_times(name: str, stage: Stage, side: Side) -> Block:
    path = side.operand.path if side.operand else ""
    place = side.whole_place if side.operand else None
    return Block("", np.zeros((1, 0), int), np.array([stage.computed]), np.array([side.value]), path, place, name)


def _divide(job: Job, sides: list[Side]) -> Sum:
    above, below = sides
    if above.operand is None:
        return Sum([below.term()], **job.follows("reciprocal", lambda x: above.value / x))
    with np.errstate(all="ignore"):
        weight = float(np.float64(1) / np.float64(below.value))
    if job.kind == "DivideNoNan" and below.value == 0:
        weight = 0.0
    if below.operand is None:
        return Sum([above.term(weight)])
    divisor = stage_of(Sum([below.term()], **job.follows("reciprocal", np.reciprocal)), job.compute_dtype)
    return Sum([replace(above.term(weight), weight_stage="1 / divisor")], stages={"1 / divisor": divisor})


def _chosen(job: Job, sides: list[Side]) -> Sum:
    """The largest or smallest of the inputs, by 1; a constant is a limit."""
    fold, best = _CHOICES[job.kind]
    seen = [side for side in sides if side.operand is not None]
    limits = [side.value for side in sides if side.operand is None]
    chosen = seen[int(best([side.value for side in seen]))]
    note = "" if len(seen) == 1 else f"Chosen of {len(seen)}."
    if not limits:
        return Sum([chosen.term()], note=note)
    return Sum([chosen.term()], **job.follows("clip", lambda x: fold(x, limits[0])), note=note)


_CHOICES: dict[str, tuple[Any, Any]] = {
    "Maximum": (np.maximum, np.argmax),
    "Fmax": (np.fmax, np.nanargmax),
    "Minimum": (np.minimum, np.argmin),
    "Fmin": (np.fmin, np.nanargmin),
}


def _where(_: Job, sides: list[Side]) -> Sum:
    condition, *rest = sides
    if len(rest) != 2:
        raise NoRule("It gives places, not numbers.")
    chosen = rest[0] if condition.value else rest[1]
    note = f"The condition is {bool(condition.value)}."
    return Sum([], bias=chosen.value, note=note) if chosen.operand is None else Sum([chosen.term()], note=note)


def _pair(function: Callable[[np.ndarray, np.ndarray], np.ndarray], name: str) -> Callable[[Job, list[Side]], Sum]:
    """A function of two numbers, as one of the first that is an output."""

    def rule(job: Job, sides: list[Side]) -> Sum:
        one, other = sides
        if one.operand is None:
            return Sum([other.term()], **job.follows(name, lambda x: function(np.array(one.value), x)))
        stages = {} if other.operand is None else {"second": other.stage(job.compute_dtype)}
        follows = job.follows(name, lambda x: function(x, np.array(other.value)))
        return Sum([one.term()], **follows, stages=stages)

    return rule


_RULES: dict[str, Callable[[Job, list[Side]], Sum]] = {
    "Add": _add, "Subtract": _subtract, "Average": _average, "Multiply": _multiply,
    "Divide": _divide, "TrueDivide": _divide, "DivideNoNan": _divide,
    "Maximum": _chosen, "Minimum": _chosen, "Fmax": _chosen, "Fmin": _chosen, "Where": _where,
    "Power": _pair(np.power, "power"), "Mod": _pair(np.mod, "mod"), "FloorDivide": _pair(np.floor_divide, "floor_divide"),
    "Arctan2": _pair(np.arctan2, "arctan2"), "Hypot": _pair(np.hypot, "hypot"), "Logaddexp": _pair(np.logaddexp, "logaddexp"),
    "Greater": _pair(np.greater, ">"), "GreaterEqual": _pair(np.greater_equal, "≥"), "Less": _pair(np.less, "<"),
    "LessEqual": _pair(np.less_equal, "≤"), "Equal": _pair(np.equal, "="), "NotEqual": _pair(np.not_equal, "≠"),
    "LogicalAnd": _pair(np.logical_and, "and"), "LogicalOr": _pair(np.logical_or, "or"),
    "LogicalXor": _pair(np.logical_xor, "xor"),
}  # fmt: skip


def _reach(job: Job, marked: np.ndarray) -> list[np.ndarray]:
    return [gathered(marked, operand.values.shape) for operand in job.inputs()]


RULE = Rule("merges", frozenset(_RULES), _explain, _reach)
