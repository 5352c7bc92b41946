"""Softmax along any axes: e to the power of each number, shared out."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from kerasviz.rules.functions import FUNCTIONS
from kerasviz.rules.result import Stage
from kerasviz.rules.rule import Job, NoRule, Operand, Rule, Sum, stage_of

__all__ = ["RULE", "explain_row", "reach_row"]

_NAMES = {"Softmax": "softmax", "LogSoftmax": "log_softmax", "Sparsemax": "sparsemax"}


def _explain(job: Job) -> Sum:
    return explain_row(job, _NAMES[job.kind], job.settings.get("axis", -1))


def explain_row(job: Job, name: str, axis: Any) -> Sum:
    """A number of a softmax, log-softmax or sparsemax."""
    source = job.input()
    axes = _axes(axis, source.values.ndim)
    places = _row(source.values.shape, axes, job.unit)
    allowed = _allowed(job, source, places)
    own = int(np.flatnonzero((places == np.array(job.unit)).all(axis=1))[0])
    if not allowed[own]:
        return Sum([source.one(job.unit, 0.0)], note="This place is masked.")
    places, own = places[allowed], int(allowed[:own].sum())
    row = source.values[tuple(places.T)].astype(np.float64)
    follows = job.follows(name, FUNCTIONS[name], lambda: row, own)
    high = abs(float(row.max())) if np.isfinite(row.max()) else 0.0
    if name == "softmax":  # the largest is subtracted first; powers, their sum and the division are rounded once each
        follows["slack"] = high + 3
    else:  # they subtract a sum over the row
        size = high + float(np.abs(row[np.isfinite(row)]).sum()) + 1
        follows["inside"] = lambda _: size
    stages = {} if name == "sparsemax" else _stages(job, source, places, row)
    return Sum([source.one(job.unit)], **follows, stages=stages)


def _stages(job: Job, source: Operand, places: np.ndarray, row: np.ndarray) -> dict[str, Stage]:
    """The largest number, and the sum of the powers of what the others have less."""
    high = float(row.max())
    first = source.one([int(i) for i in places[int(row.argmax())]])
    with np.errstate(all="ignore"):
        powers = np.exp(row - high)
    others = source.block(places, 1.0, function="exp(x − largest)", inputs=powers)
    dtype = job.compute_dtype
    return {"largest": stage_of(Sum([first]), dtype), "sum of powers": stage_of(Sum([others]), dtype)}


def _axes(axis: Any, rank: int) -> tuple[int, ...]:
    """Axes of one sample, from those that count the batch."""
    given = axis if isinstance(axis, list | tuple) else (axis,)
    if not all(isinstance(each, int) and -rank <= each <= rank and each % (rank + 1) for each in given):
        raise NoRule("It goes over all samples.")
    return tuple(sorted(each % (rank + 1) - 1 for each in given))


def _row(shape: Sequence[int], axes: Sequence[int], unit: Sequence[int]) -> np.ndarray:
    """All places that differ from the unit's along these axes only, (n, axes)."""
    lengths = [shape[i] if i in axes else 1 for i in range(len(shape))]
    places = np.indices(lengths).reshape(len(shape), -1).T
    fixed = [i for i in range(len(shape)) if i not in axes]
    places[:, fixed] = np.array(unit, np.int64)[fixed]
    return places


def _allowed(job: Job, source: Operand, places: np.ndarray) -> np.ndarray:
    """Which of the places no mask excludes."""
    mask = job.mask()
    if mask is None:
        if any(argument.name == "mask" and argument.is_tensor for argument in job.layer.arguments):
            raise NoRule("Its mask cannot be seen.")
        return np.ones(len(places), bool)
    found: np.ndarray = np.broadcast_to(mask, source.values.shape)[tuple(places.T)]
    return found


def _reach(job: Job, marked: np.ndarray) -> list[np.ndarray]:
    job.input()
    return reach_row(marked, _axes(job.settings.get("axis", -1), marked.ndim))


def reach_row(marked: np.ndarray, axes: tuple[int, ...]) -> list[np.ndarray]:
    """All along these axes, at the marked places of the others."""
    return [np.broadcast_to(marked.any(axis=axes, keepdims=True), marked.shape)]


RULE = Rule("softmax", frozenset(_NAMES), _explain, _reach)
