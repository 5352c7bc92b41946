"""Layer-wise relevance propagation and DeepLIFT (the rescale rule), both as a gradient.

With g = relevance / value, the rule R_i = Σ_j x_i w_ij R_j / (z_j + ε sign z_j) is an ordinary backward pass in which a
linear layer's output scales g by z / (z + ε sign z), and an activation y = f(z) by y / z. Both are written with what
gradients do not pass, so the scores stay the model's own and no backward pass is written by hand. The γ and z⁺ rules hand
shares out by other weights: the layer runs a second time with those, and its output z' has the gradient z / z'. What is
linear in its inputs (sums, means, paddings) and what picks (maximum pooling, for LRP) needs no rule of its own. Batch
normalisation right after a layer with weights is part of that layer; elsewhere it is linear too.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

import keras

from kerasviz.models.layer_info import LayerInfo
from kerasviz.models.paths import Node, layer_path
from kerasviz.probes.folding import Folds, along_kernel, along_output, find_folds, scale_and_shift
from kerasviz.probes.tap import activation_of

__all__ = ["RelevanceRule", "RescaleRule", "folds_of", "is_softmax", "without_a_rule"]

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
_SOFTMAX = frozenset({"softmax", "log_softmax"})
_SQUASHES = frozenset({*_SOFTMAX, "sigmoid", "log_sigmoid"})
_ONE_KERNEL = frozenset(kind for kind in _WEIGHTED if not kind.startswith("Separable"))
Rule = Literal["epsilon", "gamma", "z-plus"]


@dataclass(frozen=True, slots=True)
class RelevanceRule:
    """For the tap: gradients become relevance per value."""

    rule: Rule
    epsilon: float
    gamma: float = 0.0
    folds: Folds = Folds()  # noqa: RUF009  # immutable
    _sums: dict[tuple[int, int], Any] = field(default_factory=dict, compare=False, repr=False)
    """By thread and layer, what its other weights give, while it runs (with a normalisation, until that ran); None while they run."""

    def __call__(self, operation: Any, original: Function) -> Function:
        kind, key = type(operation).__name__, (threading.get_ident(), id(operation))
        if original is not activation_of(operation):
            return self._call(kind, key, operation, original)
        if kind not in _WEIGHTED:
            return _Activation(original)
        if key in self._sums and self._sums[key] is None:
            return _first
        folded = self.folds.norm_of(operation) is not None
        return _first if folded else _Activation(original, self.epsilon, self._sums.get(key))

    def _call(self, kind: str, key: tuple[int, int], operation: Any, original: Function) -> Function:
        """What runs instead of a layer's call."""
        layer = self.folds.layer_of(operation)
        if layer is not None:
            return self._normalised(operation, layer, original)
        if kind in _WEIGHTED and self.rule != "epsilon":
            return self._twice(key, operation, original)
        return _Activation(original) if kind in _ACTIVATIONS else original

    def _twice(self, key: tuple[int, int], operation: Any, original: Function) -> Function:
        """The layer with its other weights and no activation, then as it is."""
        norm = self.folds.norm_of(operation)

        def call(*args: Any, **kwargs: Any) -> Any:
            self._sums[key] = None
            try:
                with keras.StatelessScope(state_mapping=self._weights(operation, norm)):
                    self._sums[key] = original(*args, **kwargs)
                return original(*args, **kwargs)
            finally:
                if norm is None:
                    del self._sums[key]

        return call

    def _weights(self, operation: Any, norm: Any) -> list[tuple[Any, Any]]:
        """The layer's other weights, of the layer and its normalisation as one."""
        ops, scale = keras.ops, None if norm is None else scale_and_shift(norm)[0]
        found = []
        for variable in operation.weights:
            value = ops.convert_to_tensor(variable.value)
            if variable.name != "kernel":
                value = ops.zeros_like(value) if self.rule == "z-plus" else value if scale is None else value * scale
            else:
                value = value if scale is None else value * along_kernel(operation, value, scale)
                positive = ops.maximum(value, 0)
                value = positive if self.rule == "z-plus" else value + self.gamma * positive
            found.append((variable, value))
        return found

    def _normalised(self, norm: Any, layer: Any, original: Function) -> Function:
        """What the layer gives, normalised; the shares are the layer's own."""

        def call(*args: Any, **kwargs: Any) -> Any:
            y, shares = original(*args, **kwargs), self._sums.pop((threading.get_ident(), id(layer)), None)
            if shares is not None and self.rule == "gamma":
                shares = shares + along_output(norm, shares, keras.ops.cast(scale_and_shift(norm)[1], shares.dtype))
            return _Activation(original, self.epsilon, shares).before(y)

        return call


def _first(z: Any, *_: Any, **__: Any) -> Any:
    return z


class _Activation:
    """An activation whose gradient is y / z; `before` is what its input goes through first, before it can be a score.

    Args:
        function: the activation.
        epsilon: of a layer with weights.
        shares: what the layer's other weights give, if shares are handed out by those.
    """

    def __init__(self, function: Function, epsilon: float | None = None, shares: Any = None) -> None:
        self._function, self._epsilon, self._shares = function, epsilon, shares

    def before(self, z: Any) -> Any:
        """The output of the layer's weights, whose gradient hands out its shares."""
        if self._epsilon is None:
            return z
        ops, along = keras.ops, z if self._shares is None else self._shares
        sign = ops.where(along < 0, ops.cast(-1, z.dtype), ops.cast(1, z.dtype))
        slope = z / (along + sign * self._epsilon)
        return _with_slope(z, along, ops.where(ops.equal(along, 0), ops.zeros_like(slope), slope))

    def __call__(self, z: Any, *args: Any, **kwargs: Any) -> Any:
        y = self._function(z, *args, **kwargs)
        if self._function is keras.activations.linear or getattr(self._function, "__name__", "") in _SOFTMAX:
            return y
        ops = keras.ops
        zero = ops.equal(z, 0)
        return _with_slope(y, z, ops.where(zero, ops.zeros_like(y), y / ops.where(zero, ops.ones_like(z), z)))


