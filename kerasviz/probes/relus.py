"""Other ways back through a ReLU: guided backpropagation and the deconvolution network.

Both compute what the model computes and differ only in the gradient. The function is exchanged by the
tap, for one run; a copy of the model with other activations was rejected (memory, and it changes with
every training step).
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Literal

import keras

from kerasviz.models.paths import Node
from kerasviz.probes.tap import activation_of

__all__ = ["DECONV", "GUIDED", "has_relus"]

Function = Callable[..., Any]
_OPERATIONS = {"ReLU": math.inf, "Relu": math.inf, "Relu6": 6.0}


@dataclass(frozen=True, slots=True)
class _ReluRule:
    """For the tap: every ReLU becomes one with the gradient of the rule."""

    kind: Literal["guided", "deconv"]

    def __call__(self, operation: Any, original: Function) -> Function:
        is_activation = original is activation_of(operation)
        limit = _limit_of_function(original) if is_activation else _limit_of_operation(operation)
        return original if limit is None else _relu(original, limit, self.kind)


GUIDED, DECONV = _ReluRule("guided"), _ReluRule("deconv")


def has_relus(nodes: Sequence[Node]) -> bool:
    """Whether there is any ReLU that the rules find: as a layer, an operation or a layer's activation."""
    for node in nodes:
        function = activation_of(node.operation)
        if _limit_of_operation(node.operation) is not None or _limit_of_function(function) is not None:
            return True
    return False


def _limit_of_function(function: Any) -> float | None:
    """The largest value of a ReLU (infinity, or 6); None for any other function."""
    if function in (keras.activations.relu, keras.ops.relu):
        return math.inf
    return 6.0 if function in (keras.activations.relu6, keras.ops.relu6) else None


def _limit_of_operation(operation: Any) -> float | None:
    kind = type(operation)
    if kind.__name__ not in _OPERATIONS or not kind.__module__.startswith("keras."):
        return None
    if getattr(operation, "negative_slope", 0) or getattr(operation, "threshold", 0):
        return None  # leaky, or shifted: neither paper says what to do
    limit = getattr(operation, "max_value", None)
    return _OPERATIONS[kind.__name__] if limit is None else float(limit)


def _relu(original: Function, limit: float, rule: str) -> Function:
    ops = keras.ops

    def with_gradient(x: Any) -> tuple[Any, Function]:
        def gradient(*args: Any, upstream: Any = None) -> Any:  # torch names the last, the others pass it alone
            (given,) = args if upstream is None else (upstream,)
            positive = ops.maximum(given, 0)
            if rule == "deconv":
                return positive
            passed = ops.logical_and(x > 0, x < limit)
            return ops.where(passed, positive, ops.zeros_like(positive))

        return original(x), gradient

    def relu(x: Any, *_: Any, **__: Any) -> Any:
        return ops.custom_gradient(with_gradient)(x)

    return relu
