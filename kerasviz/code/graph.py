"""A functional graph as statements, one call each, in the order a person would write them."""

from __future__ import annotations

import inspect
import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import keras

from kerasviz.code.layout import Chain, Expression, Group, Named, quoted
from kerasviz.code.names import Variables, snake
from kerasviz.code.operations import written_operation
from kerasviz.code.values import Writer

__all__ = ["Graph", "Statement"]

_FLOW = "x"  # a value that only the next line uses


@dataclass(frozen=True, slots=True)
class Statement:
    """`target = expression`."""

    target: str
    expression: Expression


class Graph:
    """The statements that build a functional model; `tensor(t)` is how they call a tensor."""

    def __init__(self, model: Any, writer: Writer, variables: Variables, makers: dict[int, Expression]) -> None:
        self._model, self._writer, self._variables = model, writer, variables
        self._makers = makers
        """Models that hang inside, by id, with the expression that makes them."""
        self._inputs = keras.tree.flatten(model.input)
        self._outputs = keras.tree.flatten(model.output)
        self._nodes = _as_made(list(_ordered(self._outputs, self._inputs)))
        self._named: dict[int, str] = {}
        self._shared: dict[int, str] = {}

    def statements(self) -> Iterator[Statement]:
        """Inputs, then every call."""
        yield from self._input_statements()
        last_use, calls = self._uses()
        for position, node in enumerate(self._nodes):
            operation = node.operation
            stands_alone = calls[id(operation)] > 1 or isinstance(operation, keras.Model)
            if stands_alone and id(operation) not in self._shared and isinstance(operation, keras.Layer):
                self._shared[id(operation)] = self._variables.new(operation.name)
                yield Statement(self._shared[id(operation)], self._maker(operation))
            expression = self._call(node)
            yield Statement(self._target(node, position, last_use), expression)

    def structure(self, value: Any) -> Expression:
        """A tensor, or a list, tuple or dict of them, or a plain value among a call's arguments."""
        if isinstance(value, keras.KerasTensor):
            return self._named[id(value)]
        if isinstance(value, list | tuple):
            items = tuple(self.structure(item) for item in value)
            return Group("[", items, "]") if isinstance(value, list) else Group("(", items, ")", is_tuple=True)
        if isinstance(value, dict) and "class_name" not in value:
            items = tuple(Named(f"{quoted(str(key))}: ", self.structure(item)) for key, item in value.items())
            return Group("{", items, "}")
        return self._writer.value(value, f"A call in model {self._model.name!r}")

    # ------------------------------------------------------------------------------------------- statements

    def _input_statements(self) -> Iterator[Statement]:
        for tensor in self._inputs:
            layer = tensor._keras_history.operation  # noqa: SLF001 - the only way from a tensor to its layer
            wish = "inputs" if len(self._inputs) == 1 else layer.name
            self._named[id(tensor)] = self._variables.new(wish)
            yield Statement(self._named[id(tensor)], self._writer.input(layer))

    def _call(self, node: Any) -> Expression:
        operation, arguments = node.operation, node.arguments
        if not isinstance(operation, keras.Layer):
            return written_operation(operation, arguments, self._writer, self.structure)
        items = [self.structure(arg) for arg in arguments.args]
        kwargs = {key: value for key, value in arguments.kwargs.items() if _was_said(operation, key, value, arguments)}
        items += [Named(f"{key}=", self.structure(value)) for key, value in kwargs.items()]
        called = Group("(", tuple(items), ")")
        if id(operation) in self._shared:
            return Group(f"{self._shared[id(operation)]}(", called.items, ")")
        return Chain((self._writer.layer(operation), called))

    def _maker(self, operation: Any) -> Expression:
        return self._makers.get(id(operation)) or self._writer.layer(operation)

    def _target(self, node: Any, position: int, last_use: dict[int, int]) -> str:
        end = len(self._nodes)
        used = [tensor for tensor in node.outputs if id(tensor) in last_use]
        names = {}
        for tensor in used:
            only_next = last_use[id(tensor)] == position + 1 < end
            if only_next and len(used) == 1:
                name = _FLOW
            elif len(self._outputs) == 1 and tensor is self._outputs[0]:
                name = self._variables.new("outputs")
            else:
                name = self._variables.new(self._wish(node.operation, len(node.outputs)))
            names[id(tensor)] = name
        self._named |= names
        if len(node.outputs) == 1:
            return names.get(id(node.outputs[0]), "_")
        return self._unpacked(node, names)

    def _wish(self, operation: Any, number_of_outputs: int) -> str:
        name = str(operation.name)
        return name if isinstance(operation, keras.Layer) or number_of_outputs > 1 else snake(type(operation).__name__)

    def _unpacked(self, node: Any, names: dict[int, str]) -> str:
        """Several outputs: `a, b = …`, or a variable that is asked by key where they come as a dict."""
        structure = node.operation.compute_output_spec(*node.arguments.args, **node.arguments.kwargs)
        plain = isinstance(structure, list | tuple) and len(structure) == len(node.outputs)
        if plain:
            return ", ".join(names.get(id(tensor), "_") for tensor in node.outputs)
        whole = self._variables.new(f"{node.operation.name}_outputs")
        places = keras.tree.flatten(_places(structure, whole))
        for tensor, place in zip(node.outputs, places, strict=True):
            self._named[id(tensor)] = place
        return whole

    def _uses(self) -> tuple[dict[int, int], dict[int, int]]:
        """The last statement that uses each tensor, and how often each operation is called."""
        last_use: dict[int, int] = {}
        calls: dict[int, int] = {}
        for position, node in enumerate(self._nodes):
            calls[id(node.operation)] = calls.get(id(node.operation), 0) + 1
            for tensor in _used(node):
                last_use[id(tensor)] = position
        return last_use | {id(tensor): len(self._nodes) for tensor in self._outputs}, calls


