"""What of a sample an attribution speaks about: the numbers that are replaced together, and how they are ranked.

The channels of a position go together, the units of a token too; the numbers of a table go one by one. A class
activation map is stretched over the inputs, for that is how it is read.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from kerasviz.attribution.base import Attribution
from kerasviz.attribution.region import Maps, Place, Region
from kerasviz.attribution.spatial import resize
from kerasviz.errors import MethodError
from kerasviz.probes.question import Question

__all__ = ["Units"]


class Units:
    """The units of each sample and their values.

    Args:
        question: whose score is explained.
        attribution: the values.
    """

    def __init__(self, question: Question, attribution: Attribution) -> None:
        self.region = _region_of(question, attribution)
        self.values: Maps = {}
        """By what it is reported for: (batch, …), broadcastable to each of its places."""
        self.is_whole = True  # whether each number has a value of its own
        for place in self.region.places:
            if place.name not in self.values:
                self.values[place.name] = self._of(place, np.asarray(_map_of(attribution, place, self.region)))
        self.count = sum(int(np.prod(array.shape[1:])) for array in self.values.values())

    def ranks(self, rng: np.random.Generator, *, order: str = "value") -> Maps:
        """Which goes first: 0 … count - 1 for each sample, by place, over all inputs. Equal ones come in random order."""
        size = self.region.question.size
        flat = np.concatenate([array.reshape(size, -1) for array in self.values.values()], axis=1)
        shuffled = rng.permutation(self.count)
        if order == "random":
            places = np.broadcast_to(shuffled, flat.shape)
        else:
            flat = np.abs(flat) if order == "magnitude" else flat
            places = shuffled[np.argsort(-flat[:, shuffled], axis=1, kind="stable")]
        ranks, start = np.argsort(places, axis=1), 0
        found: Maps = {}
        for name, array in self.values.items():
            end = start + int(np.prod(array.shape[1:]))
            part = ranks[:, start:end].reshape(array.shape)
            found |= {place.key: part for place in self.region.places if place.name == name}
            start = end
        return found

    def _of(self, place: Place, values: np.ndarray) -> np.ndarray:
        shape, axes = self.region.start[place.key].shape, self.region.spatial_axes(place.key)
        if place.summed and values.shape == shape[:-1]:
            self.is_whole = False
            return values[..., None]
        if values.shape == shape:
            others = tuple(axis for axis in range(1, len(shape)) if axes and axis not in axes)
            return values.sum(axis=others, keepdims=True, dtype=np.float64) if others else values
        if axes and values.ndim == len(axes) + 1 and len(values) == len(self.region.start[place.key]):
            self.is_whole = False
            large = resize(values, [shape[axis] for axis in axes], range(1, values.ndim))
            return np.expand_dims(large, tuple(axis for axis in range(1, len(shape)) if axis not in axes))
        raise MethodError(
            f"An attribution of shape {values.shape} was given for {place.name!r}, whose samples have the shape {shape}; "
            "values for each of its numbers, or for each of its positions, were expected. Pass the samples that were attributed."
        )


def _region_of(question: Question, attribution: Attribution) -> Region:
    """Where numbers are replaced: at the layer if each of its numbers has a value, else at the inputs."""
    inputs, layer, values = Region(question), attribution.layer, attribution.values
    if layer not in question.layers or isinstance(values, dict):
        return inputs
    if any(place.key == layer and place.name != layer for place in inputs.places):
        return inputs  # tokens, attributed at their embedding
    at_layer = Region(question, layer)
    return at_layer if at_layer.start[layer].shape == np.shape(values) else inputs


def _map_of(attribution: Attribution, place: Place, region: Region) -> Any:
    values = attribution.values
    if not isinstance(values, dict):
        return values
    if place.name in values:
        return values[place.name]
    raise MethodError(
        f"The attribution is about {', '.join(map(repr, values))}; values for {place.name!r} were expected too. "
        f"Pass the samples that were attributed, with the inputs {', '.join(map(repr, region.question.inputs))}."
    )
