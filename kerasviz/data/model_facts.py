"""What a model says of its inputs and its output, read from its public attributes only.

Nothing here computes; a subclassed model that says nothing gives None or "".
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from kerasviz.data.arrays import to_numpy

__all__ = [
    "InputFact",
    "InputHint",
    "ListedLayer",
    "all_layers",
    "final_activation",
    "input_arrays",
    "input_facts",
    "input_hints",
    "listed_layers",
    "output_layer",
    "output_names",
    "output_width",
    "usual_high",
    "vocabulary_of",
    "weights_stamp",
]


@dataclass(frozen=True, slots=True)
class InputFact:
    """One input of a model; `shape` is without the batch axis."""

    name: str
    shape: tuple[int | None, ...]
    dtype: str
    tensor: Any = None


@dataclass(frozen=True, slots=True)
class InputHint:
    """What the numbers of one input mean: how large they usually are, or how many tokens there are."""

    high: float
    vocabulary: int | None
    variable: bool  # a row of any length


def input_hints(model: Any, facts: tuple[InputFact, ...] | None) -> tuple[InputHint, ...]:
    """One hint for each input, in the model's order; none for a model that does not say."""
    return tuple(
        InputHint(usual_high(model, fact), vocabulary_of(model, fact), fact.shape == (None,)) for fact in facts or ()
    )


def input_facts(model: Any) -> tuple[InputFact, ...] | None:
    """The inputs in the model's order; None for a model that does not say."""
    tensors = getattr(model, "inputs", None)
    if tensors:
        names = _names(model, tensors)
        return tuple(
            InputFact(name, tuple(tensor.shape)[1:], str(tensor.dtype), tensor)
            for name, tensor in zip(names, tensors, strict=True)
        )
    shape = _built_shape(model)
    return None if shape is None else (InputFact("input", tuple(shape[1:]), "float32"),)


def input_arrays(inputs: Any, model: Any) -> dict[str, Any]:
    """Inputs as they go into the model, by the paths of a probe: "input", or "input:NAME" each."""
    facts = input_facts(model) or ()
    if isinstance(inputs, Mapping):
        called = {fact.name: _input_name(model, fact) for fact in facts}
        named = {called.get(str(key), str(key)): array for key, array in inputs.items()}
    elif isinstance(inputs, list | tuple):
        names = [_input_name(model, fact) for fact in facts] or [str(i) for i in range(len(inputs))]
        named = dict(zip(names, inputs, strict=False))
    else:
        return {"input": inputs}
    return {"input": next(iter(named.values()))} if len(named) == 1 else {f"input:{k}": v for k, v in named.items()}


def _input_name(model: Any, fact: InputFact) -> str:
    """The key of a dict of inputs, else the name of the input's layer: a tensor that was not named has another."""
    if isinstance(getattr(model, "input", None), dict):
        return fact.name
    layer = getattr(getattr(fact.tensor, "_keras_history", None), "operation", None)
    return fact.name if layer is None else str(layer.name)


def _names(model: Any, tensors: list[Any]) -> list[str]:
    """The keys of a dict of inputs, else the tensors' names."""
    structure = None if type(model).__name__ == "Sequential" else getattr(model, "input", None)
    if isinstance(structure, dict):
        by_identity = {id(tensor): str(key) for key, tensor in structure.items()}
        return [by_identity.get(id(tensor), tensor.name) for tensor in tensors]
    return [tensor.name for tensor in tensors]


def _built_shape(model: Any) -> tuple[int | None, ...] | None:
    """The shape a subclassed model was built with, when it is one shape."""
    if not getattr(model, "built", False) or not hasattr(model, "get_build_config"):
        return None
    shape = (model.get_build_config() or {}).get("input_shape")
    if not isinstance(shape, list | tuple) or not all(n is None or isinstance(n, int) for n in shape):
        return None
    return tuple(shape)


def all_layers(model: Any) -> Iterator[Any]:
    """Every layer, also those of nested models, as far as they list them."""
    for layer in getattr(model, "layers", None) or ():
        yield layer
        yield from all_layers(layer)


@dataclass(frozen=True, slots=True)
class ListedLayer:
    """A layer of a model that could not run: what it says of itself."""

    path: str
    name: str
    kind: str
    output_shape: tuple[int | None, ...] | None
    num_parameters: int
    note: str
    axes: tuple[str, ...] = ()
    parent: str = ""
    is_operation: bool = False
    is_container: bool = False
    inputs: tuple[str, ...] = ()
    dtype: str | None = None
    multiply_adds: int | None = None


