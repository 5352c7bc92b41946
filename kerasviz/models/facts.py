"""What a layer says of itself beside its output: its weights' names and its settings, as plain data."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import keras

__all__ = ["settings_of", "weight_names"]


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
    return {name: _plain(value) for name, value in config.items()} | _words(operation)


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
