"""The pieces of a functional model that the hand-written functions are made of."""

from __future__ import annotations

from typing import Any

import keras


def operations(model: Any) -> list[Any]:
    """Everything that runs, in order: layers, and operations that are not layers."""
    return [op for op in model.operations if not isinstance(op, keras.layers.InputLayer)]


def all_outputs(model: Any) -> tuple[list[str], Any]:
    """The names of all operations, and a model with all their outputs."""
    found = operations(model)
    return [op.name for op in found], keras.Model(model.inputs, [op.output for op in found])


def head(model: Any) -> Any:
    """The last layer: a Dense whose softmax is fused, so that logits are its input times its kernel."""
    dense = operations(model)[-1]
    if not isinstance(dense, keras.layers.Dense):
        raise TypeError(
            f"{model.name!r} ends in a {type(dense).__name__}; a Dense was expected. Write its limit by hand."
        )
    return dense


def last_convolution(model: Any) -> Any:
    """Where Grad-CAM looks."""
    return [op for op in operations(model) if isinstance(op, keras.layers.Conv2D)][-1]
