"""What a layer says of itself beside its output: its weights' names and its settings, as plain data."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any, Self

import keras
import numpy as np

__all__ = ["OwnFunction", "settings_of", "untapped", "weight_names", "with_functions"]


class OwnFunction(str):
    """The name of an activation that is not one of Keras's; called, what it makes of numbers in a dtype."""

    __slots__ = ("_function",)
    _function: Callable[[Any], Any]

    def __new__(cls, name: str, function: Callable[[Any], Any]) -> Self:
        made = super().__new__(cls, name)
        made._function = function
        return made

    def __reduce__(self) -> tuple[type[str], tuple[str]]:
        return str, (str(self),)  # elsewhere it is a name

    def __call__(self, numbers: np.ndarray, dtype: str) -> np.ndarray:
        found = self._function(keras.ops.convert_to_tensor(numbers.astype(dtype)))
        return np.asarray(keras.ops.convert_to_numpy(found)).astype(np.float64)


_FRAMEWORKS = frozenset({"jax", "keras", "tensorflow", "torch"})  # they give their functions the names that Keras has
_OF_KERAS = tuple(each for each in vars(keras.activations).values() if callable(each))


def weight_names(layer: Any) -> Iterator[tuple[str, Any]]:
    """The layer's variables, each with a name within the layer: "kernel", "query/kernel"; equal names get "~2"."""
    taken: dict[str, int] = {}
    marker = f"/{getattr(layer, 'name', '')}/"
    for variable in getattr(layer, "weights", ()):
        name = f"/{variable.path}".rpartition(marker)[2] or variable.name
        name = name.lstrip("/")
        taken[name] = taken.get(name, 0) + 1
        yield (f"{name}~{taken[name]}" if taken[name] > 1 else name), variable


def settings_of(operation: Any) -> dict[str, Any]:
    """The layer's configuration with functions as their names; {} for a custom layer that has none."""
    own = _own_functions(operation)
    try:
        config = _with_functions_of_keras(operation, own).get_config()
    except (NotImplementedError, AttributeError):  # a custom class without `get_config`, an operation
        return {}
    return {name: _plain(value) for name, value in config.items()} | own | _words(operation)


def _own_functions(operation: Any) -> dict[str, OwnFunction]:
    """Activations that are functions that Keras does not have, also those with the name of one that it has."""
    found = {}
    for key in ("activation", "recurrent_activation"):
        function = getattr(operation, key, None)
        if not callable(function) or isinstance(function, keras.Layer):
            continue
        plain = untapped(function)
        if any(plain is each for each in _OF_KERAS):
            continue
        name = getattr(plain, "__name__", type(plain).__name__)
        module = getattr(plain, "__module__", None) or "torch"  # what is written in C++ has none
        taken = hasattr(keras.activations, name) and module.partition(".")[0] not in _FRAMEWORKS
        found[key] = OwnFunction(f"{name} (own)" if taken else name, function)
    return found


def _with_functions_of_keras(operation: Any, own: dict[str, OwnFunction]) -> Any:
    """A copy that can say what it is: not every layer can of a partial or a callable object, and Keras warns of a lambda."""
    held = own.keys() & vars(operation).keys()
    return with_functions(operation, dict.fromkeys(held, keras.activations.linear)) if held else operation


def with_functions(operation: Any, functions: dict[str, Any]) -> Any:
    """A copy with other functions and no tap on its configuration, past Keras's tracking; variables are shared."""
    plain = object.__new__(type(operation))
    vars(plain).update(vars(operation), **functions)
    vars(plain).pop("get_config", None)  # Keras asks whether a class has one of its own
    return plain


def untapped(function: Any) -> Any:
    """An activation, or a method, as it is when nobody looks; a decorator of the user's own stays."""
    return function.__wrapped__ if hasattr(function, "is_tap") else function


def _words(operation: Any) -> dict[str, Any]:
    """The words of a vocabulary by their numbers, also one that was learned, which the configuration leaves out."""
    if not isinstance(
        operation, keras.layers.TextVectorization | keras.layers.StringLookup | keras.layers.IntegerLookup
    ):
        return {}
    return {"words": tuple(operation.get_vocabulary())}


def _plain(value: Any) -> Any:
    """Nested Keras objects ({"class_name", "config"}) as what they hold, with the class beside it."""
    if isinstance(value, dict):
        inner = value.get("config")
        if isinstance(inner, str):
            return inner
        plain = inner if isinstance(inner, dict) else value
        found = {str(name): _plain(item) for name, item in plain.items()}
        return found | ({"class_name": value["class_name"]} if "class_name" in value else {})
    if isinstance(value, list | tuple):
        return tuple(_plain(item) for item in value)
    return getattr(value, "__name__", value) if callable(value) else value
