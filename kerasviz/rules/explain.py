"""From a job to its arithmetic: the rule that fits, its sum, and the model's own value beside it."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from kerasviz.errors import NoRuleError
from kerasviz.models.layer_info import LayerInfo
from kerasviz.rules import RULES
from kerasviz.rules.reasons import REASONS, reason_for
from kerasviz.rules.result import Arithmetic, Index, Stage, Terms
from kerasviz.rules.rule import Job, NoRule, Rule, Sum, bound_of

__all__ = ["explain", "is_whole", "rule_for", "sum_of"]


def explain(job: Job) -> Arithmetic:
    """The arithmetic of a job's unit."""
    try:
        rule = rule_for(job)
        found = rule.explain(job)
    except NoRule as reason:
        raise NoRuleError(job.layer.path, job.kind, str(reason)) from None
    plain = Arithmetic(
        terms=Terms(found.blocks),
        bias=found.bias,
        activation=found.activation,
        function=found.function,
        value=float(np.asarray(job.output[job.unit])),
        note=found.note,
        layer=job.layer.path,
        kind=job.kind,
        unit=(*job.prefix, *job.unit),
        rule=rule.name,
        stages=found.stages,
    )
    return _bounded(plain, found, job)


def sum_of(job: Job, rule: Rule, unit: Index) -> Stage:
    """The sum of one unit of a layer, without the model's own value."""
    found = rule.explain(replace(job, unit=unit))
    return Stage(Terms(found.blocks), found.bias, found.activation, found.function)


def rule_for(job: Job) -> Rule:
    """The rule of a layer; containers hand on what a layer inside gave, unless there is a rule for them."""
    rule = next((rule for rule in RULES.all().values() if rule.fits(job.layer)), None)
    if rule is None and job.layer.is_container and job.kind not in REASONS:
        rule = RULES.get("border")
    if rule is None:
        raise NoRule(reason_for(job.kind, job.layer.package))
    return rule


def is_whole(layer: LayerInfo) -> bool:
    """Whether a layer has a rule of its own that leads to its inputs, whatever hangs in it."""
    return any(rule.reach is not None and rule.fits(layer) for rule in RULES.all().values())


def _bounded(plain: Arithmetic, found: Sum, job: Job) -> Arithmetic:
    return replace(plain, bound=bound_of(plain, found, job.compute_dtype))
