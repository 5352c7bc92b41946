"""Inputs, or columns of one, that the outputs do not depend on: exchanged among the samples, nothing changes."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np

from kerasviz.data.arrays import leaves, replace_leaf
from kerasviz.doctor.case import Case
from kerasviz.doctor.finding import Finding
from kerasviz.doctor.rule import DoctorRule
from kerasviz.doctor.wording import listed, number, plural

_ROWS = 64
_SAME = 1e-6  # relative: within the rounding of float32
_MOST_COLUMNS = 512


def _check(case: Case) -> Iterator[Finding]:
    count = min(case.count, _ROWS)
    if count < 2 or not case.settled or not all(np.isfinite(output.values).all() for output in case.outputs):
        return
    x = case.first(count)
    paths = case.input_paths()
    ignored = [path for place, path in enumerate(paths) if _ignored(case, x, place, path)]
    if ignored:
        yield _whole(case, ignored, only=len(paths) == 1)
    for place, path in enumerate(paths):
        array = _leaf(x, place)
        if path not in ignored and array.ndim == 2 and array.dtype.kind == "f" and array.shape[1] <= _MOST_COLUMNS:
            yield from _columns(case, x, place, path)


def _ignored(case: Case, x: Any, place: int, path: str) -> bool:
    """Whether each sample may take the next one's values, and nothing has a gradient with respect to them.

    An input that is the same everywhere tells nothing. Signals that only fade have a gradient.
    """
    array = _leaf(x, place)
    rolled = replace_leaf(x, place, np.roll(array, 1, axis=0))
    if not (array != array[:1]).any() or _change(case, x, rolled) > _SAME:
        return False
    return array.dtype.kind in "iubOSU" or not _steep(case, x, path).any()


def _leaf(x: Any, place: int) -> np.ndarray:
    return np.asarray(list(leaves(x))[place])


def _steep(case: Case, x: Any, path: str) -> np.ndarray:
    """Where any output has a gradient with respect to an input, in any sample."""
    found = []
    for output in case.outputs:
        gradients = case.probe.gradients(x, target=case.target(output), layers=())
        found.append((gradients[path] != 0).any(axis=0))
    steep: np.ndarray = np.any(found, axis=0)
    return steep


def _change(case: Case, x: Any, other: Any) -> float:
    """How far the outputs move, relative to how large they are."""
    import keras

    pairs = zip(keras.tree.flatten(case.probe.predict(x)), keras.tree.flatten(case.probe.predict(other)), strict=True)
    return max(
        float(np.abs(np.asarray(b, np.float64) - a).max() / (np.abs(a).max() or 1.0)) for a, b in pairs if np.size(a)
    )


def _whole(case: Case, ignored: list[str], *, only: bool) -> Finding:
    path, count = ignored[0], min(case.count, _ROWS)
    what = "the inputs" if only else listed([each.removeprefix("input:") for each in ignored])
    return Finding(
        "error",
        path,
        f"The outputs do not depend on {what}: when each of {plural(count, 'sample')} takes those of the next, nothing changes.",
        "The model gives the same answers without it: it is not connected, or what it feeds is dead or multiplied by 0.",
        "Follow it through the layers: the first one whose output stays the same for all samples is where it ends.",
        {"inputs": len(ignored), "change_of_the_outputs": 0.0, "samples": count},
        {"layer": path, "sample": case.number(0), "panel": "overview"},
        tuple(ignored),
    )


def _columns(case: Case, x: Any, place: int, path: str) -> Iterator[Finding]:
    """Columns of a table: those without a gradient, and then without an effect."""
    array, steep = _leaf(x, place), _steep(case, x, path)
    varies = (array != array[:1]).any(axis=0)
    flat = [column for column in np.flatnonzero(~steep & varies).tolist() if _column_ignored(case, x, place, column)]
    if not flat or len(flat) == int(varies.sum()):
        return
    count = len(array)
    yield Finding(
        "warning",
        path,
        f"{plural(len(flat), 'column')} of {array.shape[1]} of the inputs {'has' if len(flat) == 1 else 'have'} no effect: "
        f"{listed(flat)}. Exchanging them among {plural(count, 'sample')} changes no output; their gradient is 0.",
        "The model has not learned, or cannot use, what these columns say.",
        f"Look at the weights that column {number(float(flat[0]))} goes into; drop these columns, or find what cuts them off.",
        {"columns": len(flat), "first_column": int(flat[0]), "all_columns": array.shape[1],
         "change_of_the_outputs": 0.0, "samples": count},
        {"layer": path, "unit": int(flat[0]), "sample": case.number(0), "panel": "unit"},
    )  # fmt: skip


def _column_ignored(case: Case, x: Any, place: int, column: int) -> bool:
    array = _leaf(x, place).copy()
    array[:, column] = np.roll(array[:, column], 1)
    return _change(case, x, replace_leaf(x, place, array)) <= _SAME


RULE = DoctorRule("ignored-input", _check, needs="run")
