"""Batch normalisation right after a layer with weights, seen as part of that layer: y = (s · w) x + (β - s · mean).

Rules that hand shares out by changed weights need it: of a layer alone, the sum before its normalisation may be near zero
where the sum after is not, and shares of it would be without bounds.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import keras

from kerasviz.models.layer_info import LayerInfo
from kerasviz.models.paths import Node
from kerasviz.probes.tap import activation_of

__all__ = ["Folds", "along_kernel", "along_output", "find_folds", "scale_and_shift"]


@dataclass(frozen=True, slots=True)
class Folds:
    """Pairs of a layer with weights and the normalisation of what it gives. Hashable."""

    pairs: tuple[tuple[Any, Any], ...] = ()

    def norm_of(self, layer: Any) -> Any:
        """What normalises a layer's output; None: nothing does."""
        return next((norm for each, norm in self.pairs if each is layer), None)

    def layer_of(self, norm: Any) -> Any:
        """Whose output it normalises; None: not that of one such layer."""
        return next((layer for layer, each in self.pairs if each is norm), None)


def find_folds(nodes: Sequence[Node], layers: Mapping[str, LayerInfo], weighted: frozenset[str]) -> Folds:
    """The pairs of a model: each called once, and the normalisation alone takes what the linear layer gives."""
    operations = {node.path: node.operation for node in nodes if node.path in layers}
    taken_by: dict[str, list[str]] = {}
    for info in layers.values():
        for path in info.inputs:
            taken_by.setdefault(path, []).append(info.path)
    again = {path.partition("#")[0] for path in layers if "#" in path}
    pairs = []
    for path, takers in taken_by.items():
        layer, norm = operations.get(path), operations.get(takers[0])
        once = len(takers) == 1 and not {path, takers[0]} & again
        if once and type(norm) is keras.layers.BatchNormalization and _is_linear(layer, weighted):
            pairs.append((layer, norm))
    return Folds(tuple(pairs))


def _is_linear(layer: Any, weighted: frozenset[str]) -> bool:
    return type(layer).__name__ in weighted and activation_of(layer) is keras.activations.linear


def scale_and_shift(norm: Any) -> tuple[Any, Any]:
    """What a normalisation multiplies each channel with, and adds then."""
    ops = keras.ops
    scale = 1 / ops.sqrt(_value(norm.moving_variance) + norm.epsilon)
    scale = scale if norm.gamma is None else scale * _value(norm.gamma)
    shift = -scale * _value(norm.moving_mean)
    return scale, shift if norm.beta is None else shift + _value(norm.beta)


def along_kernel(layer: Any, kernel: Any, scale: Any) -> Any:
    """One number for each output, where a kernel has its outputs."""
    kind = type(layer).__name__
    if kind.startswith("Depthwise"):
        return keras.ops.reshape(scale, kernel.shape[-2:])
    return scale[:, None] if kind.endswith("Transpose") else scale


def along_output(norm: Any, output: Any, numbers: Any) -> Any:
    """One number for each channel, where a layer's output has its channels."""
    shape = [1] * len(output.shape)
    shape[norm.axis] = -1
    return keras.ops.reshape(numbers, shape)


def _value(variable: Any) -> Any:
    return keras.ops.convert_to_tensor(variable.value)
