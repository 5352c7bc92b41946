"""What a run of a model reads beside its inputs and weights, if it is all known: Keras's own layers, and what they are like."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from functools import cache
from operator import is_
from types import BuiltinFunctionType, FunctionType, MethodType
from typing import Any

import keras
import numpy as np

from kerasviz.models.facts import untapped
from kerasviz.models.paths import Node
from kerasviz.probes.tap import activation_of

__all__ = ["Snapshot", "snapshot_of"]

_METHODS = ("call", "quantized_call")
_TAPPED = frozenset({*_METHODS, "activation", "get_config"})  # a tap of another thread may be on them
_HOOKS = ("_forward_hooks", "_forward_pre_hooks", "_backward_hooks", "_backward_pre_hooks")  # torch's
_OF_MODELS = ("_functional", "_layers", "_operations")  # all else is what training leaves there
_CONSTANTS = (int, float, bool, str, slice, type(None), type(...), keras.KerasTensor)
_HOLDING = (list, tuple, dict, set, np.ndarray, keras.quantizers.Quantizer)
_PLAIN = (int, float, bool, str, type(None))
_SMALL = 4096  # bytes


class Snapshot:
    """The operations of a model at one moment. What is compared is kept, so that nothing else takes its identity."""

    def __init__(self, model: Any, operations: Sequence[Any]) -> None:
        self.variables: list[Any] = list(model.variables)
        self._settings = _settings()
        self._of_each = [_OfOperation(operation) for operation in operations]
        self._hooks = [
            hooks for operation in operations for name in _HOOKS if (hooks := vars(operation).get(name)) is not None
        ]

    def holds(self) -> bool:
        """Whether nothing has changed since, and nobody wants to see each layer run."""
        same = _settings() == self._settings and not any(self._hooks)
        return same and all(each.holds() for each in self._of_each)


def _settings() -> tuple[Any, ...]:
    """Keras's own, which layers read when they are called."""
    config = keras.config
    return config.floatx(), config.epsilon(), config.image_data_format(), config.is_flash_attention_enabled()


def snapshot_of(model: Any, nodes: Sequence[Node]) -> Snapshot | None:
    """None where there is code in it that is not Keras's: that may read anything."""
    operations = [model, *(node.operation for node in nodes)]
    seen = set(map(id, operations))
    if not all(_is_known(operation, seen) for operation in operations):
        return None
    snapshot = Snapshot(model, operations)
    return snapshot if snapshot.holds() else None


class _OfOperation:
    """One operation: its class and its attributes, with what is in lists, arrays and the like of its own."""

    def __init__(self, operation: Any) -> None:
        self._operation = operation
        self._class, self._methods = type(operation), _methods(type(operation))
        self._activation = activation_of(operation)
        self._values = list(_attributes(operation).values())
        self._inside = [(value, inside) for value in _own(operation) if (inside := _inside(value)) is not value]

    def holds(self) -> bool:
        operation = self._operation
        if type(operation) is not self._class or _methods(self._class) != self._methods:
            return False
        values = _attributes(operation).values()
        return (
            len(values) == len(self._values)
            and all(map(is_, values, self._values))
            and activation_of(operation) is self._activation
            and not _own_methods(operation)
            and all(_inside(value) == before for value, before in self._inside)
        )


def _methods(kind: type) -> list[Any]:
    return [getattr(kind, name, None) for name in _METHODS]


def _own(operation: Any) -> list[Any]:
    """The attributes that not every layer has."""
    usual = () if isinstance(operation, keras.Model) else _usual_names()
    return [value for name, value in _attributes(operation).items() if name not in usual]


@cache
def _usual_names() -> frozenset[str]:
    """What every layer has: how Keras and torch keep books of it."""
    return frozenset(vars(keras.layers.Layer(name="kerasviz")))


def _attributes(operation: Any) -> dict[str, Any]:
    attributes: dict[str, Any] = vars(operation).copy()
    if isinstance(operation, keras.Model):
        return {name: attributes.get(name) for name in _OF_MODELS}
    for name in _TAPPED:
        attributes.pop(name, None)
    return attributes


def _inside(value: Any) -> Any:
    """What a value holds, to be compared: objects by what they are, not by how they compare. Itself, if it cannot change."""
    if isinstance(value, np.ndarray):
        return value.shape, value.dtype.str, value.tobytes()
    if isinstance(value, keras.quantizers.Quantizer):
        return _inside(vars(value))
    if isinstance(value, tuple) and all(isinstance(x, _PLAIN) for x in value):
        return value
    if isinstance(value, dict):
        return [_item(x) for pair in value.items() for x in pair]
    return [_item(x) for x in value] if isinstance(value, list | tuple | set) else value


def _item(value: Any) -> Any:
    if isinstance(value, _PLAIN):
        return value
    return _inside(value) if isinstance(value, _HOLDING) else _Same(value)


class _Same:
    """Equal to the very same thing alone."""

    def __init__(self, thing: Any) -> None:
        self._thing = thing

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _Same) and self._thing is other._thing

    __hash__ = None  # type: ignore[assignment]  # it is compared only


def _is_known(operation: Any, seen: Collection[int]) -> bool:
    """Whether it is Keras's, with no function in it that is not, and no layer that is not looked at (cells of loops are not)."""
    kind = type(operation)
    codes = [kind, *(method for method in _methods(kind) if method is not None)]
    if not all(map(_is_keras, codes)) or isinstance(operation, keras.layers.TorchModuleWrapper):
        return False
    if not isinstance(operation, keras.Model):
        values = [*_attributes(operation).values(), *keras.tree.flatten([_own(operation), activation_of(operation)])]
        if any(callable(value) and not _is_keras(value) for value in values):
            return False
        if any(isinstance(value, np.ndarray) and value.nbytes > _SMALL for value in values):
            return False
    inner = operation._flatten_layers(include_self=False) if isinstance(operation, keras.Layer) else ()  # noqa: SLF001  # how Keras walks
    unseen = [layer for layer in inner if id(layer) not in seen and not isinstance(layer, keras.layers.InputLayer)]
    return not unseen and _takes_constants(operation)


def _is_keras(value: Any) -> bool:
    """Whether its code is Keras's: by where a function was written, for decorators copy names of modules."""
    if isinstance(value, MethodType | BuiltinFunctionType):
        return False
    if isinstance(value, FunctionType):
        module = value.__globals__.get("__name__")
    else:
        module = value.__module__ if isinstance(value, type) else type(value).__module__
    return str(module).partition(".")[0] in ("keras", "builtins")


def _takes_constants(operation: Any) -> bool:
    """Whether a graph calls it with nothing but tensors and what cannot change."""
    calls = getattr(operation, "_inbound_nodes", ())
    given = [x for node in calls for x in keras.tree.flatten((node.arguments.args, node.arguments.kwargs))]
    return all(isinstance(x, _CONSTANTS) for x in given)


def _own_methods(operation: Any) -> list[Any]:
    """What somebody put in place of an operation's methods."""
    attributes = vars(operation)
    found = [untapped(own) for name in _METHODS if (own := attributes.get(name)) is not None]
    usual = [getattr(type(operation), name, None) for name in _METHODS]
    return [own for own in found if not (isinstance(own, MethodType) and own.__func__ in usual)]