def listed_layers(model: Any, path_of: Callable[[Any], str], note: str) -> tuple[ListedLayer, ...]:
    """The model's own layers, from what they declare; nothing runs."""
    return tuple(
        ListedLayer(
            path=path_of(layer),
            name=layer.name,
            kind=type(layer).__name__,
            output_shape=_declared_shape(layer),
            num_parameters=layer.count_params() if layer.built else 0,
            note=note,
        )
        for layer in getattr(model, "layers", None) or ()
        if type(layer).__name__ != "InputLayer"
    )


def _declared_shape(layer: Any) -> tuple[int | None, ...] | None:
    try:
        shape = layer.output.shape
    except (AttributeError, ValueError):  # called more than once, or never; or several outputs
        return None
    return tuple(shape)


def output_layer(model: Any) -> Any | None:
    """The layer whose output *is* the model's only output; None where that is not certain."""
    outputs = getattr(model, "outputs", None)
    if not outputs or len(outputs) != 1 or not isinstance(getattr(model, "output_shape", None), tuple):
        return None
    for layer in reversed(getattr(model, "layers", ())):
        try:
            own = layer.output
        except (AttributeError, ValueError):  # a layer that was called more than once, or never
            continue
        if own is outputs[0]:
            return layer
    return None


def final_activation(model: Any) -> str:
    """The function that made the output, e.g. "softmax", "sigmoid", "linear"; "" when unknown."""
    layer = output_layer(model)
    if layer is None:
        listed = getattr(model, "layers", None) or [None]
        layer = listed[-1] if not getattr(model, "outputs", None) else None
    if layer is None:
        return ""
    if hasattr(layer, "layers"):
        return final_activation(layer)
    activation = getattr(layer, "activation", None)
    activation = getattr(activation, "__wrapped__", activation)  # a tap of another thread may be on it
    name = getattr(activation, "__name__", "") or type(activation or layer).__name__
    return str(name).lower()


def output_names(model: Any) -> tuple[str, ...]:
    """What the outputs of a functional model are called, in their order: () where they have no names of their own."""
    names = getattr(model, "output_names", None) or ()
    return tuple(map(str, names)) if len(set(names)) == len(names) > 1 else ()


def output_width(model: Any) -> int | None:
    """How many units the only output has, when it is a matrix; None otherwise."""
    shape = getattr(model, "output_shape", None) if getattr(model, "outputs", None) else None
    if isinstance(shape, tuple) and len(shape) == 2 and isinstance(shape[1], int):
        return shape[1]
    return None


def vocabulary_of(model: Any, fact: InputFact) -> int | None:
    """How many tokens the Embedding that reads this input knows; the smallest where that is not clear."""
    embeddings = [layer for layer in all_layers(model) if type(layer).__name__ == "Embedding"]
    for layer in embeddings:
        try:
            reads = layer.input is fact.tensor
        except (AttributeError, ValueError):  # called more than once, or never
            reads = False
        if reads:
            return int(layer.input_dim)
    first = type(_first_layer(model)).__name__
    tokens = fact.dtype.startswith(("int", "uint")) or (len(fact.shape) == 1 and first == "Embedding")
    return min((int(layer.input_dim) for layer in embeddings), default=None) if tokens else None


def usual_high(model: Any, fact: InputFact) -> float:
    """255 for a model that takes bytes and rescales (or, for pictures, normalises) them itself, else 1."""
    for layer in all_layers(model):
        if type(layer).__name__ == "Rescaling" and float(np.max(np.abs(layer.scale))) <= 1 / 64:
            return 255.0
    first = _first_layer(model)
    mean = getattr(first, "mean", None) if type(first).__name__ == "Normalization" else None
    bytes_ = mean is not None and len(fact.shape) == 3 and float(np.max(to_numpy(mean))) > 2
    return 255.0 if bytes_ else 1.0


def _first_layer(model: Any) -> Any | None:
    return next((layer for layer in all_layers(model) if type(layer).__name__ != "InputLayer"), None)


def weights_stamp(model: Any) -> int | None:
    """How many training steps the model's own optimizer has made: changes when `fit` ran.

    While JAX trains, the counter may be an array that was given away; it is then unknown.
    """
    iterations = getattr(getattr(model, "optimizer", None), "iterations", None)
    if iterations is None:
        return None
    try:
        return int(iterations.numpy())
    except RuntimeError:
        return None
