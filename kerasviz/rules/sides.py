"""What an operation of several things takes at one place: numbers of outputs, and constants, spread over each other."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from kerasviz.rules.result import Block, Stage
from kerasviz.rules.rule import Job, NoRule, Operand, Sum, stage_of

__all__ = ["Side", "gathered", "sides_of"]


@dataclass(frozen=True, slots=True)
class Side:
    """One of the things: a number of an output (`operand`, at `place`), or a constant."""

    name: str
    value: float
    operand: Operand | None = None
    place: tuple[int, ...] = ()

    @property
    def whole_place(self) -> np.ndarray:
        """The full index, as a weight has it."""
        prefix = () if self.operand is None else self.operand.prefix
        return np.array([[*prefix, *self.place]], np.int64)

    def term(self, weight: float = 1.0) -> Block:
        """The number × weight."""
        return self.seen.one(self.place, weight)

    def times(self, other: Side) -> Block:
        """The number × another."""
        if other.operand is None:
            return self.term(other.value)
        return self.seen.block(
            np.array([self.place]), other.value, weight_path=other.operand.path, weight_index=other.whole_place
        )

    def stage(self, dtype: str) -> Stage:
        """The number alone, to be named."""
        return stage_of(Sum([self.term()]), dtype)

    @property
    def seen(self) -> Operand:
        if self.operand is None:
            raise NoRule("It takes constants only.")
        return self.operand


def sides_of(job: Job) -> list[Side]:
    """All that the call took, in its order; masks aside."""
    operands = iter(job.inputs())
    found = []
    for argument in job.layer.arguments:
        if "mask" in argument.name or argument.name == "training":
            continue
        if argument.is_tensor:
            operand = _as_computed(job, next(operands))
            place = _place(job, operand.values.shape)
            found.append(Side(argument.name, float(operand.values[place]), operand, place))
        elif argument.constant is not None:
            found.append(Side(argument.name, _constant(job, argument.constant)))
        else:
            raise NoRule("One of its constants cannot be seen.")
    return found


def _as_computed(job: Job, operand: Operand) -> Operand:
    """An operation computes in the dtype that it gives."""
    floats = operand.values.dtype.kind in "fV" and job.output.dtype.kind in "fV"
    return replace(operand, values=job.cast(operand.values, job.compute_dtype)) if floats else operand


def _constant(job: Job, given: Any) -> float:
    array = np.asarray(given)
    if array.dtype.kind not in "biuf":
        raise NoRule("One of its constants is no number.")
    whole = array[0] if array.ndim > len(job.unit) and len(array) == 1 else array
    value = whole[_place(job, whole.shape)]
    return float(job.cast(value, job.compute_dtype) if job.output.dtype.kind in "fV" else value)


def _place(job: Job, shape: Sequence[int]) -> tuple[int, ...]:
    """The unit's place in an array that was spread: axes that it lacks are left out, those of length 1 stay at 0."""
    rank = len(job.unit)
    if len(shape) > rank or any(
        n not in (1, m) for n, m in zip(shape, job.output.shape[rank - len(shape) :], strict=True)
    ):
        raise NoRule("Its inputs are spread over the samples.")
    last = job.unit[rank - len(shape) :]
    return tuple(0 if length == 1 else place for place, length in zip(last, shape, strict=True))


def gathered(marked: np.ndarray, shape: tuple[int, ...]) -> np.ndarray:
    """Marks of an output, on an array that was spread over it."""
    whole = (1,) * (marked.ndim - len(shape)) + shape
    ones = tuple(i for i, length in enumerate(whole) if length == 1)
    found: np.ndarray = np.asarray(marked.any(axis=ones, keepdims=True)).reshape(shape)
    return found
