"""What is wrong with a model? One rule per file, plus one line here.

A rule is a measurement and a threshold with a reason. Other packages add theirs under the entry-point group
`kerasviz.doctor`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from kerasviz.registry import Registry

if TYPE_CHECKING:
    from kerasviz.doctor.rule import DoctorRule

__all__ = ["DOCTOR"]

_NAMES = (
    "non-finite",
    "logits-into-probability-loss",
    "probabilities-into-logits-loss",
    "softmax-twice",
    "softmax-over-one-unit",
    "sigmoid-for-exclusive-classes",
    "outputs-not-summing-to-one",
    "missing-activation",
    "unused-layers",
    "input-range",
    "input-layout",
    "missing-normalisation",
    "ignored-input",
    "batch-norm-statistics",
    "dropout-differences",
    "dead-relus",
    "saturated",
    "constant-channels",
    "duplicate-channels",
    "vanishing-gradients",
    "exploding-gradients",
    "float16-overflow",
    "oversized-layer",
    "labels-do-not-fit",
    "one-class-predicted",
    "class-imbalance",
    "label-noise",
)

DOCTOR: Registry[DoctorRule] = Registry(
    "doctor's rule",
    {name: f"kerasviz.doctor.{name.replace('-', '_')}:RULE" for name in _NAMES},
    group="kerasviz.doctor",
)
