"""Traces of layers that take the largest, the mean or a mixture of a window: pooling, and upsampling by lines."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from kerasviz.views.trace import Box, Job, Place, Trace

__all__ = ["Spans", "is_windowed", "spans_of_pooling", "windowed"]

_POOLING = re.compile(r"(Global|Adaptive|)(Max|Average)Pooling([123])D")
_REDUCTIONS = {"Mean": "mean", "Max": "max", "Min": "min"}


@dataclass(frozen=True, slots=True)
class Spans:
    """The cells along one axis that each place of the output is made of: from `starts` up to `stops`."""

    starts: tuple[int, ...]
    stops: tuple[int, ...]

    @classmethod
    def all(cls, length: int) -> Spans:
        return cls((0,), (length,))


def spans_of_pooling(length: int, size: int, stride: int, padding: str) -> Spans:
    """Windows that may hang over the edges with padding "same"; only cells that exist count."""
    if padding == "same":
        count = -(-length // stride)
        before = max(0, (count - 1) * stride + size - length) // 2
    else:
        count, before = max(0, (length - size) // stride + 1), 0
    firsts = [place * stride - before for place in range(count)]
    return Spans(tuple(max(0, first) for first in firsts), tuple(min(length, first + size) for first in firsts))


def is_windowed(kind: str) -> bool:
    """Whether this kind of layer is traced here."""
    return kind in _REDUCTIONS or bool(_POOLING.fullmatch(kind)) or kind in ("UpSampling2D", "Resizing")


def windowed(job: Job) -> Trace | None:
    """The trace; None where the settings are not understood or do not lead to the layer's shape."""
    if len(job.inputs) != 1 or job.inputs[0].dtype.kind not in "fiuV":
        return None
    if job.kind in ("UpSampling2D", "Resizing"):
        return _between_lines(job)
    found = _reduction(job) if job.kind in _REDUCTIONS else _pooling(job)
    trace = None if found is None else _reduced(job, *found)
    if trace is None or trace.rule != "mean" or job.settings.get("padding") != "same":
        return trace
    return replace(trace, instead=_with_edges_repeated(job, trace))


def _pooling(job: Job) -> tuple[str, dict[int, Spans]] | None:
    match = _POOLING.fullmatch(job.kind)
    axes, shape = job.spatial(job.inputs[0]), job.inputs[0].shape
    if match is None or len(axes) != int(match[3]):
        return None
    rule = "max" if match[2] == "Max" else "mean"
    lengths = [shape[axis] for axis in axes]
    if match[1] == "Global":
        return rule, {axis: Spans.all(shape[axis]) for axis in axes}
    spans = _adaptive(job.settings, lengths) if match[1] == "Adaptive" else _sliding(job.settings, lengths)
    return None if spans is None else (rule, dict(zip(axes, spans, strict=True)))


def _sliding(settings: Mapping[str, Any], lengths: Sequence[int]) -> list[Spans] | None:
    sizes = _each(settings.get("pool_size"), len(lengths))
    strides = _each(settings.get("strides") or settings.get("pool_size"), len(lengths))
    padding = settings.get("padding")
    if sizes is None or strides is None or padding not in ("valid", "same"):
        return None
    return [spans_of_pooling(*each, padding) for each in zip(lengths, sizes, strides, strict=True)]


