"""Separable convolutions: first each channel by itself (a stage for each), then a mixture of the channels at the place."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from kerasviz.rules.conv import Bias, Convolution, convolution, reach_of
from kerasviz.rules.result import Block
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
    weights = job.cast(second[:, filter_])
    stages = {
        f"depthwise {number}": stage_of(Sum([first.block(job, job.unit, number)]), job.compute_dtype)
        for number in range(len(weights))
    }
    between = np.array([stage.computed for stage in stages.values()])
    # each stage is rounded, too, and its weight carries that on
    slack = float(np.abs(weights) @ np.array([stage.magnitude for stage in stages.values()]))
    numbers = np.arange(len(weights))[:, None]
    at = np.concatenate(
        [np.zeros((len(weights), len(first.axes)), int), numbers, np.full_like(numbers, filter_)], axis=1
    )
    block = Block("", numbers, between, weights, "pointwise_kernel", at, stage="depthwise {0}")
    bias = Bias(job, first.channel, second.shape[-1])
    follows = job.activate(
        job.settings.get("activation"),
        lambda: bias.row(lambda unit: first.totals(job, unit) @ job.cast(second)), job.unit[-1],
    )  # fmt: skip
    return Sum([block], bias.at(job.unit), stages=stages, slack=slack, **follows)


def _reach(job: Job, marked: np.ndarray) -> list[np.ndarray]:
    """As a plain convolution: every filter mixes all channels."""
    first = _first(job)
    return [reach_of(replace(first, depth=first.groups), marked)]


RULE = Rule("separable", frozenset({"SeparableConv1D", "SeparableConv2D"}), _explain, _reach)
