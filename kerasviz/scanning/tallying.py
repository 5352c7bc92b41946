"""Adds batches to a tally on a thread of its own: while the model runs a batch, the one before is tallied.

One batch at a time, so memory holds two. The thread computes with NumPy alone; everything that belongs to the model, and
every interruption, stays with the caller.
"""

from __future__ import annotations

from concurrent.futures import Future, ThreadPoolExecutor, wait

import numpy as np

from kerasviz.probes.sweeper import Swept
from kerasviz.scanning.answers import Members
from kerasviz.scanning.tally import Tally, add_batch
from kerasviz.scanning.waiting import Waiting

__all__ = ["Tallying"]


class Tallying:
    """A tally in the making.

    Attributes:
        columns: which column belongs to which layer.
        bars: (channels of layers with positions,): what a sample has to be above to be among the strongest.
        moments: of the samples so far. Both as they were when the last batches were handed on: waiting for newer ones
            would cost more than they save.
    """

    def __init__(self, tally: Tally, *, moments: bool) -> None:
        self._tally, self._moments = tally, moments
        self._thread = ThreadPoolExecutor(1, "kerasviz-tally")
        self._running: Future[None] | None = None
        self._waiting, self._handed = Waiting(), 0  # rows handed on: as many more may wait, for they have no newer bars
        self.columns = tally.columns
        self._look()

    def add(self, swept: Swept, samples: np.ndarray, members: Members | None) -> None:
        """Take a batch; it is tallied later."""
        if not self._waiting.takes(swept):
            self._hand_on()
        self._waiting.add(swept, samples, members)
        if self._waiting.full or self._waiting.rows >= self._handed:
            self._hand_on()

    def finished(self) -> Tally:
        """The tally with everything in it."""
        self._hand_on()
        self._settle()
        self._thread.shutdown()
        return self._tally

    def _settle(self) -> None:
        """Wait for what was handed on."""
        if self._running is not None:
            wait([self._running])
            running, self._running = self._running, None
            running.result()
            self._look()

    def _hand_on(self) -> None:
        if not self._waiting.rows:
            return
        self._settle()
        first, waiting = not self._handed, self._waiting
        self._waiting, self._handed = Waiting(), self._handed + waiting.rows
        self._running = self._thread.submit(_add, self._tally, waiting, self._moments)
        if first:
            self._settle()  # without any bars, all would be looked up once more

    def _look(self) -> None:
        self.bars = self._tally.top.bars[: self.columns.maps]
        self.moments = self._tally.moments


def _add(tally: Tally, waiting: Waiting, moments: bool) -> None:  # noqa: FBT001  # of a thread
    swept, samples = waiting.joined()
    numbers = add_batch(tally, swept, samples, moments=moments)
    for rows, members in waiting.members():
        tally.by_class.add(numbers.means[rows], members.members, members.labels)
