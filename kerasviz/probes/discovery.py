"""What one run of a model taught: which layers ran, in which order, with what shapes and meaning."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import keras

from kerasviz.models.cost import multiply_adds
from kerasviz.models.info import input_axes, keeps_axes, name_axes, number_of_parameters, taken_axes
from kerasviz.models.layer_info import LayerInfo
from kerasviz.models.moved_axes import unknown_axes
from kerasviz.models.paths import output_path
from kerasviz.probes.arguments import Places, arguments_of, taken_places
from kerasviz.probes.folded import Foldable, find_foldable
from kerasviz.probes.scores import logits_of
from kerasviz.probes.tap import Call, Recorder
from kerasviz.probes.targets import OutputInfo, is_regression

__all__ = ["Discovery", "discover"]

Axes = tuple[str, ...]
_OPEN = 64  # a guess where any length goes


@dataclass(frozen=True)
class Discovery:
    """Facts that stay true from call to call; `taken` are the tensors that layers took and no layer gave."""

    layers: tuple[LayerInfo, ...]
    outputs: tuple[OutputInfo, ...]
    taken: Places
    foldable: Foldable = Foldable()  # noqa: RUF009  # immutable

    @cached_property
    def by_path(self) -> dict[str, LayerInfo]:
        """The layers by where they hang."""
        return {info.path: info for info in self.layers}

    @cached_property
    def num_activations(self) -> int:
        """How many numbers one sample is on its way, roughly; what is in a container counts, the container does not."""
        shapes = [info.output_shape for info in self.layers if info.output_shape and not info.is_container]
        return sum(math.prod(length or _OPEN for length in shape[1:]) for shape in shapes)

    @cached_property
    def num_spared(self) -> int:
        """How many of them are never there where pairs of layers run as one."""
        shapes = [self.by_path[path].output_shape or () for path, _, _ in self.foldable.pairs]
        return sum(math.prod(length or 1 for length in shape[1:]) for shape in shapes)


def discover(model: Any, recorder: Recorder, inputs: Mapping[str, Any], outputs: Any) -> Discovery:
    """Read the facts off a run in which everything was recorded."""
    axes, sources = _axes_by_tensor(recorder, list(inputs.values())), _sources_by_tensor(recorder, inputs)
    known = _Tensors(axes, sources, recorder)
    layers = tuple(_layer_info(key, *recorder.records[key], known) for key in recorder.keys)
    paths = keras.tree.flatten_with_path(outputs)
    infos = tuple(_output_info(model, path, output, known) for path, output in paths)
    foldable = find_foldable(model, list(recorder.nodes.values()), {info.path: info for info in layers})
    return Discovery(layers, infos, taken_places(recorder, sources), foldable)


@dataclass(frozen=True, slots=True)
class _Tensors:
    """What is known of each tensor of the run, by its identity."""

    axes: dict[int, Axes]
    sources: dict[int, tuple[str, Any]]
    recorder: Recorder


def _axes_by_tensor(recorder: Recorder, inputs: Sequence[Any]) -> dict[int, Axes]:
    """The meaning of every tensor's axes, handed on from operation to operation."""
    axes: dict[int, Axes] = {}
    operations = [call.node.operation for call in recorder.calls]
    taken = _taken_by_tensor(recorder)
    for tensor in inputs:
        if tensor is not None:
            axes[id(tensor)] = taken.get(id(tensor)) or input_axes(operations, len(tensor.shape))
    for call in recorder.calls:
        given = [axes[id(x)] for x in map(recorder.origin, call.args) if id(x) in axes]
        for position, tensor in enumerate(call.returned):
            if not hasattr(tensor, "shape"):
                continue
            rank = len(tensor.shape)
            named = name_axes(call.node.operation, rank, given, position)
            if named == unknown_axes(rank):
                named = taken.get(id(tensor), named)
            inner = axes.get(id(call.raw[position])) if call.node.is_container else None
            if inner is None or named != unknown_axes(rank):  # a container may know better than what is in it
                axes[id(tensor)] = axes[id(call.raw[position])] = named
            else:
                axes[id(tensor)] = inner
    return axes


