"""A layer that holds most of the parameters and does what a far smaller one could: measured by putting that one in."""

from __future__ import annotations

import math
from collections.abc import Iterator

import numpy as np

from kerasviz.doctor.case import Case
from kerasviz.doctor.finding import Finding
from kerasviz.doctor.rule import DoctorRule
from kerasviz.doctor.wording import number, percent, plural
from kerasviz.models.info import number_of_parameters

_SHARE = 0.3  # of the model's parameters
_RANK = 1 / 32  # of the full rank
_SAME = 0.01  # how far the scores may move, in standard deviations of theirs
_FEWEST, _ROWS = 8, 64
_MOST_WEIGHTS = 4_000_000  # a larger kernel takes seconds to take apart


def _check(case: Case) -> Iterator[Finding]:
    if case.count < _FEWEST or not case.finite:
        return
    whole = max(number_of_parameters(case.model), 1)
    for info in case.inner:
        kernel = getattr(case.graph.operation(info.path), "kernel", None) if info.package == "keras" else None
        if kernel is None or info.call_index or info.output_index or info.num_parameters < _SHARE * whole:
            continue
        rows, columns = math.prod(kernel.shape[:-1]), int(kernel.shape[-1])
        rank = int(min(rows, columns) * _RANK)
        if rank < 1 or rows * columns > _MOST_WEIGHTS:
            continue
        yield from _found(case, info.path, rank, whole)


def _found(case: Case, path: str, rank: int, whole: int) -> Iterator[Finding]:
    variable = case.graph.operation(path).kernel
    position = next(i for i, each in enumerate(case.model.variables) if each is variable)
    moved, rows = 0.0, min(case.count, _ROWS)
    for output in case.outputs:
        question = case.ask(output, rows)
        other, weights = question.with_other_weights()
        weights.put(position, _thin(weights.arrays[position], rank))
        spread = float(question.scores.std())
        if spread == 0:
            return
        moved = max(moved, float(np.sqrt(((other.scores - question.scores) ** 2).mean())) / spread)
    if moved > _SAME or not case.outputs:
        return
    parameters = case.graph.by_path[path].num_parameters
    kernel = weights.arrays[position]
    thin = rank * (math.prod(kernel.shape[:-1]) + kernel.shape[-1])
    yield Finding(
        "warning",
        path,
        f"{path!r} holds {percent(parameters / whole)} of the parameters ({parameters}). With its weights replaced by the nearest "
        f"ones of rank {rank} (two layers of {thin} weights together) the scores of {plural(rows, 'sample')} move by "
        f"{number(moved)} of their standard deviation.",
        "The layer costs memory, time and data, and a far smaller one would give the same answers.",
        f"Make {path!r} narrower, replace it by Dense({rank}, use_bias=False) and a second layer, or reduce what goes in "
        "(global pooling in place of Flatten).",
        {"parameters": parameters, "share_of_parameters": parameters / whole, "rank": rank, "thin_weights": thin,
         "change_of_the_scores": moved, "samples": rows},
        {"layer": path, "sample": case.number(0), "panel": "weights"},
    )  # fmt: skip


def _thin(kernel: np.ndarray, rank: int) -> np.ndarray:
    """The nearest kernel of a lower rank."""
    matrix = kernel.reshape(-1, kernel.shape[-1]).astype(np.float64)
    left, sizes, right = np.linalg.svd(matrix, full_matrices=False)
    return np.asarray((left[:, :rank] * sizes[:rank]) @ right[:rank], kernel.dtype).reshape(kernel.shape)


RULE = DoctorRule("oversized-layer", _check, needs="data")
