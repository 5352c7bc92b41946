"""An attention layer read out of its surroundings: queries, keys, values, and the mask that explains its output."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from itertools import product
from typing import Any

import numpy as np

from kerasviz.rules.attention_maths import Attended, Heads, Mask, Projection, additive, attend, concat, dot
from kerasviz.views.base import Record
from kerasviz.views.checks import Difference, compare
from kerasviz.views.masks import mask_behind, own_order
from kerasviz.views.reduce import drawable

__all__ = ["KINDS", "Reading", "is_mask", "read"]

FEW = 8  # queries that are looked at first
KINDS = ("MultiHeadAttention", "GroupedQueryAttention", "Attention", "AdditiveAttention")


@dataclass(frozen=True)
class Reading:
    """What a layer attended to. `ambiguous`: another mask would give the same output from other scores."""

    heads: Heads
    mask: Mask
    attended: Attended
    difference: Difference
    ambiguous: bool = False


@dataclass(frozen=True)
class _Layer:
    """What there is to choose from, and what has to come out: (lead, query, …)."""

    heads: tuple[Heads, ...]
    output: np.ndarray
    window: int


def read(record: Record, lead: int) -> Reading | None:
    """The reading that explains the layer's output, the plain one where none does; None without queries and keys."""
    layer = _projected(record) if record.layer.kind in KINDS[:2] else _direct(record)
    if layer is None:
        return None
    for heads in layer.heads:
        for mask in _masks(record, heads, layer.window):
            found = _attempt(heads, mask, layer.output, lead)
            if found is not None and found.difference.good:
                return replace(found, ambiguous=_ambiguous(found, layer.output, lead))
    return _compared(layer.heads[0], Mask(window=layer.window), layer.output, lead)


def _attempt(heads: Heads, mask: Mask, output: np.ndarray, lead: int) -> Reading | None:
    """The reading with a mask; None if a few queries already show that it is not the one."""
    queries = heads.shape[2]
    rows = np.unique(np.linspace(0, queries - 1, min(queries, FEW)).astype(int))
    if output.shape[1] != queries or (queries and not _difference(attend(heads, mask, 0, rows), output[:, rows]).good):
        return None
    return _compared(heads, mask, output, lead)


def _compared(heads: Heads, mask: Mask, output: np.ndarray, lead: int) -> Reading:
    attended = attend(heads, mask, min(lead, heads.shape[0] - 1))
    difference = _difference(attended, output)
    nowhere = not attended.settled.any()
    return Reading(heads, mask, attended, Difference(float("inf"), difference.allowed) if nowhere else difference)


def _difference(attended: Attended, output: np.ndarray) -> Difference:
    """Of the queries that may look somewhere."""
    if attended.output.shape != output.shape:
        return Difference(float("inf"), 0.0)
    rows = attended.settled
    return compare(attended.output[:, rows], output[:, rows], attended.size)


def _ambiguous(reading: Reading, output: np.ndarray, lead: int) -> bool:
    """Whether the output cannot tell a causal mask from none: with values that are all alike it does not."""
    other = _attempt(reading.heads, replace(reading.mask, causal=not reading.mask.causal), output, lead)
    if other is None or not other.difference.good:
        return False
    return float(np.max(np.abs(other.attended.scores - reading.attended.scores), initial=0.0)) > 1e-3


def _masks(record: Record, heads: Heads, window: int) -> Iterator[Mask]:
    """The masks that may have been in play, those that a graph shows first; at last one that travelled unseen."""
    _, _, queries, keys = heads.shape
    inputs = [own_order(each) for each in record.around.inputs]
    flags = [each.astype(bool) for each in inputs if each.dtype.kind == "b"]
    given = [each for each in (_flags(one, queries, keys) for one in inputs) if each is not None]
    steps = [each for each in flags if each.ndim == 1]
    yield from _combined(steps, given, (queries, keys), window)
    behind = None if steps else mask_behind(record)
    if behind is not None:
        yield from _combined([behind], given, (queries, keys), window)


def is_mask(given: Record, queries: int, keys: int) -> bool:
    """Whether an input may tell who attends to whom."""
    return given.values.dtype.kind == "b" or _flags(own_order(given), queries, keys) is not None


def _flags(array: np.ndarray, queries: int, keys: int) -> np.ndarray | None:
    """An input as a mask of who may attend to whom, if it can be one."""
    fits = array.ndim in (2, 3) and array.shape[-2:] == (queries, keys)
    if not fits or not drawable(array) or (array.dtype.kind != "b" and not np.isin(array, (0, 1)).all()):
        return None
    return array.astype(bool)


