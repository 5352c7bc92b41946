"""Rescaling and Normalization: each number × a factor + an offset that were set, or learned from data."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np

from kerasviz.rules.result import Block
from kerasviz.rules.rule import Job, NoRule, Operand, Rule, Sum, stage_of

__all__ = ["RULE"]

_LEAST = 1e-7  # Keras divides by no smaller deviation


def _explain(job: Job) -> Sum:
    source = job.input()
    if source.values.shape != job.output.shape:
        raise NoRule("It gives another shape than it was given.")
    source = replace(source, values=job.cast(source.values, job.compute_dtype))
    return _rescaling(job, source) if job.kind == "Rescaling" else _normalization(job, source)


def _rescaling(job: Job, source: Operand) -> Sum:
    scale, offset = (_at_unit(job, job.settings.get(name)) for name in ("scale", "offset"))
    return Sum([source.one(job.unit, scale)], offset)


def _at_unit(job: Job, given: Any) -> float:
    """One number for all, or one for each channel, which is the last axis, or the first where it does not fit."""
    array = np.asarray(given)
    if array.dtype.kind not in "fiu" or array.ndim > 1:
        raise NoRule("Its scale or offset is no number for each channel.")
    if array.size == 1:
        value = array.reshape(-1)[0]
    elif array.size == job.output.shape[-1]:
        value = array[job.unit[-1]]
    elif array.size == job.output.shape[0]:
        value = array[job.unit[0]]
    else:
        raise NoRule("Its scale or offset is no number for each channel.")
    return float(job.cast(np.asarray(value, np.float64), job.compute_dtype))


def _normalization(job: Job, source: Operand) -> Sum:
    """(x − mean) / deviation, or x · deviation + mean."""
    mean, variance = (_statistic(job, name) for name in ("mean", "variance"))
    root = job.follows("√", lambda x: np.maximum(np.sqrt(x), _LEAST))
    follows = root if job.settings.get("invert") else root | {"activation": "1 / √", "function": _inverse}
    stages = {
        "mean": stage_of(Sum([mean]), job.compute_dtype),
        "variance": stage_of(Sum([variance]), job.compute_dtype),
    }
    name = "deviation" if job.settings.get("invert") else "1 / deviation"
    stages[name] = stage_of(Sum([_of_stage("variance", stages["variance"].computed)], **follows), job.compute_dtype)
    factor, middle = stages[name].computed, stages["mean"].computed
    scaled = replace(source.one(job.unit, factor), weight_stage=name)
    if job.settings.get("invert"):
        return Sum([scaled, _of_stage("mean", middle)], stages=stages, rounding=job.product_dtype)
    away = replace(_of_stage("mean", -middle, factor), function="−", weight_stage=name)
    return Sum([scaled, away], stages=stages, rounding=job.product_dtype)


def _inverse(variance: float) -> float:
    return float(1 / max(np.sqrt(variance), _LEAST))


def _of_stage(name: str, value: float, weight: float = 1.0) -> Block:
    return Block("", np.zeros((1, 0), int), np.array([value]), np.array([weight]), stage=name)


def _statistic(job: Job, name: str) -> Block:
    """1 × the number for the unit, from a variable or from the settings."""
    given = job.weight(name) if job.has_weight(name) else job.settings.get(name)
    if given is None:
        raise NoRule(f"It has no {name} yet.")
    array = np.asarray(given, np.float64)
    place = _place(job, array.shape)
    value = job.cast(array[place], job.compute_dtype)
    learned = job.has_weight(name)
    at = np.array([place]) if learned else None
    return Block("", np.zeros((1, 0), int), np.ones(1), np.array([float(value)]), name if learned else "", at)


def _place(job: Job, shape: tuple[int, ...]) -> tuple[int, ...]:
    """Statistics lie along the kept axes, from the right."""
    axis, rank = job.settings.get("axis", -1), len(job.unit)
    given = () if axis is None else axis if isinstance(axis, list | tuple) else (axis,)
    kept = sorted(each % (rank + 1) - 1 for each in given)
    if kept and kept[0] < 0:
        raise NoRule("It has other numbers for each sample.")
    along = kept[len(kept) - len(shape) :] if shape else []
    if len(along) != len(shape):
        raise NoRule("Its mean and variance have more axes than were kept.")
    return tuple(0 if n == 1 else job.unit[i] for i, n in zip(along, shape, strict=True))


def _reach(job: Job, marked: np.ndarray) -> list[np.ndarray]:
    job.input()
    return [marked]


RULE = Rule("rescaling", frozenset({"Rescaling", "Normalization"}), _explain, _reach)