@dataclass(frozen=True, slots=True)
class RescaleRule:
    """For the tap: in a batch of pairs (sample, baseline), an activation's gradient is Δy / Δz of its pair.

    Where a maximum is picked, what it rises by goes to where the sample has it, what it falls by to where the baseline had it.
    """

    def __call__(self, operation: Any, original: Function) -> Function:
        if picks_largest(type(operation).__name__):
            return _picked(original)
        is_activation = original is activation_of(operation)
        if is_activation or type(operation).__name__ in _ACTIVATIONS:
            return _rescaled(original)
        return original


def _rescaled(function: Function) -> Function:
    if function is keras.activations.linear or getattr(function, "__name__", "") in _SOFTMAX:
        return function
    ops = keras.ops

    def activation(z: Any, *args: Any, **kwargs: Any) -> Any:
        y = function(z, *args, **kwargs)
        over, up = _difference(z), _difference(y)
        still = ops.less(ops.abs(over), _STILL)  # nothing to divide by: the gradient itself
        slope = up / ops.where(still, ops.ones_like(over), over)
        return ops.where(still, y, _with_slope(y, z, slope))

    return activation


def picks_largest(kind: str) -> bool:
    """Whether a layer gives the largest of several numbers."""
    return kind == "Max" or "MaxPooling" in kind


def _picked(function: Function) -> Function:
    """Maximum pooling whose gradient, at x with Δx ≠ 0, is what its windows' maxima change by because of it, over Δx."""
    ops = keras.ops

    def call(x: Any, *args: Any, **kwargs: Any) -> Any:
        y, over = function(x, *args, **kwargs), _difference(x)
        still = ops.less(ops.abs(over), _STILL)
        share = ops.where(still, ops.zeros_like(x), x / ops.stop_gradient(ops.where(still, ops.ones_like(x), over)))
        both = ops.repeat(share[0::2] + share[1::2], 2, axis=0)  # each of a pair gets what either of them picked
        top = ops.repeat(ops.maximum(y[0::2], y[1::2]), 2, axis=0)
        other = ops.reshape(ops.stack([y[1::2], y[0::2]], axis=1), ops.shape(y))
        place = ops.reshape(ops.arange(ops.shape(y)[0]) % 2, (-1, *(1,) * (len(y.shape) - 1)))
        change = ops.where(ops.equal(place, 0), top - other, other - top)  # up to the top, and down from it
        moved = function(_with_slope(x, both, ops.ones_like(x)), *args, **kwargs)
        stood = function(ops.where(still, x, ops.stop_gradient(x)), *args, **kwargs)
        return _with_slope(y, moved, change) + (stood - ops.stop_gradient(stood))

    return call


def _difference(a: Any) -> Any:
    """Sample less baseline, for both of each pair."""
    return keras.ops.repeat(a[0::2] - a[1::2], 2, axis=0)


def _with_slope(value: Any, along: Any, slope: Any) -> Any:
    """`value`, whose gradient with respect to `along` is `slope`."""
    stop = keras.ops.stop_gradient
    return stop(value) + (along - stop(along)) * stop(slope)


def without_a_rule(
    model: Any, nodes: Sequence[Node], layers: Mapping[str, LayerInfo], *, by_weight: bool = False
) -> list[str]:
    """The layers that there is no rule for, of those that run; also code of one's own, which may do anything.

    `by_weight`: the rule changes weights; then a layer may have only one kernel.
    """
    known = (_ONE_KERNEL if by_weight else _WEIGHTED) | _ACTIVATIONS | _LINEAR_OR_PICKS
    folds = folds_of(nodes, layers)
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
        squashed = name in _SOFTMAX or (name in _SQUASHES and last)
        if last and (squashed or kind in ("Softmax", "Sigmoid")):
            continue
        adapted = by_weight and (getattr(node.operation, "lora_enabled", False) or _is_quantised(node.operation))
        if (kind not in known and not pooling) or squashed or adapted:
            found.append(f"{node.path!r} ({kind})")
        elif by_weight and kind == "BatchNormalization" and folds.layer_of(node.operation) is None:
            found.append(f"{node.path!r} (BatchNormalization that is not right after a layer with weights)")
    return found


def folds_of(nodes: Sequence[Node], layers: Mapping[str, LayerInfo]) -> Folds:
    """Which normalisations are part of the layer with weights before them."""
    return find_folds(nodes, layers, _ONE_KERNEL)


def _is_quantised(operation: Any) -> bool:
    return getattr(operation, "quantization_mode", None) is not None


def is_softmax(nodes: Sequence[Node], path: str) -> bool:
    """Whether a layer's output comes from a softmax of its own: no relevance goes back through that."""
    operation = next((node.operation for node in nodes if node.path == layer_path(path)), None)
    name = getattr(activation_of(operation), "__name__", "") if operation is not None else ""
    return name in _SOFTMAX or type(operation).__name__ in ("Softmax", "LogSoftmax")
