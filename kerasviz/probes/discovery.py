"""What one run of a model taught: which layers ran, in which order, with what shapes and meaning."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import keras

from kerasviz.models.info import LayerInfo, input_axes, name_axes, number_of_parameters, unknown_axes
from kerasviz.probes.scores import logits_of
from kerasviz.probes.tap import Call, Recorder
from kerasviz.probes.targets import OutputInfo, is_regression

__all__ = ["Discovery", "discover"]

Axes = tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Discovery:
    """Facts that stay true from call to call."""

    layers: tuple[LayerInfo, ...]
    outputs: tuple[OutputInfo, ...]


def discover(model: Any, recorder: Recorder, keys: Sequence[str], inputs: Sequence[Any], outputs: Any) -> Discovery:
    """Read the facts off a run in which everything was recorded."""
    axes = _axes_by_tensor(recorder, inputs)
    layers = tuple(_layer_info(key, *recorder.records[key], axes) for key in keys)
    paths = keras.tree.flatten_with_path(outputs)
    return Discovery(layers, tuple(_output_info(model, recorder, path, output) for path, output in paths))


def _axes_by_tensor(recorder: Recorder, inputs: Sequence[Any]) -> dict[int, Axes]:
    """The meaning of every tensor's axes, handed on from operation to operation by identity."""
    axes: dict[int, Axes] = {}
    operations = [call.node.operation for call in recorder.calls]
    for tensor in inputs:
        if tensor is not None:
            axes[id(tensor)] = input_axes(operations, len(tensor.shape))
    for call in recorder.calls:
        given = [axes[id(x)] for x in keras.tree.flatten(call.args) if id(x) in axes]
        for position, tensor in enumerate(call.returned):
            if hasattr(tensor, "shape") and (id(tensor) not in axes or not call.node.is_container):
                axes[id(tensor)] = name_axes(call.node.operation, len(tensor.shape), given, position)
    return axes


def _layer_info(key: str, call: Call, position: int, tensor: Any, axes: dict[int, Axes]) -> LayerInfo:
    node = call.node
    rank = len(tensor.shape)
    named = axes.get(id(tensor), ())
    if call.loop is not None:  # seen once per step and stacked: time comes after the batch
        inner = axes.get(id(call.returned[position]), ())
        named = ("batch", *("time",) * (rank - len(inner)), *inner[1:]) if inner else ()
    return LayerInfo(
        path=key,
        name=node.operation.name,
        kind=type(node.operation).__name__,
        output_shape=_shape(node.operation, position, tensor, stacked=call.loop is not None),
        dtype=keras.backend.standardize_dtype(tensor.dtype),
        num_parameters=number_of_parameters(node.operation),
        axes=named if len(named) == rank else unknown_axes(rank),
        parent=node.parent,
        call_index=call.index,
        output_index=position,
        is_operation=node.is_operation,
        is_container=node.is_container,
    )


def _shape(operation: Any, position: int, tensor: Any, *, stacked: bool) -> tuple[int | None, ...]:
    """The shape with the batch open, and open where the graph says that any length goes."""
    actual = (None, *tensor.shape[1:])
    static = () if stacked else _static_shape(operation, position)
    if len(static) == len(actual) and all(s is None or s == a for s, a in zip(static[1:], actual[1:], strict=True)):
        return (None, *static[1:])
    return tuple(actual)


def _static_shape(operation: Any, position: int) -> tuple[int | None, ...]:
    try:
        flat = keras.tree.flatten(operation.output)
    except (AttributeError, ValueError):  # not in a graph, or called more than once in it
        return ()
    return tuple(flat[position].shape) if position < len(flat) else ()


def _output_info(model: Any, recorder: Recorder, path: tuple[Any, ...], output: Any) -> OutputInfo:
    squash = logits_of(recorder, output)
    shape = tuple(output.shape[1:])
    kind = squash.kind if squash else None
    key = None if not path else path[0] if len(path) == 1 else path
    return OutputInfo(key, shape, kind, is_regression(model, kind, shape))
