"""What a layer says of itself beside its output: its weights' names and its settings, as plain data."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any, Self

import keras
import numpy as np

__all__ = ["OwnFunction", "settings_of", "weight_names"]


class OwnFunction(str):
    """The name of an activation that is not one of Keras's; called, what it makes of numbers in a dtype."""

    __slots__ = ("_function",)
    _function: Callable[[Any], Any]

    def __new__(cls, name: str, function: Callable[[Any], Any]) -> Self:
        made = super().__new__(cls, name)
        made._function = function
        return made

    def __call__(self, numbers: np.ndarray, dtype: str) -> np.ndarray:
        given = keras.ops.convert_to_tensor(numbers.astype("float32" if dtype == "bfloat16" else dtype))
        found = keras.ops.convert_to_numpy(self._function(keras.ops.cast(given, dtype)))
        return np.asarray(found).astype(np.float64)


_FRAMEWORKS = frozenset({"jax", "keras", "tensorflow", "torch"})  # they give their functions the names that Keras has
_OF_KERAS = frozenset(each for each in vars(keras.activations).values() if callable(each))


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
    try:
        config = operation.get_config()
    except (NotImplementedError, AttributeError):  # a custom class without `get_config`, an operation
        return {}
    return {name: _plain(value) for name, value in config.items()} | _own_activation(operation) | _words(operation)


def _own_activation(operation: Any) -> dict[str, OwnFunction]:
    """The activation where it is a function that Keras does not have, also one with the name of one that it has."""
    function = vars(operation).get("activation")
    if not callable(function) or isinstance(function, keras.Layer):
        return {}
    plain = getattr(function, "__wrapped__", function)  # somebody may be looking
    if plain in _OF_KERAS or function in _OF_KERAS:
        return {}
    name = getattr(plain, "__name__", type(plain).__name__)
    is_known = str(getattr(plain, "__module__", "")).partition(".")[0] in _FRAMEWORKS
    taken = hasattr(keras.activations, name) and not is_known
    return {"activation": OwnFunction(f"{name} (own)" if taken else name, function)}


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
