"""Runs the batches of one scan and gathers what they give."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from kerasviz.data.arrays import map_leaves, to_numpy
from kerasviz.data.batches import Batch
from kerasviz.errors import InputError
from kerasviz.probes.probe import Probe
from kerasviz.probes.sweep import SweepPlan
from kerasviz.probes.sweeper import Sweeper, Swept
from kerasviz.scanning.answers import Answers
from kerasviz.scanning.interrupting import uninterrupted
from kerasviz.scanning.moments import Moments
from kerasviz.scanning.reservoir import hashed
from kerasviz.scanning.scan import InputRange, Scan, ScannedLayer, Skipped
from kerasviz.scanning.tally import Columns, Tally, spoilt
from kerasviz.scanning.tallying import Tallying

__all__ = ["Gathering", "Wanted", "fingerprint_of"]


@dataclass(frozen=True, slots=True)
class Wanted:
    """What was asked for; see `scan`."""

    layers: Any
    statistics: str
    positions: int
    top_k: int
    places: bool
    start: int
    class_names: tuple[str, ...]
    preprocess: Callable[[Any], Any] | None


class Gathering:
    """One scan while it goes."""

    def __init__(self, probe: Probe, wanted: Wanted) -> None:
        self._probe, self._wanted = probe, wanted
        self._sweeper: Sweeper | None = None
        self._plan = SweepPlan(())
        self._size = 1
        self._inputs: dict[str, Moments] = {}
        self._bad_inputs: dict[str, int] = {}
        self._labelled: bool | None = None
        self.num_samples = 0
        self.stopped = ""
        self.skipped: list[Skipped] = []

    def add(self, batch: Batch) -> None:
        """Run one batch and add it; what fails leaves nothing of it behind."""
        x = self._fitting(batch.x)
        sweeper = self._sweeper or self._begin(x, batch.size)
        prepared = sweeper.prepare(x)
        samples = np.arange(batch.start, batch.start + batch.size) + self._wanted.start
        swept = self._swept(sweeper, prepared, samples)
        with uninterrupted():
            members = self._answers.add(samples, swept.outputs, batch.y)
            self._tallying.add(swept, samples, members)
            for key, array in sweeper.inputs_of(prepared).items() if self._plan.moments else ():
                self._add_input(key, array[: batch.size], samples)
            self.num_samples += batch.size

    def scan(self, labels_given: int | None) -> Scan:
        """What was gathered."""
        if self._sweeper is None:
            reason = self.skipped[0].reason if self.skipped else self.stopped
            raise InputError(
                f"No sample was scanned ({reason}). At least one batch has to be read and run. Look at the data set's first batch."
            )
        tally, answers, outcomes = self._tallying.finished(), self._answers, self._answers.outcomes()
        notes = list(answers.notes)
        if self._changed():
            notes.append("The model's weights changed during the scan: the figures mix both.")
        if labels_given is not None and labels_given > self.num_samples and not self.stopped and not self.skipped:
            notes.append(f"{labels_given} labels were passed for {self.num_samples} samples: the last were not used.")
        layers = self._layers(tally)
        if tally.left_out:
            names = ", ".join(map(repr, sorted(tally.left_out)))
            notes.append(f"Not watched, for a row of their output is not a sample: {names}.")
        return Scan(
            tally,
            layers,
            model_name=str(self._probe.model.name),
            fingerprint=self._fingerprint,
            num_samples=self.num_samples,
            complete=not self.stopped and not self.skipped,
            stopped=self.stopped or ("batches were left out" if self.skipped else ""),
            outcomes=outcomes,
            inputs={key: InputRange.of(moments) for key, moments in self._inputs.items()},
            skipped=tuple(self.skipped),
            nonfinite_inputs=self._bad_inputs,
            loss=answers.loss.name if answers.loss else "",
            loss_compiled=bool(answers.loss and answers.loss.compiled),
            labels_are=answers.form or "",
            num_classes=answers.num_classes,
            class_names=self._wanted.class_names,
            notes=tuple(notes),
        )

    def _fitting(self, x: Any) -> Any:
        if self._wanted.preprocess is None:
            return x
        return map_leaves(to_numpy, self._wanted.preprocess(map_leaves(np.array, x)))

    def _begin(self, x: Any, size: int) -> Sweeper:
        """Learn the model from the first sample, and make room for what is watched."""
        first = map_leaves(lambda array: _finite(array[:1]), x)
        sweeper = self._probe.sweeper(first, self._wanted.layers)
        columns = Columns(sweeper.watches)
        if not columns.total:
            raise InputError(
                "The layers to watch have no numbers in them. At least one channel is needed. Choose other layers, or none."
            )
        statistics = self._wanted.statistics
        self._plan = SweepPlan(
            sweeper.watches,
            moments=statistics != "basic",
            samples=self._wanted.positions if statistics == "all" else 0,
            places=self._wanted.places,
            strongest=self._wanted.top_k,
        )
        moments, top_k = self._plan.moments, self._wanted.top_k
        tally = Tally.empty(columns, top_k, weakest=moments, histograms=statistics == "all")
        self._tallying = Tallying(tally, moments=moments)
        self._answers = Answers(self._probe.model, sweeper, self._wanted.class_names)
        self._changed = sweeper.watch_weights()
        self._fingerprint = fingerprint_of(self._probe.all_weights())
        self._size = size
        self._sweeper = sweeper
        return sweeper

    def _swept(self, sweeper: Sweeper, prepared: Any, samples: np.ndarray) -> Swept:
        bars, draws = self._tallying.bars, _draws(samples, self._plan.samples)
        swept = sweeper.run(prepared, self._plan, bars, draws, size=self._size)
        if spoilt(self._tallying.columns, self._tallying.moments, swept):
            self._plan = replace(self._plan, careful=True)
            swept = sweeper.run(prepared, self._plan, bars, draws, size=self._size)
        return swept

    def _add_input(self, key: str, array: np.ndarray, samples: np.ndarray) -> None:
        if array.dtype.kind not in "fiub" or not array.size:
            return
        values, bad = array.reshape(-1), 0
        if array.dtype.kind == "f" and not (np.isfinite(array.min()) and np.isfinite(array.max())):
            finite = np.isfinite(array.reshape(len(array), -1))
            self._bad_inputs.setdefault(key, int(samples[np.flatnonzero(~finite.all(axis=1))[0]]))
            values, bad = values[finite.reshape(-1)], int((~finite).sum())
        moments = _moments_of(values, bad)
        before = self._inputs.get(key)
        self._inputs[key] = moments if before is None else before.merged(moments)

    def _layers(self, tally: Tally) -> dict[str, ScannedLayer]:
        infos = {info.path: info for info in self._probe.layers}
        kept = [watch for watch in tally.columns.watches if watch.path not in tally.left_out]
        order = {path: i for i, path in enumerate(infos)}
        found = {}
        for watch in sorted(kept, key=lambda watch: order[watch.path]):
            info = infos[watch.path]
            axes = tuple(name for i, name in enumerate(info.axes) if i not in (0, watch.axis))
            found[watch.path] = ScannedLayer(watch.path, info.kind, watch.channels, watch.axis, axes)
        return found


def fingerprint_of(weights: list[np.ndarray]) -> str:
    """Of the values, shapes and dtypes of a model's weights."""
    digest = hashlib.blake2b(digest_size=16)
    for array in weights:
        digest.update(f"{array.shape}{array.dtype}".encode())
        digest.update(np.ascontiguousarray(array).view(np.uint8).data if array.size else b"")
    return digest.hexdigest()


def _draws(samples: np.ndarray, count: int) -> np.ndarray:
    """Whole numbers that stand for positions: by the sample's number alone, so that any division gives the same."""
    each = np.arange(max(count, 1), dtype=np.int64)
    return (hashed(samples[:, None] * 65_536 + each) >> np.uint64(33)).astype(np.int32)


def _finite(array: Any) -> np.ndarray:
    values = np.asarray(array)
    return np.where(np.isfinite(values), values, 0).astype(values.dtype) if values.dtype.kind == "f" else values


def _moments_of(values: np.ndarray, nonfinite: int) -> Moments:
    if not values.size:
        return Moments.single(0, nonfinite, np.nan, 0.0, (np.nan, np.nan), 0)
    mean = float(values.mean(dtype=np.float64))
    distances = values - values.dtype.type(mean) if values.dtype.kind == "f" else values - mean
    squares = float(np.square(distances).sum(dtype=np.float64))
    return Moments.single(len(values), nonfinite, mean, squares, (values.min(), values.max()), -1)
