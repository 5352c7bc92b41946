"""Resizing of pictures: each place takes the nearest cell, or mixes the four around it."""

from __future__ import annotations

import numpy as np

from kerasviz.rules.rule import Job, NoRule, Operand, Rule, Sum, eps_of
from kerasviz.rules.taps import Taps, each, grid, spatial, thin

__all__ = ["RULE"]

_ODD = ("antialias", "crop_to_aspect_ratio", "pad_to_aspect_ratio")
_OPERANDS = {"UpSampling2D": "inputs", "Resizing": "data", "Resize": "images"}


def _found(job: Job) -> tuple[Operand, dict[int, Taps]]:
    settings = job.settings
    source = job.input(_OPERANDS[job.kind])
    interpolation = settings.get("interpolation")
    if interpolation not in ("nearest", "bilinear"):
        raise NoRule(f"The weights of {interpolation!r} interpolation differ between backends.")
    for name in _ODD:
        if settings.get(name):
            raise NoRule(f"With {name} it does more than to resize.")
    if source.values.ndim != 3:
        raise NoRule("It was not given one picture.")
    axes, _ = spatial(settings, 3) if settings.get("data_format") else _unsaid(job, source)
    tables = {}
    for axis in axes:
        length, count = source.values.shape[axis], job.output.shape[axis]
        if interpolation == "bilinear":
            tables[axis] = _between(length, count)
        else:
            tables[axis] = _nearest(length, count, job.facts.backend, repeats=job.kind == "UpSampling2D")
    return source, tables


def _unsaid(job: Job, source: Operand) -> tuple[tuple[int, ...], int]:
    """An operation that goes by Keras's own setting: the shapes tell, unless both would fit."""
    size, shape = each(job.settings.get("size"), 2, "size"), job.output.shape
    last = shape[:2] == size and shape[2] == source.values.shape[2]
    first = shape[1:] == size and shape[0] == source.values.shape[0]
    if last == first:
        raise NoRule("Its data format is not known.")
    return ((0, 1), 2) if last else ((1, 2), 0)


def _nearest(length: int, count: int, backend: str, *, repeats: bool) -> Taps:
    """The cell that the middle of each place falls into, in float32 as the backends have it."""
    places = np.arange(count, dtype=np.float32)
    if repeats:
        cells = np.arange(count) * length // count
    elif backend == "jax":
        cells = np.floor((places + np.float32(0.5)) * np.float32(length) / np.float32(count))
    else:
        scale = np.float32(length) / np.float32(count)
        cells = np.floor((places + np.float32(0.5)) * scale)
    return Taps(np.clip(cells.astype(int), 0, length - 1)[:, None], length)


def _between(length: int, count: int) -> Taps:
    """The two cells around the middle of each place, by their distance; the edges' own cells stand in for those outside."""
    exact = (np.arange(count) + 0.5) * length / count - 0.5
    low = np.floor(exact).astype(int)
    far = exact - low
    cells = np.clip(np.stack([low, low + 1], axis=1), 0, length - 1)
    shares = np.stack([1 - far, far], axis=1)
    return Taps(np.where(shares == 0, -1, cells), length, shares)


def _explain(job: Job) -> Sum:
    source, tables = _found(job)
    cells, parts = [], []
    for axis, at in enumerate(job.unit):
        found = tables[axis].parts(at) if axis in tables else (np.array([at]), np.ones(1))
        cells.append(found[0])
        parts.append(found[1])
    block = source.block(grid(cells), grid(parts).prod(axis=1))
    if job.settings["interpolation"] == "nearest":
        return Sum([block])
    if source.values.dtype.kind in "biu" and job.output.dtype.kind in "biu":
        raise NoRule("It mixes whole numbers and rounds them.")
    narrow = job.facts.backend == "tensorflow" and job.compute_dtype == "float64"  # TensorFlow resizes in float32
    rounding = "float32" if narrow else job.compute_dtype
    # distances between places are differences of numbers as large as the axis is long, in float32 also for float16
    longest = max(source.values.shape[axis] for axis in tables)
    slack = longest * float(np.abs(block.inputs).max(initial=0.0)) * min(1, eps_of("float32") / eps_of(rounding))
    return Sum([block], slack=slack, rounding=rounding)


def _reach(job: Job, marked: np.ndarray) -> list[np.ndarray]:
    source, tables = _found(job)
    cells = thin(marked)
    for axis, taps in tables.items():
        cells = taps.back(cells, axis)
    return [np.broadcast_to(cells, source.values.shape)]


RULE = Rule("resize", frozenset(_OPERANDS), _explain, _reach)
