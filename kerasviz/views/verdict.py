"""Which class the outputs of one sample name, how sure they are, and whether that is right."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from kerasviz.views.reduce import as_float, drawable

__all__ = [
    "NO_VERDICT",
    "Verdict",
    "is_correct",
    "name_of",
    "named_outputs",
    "quantity_of",
    "sides_of",
    "vector_of",
    "verdict_of",
]


@dataclass(frozen=True, slots=True)
class Verdict:
    """What the model says of one sample, in short.

    `margin` is what the largest output is ahead of the second largest. All is None where the outputs
    are no classes; `correct` also where there is no label to compare with.
    """

    predicted: int | None
    name: str | None
    margin: float | None
    correct: bool | None


NO_VERDICT = Verdict(None, None, None, None)


def verdict_of(outputs: Any, activation: str, class_names: tuple[str, ...], label: Any) -> Verdict:
    """The verdict on the outputs of a batch of one."""
    values = vector_of(list(named_outputs(outputs)))
    if values is None:
        return NO_VERDICT
    quantity = quantity_of(values, activation, class_names, label)
    sides = sides_of(values, quantity)
    finite = np.where(np.isfinite(sides), sides, -np.inf)
    first = int(finite.argmax())
    if quantity == "value" or not math.isfinite(finite[first]):
        return NO_VERDICT
    second = float(np.delete(finite, first).max(initial=-np.inf))
    margin = float(finite[first]) - second if math.isfinite(second) else None
    return Verdict(first, name_of(first, class_names), margin, is_correct(values, first, quantity, class_names, label))


def named_outputs(outputs: Any, name: str = "", *, names: tuple[str, ...] = ()) -> Iterator[tuple[str, np.ndarray]]:
    """The outputs with their names; a single one has none. `names` are those of a list, which has only numbers."""
    if isinstance(outputs, Mapping):
        for key, value in outputs.items():
            yield from named_outputs(value, f"{name}{key}: ")
    elif isinstance(outputs, list | tuple):
        own = names if len(names) == len(outputs) else range(len(outputs))
        for called, value in zip(own, outputs, strict=True):
            yield from named_outputs(value, f"{name}{called}: ")
    else:
        yield name, np.asarray(outputs)


def vector_of(outputs: list[tuple[str, np.ndarray]]) -> np.ndarray | None:
    """The only output as one row of numbers; None where there are more, or it has more axes."""
    array = outputs[0][1]
    if len(outputs) == 1 and array.ndim <= 2 and drawable(array):
        return as_float(array).reshape(-1)
    return None


def quantity_of(values: np.ndarray, activation: str, class_names: tuple[str, ...], label: Any) -> str:
    """Called "probability" where a softmax or sigmoid made them, or they are ≥ 0 and sum to 1.

    Called "logit" only where the user speaks of classes (names, or whole-number labels); else "value".
    """
    if activation == "sigmoid" or (values.size > 1 and activation == "softmax"):
        return "probability"
    if values.size > 1 and values.min() >= 0 and abs(float(values.sum()) - 1) < 1e-3:
        return "probability"
    classes = bool(class_names) or (values.size > 1 and isinstance(label, int))
    return "logit" if classes and activation in ("linear", "") else "value"


def sides_of(values: np.ndarray, quantity: str) -> np.ndarray:
    """One number per class, in float64: a single unit of a two-class model as its two sides, 0 and 1."""
    wide = values.astype(np.float64)
    if wide.size == 1 and quantity != "value":
        return np.array([1 - wide[0] if quantity == "probability" else -wide[0], wide[0]])
    return wide


def name_of(index: int, class_names: tuple[str, ...]) -> str:
    """A class as it is written on the screen."""
    return class_names[index] if index < len(class_names) else str(index)


def is_correct(values: np.ndarray, first: int, quantity: str, class_names: tuple[str, ...], label: Any) -> bool | None:
    """Whether class `first`, the strongest, is the true one; None where that is no question."""
    if quantity == "value" or label is None:
        return None
    if isinstance(label, tuple):
        return {int(i) for i in np.flatnonzero(values >= 0.5)} == set(label) if quantity == "probability" else None
    if isinstance(label, str):
        names = [name_of(i, class_names) for i in range(max(2, values.size))]
        return names[first] == label if label in names else None
    return first == label if float(label).is_integer() else None
