"""Batches that wait to be tallied together: a NumPy call costs as much for one small batch as for ten."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import numpy as np

from kerasviz.probes.sweeper import Swept
from kerasviz.scanning.answers import Members

__all__ = ["Waiting"]

_BYTES = 4e6  # more do not wait
_Part = tuple[Swept, np.ndarray, Members | None]


class Waiting:
    """Some batches in their order, swept by one plan."""

    def __init__(self) -> None:
        self._parts: list[_Part] = []
        self._bytes = 0
        self.rows = 0

    @property
    def full(self) -> bool:
        """Whether it is time to tally them."""
        return self._bytes >= _BYTES

    def takes(self, swept: Swept) -> bool:
        """Whether a batch can be joined to these: the same numbers of equally large layers."""
        if not self._parts:
            return True
        first = self._parts[0][0]
        return swept.reduced.keys() == first.reduced.keys() and swept.grids == first.grids

    def add(self, swept: Swept, samples: np.ndarray, members: Members | None) -> None:
        self._parts.append((replace(swept, outputs=None), samples, members))
        arrays = (*swept.reduced.values(), *swept.drawn.values(), swept.flat)
        self._bytes += sum(array.nbytes for array in arrays)
        self.rows += len(samples)

    def joined(self) -> tuple[Swept, np.ndarray]:
        """All as one batch, and its samples."""
        first, samples, _ = self._parts[0]
        if len(self._parts) == 1:
            return first, samples
        swept = [part[0] for part in self._parts]
        whole = Swept(
            _joined([each.reduced for each in swept]),
            np.concatenate([each.flat for each in swept]),
            _joined([each.drawn for each in swept]),
            first.grids,
            frozenset().union(*(each.left_out for each in swept)),
            None,
        )
        return whole, np.concatenate([part[1] for part in self._parts])

    def members(self) -> Iterator[tuple[slice, Members]]:
        """Of the rows with labels: which they are, and of which classes."""
        at = 0
        for _, samples, members in self._parts:
            if members is not None:
                yield slice(at, at + len(samples)), members
            at += len(samples)


def _joined(parts: list[dict[str, np.ndarray]]) -> dict[str, np.ndarray]:
    return {key: np.concatenate([part[key] for part in parts]) for key in parts[0]}
