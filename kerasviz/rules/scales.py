"""Layers inside Keras's architectures that scale: ConvNeXt's by a weight per channel, Inception-ResNet's by a number."""

from __future__ import annotations

import numpy as np

from kerasviz.rules.rule import Job, NoRule, Rule, Sum
from kerasviz.rules.sides import gathered

__all__ = ["RULE"]


def _explain(job: Job) -> Sum:
    if job.kind == "CustomScaleLayer":
        return _residual(job)
    source, at = job.input(), job.unit[-1:]
    (name,) = job.facts.weights(job.layer.path)  # Keras gives it no name of its own
    gamma = float(job.weight(name)[at])
    return Sum([source.block(np.array([job.unit]), gamma, weight_path=name, weight_index=np.array([at]))])


def _residual(job: Job) -> Sum:
    """One input, and a part of the other."""
    inputs = job.inputs()
    if len(inputs) != 2 or any(operand.values.shape != job.output.shape for operand in inputs):
        raise NoRule("It was given other than two inputs of its output's shape.")
    scale = float(job.cast(np.asarray(job.settings["scale"], np.float64), job.compute_dtype))
    return Sum([inputs[0].one(job.unit), inputs[1].one(job.unit, scale)])


def _reach(job: Job, marked: np.ndarray) -> list[np.ndarray]:
    return [gathered(marked, operand.values.shape) for operand in job.inputs()]


RULE = Rule("scales", frozenset({"LayerScale", "CustomScaleLayer"}), _explain, _reach)
