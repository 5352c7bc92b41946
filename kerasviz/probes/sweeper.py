"""`Sweeper`: runs one pass after another over batches of any size, with one trace, and gives the reductions as NumPy."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Any

import keras
import numpy as np

from kerasviz.models.inputs import ModelInputs, Prepared
from kerasviz.probes.discovery import Discovery
from kerasviz.probes.programs import CallSpec
from kerasviz.probes.runner import Runner
from kerasviz.probes.sweep import Sweep, SweepPlan
from kerasviz.probes.targets import OutputInfo
from kerasviz.probes.watched import Watch

__all__ = ["Sweeper", "Swept"]

_NOTHING = np.zeros((1, 1), np.int32)  # in place of what a plan does not use: made into a tensor once


@dataclass(frozen=True, slots=True)
class Swept:
    """What one batch gave, row by row.

    Attributes:
        reduced: by the names of the plan, (rows, channels of all layers with positions, one layer after the other).
        flat: (rows, channels of all layers without positions).
        drawn: by path, (rows, positions drawn, channels); empty where none were asked for.
        grids: by path, the lengths of the axes of positions.
        left_out: paths of which a row is not a sample.
        outputs: what the model gave, in its own structure.
    """

    reduced: dict[str, np.ndarray]
    flat: np.ndarray
    drawn: dict[str, np.ndarray]
    grids: dict[str, tuple[int, ...]]
    left_out: frozenset[str]
    outputs: Any


class Sweeper:
    """Passes over batches of one model; made by `Probe.sweeper`."""

    def __init__(
        self, runner: Runner, inputs: ModelInputs, call: CallSpec, discovery: Discovery, watches: Sequence[Watch]
    ) -> None:
        self._runner, self._inputs, self._call = runner, inputs, call
        self._backend = runner.subject.backend
        self.outputs: tuple[OutputInfo, ...] = discovery.outputs
        self.watches = tuple(sorted(watches, key=lambda watch: not watch.has_positions))
        """First those with positions, then those without; each in the order they run."""
        self._only_batch = next((spec.batch for spec in inputs.specs or () if spec.batch is not None), None)

    def prepare(self, x: Any) -> Prepared:
        """A batch as the model takes it; numbers that are not finite are let through."""
        return self._inputs.prepare(_enough(x, self._only_batch), finite=False)

    def inputs_of(self, prepared: Prepared) -> dict[str, np.ndarray]:
        """The prepared arrays by "input", or "input:NAME" each."""
        return self._call.named(prepared.arrays)

    def watch_weights(self) -> Callable[[], bool]:
        """What says later whether the weights have changed since now."""
        return self._runner.subject.weights.watch()

    def run(self, prepared: Prepared, plan: SweepPlan, bars: np.ndarray, draws: np.ndarray, *, size: int) -> Swept:
        """One batch, as many rows of it as there are draws.

        Args:
            prepared: the batch.
            plan: what is wanted of it, of `watches`.
            bars: (channels of layers with positions,): whose maximum is above gets its position.
            draws: (rows, places drawn) whole numbers.
            size: how large batches mostly are; a smaller one is filled up where each size costs a trace.
        """
        rows = len(draws)
        filled = _filled(prepared, self._size(prepared.batch_size, size))
        draws = _repeated(draws.astype(np.int32), filled.batch_size)

        def make() -> Sweep:
            return Sweep(self._runner.subject, self._call, plan)

        plan = replace(plan, strongest=0) if self._only_batch else plan  # it may be filled with rows over again
        key = ("sweep", plan)
        given = bars[None].astype(np.float32) if plan.places else _NOTHING, draws if plan.samples else _NOTHING
        program, tensors = self._runner.sweep(key, make, filled, *given)
        return _swept(program, plan, [self._backend.to_numpy(tensor) for tensor in tensors], rows)

    def _size(self, rows: int, size: int) -> int:
        """How many rows the compiled function gets."""
        if self._backend.traces_each_size:
            return max(rows, size)
        return max(rows, 2) if self._backend.dynamic_batch and size > 1 else rows


def _swept(program: Sweep, plan: SweepPlan, arrays: list[np.ndarray], rows: int) -> Swept:
    given = iter(arrays)
    reduced = {name: next(given)[:rows] for name in plan.names} if plan.maps else {}
    drawn = _by_path(program, plan, next(given)[:rows]) if plan.maps and plan.samples else {}
    grids = {}
    for watch in plan.maps:
        grid = program.grids[watch.path]
        grids[watch.path] = tuple(map(int, next(given))) if None in grid else tuple(int(n or 0) for n in grid)
    flat = next(given)[:rows] if plan.flat else np.zeros((rows, 0), np.float32)
    outputs = [array[:rows] if array.ndim else array for array in given]
    packed = keras.tree.pack_sequence_as(program.output_structure, outputs)
    return Swept(reduced, flat, drawn, grids, program.left_out, packed)


def _by_path(program: Sweep, plan: SweepPlan, drawn: np.ndarray) -> dict[str, np.ndarray]:
    found, at = {}, 0
    for watch in plan.maps:
        each = plan.drawn(program.grids[watch.path])
        found[watch.path] = drawn[:, at : at + each * watch.channels].reshape(len(drawn), each, watch.channels)
        at += each * watch.channels
    return found


def _filled(prepared: Prepared, size: int) -> Prepared:
    if size == prepared.batch_size:
        return prepared
    arrays = tuple(None if array is None else _repeated(array, size) for array in prepared.arrays)
    return replace(prepared, arrays=arrays, batch_size=size)


def _repeated(array: np.ndarray, size: int) -> np.ndarray:
    """Rows over again until there are so many."""
    if len(array) in (0, size):
        return array
    return np.tile(array, (math.ceil(size / len(array)), *(1,) * (array.ndim - 1)))[:size]


def _enough(x: Any, size: int | None) -> Any:
    """For a model made for one batch size: a smaller batch filled up."""
    if size is None:
        return x
    return keras.tree.map_structure(lambda array: _repeated(np.asarray(array), size), x)