def _was_said(operation: Any, key: str, value: Any, arguments: Any) -> bool:
    """Whether the user passed it: masks travel by themselves, and defaults (`training=False`) are filled in."""
    if "mask" in key and isinstance(value, keras.KerasTensor | list | tuple):
        masks = [getattr(tensor, "_keras_mask", None) for tensor in keras.tree.flatten(arguments.args)]
        return not all(any(part is mask for mask in masks) for part in keras.tree.flatten(value))
    parameter = inspect.signature(operation.call).parameters.get(key)
    return value is not None and (parameter is None or parameter.default is not value)


def _places(structure: Any, whole: str) -> Any:
    if isinstance(structure, dict):
        return {key: _places(item, f"{whole}[{quoted(str(key))}]") for key, item in structure.items()}
    if isinstance(structure, list | tuple):
        return [_places(item, f"{whole}[{number}]") for number, item in enumerate(structure)]
    return whole


def _used(node: Any) -> list[Any]:
    """The tensors that the written call names: a mask that travels by itself is not among them."""
    args, kwargs = node.arguments.args, node.arguments.kwargs
    tensors = [tensor for tensor in keras.tree.flatten(args) if isinstance(tensor, keras.KerasTensor)]
    masks = {id(getattr(tensor, "_keras_mask", None)) for tensor in tensors}
    said = [tensor for tensor in keras.tree.flatten(kwargs) if isinstance(tensor, keras.KerasTensor)]
    return [*tensors, *(tensor for tensor in said if id(tensor) not in masks)]


def _ordered(outputs: list[Any], inputs: list[Any]) -> Iterator[Any]:
    """The calls behind the outputs, each after those it needs, branch by branch."""
    done = {id(tensor) for tensor in inputs}
    emitted: set[int] = set()
    waiting = list(reversed(outputs))
    while waiting:
        tensor = waiting[-1]
        if id(tensor) in done:
            waiting.pop()
            continue
        operation, node_index, _ = tensor._keras_history  # noqa: SLF001 - how Keras keeps the graph
        node = operation._inbound_nodes[node_index]  # noqa: SLF001
        missing = [needed for needed in _used(node) if id(needed) not in done]
        if missing:
            waiting.extend(reversed(missing))
            continue
        waiting.pop()
        done |= {id(output) for output in node.outputs}
        if id(node) not in emitted:
            emitted.add(id(node))
            yield node


def _as_made(nodes: list[Any]) -> list[Any]:
    """The calls as their author made them: Keras numbers tensors as they arise. As they were, where that says nothing."""
    numbers = [re.fullmatch(r"keras_tensor_?(\d*)", node.outputs[0].name) for node in nodes]
    if not all(numbers):
        return nodes
    by_number = {id(node): int(found[1] or 0) for node, found in zip(nodes, numbers, strict=True) if found}
    made = sorted(nodes, key=lambda node: by_number[id(node)])
    position = {id(tensor): number for number, node in enumerate(made) for tensor in node.outputs}
    after = (position.get(id(tensor), -1) < number for number, node in enumerate(made) for tensor in _used(node))
    return made if all(after) else nodes
