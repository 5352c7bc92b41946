"""The session as one job sees it: whatever it computes, it stops when nobody wants the answer any more."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from contextlib import suppress
from typing import Any

import numpy as np

from kerasviz.attribution.evaluate import Evaluation
from kerasviz.attribution.explained import Asked, Explained
from kerasviz.attribution.pace import Glimpses
from kerasviz.data.projection import ProjectionFound
from kerasviz.errors import InputError
from kerasviz.views.base import Panel
from kerasviz.widget.jobs import Gone, Job, Later
from kerasviz.wire.codec import encode_payload
from kerasviz.wire.messages import PartialResult, TargetName
from kerasviz.wire.tensors import encode_tensors
from kerasviz.words.narrate import Length
from kerasviz.words.narrative import Narrative

__all__ = ["JobSource"]


class JobSource:
    """The session as one job sees it: between two steps it looks whether it was cancelled."""

    def __init__(self, session: Any, job: Job | None) -> None:
        self._session = session
        self._job = job

    def __getattr__(self, name: str) -> Any:
        return getattr(self._session, name)

    def activations(self, sample: int) -> Mapping[str, np.ndarray]:
        self.step(0, 0)
        found: Mapping[str, np.ndarray] = self._session.activations(sample)
        self.step(0, 0)
        return found

    def attribution(self, asked: Asked, so_far: Callable[[Explained, int, int], Panel] | None = None) -> Explained:
        self.step(0, 0)
        glimpses = Glimpses()

        def preview(done: int, total: int, explain: Callable[[], Explained]) -> None:
            if so_far is not None and self._job is not None and glimpses.due(done, total):
                self.step(0, 0)
                panel = so_far(explain(), done, total)
                headers, buffers = encode_tensors(panel.tensors)
                self._job.part(PartialResult(self._job.id, encode_payload(panel.payload), headers), buffers)

        found: Explained = self._session.attribution(asked, self.step, preview)
        return found

    def evaluate(self, asked: Asked) -> Evaluation:
        self.step(0, 0)
        found: Evaluation = self._session.evaluate(asked, self.step)
        return found

    def narrate(self, sample: int, target: TargetName, language: str, length: Length) -> Narrative:
        self.step(0, 0)
        found: Narrative = self._session.narrate(sample, target, language, length, self.step)
        return found

    def projection(self, layer: str, way: str) -> ProjectionFound:
        self.step(0, 0)
        found: ProjectionFound = self._session.projection(layer, way, self.step)
        return found

    def measure(self, sample: int, target: TargetName) -> None:
        self._session.measure(sample, target, lambda: self.step(0, 0))

    def run_scan(self, *, every_layer: bool = False) -> None:
        """Cancelled, it ends after the batch that is under way, with what it has."""

        def progress(done: int, total: int) -> None:
            with suppress(Gone):
                self.step(done, total)

        try:
            self._session.run_scan(progress, self._cancelled, every_layer=every_layer)
        except InputError:
            self.step(0, 0)  # before its first batch it has nothing to give
            raise

    def diagnose(self) -> None:
        self._session.diagnose(self.step)

    def _cancelled(self) -> bool:
        return self._job is not None and self._job.cancelled

    def step(self, done: int, total: int, text: str = "") -> None:
        if self._job is not None:
            self._job.step(done, total, text)

    def pause(self, done: int, total: int, text: str = "") -> None:
        self.step(done, total, text)
        if self._job is not None and self._session.others_wait():
            raise Later