def _adaptive(settings: Mapping[str, Any], lengths: Sequence[int]) -> list[Spans] | None:
    counts = _each(settings.get("output_size"), len(lengths))
    if counts is None:
        return None
    return [
        Spans(
            tuple(place * length // count for place in range(count)),
            tuple(-(-(place + 1) * length // count) for place in range(count)),
        )
        for length, count in zip(lengths, counts, strict=True)
    ]


def _reduction(job: Job) -> tuple[str, dict[int, Spans]] | None:
    """An operation over whole axes; theirs count the batch."""
    axes, rank = job.settings.get("axis"), job.inputs[0].ndim + 1
    axes = (axes,) if isinstance(axes, int) else axes
    if not isinstance(axes, tuple) or not all(isinstance(axis, int) and axis % rank for axis in axes):
        return None
    return _REDUCTIONS[job.kind], {a % rank - 1: Spans.all(job.inputs[0].shape[a % rank - 1]) for a in axes}


def _each(value: Any, count: int) -> tuple[int, ...] | None:
    values = (value,) * count if isinstance(value, int) else value
    good = isinstance(values, tuple) and len(values) == count and all(isinstance(v, int) and v > 0 for v in values)
    return values if good else None


def _reduced(job: Job, rule: str, spans: dict[int, Spans]) -> Trace | None:
    (array,) = job.inputs
    values = array.astype(np.float64)
    output, sizes = _along(values, spans, rule)
    if output.size != int(np.prod(job.shape)) or not output.size:
        return None
    scale = 0.0
    if rule == "mean":
        sums, _ = _along(np.abs(values), spans, rule)
        scale = float(np.nan_to_num(sums / sizes, nan=0, posinf=0).max())
        output = output / sizes
    whole = output.shape

    def boxes(at: Place) -> tuple[Box, ...]:
        """The window of a place; axes that were reduced away have one place."""
        place = np.unravel_index(int(np.ravel_multi_index(at, job.shape)) if at else 0, whole)
        start, stop = [int(i) for i in place], [int(i) + 1 for i in place]
        for axis, span in spans.items():
            start[axis], stop[axis] = span.starts[place[axis]], span.stops[place[axis]]
        return (Box(0, tuple(start), tuple(stop)),)

    return Trace(output.reshape(job.shape), boxes, rule, scale)


def _with_edges_repeated(job: Job, trace: Trace) -> Trace | None:
    """Padding "same" as PyTorch pads: windows that hang over an edge count its cells again."""
    (array,) = job.inputs
    axes = job.spatial(array)
    sizes = _each(job.settings.get("pool_size"), len(axes))
    strides = _each(job.settings.get("strides") or job.settings.get("pool_size"), len(axes))
    if sizes is None or strides is None:
        return None
    widths, spans = [(0, 0)] * array.ndim, {}
    for axis, size, stride in zip(axes, sizes, strides, strict=True):
        count = job.shape[axis]
        total = max(0, (count - 1) * stride + size - array.shape[axis])
        widths[axis] = (total // 2, total - total // 2)
        starts = [place * stride for place in range(count)]
        spans[axis] = Spans(tuple(starts), tuple(start + size for start in starts))
    sums, counts = _along(np.pad(array.astype(np.float64), widths, mode="edge"), spans, "mean")
    return replace(trace, output=sums / counts, rule="~", scale=max(trace.scale, float(np.abs(array).max())))


def _along(values: np.ndarray, spans: dict[int, Spans], rule: str) -> tuple[np.ndarray, np.ndarray]:
    """The windows' extremes or sums, one axis after the other, and how many cells each window has."""
    joins: dict[str, Callable[..., np.ndarray]] = {"max": np.max, "min": np.min, "mean": np.sum}
    join = joins[rule]
    sizes = np.ones((1,) * values.ndim)
    for axis, span in spans.items():
        ends = list(zip(span.starts, span.stops, strict=True))
        parts = [join(values.take(range(*end), axis=axis), axis=axis, keepdims=True) for end in ends]
        if not parts:
            return np.zeros(0), sizes
        values = np.concatenate(parts, axis=axis)
        lengths = np.array([stop - start for start, stop in ends], np.float64)
        sizes = sizes * lengths.reshape([-1 if i == axis else 1 for i in range(values.ndim)])
    return values, sizes


def _between_lines(job: Job) -> Trace | None:
    """Bilinear: each place lies between two lines of cells each way, and mixes them by its distance."""
    (array,) = job.inputs
    axes = job.spatial(array)
    odd = any(job.settings.get(name) for name in ("antialias", "crop_to_aspect_ratio", "pad_to_aspect_ratio"))
    if job.settings.get("interpolation") != "bilinear" or odd or len(axes) != 2 or len(job.shape) != array.ndim:
        return None
    values, spans = array.astype(np.float64), {}
    for axis in axes:
        length, count = array.shape[axis], job.shape[axis]
        exact = (np.arange(count) + 0.5) * length / count - 0.5
        low = np.floor(exact).astype(int)
        weight = (exact - low).reshape([-1 if i == axis else 1 for i in range(array.ndim)])
        first, second = np.clip(low, 0, length - 1), np.clip(low + 1, 0, length - 1)
        values = values.take(first, axis=axis) * (1 - weight) + values.take(second, axis=axis) * weight
        spans[axis] = Spans(tuple(map(int, first)), tuple(int(i) + 1 for i in second))
    if values.shape != job.shape:
        return None

    def boxes(at: Place) -> tuple[Box, ...]:
        start, stop = list(at), [i + 1 for i in at]
        for axis, span in spans.items():
            start[axis], stop[axis] = span.starts[at[axis]], span.stops[at[axis]]
        return (Box(0, tuple(start), tuple(stop)),)

    largest = float(np.abs(array.astype(np.float64)).max(initial=0.0))
    return Trace(values, boxes, "~", largest * max(array.shape[axis] for axis in axes))
