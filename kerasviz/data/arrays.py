"""Arrays of any library as NumPy, and nested inputs. No framework is imported: who passes a tensor has it."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator, Mapping
from typing import Any

import numpy as np

__all__ = [
    "add_axes",
    "agrees",
    "is_array",
    "leaves",
    "map_leaves",
    "named_leaves",
    "replace_leaf",
    "shape_of",
    "to_numpy",
]


def to_numpy(value: Any) -> np.ndarray:
    """A NumPy array of a tensor, array, number, text or nested list."""
    if isinstance(value, np.ndarray):
        return value
    if hasattr(value, "detach"):  # torch: maybe on a device, maybe with a gradient
        value = value.detach().cpu()
        return np.asarray(value.float() if "bfloat16" in str(value.dtype) else value)
    if hasattr(value, "to_tensor"):  # a ragged tensor of TensorFlow
        value = value.to_tensor()
    return np.asarray(value)


def is_array(value: Any) -> bool:
    """Whether it can be indexed by sample without being read as a whole."""
    return hasattr(value, "shape") and hasattr(value, "dtype") and hasattr(value, "__getitem__")


def shape_of(value: Any) -> tuple[int, ...]:
    """The shape as plain integers."""
    return tuple(int(length) for length in value.shape)


def map_leaves(function: Callable[[Any], Any], nested: Any) -> Any:
    """The same structure of lists, tuples and dicts with `function` applied to what is in it."""
    if isinstance(nested, Mapping):
        return {key: map_leaves(function, item) for key, item in nested.items()}
    if isinstance(nested, list | tuple):
        return [map_leaves(function, item) for item in nested]
    return function(nested)


def leaves(nested: Any) -> Iterator[Any]:
    """What is in the structure, in order."""
    if isinstance(nested, Mapping):
        nested = list(nested.values())
    if isinstance(nested, list | tuple):
        for item in nested:
            yield from leaves(item)
    else:
        yield nested


def named_leaves(nested: Any, name: str = "") -> Iterator[tuple[str, Any]]:
    """What is in the structure with where it hangs: "key", "0", "key.0"; a single array has no name."""
    if isinstance(nested, Mapping | list | tuple):
        for key, item in nested.items() if isinstance(nested, Mapping) else enumerate(nested):
            yield from named_leaves(item, f"{name}.{key}" if name else str(key))
    else:
        yield name, nested


def replace_leaf(nested: Any, place: int, value: Any) -> Any:
    """The same structure with another thing at one place, counted as `leaves` gives them."""
    places = itertools.count()
    return map_leaves(lambda leaf: value if next(places) == place else leaf, nested)


def agrees(shape: tuple[int, ...], expected: tuple[int | None, ...]) -> bool:
    """Same rank, and the same length wherever one is expected."""
    return len(shape) == len(expected) and all(
        want is None or have == want for have, want in zip(shape, expected, strict=True)
    )


def add_axes(shape: tuple[int, ...], expected: tuple[int | None, ...]) -> tuple[int, ...] | None:
    """Where axes of length 1 must be added (as for `expand_dims`) to agree; None when that cannot be.

    An image without its channel axis, whichever side it is on, is the usual case.
    """
    added: list[int] = []
    for axis, want in enumerate(expected):
        have = axis - len(added)
        missing = len(expected) - len(shape) - len(added)
        if missing and want == 1 and not (have < len(shape) and shape[have] == 1):
            added.append(axis)
        elif have >= len(shape) or (want is not None and shape[have] != want):
            return None
    return tuple(added) if len(shape) + len(added) == len(expected) else None
