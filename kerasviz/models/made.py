"""Inputs that fit a model when nobody gave any: enough to run it once and learn its shapes."""

from __future__ import annotations

from typing import Any

import keras
import numpy as np

from kerasviz.errors import InputError
from kerasviz.models.inputs import ModelInputs
from kerasviz.models.specs import InputSpec

__all__ = ["made_inputs"]

# Lengths for axes that a model leaves open, by rank: long enough for the usual downsampling.
_OPEN_LENGTH = {2: 16, 3: 32, 4: 224, 5: 32}


def made_inputs(inputs: ModelInputs, model: Any) -> Any:
    """One all-zero sample, or as many as the model was made for (empty strings where the model reads text)."""
    if inputs.specs is None:
        raise InputError(
            f"The layers of {model.name!r} cannot be listed yet: it does not say what it takes. "
            "Call probe.activations(x) with your data once."
        )
    arrays = [_made(spec, inputs.float_dtype) for spec in inputs.specs]
    return arrays[0] if len(arrays) == 1 else keras.tree.pack_sequence_as(inputs.structure, arrays)


def _made(spec: InputSpec, float_dtype: str) -> np.ndarray:
    shape = spec.shape or (1,)
    open_length = _OPEN_LENGTH.get(len(shape), 8)
    sizes = (spec.batch or 1, *(d or open_length for d in shape[1:]))
    if spec.dtype == "string":
        return np.full(sizes, "", dtype=object)
    return np.zeros(sizes, spec.dtype or float_dtype)
