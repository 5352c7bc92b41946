"""Where attributions are computed, and how they are reported.

Floats are attributed where they enter. Whole numbers (tokens) have no gradient and no half-way points:
they are attributed where they become floats, at the embedding, and summed over its units, so that each
token gets one number. With `layer=` the outputs of that layer are attributed.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np

from kerasviz.errors import MethodError
from kerasviz.probes.question import Question

__all__ = ["Maps", "Place", "Region", "of_rows"]

Maps = dict[str, np.ndarray]
SPATIAL = frozenset({"depth", "height", "width", "time"})
_SPATIAL_BY_RANK = {3: (1,), 4: (1, 2), 5: (1, 2, 3)}


@dataclass(frozen=True, slots=True)
class Place:
    """One tensor that is attributed."""

    key: str  # the input or layer that it is
    name: str  # the input or layer that its attribution is reported for
    summed: bool = False  # over its last axis, the units of an embedding


class Region:
    """The places that one attribution is about.

    Args:
        question: whose score is explained.
        layer: the path of the layer to attribute; None: the inputs.
    """

    def __init__(self, question: Question, layer: str | None = None) -> None:
        self.question, self.layer = question, layer
        self.sources = tuple(place for key in question.inputs for place in _places_of(question, key))
        self.places = self.sources if layer is None else (Place(layer, layer),)
        self.finish: Callable[[Any], Any] | None = None  # makes the answer of what a method found

    @property
    def keys(self) -> tuple[str, ...]:
        return tuple(place.key for place in self.places)

    @cached_property
    def start(self) -> Maps:
        """What stands at each place for the samples: (batch, …) by key."""
        return self.at_samples([place.key for place in self.places])

    def so_far(self, done: int, total: int, find: Callable[[], Any]) -> None:
        """Between two batches: `find` gives what the first `done` of `total` points say, for whoever wants to see it now.

        Of one sample only: of several, one comes after the other.
        """
        preview, finish = self.question.preview, self.finish
        if preview is not None and finish is not None and self.question.size == 1 and 0 < done < total:
            preview(done, total, lambda: finish(find()))

    def at_samples(self, keys: Iterable[str]) -> Maps:
        """Inputs as they are, outputs of layers as the model computes them."""
        inner = tuple(key for key in keys if key not in self.question.inputs)
        found = self.question.at_samples(keep=inner).activations if inner else {}
        return {key: found[key] if key in found else self.question.inputs[key] for key in keys}

    def through(self, points: Mapping[str, np.ndarray], keys: tuple[str, ...], rows: np.ndarray | None = None) -> Maps:
        """What the layers `keys` give for one set of points each sample (or each of `rows`, the samples they stand for)."""
        rows = np.arange(self.question.size) if rows is None else rows
        parts, most = [], self.question.rows_at_once(gradients=False)
        for some in np.array_split(np.arange(len(rows)), max(1, -(-len(rows) // most))):
            here = {key: array[some] for key, array in points.items()}
            parts.append(self.question.at(rows[some], here, keep=keys).activations)
        return {key: np.concatenate([part[key] for part in parts]) for key in keys}

    def spatial_axes(self, key: str) -> tuple[int, ...]:
        """Which axes of a place are positions: height and width, time …; () for a table."""
        axes = self.question.axes(key)
        named = tuple(i for i, axis in enumerate(axes) if axis in SPATIAL)
        return named or _SPATIAL_BY_RANK.get(len(axes), ())

    def report(self, maps: Maps) -> Maps:
        """One map for each input or layer: units of embeddings summed, several embeddings of one input added."""
        found: Maps = {}
        for place in self.places:
            values = np.asarray(maps[place.key], np.float32)
            values = values.sum(axis=-1) if place.summed and place.key in maps else values
            found[place.name] = found[place.name] + values if place.name in found else values
        return found

    def spread(self, maps: Maps) -> Maps:
        """Values that are the same along some axes, at every number; once for each token."""
        found = {}
        for place in self.places:
            shape = self.start[place.key].shape
            shape = (*shape[:-1], maps[place.key].shape[-1]) if place.summed else shape
            found[place.key] = np.broadcast_to(maps[place.key], shape)
        return found

    @property
    def note(self) -> str:
        """What has to be said about where it was attributed."""
        inner = [place for place in self.places if place.key != place.name]
        return " ".join(
            f"{place.name!r} holds whole numbers, which have no gradient: attributed at the output of {place.key!r}"
            + (", summed over its units." if place.summed else ".")
            for place in inner
        )


def of_rows(array: np.ndarray, rows: np.ndarray) -> np.ndarray:
    """Each row's sample, broadcastable to (rows, …): a single one, which all rows share, is not copied."""
    return array if len(array) == 1 else array[rows]


def _places_of(question: Question, key: str) -> list[Place]:
    """The input itself, or the first float tensors that are made of it."""
    embeddings = [info for info in question.layers.values() if info.kind == "Embedding" and key in info.inputs]
    if question.inputs[key].dtype.kind == "f" and not embeddings:
        return [Place(key, key)]
    ranks = {key: question.inputs[key].ndim}
    found = []
    for info in question.layers.values():  # in the order they run
        feeding = [ranks[path] for path in info.inputs if path in ranks]
        if not feeding or info.output_shape is None:
            continue
        if (info.dtype or "").startswith(("float", "bfloat")):
            if info.is_container:  # what is in it comes first
                continue
            found.append(Place(info.path, key, summed=len(info.output_shape) > feeding[0]))
        elif info.dtype != "bool":  # a mask says which tokens count, it does not become floats
            ranks[info.path] = len(info.output_shape)
    if not found:
        raise MethodError(
            f"The input {key!r} holds {question.inputs[key].dtype} and goes into no layer that turns it into floats: "
            "there is nothing to attribute. Choose a layer that gives floats (layer=…), or explain a model that has one."
        )
    return found
