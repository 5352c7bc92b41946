"""What the axes of a layer's output mean, and how many parameters it has."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import keras

from kerasviz.models.moved_axes import moved_axes, new_units, unknown_axes

__all__ = [
    "input_axes",
    "keeps_axes",
    "name_axes",
    "number_of_parameters",
    "taken_axes",
    "unknown_axes",
]

_SPATIAL = {1: ("time",), 2: ("height", "width"), 3: ("depth", "height", "width")}
# Layers and operations that keep the meaning of their input's axes, by class name.
_ELEMENTWISE = frozenset(
    "Activation ReLU LeakyReLU PReLU ELU Softmax Dropout SpatialDropout1D SpatialDropout2D SpatialDropout3D "
    "AlphaDropout GaussianDropout GaussianNoise ActivityRegularization BatchNormalization LayerNormalization "
    "GroupNormalization RMSNormalization UnitNormalization SpectralNormalization Normalization Rescaling Identity "
    "Masking Add Subtract Multiply Average Maximum Minimum Concatenate Relu Relu6 Sigmoid Silu Gelu Elu Selu Tanh "
    "Softplus Softsign HardSigmoid HardSilu HardTanh LogSoftmax LogSigmoid Negative Absolute Square Sqrt Exp Log Power "
    "Divide TrueDivide Cast Clip StochasticDepth LayerScale RandomFlip RandomRotation RandomZoom RandomTranslation "
    "RandomContrast RandomBrightness CategoryEncoding "
    "LeakyRelu Celu HardShrink SoftShrink TanhShrink Threshold Squareplus Rsqrt Expm1 Log1p Sin Cos Erf Sign Floor Ceil "
    "Round Flip Roll Pad Repeat Tile Cumsum Where Mod FloorDivide Normalize RMSNorm LayerNorm BatchNorm".split()
)
_ATTENTION = keras.layers.MultiHeadAttention | keras.layers.GroupQueryAttention | keras.layers.Attention


def number_of_parameters(operation: Any) -> int:
    """All weights of a layer, also those of what hangs in it; 0 for an operation."""
    weights = getattr(operation, "weights", ())
    return sum(math.prod(weight.shape) for weight in weights)


def name_axes(  # noqa: PLR0911  # one rule a line, the first that fits
    operation: Any, rank: int, inputs: list[tuple[str, ...]], output_index: int
) -> tuple[str, ...]:
    """What the axes of an output mean, from the layer's class and its inputs' axes; never from sizes."""
    if rank == 2:
        return ("batch", "unit")
    data_format = getattr(operation, "data_format", None)
    if isinstance(operation, keras.layers.RNN) and data_format and rank == _rank_of(operation) + 1:  # ConvLSTM
        batch, *rest = _image_axes(rank - 1, data_format)
        return (batch, "time", *rest)
    if data_format in ("channels_last", "channels_first") and rank - 2 in _SPATIAL:
        return _image_axes(rank, data_format)
    if isinstance(operation, keras.layers.RNN | keras.layers.Bidirectional | keras.layers.Embedding) and rank == 3:
        return ("batch", "time", "unit")
    if isinstance(operation, _ATTENTION) and rank == 3:
        return ("batch", "time", "unit") if output_index == 0 else ("batch", "query", "key")
    if isinstance(operation, keras.layers.MultiHeadAttention) and rank == 4:
        return ("batch", "head", "query", "key")
    first = next((axes for axes in inputs if len(axes) == rank), None)
    if first and type(operation).__name__ in _ELEMENTWISE:
        return first
    if isinstance(operation, keras.layers.Dense):
        return new_units(first or unknown_axes(rank))
    if isinstance(operation, keras.layers.TimeDistributed):
        inner = [(axes[0], *axes[2:]) for axes in inputs if len(axes) > 2]
        return ("batch", "time", *name_axes(operation.layer, rank - 1, inner, 0)[1:])
    return moved_axes(operation, rank, inputs) or unknown_axes(rank)


def input_axes(operations: Sequence[Any], rank: int) -> tuple[str, ...]:
    """What the axes of an input mean, from the layers that work on tensors of its rank."""
    return next(filter(None, (taken_axes(operation, rank) for operation in operations)), unknown_axes(rank))


def taken_axes(operation: Any, rank: int) -> tuple[str, ...]:
    """What a layer takes the axes of its input to be, from its class; () where it does not say."""
    data_format = getattr(operation, "data_format", None)
    if data_format in ("channels_last", "channels_first") and _rank_of(operation) == rank > 2:
        return _image_axes(rank, data_format)
    if rank == 3 and isinstance(
        operation, keras.layers.RNN | keras.layers.Bidirectional | keras.layers.MultiHeadAttention
    ):
        return ("batch", "time", "unit")
    return ()


def keeps_axes(operation: Any) -> bool:
    """Whether the axes of its output mean what those of its input do."""
    return type(operation).__name__ in _ELEMENTWISE


def _rank_of(operation: Any) -> int:
    """The rank a layer with a data format works on, from the digit in its class name."""
    digits = [int(c) for c in type(operation).__name__ if c in "123"]
    return digits[-1] + 2 if digits else 0


def _image_axes(rank: int, data_format: str) -> tuple[str, ...]:
    spatial = _SPATIAL[rank - 2]
    return ("batch", *spatial, "channel") if data_format == "channels_last" else ("batch", "channel", *spatial)
