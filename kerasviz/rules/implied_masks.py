"""Masks that travel beside tensors: some layers heed them without taking them as an argument."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from kerasviz.models.layer_info import LayerInfo
from kerasviz.rules.rule import Job, NoRule

__all__ = ["refuse_masked"]

_DROPS = (
    "Flatten",
    "Reshape",
    "Permute",
    "Dot",
    "RepeatVector",
    "Conv",
    "Pooling",
    "ZeroPadding",
    "Cropping",
    "UpSampling",
)
_RECURRENT = ("SimpleRNN", "LSTM", "GRU", "RNN", "Bidirectional")


def refuse_masked(job: Job) -> None:
    """No rule where a mask that may have come with an input leaves something out for this sample."""
    seen: set[str] = set()
    ahead = [operand.path for operand in job.operands]
    while ahead:
        path = ahead.pop()
        layer = None if path in seen else job.facts.layer(path)
        seen.add(path)
        if layer is None or _drops(job, layer):
            continue
        if _leaves_out(job, layer):
            raise NoRule("Some steps are masked, and its inputs may carry the mask.")
        ahead += [layer.hands_on, *(argument.path for argument in layer.arguments if argument.is_tensor)]


def _leaves_out(job: Job, layer: LayerInfo) -> bool:
    """Whether this layer makes a mask with something in it."""
    source = next((job.facts.output(argument.path) for argument in layer.arguments if argument.is_tensor), None)
    settings = job.facts.settings(layer.path)
    if layer.kind in ("Embedding", "ReversibleEmbedding") and settings.get("mask_zero"):
        return source is None or bool(np.any(source == 0))
    if layer.kind == "Masking":
        return source is None or not np.all(np.any(source != settings.get("mask_value", 0.0), axis=-1))
    return False


def _drops(job: Job, layer: LayerInfo) -> bool:
    """Whether what it gives has no mask, whatever it was given: operations, and layers that leave no steps."""
    if layer.is_operation or any(word in layer.kind for word in _DROPS):
        return True
    return layer.kind in _RECURRENT and not _every_step(job.facts.settings(layer.path))


def _every_step(settings: Mapping[str, Any]) -> bool:
    return bool(settings.get("return_sequences") or settings.get("layer", {}).get("return_sequences"))
