"""What the outputs of an attention layer can depend on: the query's own place, and all keys that it may look at.

A query that may look at one key only gives it all the weight, whatever the score: then neither matters.
"""

from __future__ import annotations

import math

import numpy as np

from kerasviz.rules.attention_masks import structure
from kerasviz.rules.rule import Job

__all__ = ["attention_axes", "direct_reach", "operation_reach", "projected_reach"]


def attention_axes(job: Job, rank: int) -> tuple[int, ...]:
    """The axes that are attended along, of the `rank` before head and width."""
    given = job.settings.get("attention_axes")
    if given is None:
        return tuple(range(rank))
    return tuple(int(axis) - 1 if axis > 0 else rank + 1 + int(axis) for axis in np.atleast_1d(given))


def _rows(job: Job, queries: int, keys: int) -> tuple[np.ndarray, np.ndarray]:
    """Who may look at whom, and which queries have a choice."""
    may = structure(job, queries, keys)
    return may, may.sum(axis=1) > 1


def _through(rows: np.ndarray, may: np.ndarray) -> np.ndarray:
    """(…, queries) to (…, keys)."""
    found: np.ndarray = (rows.astype(np.float32) @ may.astype(np.float32)) > 0
    return found


def projected_reach(job: Job, marked: np.ndarray) -> list[np.ndarray]:
    """All features of the places; between the axes that are attended along and the others nothing is mixed."""
    operands = {operand.name: operand.values for operand in job.inputs()}
    rank = operands["query"].ndim - 1
    axes = attention_axes(job, rank)
    others = [axis for axis in range(rank) if axis not in axes]
    sizes = {name: [values.shape[axis] for axis in axes] for name, values in operands.items()}
    lead = [operands["query"].shape[axis] for axis in others]
    queries, keys = (math.prod(sizes[name]) for name in ("query", "value"))
    may, several = _rows(job, queries, keys)
    if job.layer.output_index:
        weights = marked.any(axis=len(lead)).reshape(math.prod(lead), queries, keys)
        rows, taken = np.any(weights & may, axis=-1), np.zeros((math.prod(lead), keys), bool)
    else:
        own: np.ndarray = np.any(marked.reshape(*marked.shape[:rank], -1), axis=-1)
        rows = own.transpose(*others, *axes).reshape(math.prod(lead), queries)
        taken = _through(rows, may)
    scored = rows & several
    by_name = {"query": rows if job.settings.get("use_gate") else scored, "key": _through(scored, may), "value": taken}
    if "key" not in operands:
        by_name["value"] = by_name["value"] | by_name["key"]
    back = np.argsort([*others, *axes])
    return [
        np.broadcast_to(
            by_name[name].reshape(*lead, *sizes[name]).transpose(*back)[..., None], values.shape
        )
        for name, values in operands.items()
    ]  # fmt: skip


def direct_reach(job: Job, marked: np.ndarray) -> list[np.ndarray]:
    """Of the value only the same features; of query and key all."""
    shapes = [operand.values.shape for operand in job.inputs()]
    may, several = _rows(job, shapes[0][-2], shapes[1][-2])
    if job.layer.output_index:
        rows, taken = (marked & may).any(axis=-1), np.zeros(shapes[1], bool)
    else:
        rows = marked.any(axis=-1)
        taken = np.swapaxes(_through(np.swapaxes(marked, -1, -2), may), -1, -2)
    keys = np.broadcast_to(_through(rows & several, may)[..., None], shapes[-1])
    query = np.broadcast_to((rows & several)[..., None], shapes[0])
    return [query, taken, keys] if len(shapes) == 3 else [query, taken | keys]


def operation_reach(job: Job, marked: np.ndarray) -> list[np.ndarray]:
    """(query, head, width): each head by itself; some heads may share keys and values."""
    shapes = {operand.name: operand.values.shape for operand in job.inputs()}
    (queries, *_), (keys, shared, _) = shapes["query"], shapes["key"]
    may, several = _rows(job, queries, keys)
    rows = marked.any(axis=-1).T  # (head, query)
    scored = rows & several
    groups = _grouped(_through(scored, may), shared)
    taken = _grouped(_through(np.moveaxis(marked, 0, -1), may), shared)  # (head, width, key)
    found = {
        "query": np.broadcast_to(scored.T[..., None], shapes["query"]),
        "key": np.broadcast_to(groups.T[..., None], shapes["key"]),
        "value": np.moveaxis(taken, -1, 0),
    }
    return [found.get(name, np.ones(shape, bool)) for name, shape in shapes.items()]


def _grouped(of_heads: np.ndarray, shared: int) -> np.ndarray:
    """(head, …) to (head of key and value, …)."""
    found: np.ndarray = np.any(of_heads.reshape(shared, -1, *of_heads.shape[1:]), axis=1)
    return found
