"""The third computation of the engine: what a pass over a data set wants of one batch, reduced inside the compiled forward.

Everything comes back per sample, so that rows which only fill a batch can be dropped, and as few arrays: the
reductions of all layers lie side by side, layer by layer, channel by channel.

How: sums, largest and smallest numbers over the positions of each channel are reduced where the activations lie; the
position of a maximum is looked up only for channels where the sample beats a threshold that comes with the batch (the
k-th largest so far) and may be among the k strongest of the batch, and histograms stand on a few positions of each sample, drawn on the outside.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import keras

from kerasviz.models.paths import layer_path
from kerasviz.probes.programs import CallSpec, Subject
from kerasviz.probes.tap import Recorder
from kerasviz.probes.watched import Watch

__all__ = ["Sweep", "SweepPlan"]


@dataclass(frozen=True, slots=True)
class SweepPlan:
    """What is watched and what is wanted of it. Hashable: part of the key of a compiled function.

    `moments` adds squares, smallest numbers and zeros to sums and maxima; `samples` is how many positions are drawn of
    each sample (0: none); `careful` leaves numbers that are not finite out and takes squares around the mean; `places` of
    maxima are wanted of so many `strongest` rows of a batch (0: of all, for example where rows are there twice).
    """

    watches: tuple[Watch, ...]
    moments: bool = True
    samples: int = 0
    careful: bool = False
    places: bool = True
    strongest: int = 0

    @property
    def maps(self) -> tuple[Watch, ...]:
        """Those with positions: the others are fetched as they are."""
        return tuple(watch for watch in self.watches if watch.has_positions)

    @property
    def flat(self) -> tuple[Watch, ...]:
        return tuple(watch for watch in self.watches if not watch.has_positions)

    def drawn(self, grid: tuple[int | None, ...]) -> int:
        """At how many positions of each sample the channels are drawn."""
        return self.samples if None in grid else min(self.samples, math.prod(n or 0 for n in grid))

    @property
    def names(self) -> tuple[str, ...]:
        """The reductions of layers with positions."""
        more = ("squares", "smallest", "others") if self.moments else ()
        count, position = ("count",) if self.careful else (), ("position",) if self.places else ()
        return ("largest", "total", *more, *count, *position)


class Sweep:
    """`program(weights, thresholds, draws, *inputs)` → reductions by `SweepPlan.names`, flat layers, samples, shapes, outputs.

    Attributes:
        grids: by path, the lengths of the axes without batch and channels; None where they differ from run to run.
        left_out: paths of which a row is not a sample: positions made inside the model, for example.
    """

    def __init__(self, subject: Subject, call: CallSpec, plan: SweepPlan) -> None:
        self._subject, self._structure, self._plan = subject, call.structure, plan
        self.grids: dict[str, tuple[int | None, ...]] = {}
        self.left_out: frozenset[str] = frozenset()
        self.output_structure: Any = None
        self.traces = 0
        self.snapshot = subject.snapshot

    def __call__(self, weights: Any, thresholds: Any, draws: Any, *inputs: Any) -> list[Any]:
        self.traces += 1
        recorder = self._recorder()
        outputs = self._subject.call(self._structure, inputs, weights, recorder)
        self.output_structure = keras.tree.map_structure(lambda _: 0, outputs)
        first = next(x for x in inputs if x is not None)
        found = {watch.path: self._tensor(recorder, watch, first) for watch in self._plan.watches}
        tensors = self._maps(found, thresholds, draws)
        flat = [found[watch.path] for watch in self._plan.flat]
        tensors += [keras.ops.concatenate(flat, axis=1)] if flat else []
        return [*tensors, *keras.tree.flatten(outputs)]

    def _recorder(self) -> Recorder:
        """Sees the watched layers, and the loops that they may run in: all others need not be kept."""
        wanted = {watch.path for watch in self._plan.watches}
        operations = {layer_path(path) for path in wanted}
        nodes = [
            node
            for node in self._subject.nodes
            if node.path in operations or isinstance(node.operation, keras.layers.TimeDistributed)
        ]
        return Recorder(nodes, self._subject.backend, lambda _, tensor: tensor, wanted=lambda key: key in wanted)

    def _tensor(self, recorder: Recorder, watch: Watch, first: Any) -> Any:
        """(batch, positions …, channels) of a layer; zeros where its rows are no samples."""
        ops = keras.ops
        if watch.path in recorder.keys:
            tensor = recorder.records[watch.path][2]
            if len(tensor.shape) == 1:
                tensor = tensor[:, None]
            if len(tensor.shape) == watch.rank and tensor.shape[0] == first.shape[0]:
                dtype = keras.backend.standardize_dtype(tensor.dtype)
                tensor = tensor if dtype in ("float32", "float64") else ops.cast(tensor, "float32")
                last = watch.axis == watch.rank - 1
                tensor = tensor if last else ops.moveaxis(tensor, watch.axis, -1)
                self.grids[watch.path] = tuple(tensor.shape[1:-1])
                return tensor
        self.left_out |= {watch.path}
        self.grids[watch.path] = (1,) * (watch.rank - 2)
        shape = (ops.shape(first)[0], *self.grids[watch.path], watch.channels)
        return ops.zeros(shape, "float32")

    def _maps(self, found: dict[str, Any], thresholds: Any, draws: Any) -> list[Any]:
        """What is reduced of the layers with positions, each kind side by side; then what was drawn, and open grids."""
        maps = self._plan.maps
        if not maps:
            return []
        reduced: dict[str, list[Any]] = {name: [] for name in self._plan.names}
        drawn, open_grids, column = [], [], 0
        for watch in maps:
            tensor = found[watch.path]
            bars = thresholds[:, column : column + watch.channels]
            column += watch.channels
            for name, values in self._reduced(tensor, bars).items():
                reduced[name].append(values)
            if self._plan.samples:
                drawn.append(self._drawn(tensor, draws))
            if None in self.grids[watch.path]:
                open_grids.append(keras.ops.convert_to_tensor(keras.ops.shape(tensor)[1:-1], "int32"))
        return [*map(_side_by_side, reduced.values()), *([_side_by_side(drawn)] if drawn else []), *open_grids]

    def _reduced(self, tensor: Any, bars: Any) -> dict[str, Any]:
        ops, axes = keras.ops, tuple(range(1, len(tensor.shape) - 1))
        found: dict[str, Any] = {}
        low = high = whole = tensor
        if self._plan.careful:
            finite = ops.isfinite(tensor)
            low, high = ops.where(finite, tensor, -float("inf")), ops.where(finite, tensor, float("inf"))
            whole = ops.where(finite, tensor, 0.0)
            found["count"] = ops.sum(ops.cast(finite, tensor.dtype), axis=axes)
        careful, backend = self._plan.careful, self._subject.backend  # carefully: there may be lines with -inf alone
        lines = ops.max(low, axis=-2) if careful else backend.lines(low)
        found["largest"] = ops.max(lines, axis=axes[:-1]) if axes[:-1] else lines
        found["total"] = ops.sum(whole, axis=axes)
        if self._plan.moments:
            found["smallest"] = ops.min(high, axis=axes)
            found["others"] = ops.round(backend.squares(ops.sign(whole)))
            found["squares"] = self._squares(whole, axes, found)
        if self._plan.places:
            beaten = (found["largest"] > bars) & self._among_strongest(found["largest"])
            found["position"] = backend.position_of(low, lines, beaten)
        return found

    def _among_strongest(self, largest: Any) -> Any:
        """Which rows may be among the strongest of their batch: the first one has no bars, and all would be looked up."""
        if not self._plan.strongest:
            return True
        # The k-th largest is no smaller than the least of k groups' maxima, which cost next to nothing.
        ops, k = keras.ops, self._plan.strongest
        whole = ops.shape(largest)[0] // k * k
        groups = ops.reshape(largest[:whole], (-1, k, largest.shape[-1]))
        return largest >= ops.min(ops.max(groups, axis=0, initial=-float("inf")), axis=0)

    def _squares(self, tensor: Any, axes: tuple[int, ...], found: dict[str, Any]) -> Any:
        """The sum of squares; carefully: of the distances to the sample's own mean."""
        ops = keras.ops
        if not self._plan.careful:
            return self._subject.backend.squares(tensor)
        mean = found["total"] / ops.maximum(found["count"], 1.0)
        for axis in axes:
            mean = ops.expand_dims(mean, axis)
        squares = ops.square(tensor - mean)
        # what is not finite stands in the tensor as 0
        missing = _number(ops, tensor, axes) - found["count"]
        return ops.sum(squares, axis=axes) - missing * ops.square(ops.squeeze(mean, axis=axes))

    def _drawn(self, tensor: Any, draws: Any) -> Any:
        """The channels at a few positions of each sample, or at all where there are no more: (batch, positions × channels)."""
        ops = keras.ops
        shape = ops.shape(tensor)
        flat = ops.reshape(tensor, (shape[0], -1, tensor.shape[-1]))
        if self._plan.drawn(tuple(tensor.shape[1:-1])) < self._plan.samples:
            return ops.reshape(flat, (shape[0], -1))
        places = ops.mod(draws, ops.cast(ops.shape(flat)[1], draws.dtype))
        taken = self._subject.backend.rows_at(flat, places)
        return ops.reshape(taken, (shape[0], -1))


def _number(ops: Any, tensor: Any, axes: Sequence[int]) -> Any:
    """How many positions there are."""
    shape = ops.shape(tensor)
    count = 1
    for axis in axes:
        count = count * shape[axis]
    return ops.cast(count, tensor.dtype)


def _side_by_side(tensors: Sequence[Any]) -> Any:
    return tensors[0] if len(tensors) == 1 else keras.ops.concatenate(tensors, axis=1)
