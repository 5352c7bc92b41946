"""The part of a session that scans its samples: one pass on the long worker, kept, and marked once the weights change."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from typing import Any

import numpy as np

from kerasviz.data.arrays import leaves
from kerasviz.data.samples import Samples
from kerasviz.errors import InputError
from kerasviz.scanning.gathering import fingerprint_of
from kerasviz.scanning.outcomes import as_rows
from kerasviz.scanning.run import scan
from kerasviz.scanning.scan import Scan
from kerasviz.views.scanned import ScanState

__all__ = ["SampleBatches", "Scanning"]

_SIZE = 64
_COMPARED = 5  # samples whose answers are compared with those of a scan that was made elsewhere
_CLOSE = 1e-2  # answers of the same weights differ by rounding alone


class SampleBatches:
    """The samples of a widget, batch by batch, with their labels; where they are not of one shape, one by one."""

    def __init__(self, samples: Samples, size: int = _SIZE) -> None:
        self._samples, self._count = samples, len(samples)
        first = [index for index in range(min(size, self._count)) if samples.has(index)]
        shapes = {tuple(np.shape(leaf) for leaf in leaves(samples.raw(index))) for index in first}
        self._size = size if len(shapes) == 1 else 1

    @property
    def num_batches(self) -> int:
        return -(-self._count // self._size)

    def __len__(self) -> int:
        return self.num_batches

    def __getitem__(self, number: int) -> tuple[Any, Any]:
        wanted = range(number * self._size, min(self._count, (number + 1) * self._size))
        indices = [index for index in wanted if self._samples.has(index)]
        if not indices:
            raise StopIteration  # a stream was shorter than it said
        return self._samples.batch(indices), self._samples.labels(indices)


class Scanning:
    """Holds the scan, makes it, and checks one that was made elsewhere."""

    probe: Any
    samples: Samples
    _compute: threading.RLock
    _generation: int
    _closed: bool
    _fastest: float
    _scan: Scan | None = None
    _scanned_at = 0
    _scan_pace: float | None = None
    on_scan: Callable[[], None] | None = None
    """Told when there is another scan, or the weights are not those of the scan any more."""

    def _check_fresh(self) -> None:
        raise NotImplementedError

    @property
    def layers(self) -> tuple[Any, ...]:
        raise NotImplementedError

    @property
    def scan(self) -> Scan | None:
        """The last scan, whatever has become of the weights since."""
        return self._scan

    def scan_that_holds(self) -> Scan | None:
        """The scan, unless the weights have changed since."""
        state = self.scan_state()
        return None if state.stale else state.scan

    def scan_state(self) -> ScanState:
        """The scan, whether the weights are still the same, and how long another one takes."""
        with self._compute:
            self._check_fresh()
            stale = self._scan is not None and self._scanned_at != self._generation
            return ScanState(self._scan, stale, self._scan_seconds())

    def run_scan(
        self, progress: Callable[[int, int], None], cancelled: Callable[[], bool], *, every_layer: bool = False
    ) -> None:
        """Go over all samples of the data; cancelled, what was gathered is kept, unless there is more already."""
        with self._compute:
            self._check_fresh()
            generation = self._generation
        total, began = len(self.samples), time.perf_counter()
        found = scan(
            self.probe,
            SampleBatches(self.samples),
            layers="all" if every_layer else None,
            progress=lambda done, _: progress(done, total),
            cancelled=cancelled,
            class_names=self.samples.class_names,
            on_error="skip",
        )
        with self._compute:
            self._check_fresh()
            self._scan_pace = (time.perf_counter() - began) / max(1, found.num_samples)
            more = self._scan is not None and self._scanned_at == self._generation
            if found.complete or not more or found.num_samples > (self._scan or found).num_samples:
                self._keep_scan(found, generation)

    def take_scan(self, given: Any) -> None:
        """Use a scan that was made elsewhere; None forgets it. One of another model or of other samples is an error."""
        with self._compute:
            self._check_fresh()
            if given is not None and given is not self._scan:
                self._refuse(given)
            if given is not self._scan:
                self._keep_scan(given, self._generation)

    def _keep_scan(self, found: Scan | None, generation: int) -> None:
        self._scan, self._scanned_at = found, generation
        self._tell_scan(always=True)

    def _tell_scan(self, *, always: bool = False) -> None:
        if self.on_scan is not None and not self._closed and (always or self._scan is not None):
            self.on_scan()

    def _scan_seconds(self) -> float | None:
        """A sample in a batch takes no longer than alone: until there was a scan this is rather too much."""
        pace = self._scan_pace if self._scan_pace is not None else self._fastest
        return pace * len(self.samples) if np.isfinite(pace) else None

    def _refuse(self, given: Any) -> None:
        if not isinstance(given, Scan):
            raise InputError(
                f"w.scan = {type(given).__name__} was set. A scan is needed. Set what kerasviz.scan(model, inputs) gives, or None."
            )
        known = {layer.path for layer in self.layers}
        strange = [path for path in given.layers if path not in known]
        if strange or given.fingerprint != fingerprint_of(self.probe.all_weights()):
            why = f"it has a layer {strange[0]!r} that is not in this one" if strange else "its weights are others"
            raise InputError(
                f"The scan is of another model: {why}. It must be of the model on the screen, as it is now. "
                "Make it anew: w.scan = kerasviz.scan(model, inputs, labels)."
            )
        self._compare(given)

    def _compare(self, given: Scan) -> None:
        """Some samples must get the answers that the scan has."""
        known, count = given.outcomes, len(self.samples)
        last = int(known.samples.max(initial=-1))
        if last >= count and not self.samples.has(last):
            raise InputError(
                f"The scan is of other samples: it has sample {last}, and here are {count}. Scan the samples of this widget."
            )
        for row in np.unique(np.linspace(0, max(0, len(known) - 1), _COMPARED).astype(int)) if len(known) else ():
            sample = int(known.samples[row])
            answer = as_rows(self.probe.predict(self.samples.model_input(sample)))
            if answer is None or not answer.shape[1]:
                return
            if known.outputs is not None:
                same = _close(known.outputs[row], answer[0])
            else:
                same = known.predicted[row] < 0 or _close(known.confidence[row], answer[0].max())
            if not same:
                raise InputError(
                    f"The scan is of other samples: the model's answer to sample {sample} is not the one in the scan. "
                    "Scan the samples of this widget, in its order."
                )


def _close(one: Any, other: Any) -> bool:
    return bool(np.allclose(one, other, rtol=_CLOSE, atol=_CLOSE * (1e-3 + float(np.abs(other).max())), equal_nan=True))
