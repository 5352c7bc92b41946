"""Numbers as categories: the bin that a number falls into, and counts of categories along a row."""

from __future__ import annotations

import numpy as np

from kerasviz.rules.rule import Job, NoRule, Operand, Rule, Sum

__all__ = ["RULE"]


def _explain(job: Job) -> Sum:
    source = job.input(next((o.name for o in job.operands if "mask" not in o.name), None))
    if len(job.inputs()) > 1 or job.settings.get("sparse"):
        raise NoRule("It counts with weights, or gives a sparse tensor.")
    if job.kind == "OneHot":
        return _one_hot(job, source)
    mode = job.settings.get("output_mode")
    if job.kind == "Discretization" and mode == "int":
        return Sum([source.one(job.unit)], **job.follows("bin", lambda x: _binned(job, x)))
    categories = _binned(job, source.values) if job.kind == "Discretization" else source.values.astype(np.int64)
    if mode == "one_hot":
        place = job.unit[:-1] if job.output.ndim > source.values.ndim else (*job.unit[:-1], 0)
        return _equal(job, source, categories, np.array([place], int))
    return _counted(job, source, categories, mode)


def _one_hot(job: Job, source: Operand) -> Sum:
    axis = job.settings.get("axis", -1) % (job.output.ndim + 1) - 1
    if axis < 0:
        raise NoRule("It goes over all samples.")
    place = (*job.unit[:axis], *job.unit[axis + 1 :])
    return _is_category(source, np.array([place], int), source.values.astype(np.int64), job.unit[axis])


def _equal(job: Job, source: Operand, categories: np.ndarray, places: np.ndarray) -> Sum:
    return _is_category(source, places, categories, job.unit[-1])


def _is_category(source: Operand, places: np.ndarray, categories: np.ndarray, category: int) -> Sum:
    """1 where a number is of this category, times 1."""
    is_it = (categories[tuple(places.T)] == category).astype(np.float64)
    return Sum([source.block(places, 1.0, function=f"= {category}", inputs=is_it)])


def _counted(job: Job, source: Operand, categories: np.ndarray, mode: str | None) -> Sum:
    """How often a category is in the row, or whether it is."""
    if mode not in ("count", "multi_hot") or source.values.ndim > 1:
        raise NoRule("It counts along an axis that backends do not agree on.")
    places = np.arange(source.values.size).reshape(-1, source.values.ndim)
    found = _equal(job, source, categories, places if source.values.ndim else np.zeros((1, 0), int))
    follows = job.follows("at most 1", lambda x: np.minimum(x, 1)) if mode == "multi_hot" else {}
    return Sum(found.blocks, **follows)


def _binned(job: Job, values: np.ndarray) -> np.ndarray:
    """Numbers and bounds are compared in float32."""
    bounds = np.asarray(job.settings.get("bin_boundaries"), np.float32)
    if bounds.ndim != 1:
        raise NoRule("It has not learned its bins yet.")
    return np.digitize(np.asarray(values, np.float32), bounds)


def _reach(job: Job, marked: np.ndarray) -> list[np.ndarray]:
    source = job.inputs()[0]
    if job.kind == "OneHot":
        axis = job.settings.get("axis", -1) % (marked.ndim + 1) - 1
        return [np.asarray(marked.any(axis=axis))]
    mode = job.settings.get("output_mode")
    if job.kind == "Discretization" and mode == "int":
        return [marked]
    if mode == "one_hot":
        return [np.asarray(marked.any(axis=-1)).reshape(source.values.shape)]
    return [np.full(source.values.shape, bool(marked.any()))]


RULE = Rule("encoding", frozenset({"Discretization", "CategoryEncoding", "OneHot"}), _explain, _reach)
