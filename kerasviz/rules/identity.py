"""Layers that hand on what they are given: dropout, noise and augmentation when the model does not train."""

from __future__ import annotations

import numpy as np

from kerasviz.rules.rule import Job, NoRule, Rule, Sum

__all__ = ["RULE"]

_RANDOM = (
    "Brightness ColorDegeneration ColorJitter Contrast Crop ElasticTransform Erasing Flip GaussianBlur Grayscale Hue Invert "
    "Perspective Posterization Rotation Saturation Sharpness Shear Translation Zoom"
)
_KINDS = frozenset(
    "Dropout SpatialDropout1D SpatialDropout2D SpatialDropout3D AlphaDropout GaussianDropout GaussianNoise Identity "
    "ActivityRegularization StopGradient Copy Array ConvertToTensor AugMix CutMix MixUp RandAugment Solarization StochasticDepth".split()
) | {f"Random{name}" for name in _RANDOM.split()}


def _explain(job: Job) -> Sum:
    source = job.input()
    if job.constants.get("training"):
        raise NoRule("The model's own call lets it work as in training, by chance.")
    if source.values.shape != job.output.shape:
        raise NoRule("It gives another shape than it was given.")
    return Sum([source.one(job.unit)])


def _reach(job: Job, marked: np.ndarray) -> list[np.ndarray]:
    job.input()
    return [marked]


RULE = Rule("identity", _KINDS, _explain, _reach)
