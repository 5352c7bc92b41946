"""Dense: each unit sums the last axis of its input against its column of the kernel."""

from __future__ import annotations

from functools import cache

import numpy as np

from kerasviz.rules.rule import Job, NoRule, Rule, Sum

__all__ = ["RULE"]


def _explain(job: Job) -> Sum:
    if job.settings.get("lora_rank") or job.settings.get("quantization_config"):
        raise NoRule("Its kernel is quantised or has LoRA weights.")
    source, kernel = job.input(), job.raw("kernel")
    *lead, unit = job.unit
    length = kernel.shape[0]
    columns = np.arange(length)
    index = np.concatenate([np.broadcast_to(np.array(lead, int), (length, len(lead))), columns[:, None]], axis=1)
    at = np.stack([columns, np.full(length, unit)], axis=1)
    block = source.block(index, job.cast(kernel[:, unit]), weight_path="kernel", weight_index=at)
    bias = job.weight("bias") if job.has_weight("bias") else np.zeros(kernel.shape[1])
    x = source.values[tuple(lead)].astype(np.float64)
    row = cache(lambda: x @ job.cast(kernel) + bias)  # asked for again by the bound
    follows = job.activate(job.settings.get("activation"), row, unit)
    return Sum([block], float(bias[unit]), **follows, rounding=job.product_dtype)


def _reach(job: Job, marked: np.ndarray) -> list[np.ndarray]:
    """All of the last axis, at the marked places of the others."""
    values = job.input().values
    return [np.broadcast_to(marked.any(axis=-1, keepdims=True), values.shape)]


RULE = Rule("dense", frozenset({"Dense"}), _explain, _reach)
