"""What a run of a model reads beside its inputs and weights: the attributes of its layers, if they are all Keras's own."""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from types import MethodType
from typing import Any

import keras

from kerasviz.models.facts import untapped
from kerasviz.models.paths import Node
from kerasviz.probes.tap import activation_of

__all__ = ["Standing", "stands_on"]

_PATCHED = frozenset(
    {"activation", "call", "convert_input", "get_config", "quantized_call"}
)  # by a tap, perhaps of another thread
_ANYTHING = (keras.layers.Lambda, keras.layers.TFSMLayer, keras.layers.TorchModuleWrapper)


class Standing:
    """A model of Keras's own layers: what they are like now, as something that can be compared."""

    def __init__(self, model: Any, operations: Sequence[Any]) -> None:
        self.variables = list(model.variables)
        self._operations = operations
        self._held: list[Any] = []  # what was compared last, so that nothing else gets its id

    def state(self) -> Hashable | None:
        """None where somebody hooked himself in: he wants to see each call."""
        held, state = [], []
        for operation in self._operations:
            attributes = vars(operation).copy()
            if attributes.get("_forward_hooks") or attributes.get("_forward_pre_hooks"):
                return None
            own = [_own_call(operation, attributes), untapped(attributes.get("activation"))]
            if isinstance(operation, keras.Model):  # of its own it has its layers, and all that training leaves there
                attributes = {}
            values = [*own, *(value for name, value in attributes.items() if name not in _PATCHED)]
            held.append(values)
            state.append(tuple(map(id, values)))
        self._held = held
        return tuple(state)


def stands_on(model: Any, nodes: Sequence[Node]) -> Standing | None:
    """None where the model holds code that is not Keras's: it may read anything."""
    operations = [model, *(node.operation for node in nodes)]
    return Standing(model, operations) if all(map(_is_known, operations)) else None


def _is_known(operation: Any) -> bool:
    activation = activation_of(operation)
    own = activation is not None and not str(getattr(activation, "__module__", "")).startswith("keras.")
    return type(operation).__module__.startswith("keras.") and not own and not isinstance(operation, _ANYTHING)


def _own_call(operation: Any, attributes: dict[str, Any]) -> Any:
    """What somebody put in place of a layer's method."""
    call = untapped(attributes.get("call"))
    is_method = isinstance(call, MethodType) and call.__func__ is type(operation).call
    return None if is_method else call
