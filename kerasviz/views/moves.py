"""Traces of layers that only move numbers: padding, cropping, repeating, reshaping, permuting, joining."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from kerasviz.rules.moves import MOVES, NOTHING, Route, cells_of
from kerasviz.views.trace import Box, Job, Place, Trace

__all__ = ["MOVES", "moved"]


def moved(job: Job) -> Trace | None:
    """The trace; None where the settings are not understood or do not lead to the layer's shape."""
    cells = cells_of(Route(job.kind, job.settings, tuple(array.shape for array in job.inputs), job.shape))
    if cells is None:
        return None
    values = np.concatenate([array.reshape(-1) for array in job.inputs])
    output = np.where(cells == NOTHING, np.zeros((), values.dtype), values[cells])
    ends = np.cumsum([array.size for array in job.inputs])

    def boxes(at: Place) -> tuple[Box, ...]:
        cell = int(cells[at])
        if cell == NOTHING:
            return ()
        number = int(np.searchsorted(ends, cell, side="right"))
        within = cell - (int(ends[number - 1]) if number else 0)
        return (Box.cell(number, [int(i) for i in np.unravel_index(within, job.inputs[number].shape)]),)

    return Trace(output, boxes, kept=_kept(job, cells), inside=_inside(cells))


def _kept(job: Job, cells: np.ndarray) -> Box | None:
    """The block of the only input that was kept, where that is not all of it."""
    (array, *others) = job.inputs
    if others or not ("Crop" in job.kind or job.kind == "CenterCrop") or not cells.size:
        return None
    first, last = (np.unravel_index(int(end), array.shape) for end in (cells.min(), cells.max()))
    return Box(0, _whole(first), tuple(i + 1 for i in _whole(last)))


def _whole(place: Sequence[np.intp]) -> Place:
    return tuple(map(int, place))


def _inside(cells: np.ndarray) -> Box | None:
    """The block of the output that is not padding, where there is padding."""
    if not cells.size or cells.min() != NOTHING or cells.max() == NOTHING:
        return None
    places = np.nonzero(cells != NOTHING)
    return Box(0, tuple(int(p.min()) for p in places), tuple(int(p.max()) + 1 for p in places))
