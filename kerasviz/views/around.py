"""What surrounds a layer's output for one sample: its inputs, weights, settings, parts and gradient."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

import numpy as np

from kerasviz.scanning.scan import Scan
from kerasviz.views.base import LayerLike, Record, Source
from kerasviz.views.head import record_of
from kerasviz.views.reduce import domain_of, drawable
from kerasviz.views.words import words_behind
from kerasviz.wire.messages import Domain, TargetName

__all__ = ["AroundLayer"]


@dataclass(frozen=True)
class _Input:
    """A model's input, as far as views read a layer; it has the axes of what it feeds where the ranks agree."""

    path: str
    axes: tuple[str, ...]
    dtype: str | None
    output_shape: tuple[int | None, ...] | None
    kind: str = "Input"
    num_parameters: int = 0
    parent: str = ""
    is_operation: bool = False
    is_container: bool = False
    note: str = ""
    inputs: tuple[str, ...] = ()
    multiply_adds: int | None = None

    @property
    def name(self) -> str:
        return self.path


class AroundLayer:
    """Looks each thing up in the source the first time it is asked for."""

    def __init__(self, source: Source, layer: LayerLike, sample: int, target: TargetName) -> None:
        self._source, self._layer, self._sample, self._target = source, layer, sample, target

    @cached_property
    def inputs(self) -> tuple[Record, ...]:
        by_path = {layer.path: layer for layer in self._source.layers}
        activations = self._source.activations(self._sample)
        given = self._source.model_inputs(self._sample)
        found = []
        for path in self._layer.inputs:
            array = activations.get(path, given.get(path))
            layer = by_path.get(path)
            if array is not None and layer is not None:
                around = AroundLayer(self._source, layer, self._sample, self._target)
                found.append(replace(record_of(layer, array, self._sample), around=around))
            elif array is not None:
                found.append(record_of(self._input(path, array), array, self._sample))
        return tuple(found)

    @cached_property
    def weights(self) -> Mapping[str, np.ndarray]:
        return self._source.weights(self._layer.path)

    @cached_property
    def settings(self) -> Mapping[str, Any]:
        return self._source.settings(self._layer.path)

    @cached_property
    def parts(self) -> Mapping[str, np.ndarray]:
        own, mark, call = _split(self._layer.path)
        inside = f"{own}/"
        activations = self._source.activations(self._sample)
        found = {path.removeprefix(inside): array for path, array in activations.items() if path.startswith(inside)}
        if call:  # of a later call: what ran as often as the layer itself
            calls = _calls(activations, own)
            found = {
                name.removesuffix(mark): array
                for name, array in found.items()
                if name.endswith(mark) and _calls(activations, inside + name.removesuffix(mark)) == calls
            }
        others = (f".{i}" for i in range(1, 100))
        return found | {name: activations[path] for name in others if (path := self._layer.path + name) in activations}

    @cached_property
    def activation(self) -> np.ndarray:
        array = self._source.activations(self._sample)[self._layer.path]
        return record_of(self._layer, array, self._sample).values

    @cached_property
    def gradient(self) -> np.ndarray:
        array = self._source.gradients(self._sample, self._target)[self._layer.path]
        return record_of(self._layer, array, self._sample).values

    @cached_property
    def network(self) -> Domain:
        domains = [domain_of(array) for array in self._source.activations(self._sample).values() if drawable(array)]
        signed = any(domain.signed for domain in domains)
        high = max((domain.high for domain in domains), default=0.0)
        low = min((domain.low for domain in domains), default=0.0)
        return Domain(-high if signed else low, high, signed=signed)

    @cached_property
    def scan(self) -> Scan | None:
        state = self._source.scan_state()
        watched = state.scan is not None and not state.stale and self._layer.path in state.scan.layers
        return state.scan if watched else None

    def words(self, path: str, count: int) -> tuple[str, ...]:
        """What so many places of the layer or input at a path are called, if they are tokens; else ()."""
        return words_behind(self._source, self._sample, path, count)

    def _input(self, path: str, array: np.ndarray) -> LayerLike:
        same = len(self._layer.axes) == array.ndim
        shape = (None, *array.shape[1:])
        return _Input(path, self._layer.axes if same else (), str(array.dtype), shape)


def _split(path: str) -> tuple[str, str, int]:
    """A layer's path without the mark of its call, the mark, and which call it is."""
    found = re.search(r"(?<!\\)#(\d+)$", path)
    return (path[: found.start()], found.group(), int(found.group(1))) if found else (path, "", 0)


def _calls(paths: Mapping[str, Any], path: str) -> int:
    """How often the layer at a path ran."""
    count = 1
    while f"{path}#{count}" in paths:
        count += 1
    return count
