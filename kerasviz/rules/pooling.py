"""Pooling, and reductions over whole axes: the largest, the smallest, the mean or the sum of a window."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from kerasviz.rules.rule import Job, NoRule, Operand, Rule, Sum
from kerasviz.rules.taps import (
    Taps,
    adaptive,
    each,
    grid,
    is_even,
    repeated,
    same_before,
    sliding,
    spatial,
    thin,
    whole,
)  # fmt: skip

__all__ = ["RULE"]

_LAYER = re.compile(r"(Global|Adaptive|)(Max|Average)Pool(ing[123]D)?")
_REDUCTIONS = {"Mean": "mean", "Sum": "sum", "Max": "max", "Amax": "max", "Min": "min", "Amin": "min"}
_LAYERS = frozenset(f"{how}{what}Pooling{d}D" for how in ("", "Global", "Adaptive") for what in ("Max", "Average") for d in (1, 2, 3))  # fmt: skip
_OPERATIONS = frozenset(f"{how}{what}Pool" for how in ("", "Adaptive") for what in ("Max", "Average"))


@dataclass(frozen=True, eq=False)
class _Pool:
    """What is pooled: tables for the axes that windows lie along, and the unit's place with all axes kept."""

    source: Operand
    how: str
    taps: Mapping[int, Taps]
    kept: tuple[int, ...]  # the output's shape, with axes of length 1 where some were reduced away

    def place(self, unit: Sequence[int]) -> list[int]:
        gone = len(self.kept) - len(unit)
        if not gone:
            return list(unit)
        rest = iter(unit)
        return [0 if axis in self.taps else next(rest) for axis in range(len(self.kept))]

    def window(self, unit: Sequence[int]) -> tuple[np.ndarray, np.ndarray]:
        """The cells of the unit's window, (n, axes) in the order of the model's layout, and the part each is of it."""
        place = self.place(unit)
        cells, parts = [], []
        for axis, at in enumerate(place):
            found = self.taps[axis].parts(at) if axis in self.taps else (np.array([at]), np.ones(1))
            cells.append(found[0])
            parts.append(found[1])
        return grid(cells), grid(parts).prod(axis=1)


def _found(job: Job) -> _Pool:
    source = job.input("x" if job.kind in _REDUCTIONS else "inputs")
    how, taps = _reduction(job, source) if job.kind in _REDUCTIONS else _pooling(job, source)
    kept = tuple(len(taps[axis].cells) if axis in taps else n for axis, n in enumerate(source.values.shape))
    if int(np.prod(kept)) != job.output.size:
        raise NoRule("Its settings do not lead to the shape of what it gave.")
    return _Pool(source, how, taps, kept)


def _pooling(job: Job, source: Operand) -> tuple[str, dict[int, Taps]]:
    match = _LAYER.fullmatch(job.kind)
    axes, _ = spatial(job.settings, source.values.ndim)
    shape = source.values.shape
    if match is None or (match[3] and len(axes) != int(match[3][3])):
        raise NoRule("Its input has axes that it does not know.")
    how = "max" if match[2] == "Max" else "mean"
    if match[1] == "Global":
        return how, {axis: whole(shape[axis]) for axis in axes}
    if match[1] == "Adaptive":
        counts = each(job.settings.get("output_size"), len(axes), "output_size")
        return how, {axis: adaptive(shape[axis], count) for axis, count in zip(axes, counts, strict=True)}
    return how, dict(zip(axes, _sliding(job, [shape[axis] for axis in axes], axes), strict=True))


