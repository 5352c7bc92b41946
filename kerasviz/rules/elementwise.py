"""Layers and operations that change each number alone: the input, and a function of it."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np

from kerasviz.models.facts import OwnFunction
from kerasviz.rules.functions import KINDS, OF_ROWS, function_of
from kerasviz.rules.rule import Job, NoRule, Operand, Rule, Sum
from kerasviz.rules.softmax import explain_row, reach_row

__all__ = ["RULE"]


def _explain(job: Job) -> Sum:
    if _of_rows(job):
        return explain_row(job, job.settings["activation"], -1)
    source = job.input() if job.layer.compute_dtype else _taken(job)
    if source.values.shape != job.output.shape:
        raise NoRule("It gives another shape than it was given.")
    if job.kind in _PRODUCTS:
        return _PRODUCTS[job.kind](job, source)
    return Sum([source.one(job.unit)], **_follows(job, source))


def _of_rows(job: Job) -> bool:
    name = job.settings.get("activation")
    return job.kind == "Activation" and isinstance(name, str) and name in OF_ROWS


def _taken(job: Job) -> Operand:
    """An operation's input: what it gives tells what it computes in."""
    source = job.input()
    floats = source.values.dtype.kind in "fV" and job.output.dtype.kind in "fV"
    return replace(source, values=job.cast(source.values, job.compute_dtype)) if floats else source


def _follows(job: Job, source: Operand) -> dict[str, Any]:
    if job.kind == "Activation":
        *before, at = job.unit or (0,)
        return job.activate(job.settings.get("activation"), lambda: np.atleast_1d(source.values[tuple(before)]), at)
    if job.kind in ("Cast", "SaturateCast"):
        if job.output.dtype.kind == "b":
            return job.follows("≠ 0", lambda x: x != 0)
        return {} if job.output.dtype.kind in "fV" else job.follows("trunc", np.trunc)
    found = function_of(job.kind, job.settings)
    if found is None:
        raise NoRule("Its settings are not plain numbers.")
    return job.follows(*found)


def _negative(job: Job, source: Operand) -> Sum:
    return Sum([source.one(job.unit, -1.0)])


def _square(job: Job, source: Operand) -> Sum:
    """The number times itself."""
    whole = np.array([[*source.prefix, *job.unit]])
    value = source.values[job.unit].astype(np.float64)
    return Sum([source.block(np.array([job.unit]), value, weight_path=source.path, weight_index=whole)])


def _degrees(job: Job, source: Operand) -> Sum:
    return Sum([source.one(job.unit, np.pi / 180 if job.kind == "Deg2rad" else 180 / np.pi)])


_PRODUCTS = {"Negative": _negative, "Square": _square, "Deg2rad": _degrees, "Rad2deg": _degrees}


def _reach(job: Job, marked: np.ndarray) -> list[np.ndarray]:
    if _of_rows(job) or isinstance(job.settings.get("activation"), OwnFunction):
        return reach_row(marked, (marked.ndim - 1,))  # of one's own: it may look at the whole row
    job.input()
    return [marked]


RULE = Rule("elementwise", KINDS | {"Activation", "Cast", "SaturateCast", *_PRODUCTS}, _explain, _reach)
