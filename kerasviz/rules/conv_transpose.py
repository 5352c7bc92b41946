"""Transposed convolutions: each cell of the input spreads the kernel over the output; a unit sums what falls on it."""

from __future__ import annotations

import numpy as np

from kerasviz.rules.conv import Convolution, reach_of, sum_of
from kerasviz.rules.rule import Job, NoRule, Rule, Sum
from kerasviz.rules.taps import each, spatial, transposed

__all__ = ["RULE"]


def _found(job: Job) -> Convolution:
    settings, source = job.settings, job.input("inputs")
    if settings.get("lora_rank") or settings.get("quantization_config"):
        raise NoRule("Its kernel is quantised or has LoRA weights.")
    padding = settings.get("padding")
    axes, channel = spatial(settings, source.values.ndim)
    sizes = each(settings.get("kernel_size"), len(axes), "kernel_size")
    strides = each(settings.get("strides"), len(axes), "strides")
    dilations = each(settings.get("dilation_rate"), len(axes), "dilation_rate")
    if padding not in ("valid", "same"):
        raise NoRule(f"Its padding {padding!r} is not known.")
    taps = []
    for axis, size, stride, dilation in zip(axes, sizes, strides, dilations, strict=True):
        length, count = source.values.shape[axis], job.output.shape[axis]
        # "same" is the gradient of a convolution that pads the output's length down to the input's
        hanging = (length - 1) * stride + (size - 1) * dilation + 1 - count if padding == "same" else 0
        taps.append(transposed(length, count, size, stride, dilation, max(0, hanging) // 2))
    return Convolution(
        source, axes, channel, tuple(taps), source.values.shape[channel], job.output.shape[channel],
        lambda: np.swapaxes(job.raw("kernel"), -1, -2), style="transposed",
    )  # fmt: skip


def _explain(job: Job) -> Sum:
    return sum_of(job, _found(job))


def _reach(job: Job, marked: np.ndarray) -> list[np.ndarray]:
    return [reach_of(_found(job), marked)]


RULE = Rule(
    "conv-transpose", frozenset({"Conv1DTranspose", "Conv2DTranspose", "Conv3DTranspose"}), _explain, _reach
)  # fmt: skip
