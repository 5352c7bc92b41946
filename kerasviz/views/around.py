"""What surrounds a layer's output for one sample: its inputs, weights, settings, parts and gradient."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np

from kerasviz.views.base import LayerLike, Record, Source
from kerasviz.views.head import record_of
from kerasviz.views.reduce import domain_of, drawable
from kerasviz.wire.messages import Domain

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

    def __init__(self, source: Source, layer: LayerLike, sample: int, target: int | None) -> None:
        self._source, self._layer, self._sample, self._target = source, layer, sample, target

    @cached_property
    def inputs(self) -> tuple[Record, ...]:
        by_path = {layer.path: layer for layer in self._source.layers}
        activations = self._source.activations(self._sample)
        given = self._source.model_inputs(self._sample)
        found = []
        for path in self._layer.inputs:
            array = activations.get(path, given.get(path))
            if array is not None:
                found.append(record_of(by_path.get(path) or self._input(path, array), array, self._sample))
        return tuple(found)

    @cached_property
    def weights(self) -> Mapping[str, np.ndarray]:
        return self._source.weights(self._layer.path)

    @cached_property
    def settings(self) -> Mapping[str, Any]:
        return self._source.settings(self._layer.path)

    @cached_property
    def parts(self) -> Mapping[str, np.ndarray]:
        inside = f"{self._layer.path}/"
        activations = self._source.activations(self._sample)
        return {path.removeprefix(inside): array for path, array in activations.items() if path.startswith(inside)}

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

    def _input(self, path: str, array: np.ndarray) -> LayerLike:
        same = len(self._layer.axes) == array.ndim
        shape = (None, *array.shape[1:])
        return _Input(path, self._layer.axes if same else (), str(array.dtype), shape)
