"""Separable convolutions: first each channel by itself (a stage for each), then a mixture of the channels at the place."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from kerasviz.rules.conv import Bias, Convolution, convolution, reach_of
from kerasviz.rules.result import Block, Stage
from kerasviz.rules.rule import Job, NoRule, Rule, Sum, stage_of

__all__ = ["RULE"]


def _first(job: Job) -> Convolution:
    return convolution(job, "depthwise_kernel", depthwise=True)


def _second(job: Job) -> np.ndarray:
    """(channels between, filters), as the layer has it."""
    if not job.has_weight("pointwise_kernel"):
        raise NoRule("Its kernels are no weights of it and cannot be seen.")
    kernel = job.raw("pointwise_kernel")
    return kernel.reshape(kernel.shape[-2:])


def _explain(job: Job) -> Sum:
    first, second = _first(job), _second(job)
    filter_ = job.unit[first.channel]
    stages, blocks, slack = {}, [], 0.0
    weights = job.cast(second[:, filter_])
    before = (0,) * len(first.axes)
    for number, weight in enumerate(weights):
        name = f"depthwise {number}"
        stage = stage_of(Sum([first.block(job, job.unit, number)]), job.compute_dtype)
        stages[name] = stage
        slack += abs(weight) * stage.magnitude  # the stage's own rounding, through its weight
        blocks.append(_term(name, stage, float(weight), (*before, number, filter_)))
    bias = Bias(job, first.channel, second.shape[-1])
    follows = job.activate(
        job.settings.get("activation"),
        lambda: bias.row(lambda unit: first.totals(job, unit) @ job.cast(second)), job.unit[-1],
    )  # fmt: skip
    return Sum(blocks, bias.at(job.unit), stages=stages, slack=slack, **follows)


def _term(name: str, stage: Stage, weight: float, at: tuple[int, ...]) -> Block:
    return Block(
        "", np.zeros((1, 0), int), np.array([stage.computed]), np.array([weight]),
        "pointwise_kernel", np.array([at]), stage=name,
    )  # fmt: skip


def _reach(job: Job, marked: np.ndarray) -> list[np.ndarray]:
    """As a plain convolution: every filter mixes all channels."""
    first = _first(job)
    return [reach_of(replace(first, depth=first.groups), marked)]


RULE = Rule("separable", frozenset({"SeparableConv1D", "SeparableConv2D"}), _explain, _reach)