def _combined(steps: list[np.ndarray], given: list[np.ndarray], shape: tuple[int, int], window: int) -> Iterator[Mask]:
    of_queries, of_keys = ([each for each in steps if each.shape == (size,)] for size in shape)
    for full, key, query, causal in product(
        [*given, None], [*of_keys, None], [*of_queries, None], [False, True]
    ):  # what is there was most likely used
        yield Mask(causal, query, key, full, window)


def _projected(record: Record) -> _Layer | None:
    """MultiHeadAttention and its grouped kin: the outputs of the projections inside."""
    parts, weights, settings = record.around.parts, record.around.weights, record.around.settings
    kernel = weights.get("attention_output/kernel")
    if kernel is None or any(name not in parts for name in ("query", "key", "value")):
        return None
    dtype = record.around.activation.dtype
    query, key, value = (parts[name][0].astype(np.float64) for name in ("query", "key", "value"))
    count = query.shape[-2]
    key, value = (np.repeat(each, count // each.shape[-2], axis=-2) for each in (key, value))
    rank = query.ndim - 2
    axes = _axes(settings, rank)
    gate = _arranged(parts["gate"][0].astype(np.float64), axes) if settings.get("use_gate") else None
    bias = weights.get("attention_output/bias")
    projection = Projection(_cast(kernel, dtype), None if bias is None else _cast(bias, dtype), gate)
    score = dot(1 / math.sqrt(query.shape[-1]))
    query, key, value = (_arranged(each, axes) for each in (query, key, value))
    heads = Heads(query, key, value, score, projection)
    output = _to_end(_output(record), axes, rank)
    return _Layer((heads,), output, int(settings.get("sliding_window") or 0))


def _axes(settings: Mapping[str, Any], rank: int) -> tuple[int, ...]:
    """The axes that are attended along, among the `rank` axes of one sample before head and width."""
    axes = settings.get("attention_axes")
    if axes is None:
        return tuple(range(rank))
    named = (axes,) if isinstance(axes, int) else axes
    return tuple(axis - 1 if axis > 0 else rank + 1 + axis for axis in named)


def _to_end(array: np.ndarray, axes: tuple[int, ...], rank: int) -> np.ndarray:
    """(lead, place, …): of the first `rank` axes those attended along as one, the others as one before it."""
    others = [axis for axis in range(rank) if axis not in axes]
    moved = np.transpose(array, (*others, *axes, *range(rank, array.ndim)))
    lead, places = (math.prod(array.shape[axis] for axis in group) for group in (others, axes))
    return moved.reshape(lead, places, *array.shape[rank:])


def _arranged(array: np.ndarray, axes: tuple[int, ...]) -> np.ndarray:
    """(…, head, width) as (lead, head, place, width)."""
    return np.swapaxes(_to_end(array, axes, array.ndim - 2), 1, 2)


def _cast(weight: np.ndarray, dtype: np.dtype) -> np.ndarray:
    """A weight as the layer computes with it."""
    return weight.astype(dtype).astype(np.float64)


def _output(record: Record) -> np.ndarray:
    """The layer's own output as the model has it."""
    values = record.around.activation
    if record.axes == record.own_axes or not record.axes:
        return values
    return np.moveaxis(values, -1, record.own_axes.index(record.axes[-1]))


def _direct(record: Record) -> _Layer | None:
    """Attention and AdditiveAttention: the inputs themselves; one that was given twice is listed once."""
    output = _output(record)
    inputs = [own_order(each) for each in record.around.inputs]
    inputs = [_cast(each, output.dtype) for each in inputs if each.dtype.kind != "b" and each.ndim == output.ndim]
    roles = {1: [(0, 0, 0)], 2: [(0, 1, 1), (0, 1, 0), (0, 0, 1)], 3: [(0, 1, 2)]}.get(len(inputs), [])
    score = _score(record, output.dtype)
    found = []
    for roles_of_query_value_key in roles:
        query, value, key = (_lead(inputs[i]) for i in roles_of_query_value_key)
        if query.shape[-1] == key.shape[-1] and key.shape[2] == value.shape[2] and len(query) == len(key):
            found.append(Heads(query, key, value, score, Projection()))
    lead = output.reshape(-1, *output.shape[-2:])
    return _Layer(tuple(found), lead, 0) if found else None


def _lead(array: np.ndarray) -> np.ndarray:
    """(…, place, width) as (lead, one head, place, width)."""
    return array.reshape(-1, 1, *array.shape[-2:])


def _score(record: Record, dtype: np.dtype) -> Any:
    weights, settings = record.around.weights, record.around.settings
    scale = _cast(weights["scale"], dtype) if "scale" in weights else np.ones(())
    if record.layer.kind == "AdditiveAttention":
        return additive(scale)
    if settings.get("score_mode") == "concat":
        return concat(float(scale), float(_cast(weights["concat_score_weight"], dtype)))
    return dot(float(scale))
