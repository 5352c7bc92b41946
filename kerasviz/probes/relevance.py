"""Layer-wise relevance propagation (the ε rule) and DeepLIFT (the rescale rule), both as a gradient.

With g = relevance / value, the rule R_i = Σ_j x_i w_ij R_j / (z_j + ε sign z_j) is an ordinary backward pass in which a
linear layer's output scales g by z / (z + ε sign z), and an activation y = f(z) by y / z. Both are written with what
gradients do not pass, so the scores stay the model's own and no backward pass is written by hand. What is linear in its
inputs (sums, means, paddings, batch normalisation) and what picks (maximum pooling) needs no rule of its own; for DeepLIFT, what picks has none.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import keras

from kerasviz.models.layer_info import LayerInfo
from kerasviz.models.paths import Node, layer_path
from kerasviz.probes.tap import activation_of

__all__ = ["EpsilonRule", "RescaleRule", "is_softmax", "without_a_rule"]

Function = Callable[..., Any]
_WEIGHTED = frozenset(
    "Dense Conv1D Conv2D Conv3D Conv1DTranspose Conv2DTranspose Conv3DTranspose DepthwiseConv1D DepthwiseConv2D "
    "SeparableConv1D SeparableConv2D".split()
)
_ACTIVATIONS = frozenset(
    "ReLU LeakyReLU PReLU ELU Relu Relu6 LeakyRelu Elu Selu Celu Gelu Silu Tanh Sigmoid Softplus Softsign HardSigmoid "
    "HardSilu HardTanh Mish".split()
)
_LINEAR_OR_PICKS = frozenset(
    "BatchNormalization Rescaling Activation Flatten Reshape Permute RepeatVector ZeroPadding1D ZeroPadding2D ZeroPadding3D "
    "Cropping1D Cropping2D Cropping3D UpSampling1D UpSampling2D UpSampling3D Dropout SpatialDropout1D SpatialDropout2D "
    "SpatialDropout3D GaussianNoise GaussianDropout AlphaDropout ActivityRegularization Identity Add Subtract Average "
    "Concatenate Mean Sum Max Transpose GetItem Squeeze ExpandDims Negative Embedding".split()
)
_STILL = 1e-7
_SQUASHES = frozenset({"softmax", "sigmoid", "log_softmax", "log_sigmoid"})


@dataclass(frozen=True, slots=True)
class EpsilonRule:
    """For the tap: gradients become relevance per value."""

    epsilon: float

    def __call__(self, operation: Any, original: Function) -> Function:
        kind = type(operation).__name__
        if original is activation_of(operation):
            return _Activation(original, self.epsilon if kind in _WEIGHTED else None)
        return _Activation(original, None) if kind in _ACTIVATIONS else original


class _Activation:
    """An activation whose gradient is y / z; `before` is what its input goes through first, before it can be a score."""

    def __init__(self, function: Function, epsilon: float | None) -> None:
        self._function, self._epsilon = function, epsilon

    def before(self, z: Any) -> Any:
        """The output of the layer's weights, for the ε rule."""
        if self._epsilon is None:
            return z
        ops = keras.ops
        sign = ops.where(z < 0, ops.cast(-1, z.dtype), ops.cast(1, z.dtype))
        return _with_slope(z, z, z / (z + sign * self._epsilon))

    def __call__(self, z: Any, *args: Any, **kwargs: Any) -> Any:
        y = self._function(z, *args, **kwargs)
        if self._function is keras.activations.linear or getattr(self._function, "__name__", "") in _SQUASHES:
            return y
        ops = keras.ops
        zero = ops.equal(z, 0)
        return _with_slope(y, z, ops.where(zero, ops.zeros_like(y), y / ops.where(zero, ops.ones_like(z), z)))


@dataclass(frozen=True, slots=True)
class RescaleRule:
    """For the tap: in a batch of pairs (sample, baseline), an activation's gradient is Δy / Δz of its pair."""

    def __call__(self, operation: Any, original: Function) -> Function:
        is_activation = original is activation_of(operation)
        if is_activation or type(operation).__name__ in _ACTIVATIONS:
            return _rescaled(original)
        return original


def _rescaled(function: Function) -> Function:
    if function is keras.activations.linear or getattr(function, "__name__", "") in _SQUASHES:
        return function
    ops = keras.ops

    def activation(z: Any, *args: Any, **kwargs: Any) -> Any:
        y = function(z, *args, **kwargs)
        over, up = (ops.repeat(a[0::2] - a[1::2], 2, axis=0) for a in (z, y))
        still = ops.less(ops.abs(over), _STILL)  # nothing to divide by: the gradient itself
        slope = up / ops.where(still, ops.ones_like(over), over)
        return ops.where(still, y, _with_slope(y, z, slope))

    return activation


def _with_slope(value: Any, along: Any, slope: Any) -> Any:
    """`value`, whose gradient with respect to `along` is `slope`."""
    stop = keras.ops.stop_gradient
    return stop(value) + (along - stop(along)) * stop(slope)


def without_a_rule(model: Any, nodes: Sequence[Node], layers: Mapping[str, LayerInfo]) -> list[str]:
    """The layers that there is no rule for, of those that run; also code of one's own, which may do anything."""
    known = _WEIGHTED | _ACTIVATIONS | _LINEAR_OR_PICKS
    leaves = [node for node in nodes if not node.is_container and node.path in layers]
    used = {path for info in layers.values() for path in info.inputs}
    parents = [(model, model.name), *((node.operation, node.path) for node in nodes if node.is_container)]
    found = [
        f"{path!r} ({type(parent).__name__}, a class with a call of its own)"
        for parent, path in parents
        if not type(parent).__module__.startswith("keras.")
    ]
    for node in leaves:
        kind = type(node.operation).__name__
        last = node.path not in used
        pooling = "Pooling" in kind and type(node.operation).__module__.startswith("keras.")
        name = getattr(activation_of(node.operation), "__name__", "")
        squashed = name == "softmax" or (name in _SQUASHES and last)
        if last and (squashed or kind in ("Softmax", "Sigmoid")):
            continue
        if (kind not in known and not pooling) or squashed:
            found.append(f"{node.path!r} ({kind})")
    return found


def is_softmax(nodes: Sequence[Node], path: str) -> bool:
    """Whether a layer's output comes from a softmax of its own: no relevance goes back through that."""
    operation = next((node.operation for node in nodes if node.path == layer_path(path)), None)
    name = getattr(activation_of(operation), "__name__", "") if operation is not None else ""
    return name in ("softmax", "log_softmax") or type(operation).__name__ in ("Softmax", "LogSoftmax")