def _taken_by_tensor(recorder: Recorder) -> dict[int, Axes]:
    """What the layers that take a tensor say of its axes, handed back through layers that keep them."""
    taken: dict[int, Axes] = {}
    for call in reversed(recorder.calls):
        operation = call.node.operation
        after = [taken[id(tensor)] for tensor in call.returned if id(tensor) in taken] if keeps_axes(operation) else []
        for tensor in call.args:
            rank = len(getattr(tensor, "shape", ()))
            found = taken_axes(operation, rank) or next((axes for axes in after if len(axes) == rank), ())
            if found and rank > 2:
                taken.setdefault(id(tensor), found)
    return taken


def _sources_by_tensor(recorder: Recorder, inputs: Mapping[str, Any]) -> dict[int, tuple[str, Any]]:
    """Which path each tensor comes from: the innermost operation that gave it."""
    sources = {id(tensor): (key, tensor) for key, tensor in inputs.items() if tensor is not None}
    for call in recorder.calls:
        for position, tensor in enumerate(call.returned):
            inner = sources.get(id(call.raw[position])) if call.node.is_container else None
            path = output_path(call.node.path, call.index, position)
            sources.setdefault(id(tensor), inner or (path, tensor))
    return sources


def _layer_info(key: str, call: Call, position: int, tensor: Any, known: _Tensors) -> LayerInfo:
    node, rank = call.node, len(tensor.shape)
    shape = _shape(node.operation, position, tensor, stacked=call.loop is not None)
    fed_by = [known.sources[id(x)] for x in map(known.recorder.origin, call.args) if id(x) in known.sources]
    cost = 0 if node.is_container or position else multiply_adds(node.operation, [x.shape for _, x in fed_by], shape)
    axes = _axes(call, position, rank, known)
    return LayerInfo(
        path=key,
        name=node.operation.name,
        kind=type(node.operation).__name__,
        output_shape=shape,
        dtype=keras.backend.standardize_dtype(tensor.dtype),
        num_parameters=number_of_parameters(node.operation),
        axes=axes if len(axes) == rank else unknown_axes(rank),
        parent=node.parent,
        call_index=call.index,
        output_index=position,
        is_operation=node.is_operation,
        is_container=node.is_container,
        inputs=tuple(dict.fromkeys(path for path, _ in fed_by)),
        multiply_adds=cost,
        arguments=arguments_of(known.recorder, call, known.sources),
        hands_on=_handed_on(call, position, known),
        package=type(node.operation).__module__.partition(".")[0],
        compute_dtype=getattr(node.operation, "compute_dtype", None),
        loops=_depth(call),
    )


def _handed_on(call: Call, position: int, known: _Tensors) -> str:
    """The output inside a container that the container gives as its own."""
    if not call.node.is_container:
        return ""
    path, _ = known.sources.get(id(call.raw[position]), ("", None))
    return "" if path == output_path(call.node.path, call.index, position) else path


def _depth(call: Call) -> int:
    depth, loop = 0, call.loop
    while loop is not None:
        depth, loop = depth + 1, loop.loop
    return depth


def _axes(call: Call, position: int, rank: int, known: _Tensors) -> Axes:
    named = known.axes.get(id(call.returned[position]), ())
    if call.loop is None or not named:
        return named
    return ("batch", *("time",) * (rank - len(named)), *named[1:])  # one time axis for each loop around it


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


def _output_info(model: Any, path: tuple[Any, ...], output: Any, known: _Tensors) -> OutputInfo:
    squash = logits_of(known.recorder, output)
    shape = tuple(output.shape[1:])
    kind = squash.kind if squash else None
    key = None if not path else path[0] if len(path) == 1 else path
    made_by, _ = known.sources.get(id(output), ("", None))
    return OutputInfo(
        key, shape, kind, is_regression(model, kind, shape), per_sample=len(output.shape) > 0, path=made_by
    )
