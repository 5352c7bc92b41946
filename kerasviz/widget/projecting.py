"""The part of a session that projects: what a layer gives for many samples, gathered on the long worker and kept."""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from kerasviz.data.arrays import leaves
from kerasviz.data.projection import ProjectionFound, project
from kerasviz.data.samples import Samples
from kerasviz.errors import InputError

__all__ = ["Projecting"]

MOST_SAMPLES = 2000
MOST_NUMBERS = 2**24  # of all samples together
_WIDE = 4096  # numbers a sample: more of them are averaged over their positions
_SIZE = 32
_KEPT = 4  # projections

Step = Callable[[int, int, str], None]


@dataclass(frozen=True, slots=True)
class _Reading:
    """How a layer's output becomes a row: the axes (counted with the batch) that are averaged."""

    axes: tuple[int, ...]
    names: tuple[str, ...]

    def rows(self, values: np.ndarray) -> np.ndarray:
        wide = values.astype(np.float32)
        return (wide.mean(axis=self.axes) if self.axes else wide).reshape(len(values), -1)


class Projecting:
    """Answers "which samples look alike to this layer"."""

    probe: Any
    samples: Samples
    _compute: threading.RLock
    _generation: int

    def __init__(self) -> None:
        super().__init__()
        self._gathered: OrderedDict[Any, tuple[np.ndarray, np.ndarray, _Reading]] = OrderedDict()
        self._projected: OrderedDict[Any, ProjectionFound] = OrderedDict()

    @property
    def layers(self) -> tuple[Any, ...]:
        raise NotImplementedError

    def _check_fresh(self) -> None:
        raise NotImplementedError

    def activations(self, sample: int) -> Mapping[str, np.ndarray]:
        raise NotImplementedError

    def projection(self, layer: str, way: str, step: Step) -> ProjectionFound:
        """The points of samples evenly out of all, of a layer; the last few are kept as long as the weights are the same."""
        with self._compute:
            self._check_fresh()
            generation = self._generation
        key = (generation, layer, way)
        if key not in self._projected:
            samples, values, reading = self._gather(generation, layer, step)
            finite = np.isfinite(values).all(axis=1)
            if not finite.any():
                raise InputError(
                    f"Layer {layer!r} gave values that are not finite for all {len(samples)} samples. There is nothing to "
                    "project. Look for the first layer that gives NaN."
                )
            step(0, 0, way)
            found = project(way, values[finite])
            left_out, used = int((~finite).sum()), values.shape[1]
            _keep(
                self._projected,
                key,
                ProjectionFound(found, samples[finite], left_out, used, reading.names, generation),
            )
        return self._projected[key]

    def point(self, sample: int, layer: str, way: str) -> tuple[float, ...] | None:
        """Where a sample lies in a projection that was made; None where there is none, or no place for it."""
        with self._compute:
            self._check_fresh()
            found = self._projected.get((self._generation, layer, way))
            gathered = self._gathered.get((self._generation, layer))
            if found is None:
                return None
            at = np.flatnonzero(found.samples == sample)
            if len(at):
                return tuple(map(float, found.projected.points[at[0]]))
            if gathered is None or found.projected.axes is None:
                return None
            values = self.activations(sample).get(layer)
        placed = None if values is None or len(values) != 1 else found.projected.place(gathered[2].rows(values)[0])
        return None if placed is None else tuple(map(float, placed))

    def _gather(self, generation: int, layer: str, step: Step) -> tuple[np.ndarray, np.ndarray, _Reading]:
        key = (generation, layer)
        if key not in self._gathered:
            _keep(self._gathered, key, self._read(layer, step), 1)
        return self._gathered[key]

    def _read(self, layer: str, step: Step) -> tuple[np.ndarray, np.ndarray, _Reading]:
        """The samples, a row of numbers for each, and how they were read."""
        first = self._output(layer, [0])
        reading = self._reading(layer, first.shape)
        width = reading.rows(first).shape[1]
        wanted = self._taken(max(1, min(MOST_SAMPLES, MOST_NUMBERS // max(1, width))))
        rows: list[np.ndarray] = []
        samples: list[int] = []
        for batch in self._batches(wanted):
            step(len(samples), len(wanted), layer)
            found = reading.rows(self._output(layer, batch))
            if found.shape[1] != width:
                raise InputError(
                    f"Layer {layer!r} gave {found.shape[1]} numbers for sample {batch[0]} and {width} for sample 0. For a "
                    "projection all samples need as many. Choose a layer after the pooling."
                )
            rows.append(found)
            samples += batch
        return np.asarray(samples), np.concatenate(rows), reading

    def _taken(self, most: int) -> list[int]:
        """Evenly out of all samples."""
        count = len(self.samples)
        places = np.unique(np.linspace(0, count - 1, min(count, most)).round().astype(int)).tolist()
        return [int(place) for place in places if self.samples.has(int(place))]

    def _batches(self, wanted: Sequence[int]) -> Iterator[list[int]]:
        """So many at a time, all of one shape."""
        batch: list[int] = []
        shape: Any = None
        for sample in wanted:
            own = tuple(np.shape(leaf) for leaf in leaves(self.samples.raw(sample)))
            if batch and (own != shape or len(batch) == _SIZE):
                yield batch
                batch = []
            batch.append(sample)
            shape = own
        if batch:
            yield batch

    def _output(self, layer: str, batch: list[int]) -> np.ndarray:
        """What the layer gives for some samples; a short batch is filled up, for some backends compile for each size."""
        filled = batch + [batch[-1]] * (_SIZE - len(batch)) if len(batch) > 1 else batch
        inputs = self.samples.batch(filled)
        with self._compute:
            self._check_fresh()
            found = self.probe.activations(inputs, layers=[layer]).get(layer)
        if found is None or found.dtype.kind in "USO" or not found.ndim or len(found) != len(filled):
            raise InputError(
                f"Layer {layer!r} was to be projected. It does not give a row of numbers for each sample. Choose another."
            )
        rows: np.ndarray = found[: len(batch)]
        return rows

    def _reading(self, layer: str, shape: tuple[int, ...]) -> _Reading:
        """All numbers where they are few and always as many, else the mean over the positions."""
        info = next(each for each in self.layers if each.path == layer)
        names = info.axes if len(info.axes) == len(shape) else ("batch", *(f"axis_{i}" for i in range(1, len(shape))))
        varies = info.output_shape is not None and any(length is None for length in info.output_shape[1:])
        if len(shape) < 3 or (np.prod(shape[1:]) <= _WIDE and not varies):
            return _Reading((), ())
        channel = next((names.index(name) for name in ("channel", "unit") if name in names), len(shape) - 1)
        axes = tuple(axis for axis in range(1, len(shape)) if axis != channel)
        return _Reading(axes, tuple(names[axis] for axis in axes))


def _keep(kept: OrderedDict[Any, Any], key: Any, value: Any, most: int = _KEPT) -> None:
    kept[key] = value
    while len(kept) > most:
        kept.popitem(last=False)
