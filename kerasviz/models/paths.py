r"""Where each layer hangs: one unique, stable path per operation of a model.

A path is the names of the layers on the way, joined by "/": `conv2d`, `vgg/block5_conv3`. Siblings
that would share a path get "~2" in attribute order. Calls and outputs are added when the model runs:
`shared#1` is the second call, `lstm.1` the second output. What those marks could be confused with is
escaped by a backslash: "#", "~", "\" and "." before a digit in a name, and a top-level "input".

Attribute names were rejected as path segments: functional graphs have none, and people know their
layers by the names that `summary()` prints.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

import keras

__all__ = ["INPUT", "Node", "escape", "input_key", "layer_path", "output_path", "walk"]

INPUT = "input"
_MARKS = re.compile(r"(?:(?<!\\)[#.]\d+)+$")
_SPECIAL = re.compile(r"[\\#~]|\.(?=\d)")


@dataclass(frozen=True, slots=True)
class Node:
    """One operation of a model and where it hangs."""

    operation: Any  # keras.Operation; layers are operations
    path: str
    parent: str
    is_operation: bool
    is_container: bool


def escape(name: str, *, top: bool = False) -> str:
    """A layer's name as a path segment."""
    escaped = _SPECIAL.sub(lambda match: "\\" + match.group(), name)
    if top and (escaped == INPUT or escaped.startswith(INPUT + ":")):
        return "\\" + escaped
    return escaped


def input_key(name: str, *, only: bool) -> str:
    """How one of the model's inputs is addressed."""
    return INPUT if only else f"{INPUT}:{name}"


def output_path(path: str, call_index: int, output_index: int) -> str:
    """The path of one output of one call."""
    call = f"#{call_index}" if call_index else ""
    output = f".{output_index}" if output_index else ""
    return f"{path}{call}{output}"


def layer_path(path: str) -> str:
    """Where the layer hangs that an output belongs to: `shared#1.1` → `shared`."""
    return _MARKS.sub("", path)


def walk(model: Any) -> tuple[Node, ...]:
    """Every operation inside a model, each once, at the first place where it hangs."""
    return tuple(_walk(model, "", {id(model)}))


def _walk(parent: Any, prefix: str, seen: set[int]) -> Iterator[Node]:
    taken: dict[str, int] = {}
    found = []
    for child in _children(parent):
        if id(child) not in seen:
            seen.add(id(child))
            found.append(child)
    for child in found:
        segment = escape(child.name, top=not prefix)
        taken[segment] = taken.get(segment, 0) + 1
        if taken[segment] > 1:
            segment = f"{segment}~{taken[segment]}"
        path = f"{prefix}/{segment}" if prefix else segment
        inner = list(_walk(child, path, seen))
        yield Node(child, path, prefix, not isinstance(child, keras.Layer), bool(inner))
        yield from inner


def _children(parent: Any) -> Iterator[Any]:
    """What hangs in a layer or model: its graph if it has one, and its attributes."""
    if isinstance(parent, keras.layers.RNN):
        return  # cells run inside the backend's loop: no tensor of theirs can leave it
    if isinstance(parent, keras.Sequential):
        candidates: Iterable[Any] = parent.layers
    else:
        # A functional model lists its operations; a subclassed one has only attributes.
        candidates = [*getattr(parent, "operations", ()), *_operations_in(vars(parent).values())]
    for child in candidates:
        if not isinstance(child, keras.layers.InputLayer):
            yield child


def _operations_in(values: Iterable[Any]) -> Iterator[Any]:
    """The layers among attribute values, also inside lists, tuples and dicts."""
    for value in values:
        if isinstance(value, keras.Layer):
            yield value
        elif isinstance(value, dict):
            yield from _operations_in(value.values())
        elif isinstance(value, list | tuple):
            yield from _operations_in(value)
