"""Masking: a step whose numbers are all the mask's value is multiplied by 0, any other by 1."""

from __future__ import annotations

import numpy as np

from kerasviz.rules.rule import Job, Rule, Sum

__all__ = ["RULE"]


def _explain(job: Job) -> Sum:
    source = job.input()
    value = float(job.cast(np.asarray(job.settings.get("mask_value", 0.0), np.float64), job.compute_dtype))
    row = source.values[job.unit[:-1]].astype(np.float64)
    kept = bool((row != value).any())
    note = "" if kept else f"All numbers of this step are {value:g}: it is masked."
    return Sum([source.one(job.unit, float(kept))], note=note)


def _reach(job: Job, marked: np.ndarray) -> list[np.ndarray]:
    """The number itself; whether its step counts depends on the others, but by no derivative."""
    job.input()
    return [marked]


RULE = Rule("masking", frozenset({"Masking"}), _explain, _reach)
