"""What a layer costs: multiply-adds for one sample, from its weights and shapes."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import keras

__all__ = ["multiply_adds"]

Shape = tuple[int | None, ...]


def multiply_adds(operation: Any, inputs: Sequence[Shape], output: Shape) -> int | None:
    """Multiply-adds of one sample's pass through one layer itself; None where no rule fits.

    Additions of biases, activations, pooling and normalisation are not counted: they multiply no
    weights matrix. What hangs inside a layer counts there.
    """
    if not isinstance(operation, keras.Layer):
        return 0
    if not operation.weights:
        return 0
    if any(length is None for length in output[1:]):
        return None
    positions = _positions(operation, inputs, output)
    if positions is None:
        return None
    return positions * sum(_kernel_size(weight) for weight in _own_kernels(operation))


def _positions(layer: Any, inputs: Sequence[Shape], output: Shape) -> int | None:
    """How many times each kernel entry is used."""
    first = inputs[0] if inputs else ()
    name = type(layer).__name__
    if name in {"Dense", "EinsumDense"}:
        return _rows(layer, output)
    if "Transpose" in name and first:  # each input position spreads the whole kernel
        return _spatial(layer, first)
    if "Conv" in name and not isinstance(layer, keras.layers.RNN):
        return _spatial(layer, output)
    if isinstance(layer, keras.layers.RNN) and len(first) == 3:
        return first[1]
    return 0 if name in _NO_KERNELS or name.endswith("Normalization") else None


_NO_KERNELS = frozenset({"Embedding", "PReLU", "Normalization"})


def _rows(layer: Any, output: Shape) -> int:
    """Dense and EinsumDense use each kernel entry once per row of the output."""
    outputs = math.prod(length or 1 for length in output[1:])
    kernel = layer.kernel.shape
    if type(layer).__name__ == "Dense":
        return outputs // int(kernel[-1])
    equation = layer.equation.replace("...", "")
    inside, _, after = equation.partition("->")
    weights = inside.split(",")[1]
    shared = [int(size) for letter, size in zip(weights, kernel, strict=True) if letter in after]
    return outputs // math.prod(shared)


def _spatial(layer: Any, shape: Shape) -> int:
    last = layer.data_format == "channels_last"
    return math.prod(length or 1 for length in (shape[1:-1] if last else shape[2:]))


def _own_kernels(layer: Any) -> list[Any]:
    """Weights that multiply: not biases, not statistics."""
    return [weight for weight in layer.weights if "kernel" in weight.name and len(weight.shape) > 1]


def _kernel_size(weight: Any) -> int:
    return math.prod(int(length) for length in weight.shape)