def _sliding(job: Job, lengths: Sequence[int], axes: Sequence[int]) -> list[Taps]:
    settings, padding = job.settings, job.settings.get("padding")
    sizes = each(settings.get("pool_size"), len(axes), "pool_size")
    strides = sizes if settings.get("strides") is None else each(settings["strides"], len(axes), "strides")
    if padding not in ("valid", "same"):
        raise NoRule(f"Its padding {padding!r} is not known.")
    counts = [job.output.shape[axis] for axis in axes]
    windows = list(zip(lengths, counts, sizes, strides, strict=True))
    if padding == "valid":
        return [sliding(length, count, size, stride) for length, count, size, stride in windows]
    if job.facts.backend == "torch" and not all(is_even(*window) for window in windows):
        return [repeated(*window) for window in windows]  # Keras pads with the edges' cells there
    return [
        sliding(length, count, size, stride, before=same_before(length, count, size, stride))
        for length, count, size, stride in windows
    ]


def _reduction(job: Job, source: Operand) -> tuple[str, dict[int, Taps]]:
    """An operation over whole axes; theirs count the batch."""
    axes, rank = job.settings.get("axis"), source.values.ndim + 1
    axes = (axes,) if isinstance(axes, int) else axes
    if not isinstance(axes, list | tuple) or not all(isinstance(axis, int) and axis % rank for axis in axes):
        raise NoRule("It goes over the samples of a batch, too.")
    if job.settings.get("initial") is not None:
        raise NoRule("It starts from a number of its own.")
    return _REDUCTIONS[job.kind], {a % rank - 1: whole(source.values.shape[a % rank - 1]) for a in axes}


def _explain(job: Job) -> Sum:
    found = _found(job)
    index, parts = found.window(job.unit)
    values = found.source.values[tuple(index.T)].astype(np.float64)
    if found.how in ("max", "min"):
        return _chosen(found, index, values)
    mask = job.mask() if job.kind == "GlobalAveragePooling1D" else None
    if mask is not None:
        return _masked(found, index, mask)
    weights = np.ones(len(parts)) if found.how == "sum" else parts
    return Sum([found.source.block(index, weights)], rounding=_rounding(job))


def _rounding(job: Job) -> str | None:
    """On JAX and PyTorch, Keras takes means over whole axes in float32."""
    narrow = job.kind == "Mean" or job.kind.startswith("GlobalAverage")
    wide = job.compute_dtype == "float64" and job.facts.backend != "tensorflow"
    return "float32" if narrow and wide else None


def _chosen(found: _Pool, index: np.ndarray, values: np.ndarray) -> Sum:
    """All candidates: weight 1 for the first of the strongest, 0 for the others."""
    if not len(values):
        raise NoRule("Its window lies outside of the input.")
    at = int(np.argmax(values) if found.how == "max" else np.argmin(values))
    weights = np.zeros(len(values))
    weights[at] = 1
    shown = np.isfinite(values) | (weights == 1)  # 0 × infinity would be no number
    note = "" if shown.all() else f"{int((~shown).sum())} of its candidates are infinite or no number, and left out."
    return Sum([found.source.block(index[shown], weights[shown])], note=note)


def _masked(found: _Pool, index: np.ndarray, mask: np.ndarray) -> Sum:
    """The mean of the steps that the mask lets through; of none, it is no number."""
    (axis,) = found.taps
    steps = mask[index[:, axis]]
    count = int(steps.sum())
    if not count:
        return Sum([found.source.block(index, np.nan)], note="The mask lets no step through: 0 ÷ 0.")
    note = f"The mask lets {count} of {len(steps)} steps through." if count < len(steps) else ""
    return Sum([found.source.block(index[steps], 1 / count)], note=note)


def _reach(job: Job, marked: np.ndarray) -> list[np.ndarray]:
    found = _found(job)
    cells = thin(marked)
    if marked.ndim != len(found.kept):
        cells = np.expand_dims(cells, tuple(found.taps))
    for axis, taps in found.taps.items():
        cells = taps.back(cells, axis)
    return [np.broadcast_to(cells, found.source.values.shape)]


RULE = Rule("pooling", _LAYERS | _OPERATIONS | frozenset(_REDUCTIONS), _explain, _reach)
