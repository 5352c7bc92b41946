"""The samples that the doctor looks at: the first of the user's, or made ones; their labels beside them.

A probe refuses numbers that are not finite. Here they are evidence: such samples are noted and left out.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from kerasviz.data.arrays import is_array, leaves, map_leaves, to_numpy
from kerasviz.data.model_facts import input_arrays
from kerasviz.data.opening import open_samples
from kerasviz.data.samples import Samples

__all__ = ["MOST_SAMPLES", "Material", "NotFinite", "read_material"]

MOST_SAMPLES = 512  # shares within about 2 points, one channel dead on all of them hardly by chance


@dataclass(frozen=True, slots=True)
class NotFinite:
    """A sample of the inputs that holds NaN or infinity."""

    sample: int
    path: str  # of the input
    nans: int
    infinities: int


@dataclass(frozen=True, slots=True)
class Material:
    """Samples as one batch.

    Attributes:
        x: what the model takes; None when no sample is left.
        numbers: which of the user's samples each is, (count,).
        labels: by output name or position, or under None where they are one array.
        not_finite: samples that were left out for it.
        made: whether the user gave none.
        note: what has to be known of them.
    """

    x: Any
    numbers: np.ndarray
    labels: Mapping[Any, np.ndarray]
    not_finite: tuple[NotFinite, ...]
    made: bool
    note: str

    @property
    def count(self) -> int:
        return len(self.numbers)


def read_material(model: Any, inputs: Any, labels: Any) -> Material:
    """The first samples that fit together in one batch."""
    samples = inputs if isinstance(inputs, Samples) else open_samples(model, inputs, labels)
    rows: list[Any] = []
    numbers: list[int] = []
    broken: list[NotFinite] = []
    shapes: set[tuple[Any, ...]] = set()
    place = 0
    while place < MOST_SAMPLES and samples.has(place):
        row = samples.model_input(place)
        found = _not_finite(input_arrays(row, model), place)
        broken += found
        signature = samples.signature(row)
        if not found and (not shapes or signature in shapes):
            shapes.add(signature)
            rows.append(row)
            numbers.append(place)
        place += 1
    return Material(
        x=_joined(rows) if rows else None,
        numbers=np.array(numbers, np.int64),
        labels=_own(samples, numbers) if samples is inputs else _labels(samples, labels, numbers),
        not_finite=tuple(broken),
        made=samples.made,
        note=_note(samples, place, len(rows), len({each.sample for each in broken})),
    )


def _note(samples: Samples, read: int, kept: int, broken: int) -> str:
    parts = [samples.note()] if samples.made else []
    if not samples.made and samples.has(read):
        parts.append(f"only the first {read} samples were run")
    if broken:
        parts.append(f"{broken} left out: not finite")
    if read - kept - broken:
        parts.append(f"{read - kept - broken} left out: of another shape than the first")
    return ", ".join(parts)


def _not_finite(row: Mapping[str, Any], sample: int) -> list[NotFinite]:
    found = []
    for name, leaf in row.items():
        array = np.asarray(leaf)
        if array.dtype.kind == "f" and not np.isfinite(array).all():
            found.append(NotFinite(sample, name, int(np.isnan(array).sum()), int(np.isinf(array).sum())))
    return found


def _joined(rows: Sequence[Any]) -> Any:
    columns = zip(*(leaves(row) for row in rows), strict=True)
    whole = iter([np.concatenate([np.asarray(part) for part in column]) for column in columns])
    return map_leaves(lambda _: next(whole), rows[0])


def _own(samples: Samples, numbers: Sequence[int]) -> dict[Any, np.ndarray]:
    """The labels that opened samples have, classes by their numbers."""
    found = samples.labels(numbers) if numbers else None
    return {} if found is None or found.dtype.kind not in "buif" else {None: found}


def _labels(samples: Samples, labels: Any, numbers: Sequence[int]) -> dict[Any, np.ndarray]:
    """The labels of these samples, as arrays."""
    if labels is None:
        read = [samples.label(number) for number in numbers]
        plain = bool(read) and all(isinstance(label, int | float) for label in read)
        return {None: np.array(read)} if plain else {}
    if isinstance(labels, Mapping):
        return {name: _rows(column, numbers) for name, column in labels.items()}
    several = isinstance(labels, list | tuple) and all(is_array(part) and len(part.shape) > 0 for part in labels)
    if several and len(labels) != len(samples):
        return {place: _rows(column, numbers) for place, column in enumerate(labels)}
    return {None: _rows(labels, numbers)}


def _rows(column: Any, numbers: Sequence[int]) -> np.ndarray:
    array = to_numpy(column)
    return array[None] if array.ndim == 0 else array[np.asarray(numbers, np.int64)]
