"""What "the answer" is: the tensor a score is read from, and the logits before a final squashing.

score="auto" takes what goes into a final softmax or sigmoid, so that a saturated model still has
gradients; never log(p), whose gradient is another quantity. score="output" takes the output itself.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal

import keras

from kerasviz.probes.tap import Call, Recorder

__all__ = ["Squash", "logits_of"]

Kind = Literal["softmax", "sigmoid"]
_BY_NAME: dict[str, Kind] = {
    "softmax": "softmax",
    "log_softmax": "softmax",
    "sigmoid": "sigmoid",
    "log_sigmoid": "sigmoid",
    "Softmax": "softmax",
    "LogSoftmax": "softmax",
    "Sigmoid": "sigmoid",
    "LogSigmoid": "sigmoid",
}


@dataclass(frozen=True, slots=True)
class Squash:
    """A final softmax or sigmoid: what went in, and which layer it belongs to."""

    kind: Kind
    path: str
    logits: Any


def logits_of(recorder: Recorder, output: Any) -> Squash | None:
    """What went into the softmax or sigmoid that made this output; None when neither made it."""
    call = recorder.producer(output)
    if call is None:
        return None
    operation = call.node.operation
    kind, logits = _BY_NAME.get(type(operation).__name__), _first_tensor(call)
    if not call.node.is_operation and not isinstance(operation, keras.layers.Softmax):
        kind, logits = _fused_kind(operation), call.before_activation
    if kind is None or logits is None or len(logits.shape) != len(output.shape):
        return None
    return Squash(kind, call.path, logits)


def _fused_kind(layer: Any) -> Kind | None:
    activation = getattr(layer, "activation", None)
    if isinstance(activation, keras.layers.Softmax):
        return "softmax"
    function = getattr(activation, "__wrapped__", activation)
    for module in (keras.activations, keras.ops):
        for name, kind in _BY_NAME.items():
            if function is not None and function is getattr(module, name, None):
                return kind
    return None


def _first_tensor(call: Call) -> Any:
    return next((x for x in call.args if keras.ops.is_tensor(x)), None)
