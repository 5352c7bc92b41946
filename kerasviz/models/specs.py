"""What a model says it takes: one `InputSpec` for each of its inputs."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import keras

from kerasviz.models.paths import input_key

__all__ = ["InputSpec", "only_batch", "read_specs"]


@dataclass(frozen=True, slots=True)
class InputSpec:
    """One input of a model. `shape` is None when the model does not say."""

    key: str
    name: str
    shape: tuple[int | None, ...] | None
    dtype: str | None
    optional: bool = False
    exact: bool = True
    """False: the shape is what a subclassed model was built with; only rank and last axis must agree."""
    also: tuple[str, ...] = ()
    """Other names that Keras takes for it."""
    batch: int | None = None
    """The only batch size the model takes, when it was made for one."""
    vocabulary: int | None = None
    """How many tokens the embedding knows that it goes straight into."""


def read_specs(model: Any) -> tuple[Any, tuple[InputSpec, ...]] | None:
    """The structure of the model's inputs and a spec for each; None when it says nothing to rely on."""
    return _declared(model) or _built_with(model)


def only_batch(model: Any) -> int | None:
    """The one batch size that a model takes, when it was made for one."""
    _, specs = read_specs(model) or (None, ())
    return next((spec.batch for spec in specs if spec.batch is not None), None)


def _declared(model: Any) -> tuple[Any, tuple[InputSpec, ...]] | None:
    """What a functional or built Sequential model says."""
    tensors = getattr(model, "inputs", None)
    if not tensors:
        return None
    structure = tensors[0] if isinstance(model, keras.Sequential) else model.input
    operations = getattr(model, "operations", None) or model.layers
    layers = {id(op.output): op for op in operations if isinstance(op, keras.layers.InputLayer)}
    # A Sequential that was built by its first data has that batch size in its shape, and takes any.
    fixed = not isinstance(model, keras.Sequential) or any(getattr(op, "stateful", False) for op in operations)
    only = len(tensors) == 1
    specs = []
    for tensor, name in zip(tensors, _input_names(structure, tensors, layers), strict=True):
        layer = layers.get(id(tensor))
        specs.append(
            InputSpec(
                key=input_key(name, only=only),
                name=name,
                shape=(None, *tensor.shape[1:]),
                dtype=tensor.dtype,
                optional=bool(getattr(layer, "optional", False)),
                also=(tensor.name, *([layer.name] if layer is not None else [])),
                batch=tensor.shape[0] if fixed else None,
                vocabulary=_vocabulary(operations, tensor),
            )
        )
    return keras.tree.map_structure(lambda _: 0, structure), tuple(specs)


def _input_names(structure: Any, tensors: Sequence[Any], layers: dict[int, Any]) -> list[str]:
    """What a person calls the inputs: keys of the dict, names of the input layers; "input" when there is one."""
    if isinstance(structure, dict):
        key_of = {id(tensor): str(key) for key, tensor in structure.items()}
        if all(id(tensor) in key_of for tensor in tensors):
            return [key_of[id(tensor)] for tensor in tensors]
    if len(tensors) == 1:
        return ["input"]
    return [layers[id(tensor)].name if id(tensor) in layers else tensor.name for tensor in tensors]


def _vocabulary(operations: Sequence[Any], tensor: Any) -> int | None:
    for operation in operations:
        if isinstance(operation, keras.layers.Embedding) and _input_of(operation) is tensor:
            return int(operation.input_dim)
    return None


def _input_of(operation: Any) -> Any:
    try:
        return operation.input
    except (AttributeError, ValueError):  # called more than once, or never
        return None


def _built_with(model: Any) -> tuple[Any, tuple[InputSpec, ...]] | None:
    """What a subclassed model was built with: one shape, or nothing that can be relied on."""
    config = model.get_build_config() if model.built else None
    shape = (config or {}).get("input_shape")
    if not isinstance(shape, list | tuple) or len(shape) < 1 or not all(d is None or isinstance(d, int) for d in shape):
        return None
    return 0, (InputSpec(input_key("", only=True), "input", (None, *shape[1:]), None, exact=False),)
