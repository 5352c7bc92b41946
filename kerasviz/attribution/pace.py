"""How long an attribution will take: measured on this model, before it runs and while it does."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable

import numpy as np

from kerasviz.attribution.base import Method
from kerasviz.attribution.region import Region
from kerasviz.errors import KerasvizError
from kerasviz.probes.question import Question

__all__ = ["Glimpses", "Pace"]

_MANY = 8  # rows of the larger of the two calls that are timed
_PATIENCE = 1.0  # seconds: what takes longer is shown while it is under way
_OFTEN = 0.5  # seconds from one look to the next, at least
_LATER = 6  # such a part of the whole lies between two looks in the end


class Pace:
    """Seconds of a call and of each row in it, with gradients and without; and how far off that was for a method."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._calls: dict[bool, tuple[float, float, float]] = {}  # gradients? → first time, a call, a row
        self._factors: dict[str, float] = {}

    @property
    def measured(self) -> bool:
        """Whether there is anything to estimate from."""
        return bool(self._calls)

    def measure(self, question: Question, step: Callable[[], None]) -> None:
        """Time a small and a larger call; what is compiled for it serves the methods later."""
        region = Region(question)  # the first two calls of a kind may be compiled, or not yet be
        for gradients in (False, True):
            keys = region.keys if gradients else ()
            try:
                *first, one, _, many = (_timed(question, keys, rows, step) for rows in (1, 1, 1, _MANY, _MANY))
            except KerasvizError:  # no gradient: then there are no methods that need one
                continue
            row = max(0.0, (many - one) / (_MANY - 1))
            with self._lock:
                self._calls[gradients] = (max(0.0, sum(first) - 2 * one), max(0.0, one - row), row)

    def estimate(self, method: Method, rows: int) -> float | None:
        """Seconds that so many rows will take; None when that is not known."""
        with self._lock:
            if method.needs_gradient not in self._calls:
                return None
            first, call, row = self._calls[method.needs_gradient]
            factor = self._factors.get(method.name)
        seconds = call + rows * row
        return first + seconds if factor is None else factor * seconds

    def learn(self, method: Method, rows: int, seconds: float) -> None:
        """What it took: the first run of a method has compiled something, the later ones tell its own pace."""
        with self._lock:
            if method.needs_gradient not in self._calls:
                return
            _, call, row = self._calls[method.needs_gradient]
            expected = call + rows * row
            known = method.name in self._factors
            self._factors[method.name] = seconds / expected if known and expected > 0 else 1.0


class Glimpses:
    """When to show what was found so far: soon, then after twice the time, and never where the whole is there at once.

    A mean over twice as many points is visibly better, over a few more it is not. A minute gets ten looks.
    """

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._began = self._last = clock()

    def due(self, done: int, total: int) -> bool:
        """Whether it is time for a look, going by how long `done` of `total` points took."""
        now = self._clock()
        whole = (now - self._began) * total / done
        pause = max(_OFTEN, min(self._last - self._began, whole / _LATER))
        if whole <= _PATIENCE or now - self._last < pause:
            return False
        self._last = now
        return True


def _timed(question: Question, keys: tuple[str, ...], rows: int, step: Callable[[], None]) -> float:
    step()
    began = time.perf_counter()
    question.at(np.zeros(rows, int), {}, gradients=keys)
    return time.perf_counter() - began
