"""LayerScale of ConvNeXt: each channel times a learned factor."""

from __future__ import annotations

import numpy as np

from kerasviz.rules.rule import Job, NoRule, Rule, Sum

__all__ = ["RULE"]


def _explain(job: Job) -> Sum:
    names = list(job.facts.weights(job.layer.path))
    if len(names) != 1:
        raise NoRule("It has more than one weight.")
    (name,) = names  # Keras gives it none that says what it is
    channel = job.unit[-1]
    block = job.input().block(
        np.array([job.unit]), job.weight(name)[channel], weight_path=name, weight_index=np.array([[channel]])
    )
    return Sum([block])


def _reach(job: Job, marked: np.ndarray) -> list[np.ndarray]:
    job.input()
    return [marked]


RULE = Rule("layer scale", frozenset({"LayerScale"}), _explain, _reach)
