"""Which layers a pass over a data set watches, and which axis of their outputs counts channels.

By default what a person would look at: the outputs of activations, of recurrent and attention layers, of embeddings,
and what the model gives. Every other tensor would also cost TensorFlow its fusing of convolution, bias and activation.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import keras

from kerasviz.models.layer_info import LayerInfo
from kerasviz.models.paths import Node, layer_path
from kerasviz.models.select import select_paths
from kerasviz.probes.discovery import Discovery
from kerasviz.probes.tap import activation_of

__all__ = ["Watch", "watched_layers"]

_ACTIVATIONS = frozenset(
    "Activation ReLU LeakyReLU PReLU ELU Softmax Relu Relu6 Sigmoid Silu Gelu Elu Selu Tanh Softplus Softsign "
    "HardSigmoid HardSilu HardTanh LogSoftmax LogSigmoid LeakyRelu Celu Glu SparsePlus Squareplus Threshold".split()
)
_ATTENTION = (keras.layers.MultiHeadAttention, keras.layers.GroupQueryAttention, keras.layers.Attention)
_WHOLE = (keras.layers.RNN, keras.layers.Bidirectional, keras.layers.Embedding, *_ATTENTION)
_CHANNELS = ("channel", "unit", "head")


@dataclass(frozen=True, slots=True)
class Watch:
    """One output that is watched: `axis` counts its channels, of which there are `channels`; `rank` is with the batch."""

    path: str
    axis: int
    channels: int
    rank: int
    loops: int = 0

    @property
    def has_positions(self) -> bool:
        """Whether a channel is more than one number of a sample."""
        return self.rank > 2


def watched_layers(
    layers: Any, discovery: Discovery, nodes: Sequence[Node], by_layer: Mapping[int, str]
) -> tuple[Watch, ...]:
    """The outputs to watch: None for those a person would look at, "all", or paths, layer objects, a compiled pattern."""
    infos = [info for info in discovery.layers if _countable(info)]
    if layers is None:
        infos = _looked_at(infos, {node.path: node.operation for node in nodes})
    elif not (isinstance(layers, str) and layers == "all" and "all" not in discovery.by_path):
        pattern = isinstance(layers, re.Pattern)
        known = [info.path for info in (infos if pattern else discovery.layers)]
        wanted = select_paths(layers, known, by_layer)
        infos = [info for info in infos if info.path in wanted]
    return tuple(_watch(info) for info in infos)


def _looked_at(infos: Sequence[LayerInfo], operations: Mapping[str, Any]) -> list[LayerInfo]:
    inside = tuple(path + "/" for path, operation in operations.items() if isinstance(operation, _WHOLE))
    taken = {path for info in infos for path in info.inputs}
    found = []
    for info in infos:
        operation = operations.get(layer_path(info.path))
        if info.path.startswith(inside) or info.output_index:
            continue
        if isinstance(operation, _WHOLE) or (not info.is_container and _is_looked_at(info, operation, taken)):
            found.append(info)
    return found or [info for info in infos if not info.is_container] or list(infos)


def _is_looked_at(info: LayerInfo, operation: Any, taken: set[str]) -> bool:
    activation = activation_of(operation) if operation is not None else None
    activated = activation is not None and activation is not keras.activations.linear
    return activated or info.kind in _ACTIVATIONS or info.path not in taken


def _countable(info: LayerInfo) -> bool:
    """Whether there are numbers in it, and a known number of channels."""
    shape = info.output_shape
    if not shape or info.dtype is None or not info.dtype.startswith(("float", "bfloat", "int", "uint", "bool")):
        return False
    return len(shape) == 1 or shape[_axis(info)] is not None


def _axis(info: LayerInfo) -> int:
    """The axis of channels, or the last."""
    return next((info.axes.index(name) for name in _CHANNELS if name in info.axes), len(info.axes) - 1)


def _watch(info: LayerInfo) -> Watch:
    shape = info.output_shape or ()
    if len(shape) == 1:  # one number a sample
        return Watch(info.path, 1, 1, 2, info.loops)
    axis = _axis(info)
    return Watch(info.path, axis, int(shape[axis] or 0), len(shape), info.loops)
