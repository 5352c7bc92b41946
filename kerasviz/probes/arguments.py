"""What each call of an operation took: by name, where it comes from, and the tensors that no layer gave.

Those are masks, which travel beside the tensors, and what a model's own `call` makes between two layers. They are
addressed by who took them: "dense:inputs", "lstm:mask"; of a list "add:inputs.1".
"""

from __future__ import annotations

import inspect
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from types import EllipsisType
from typing import Any

import keras
import numpy as np

from kerasviz.models.layer_info import Argument
from kerasviz.probes.tap import Call, Recorder

__all__ = ["Places", "arguments_of", "taken_places", "taken_tensors"]

Sources = Mapping[int, tuple[str, Any]]
"""Identity of a tensor → the path it comes from, and the tensor."""

Places = Mapping[str, tuple[int, int, int]]
"""Key → (identity of the operation, number of its call, place among its flat arguments)."""

_MOST_NUMBERS = 4096  # of a constant


@dataclass(frozen=True, slots=True)
class _Leaf:
    key: str
    name: str
    place: int
    value: Any


def arguments_of(recorder: Recorder, call: Call, sources: Sources) -> tuple[Argument, ...]:
    """The arguments of a call in the order of its signature."""
    return tuple(_argument(recorder, call, leaf, sources) for leaf in _leaves(call))


def taken_places(recorder: Recorder, sources: Sources) -> dict[str, tuple[int, int, int]]:
    """Where the tensors are that no layer gave."""
    found: dict[str, tuple[int, int, int]] = {}
    for call in recorder.calls:
        for leaf in _leaves(call):
            if _argument(recorder, call, leaf, sources).path == leaf.key:
                found[leaf.key] = (id(call.node.operation), call.index, leaf.place)
    return found


def taken_tensors(recorder: Recorder, places: Places) -> list[Any]:
    """These tensors of a run."""
    calls = {(id(call.node.operation), call.index): call for call in recorder.calls if call.loop is None}
    return [calls[operation, index].args[place] for operation, index, place in places.values()]


def _argument(recorder: Recorder, call: Call, leaf: _Leaf, sources: Sources) -> Argument:
    if not keras.ops.is_tensor(leaf.value):
        return Argument(leaf.name, constant=_plain(leaf.value))
    known = sources.get(id(recorder.origin(leaf.value)))
    if known is not None:
        return Argument(leaf.name, known[0], is_tensor=True)
    if call.loop is not None or not recorder.is_dense(leaf.value):  # in a loop it differs from step to step
        return Argument(leaf.name, is_tensor=True)
    return Argument(leaf.name, leaf.key, is_tensor=True)


def _leaves(call: Call) -> Iterator[_Leaf]:
    """Everything the call took, with the name of its parameter."""
    places: dict[int, int] = {}
    for place, value in enumerate(call.args):
        places.setdefault(id(value), place)
    for name, value in _named(call):
        leaves = keras.tree.flatten(value)
        for number, leaf in enumerate(leaves):
            key = f"{call.path}:{name}" + (f".{number}" if len(leaves) > 1 else "")
            yield _Leaf(key, name, places[id(leaf)], leaf)


def _named(call: Call) -> list[tuple[str, Any]]:
    args, kwargs = call.given
    try:
        bound = inspect.signature(type(call.node.operation).call).bind(None, *args, **kwargs)
    except (TypeError, ValueError, AttributeError):  # a signature that Python cannot read, or a call of another name
        return [(str(place), value) for place, value in enumerate(call.args)]
    kinds = {name: parameter.kind for name, parameter in bound.signature.parameters.items()}
    named: list[tuple[str, Any]] = []
    for name, value in list(bound.arguments.items())[1:]:
        if kinds[name] is inspect.Parameter.VAR_KEYWORD:
            named += value.items()
        else:
            named.append((name, value))
    return named


def _plain(value: Any) -> Any:
    """A constant as it is: a number, a word, a part of an index, an array that is not large."""
    if isinstance(value, np.ndarray | np.generic):
        return np.asarray(value) if value.size <= _MOST_NUMBERS else None
    if isinstance(value, slice):
        return value if all(isinstance(end, int | None) for end in (value.start, value.stop, value.step)) else None
    return value if isinstance(value, bool | int | float | str | EllipsisType) else None
