"""From what a person wrote — a path, a layer, a pattern, a list of them — to paths."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import Any

from kerasviz.errors import unknown_name

__all__ = ["select_paths"]


def select_paths(
    wanted: Any, known: Iterable[str], by_layer: Mapping[int, str], *, inside_loops: Iterable[str] = ()
) -> tuple[str, ...]:
    """The paths that `wanted` names, each once, in the order they were named."""
    paths = list(known)
    items = wanted if isinstance(wanted, list | tuple | set | frozenset) else [wanted]
    found: dict[str, None] = {}
    for item in items:
        for path in _one(item, paths, by_layer, tuple(inside_loops)):
            found[path] = None
    return tuple(found)


def _one(item: Any, paths: list[str], by_layer: Mapping[int, str], inside_loops: tuple[str, ...]) -> list[str]:
    if isinstance(item, re.Pattern):
        matching = [path for path in paths if item.fullmatch(path)]
        if not matching:
            raise unknown_name("A layer that matches", item.pattern, paths)
        return matching
    name = item if isinstance(item, str) else by_layer.get(id(item))
    if name is None:
        raise unknown_name("The layer", getattr(item, "name", item), paths, advice="It does not hang in this model.")
    if name not in paths:
        raise unknown_name("The layer", name, paths, advice=_advice(name, by_layer, inside_loops))
    return [name]


def _advice(name: str, by_layer: Mapping[int, str], inside_loops: tuple[str, ...]) -> str:
    if name in by_layer.values():
        return "It hangs in the model, but gave nothing to look at: it was not called, it runs inside a loop of the backend, or its output is no array."
    for loop in inside_loops:
        if name.startswith(loop + "/"):
            return f"What is inside {loop!r} runs in a loop that no tensor can leave: ask for {loop!r} itself."
    return "Probe.layers lists them all."
