"""The scaled residual of Inception-ResNet: one input, and a part of the other."""

from __future__ import annotations

import numpy as np

from kerasviz.rules.rule import Job, NoRule, Rule, Sum

__all__ = ["RULE"]


def _explain(job: Job) -> Sum:
    inputs = job.inputs()
    if len(inputs) != 2 or any(operand.values.shape != job.output.shape for operand in inputs):
        raise NoRule("It was given other than two inputs of its output's shape.")
    scale = float(job.cast(np.asarray(job.settings["scale"], np.float64), job.compute_dtype))
    return Sum([inputs[0].one(job.unit), inputs[1].one(job.unit, scale)])


def _reach(job: Job, marked: np.ndarray) -> list[np.ndarray]:
    return [marked for _ in job.inputs()]


RULE = Rule("scaled residual", frozenset({"CustomScaleLayer"}), _explain, _reach)
