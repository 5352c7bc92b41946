"""PReLU: what is below zero is multiplied by a learned slope, shared along some axes."""

from __future__ import annotations

import numpy as np

from kerasviz.rules.rule import Job, Rule, Sum

__all__ = ["RULE"]


def _explain(job: Job) -> Sum:
    source, alpha = job.input(), job.weight("alpha")
    at = tuple(0 if length == 1 else place for place, length in zip(job.unit, alpha.shape, strict=True))
    slope = float(alpha[at])
    follows = job.follows("prelu", lambda x: np.where(x > 0, x, slope * x))
    return Sum([source.one(job.unit)], **follows, note=f"Below 0 it is multiplied by alpha{list(at)} = {slope:.6g}.")


def _reach(job: Job, marked: np.ndarray) -> list[np.ndarray]:
    job.input()
    return [marked]


RULE = Rule("prelu", frozenset({"PReLU"}), _explain, _reach)
