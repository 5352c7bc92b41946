"""Sums of products of two arrays along shared axes: EinsumDense, Dot, and operations like matmul and einsum.

Each axis has a letter. Letters that the result lacks are summed over; the batch has none.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

import numpy as np

from kerasviz.rules.einsum_letters import (
    Letters,
    letters_of_dot,
    letters_of_einsum,
    letters_of_matmul,
    letters_of_tensordot,
)
from kerasviz.rules.result import Block
from kerasviz.rules.rule import Job, NoRule, Operand, Rule, Sum, as_dtype, stage_of

__all__ = ["RULE"]


@dataclass(frozen=True, slots=True)
class _Factor:
    """One of the two arrays: an output, a variable of the layer (`path` its name), or a constant ("")."""

    values: np.ndarray
    letters: str
    operand: Operand | None = None
    path: str = ""

    def indices(self, at: dict[str, np.ndarray]) -> np.ndarray:
        """Places in it, (n, axes); an axis of length 1 is spread."""
        columns = [at[letter] * (n > 1) for letter, n in zip(self.letters, self.values.shape, strict=True)]
        count = len(next(iter(at.values())))
        return np.stack(columns, axis=1) if columns else np.zeros((count, 0), int)

    def numbers(self, at: np.ndarray) -> np.ndarray:
        found: np.ndarray = self.values[tuple(at.T)].astype(np.float64)
        return found


def _explain(job: Job) -> Sum:
    if _is_layer_of_vectors(job):  # its result has an axis of length 1, and no letter for it
        job = replace(job, unit=job.unit[:-1], output=np.asarray(job.output[..., 0]))
    one, other, letters = _factors(job)
    if one.operand is None:
        one, other = other, one
    block = _products(job, one, other, letters)
    if job.kind == "EinsumDense":
        return _with_bias(job, block, one, other, letters)
    if job.settings.get("normalize"):
        return _of_length_one(job, block, one, other)
    return Sum([block], rounding=job.product_dtype)


def _is_layer_of_vectors(job: Job) -> bool:
    """Dot of two vectors gives a vector of one number."""
    vectors = job.kind == "Dot" and not job.layer.is_operation and all(o.values.ndim == 1 for o in job.inputs())
    return vectors and job.output.ndim == 1


def _products(job: Job, one: _Factor, other: _Factor, letters: str) -> Block:
    at = _places(job, one.letters + other.letters, letters, _sizes(job, (one, other), letters))
    source = one.operand
    if source is None:
        raise NoRule("It multiplies constants only.")
    weight_at = other.indices(at)
    prefix = () if other.operand is None else other.operand.prefix
    whole = np.concatenate([np.broadcast_to(np.array(prefix, int), (len(weight_at), len(prefix))), weight_at], axis=1)
    path = other.operand.path if other.operand else other.path
    return replace(source, values=one.values).block(
        one.indices(at), other.numbers(weight_at), weight_path=path, weight_index=whole if path else None
    )


def _of_length_one(job: Job, block: Block, one: _Factor, other: _Factor) -> Sum:
    """Both rows are divided by their lengths first."""
    stages, factor = {}, 1.0
    rows = {
        "first": (one, block.path, block.index, block.inputs),
        "second": (other, block.weight_path, block.weight_index, block.weights),
    }
    for name, (_, path, index, numbers) in rows.items():
        square = Block(path, np.asarray(index), numbers, numbers, path, np.asarray(index))
        follows = job.follows("1 / length", lambda x: np.minimum(1 / np.sqrt(x), 1e7))
        stages[f"1 / length of the {name}"] = stage_of(Sum([square], **follows), job.compute_dtype)
        factor *= stages[f"1 / length of the {name}"].computed
    scaled = replace(block, weights=block.weights * factor, weight_path="", weight_index=None)
    size = float(np.abs(scaled.products).sum())  # lengths are rounded too
    note = "The weight is the other number, divided by the lengths of both rows."
    return Sum([scaled], stages=stages, slack=size, note=note, rounding=job.product_dtype)


def _with_bias(job: Job, block: Block, one: _Factor, other: _Factor, letters: str) -> Sum:
    bias = job.weight("bias") if job.has_weight("bias") else np.zeros((1,) * len(letters))
    bias = np.broadcast_to(bias, job.output.shape)

    def row() -> np.ndarray:
        whole = np.einsum(f"{one.letters},{other.letters}->{letters}", one.values.astype(np.float64), other.values)
        found: np.ndarray = (whole + bias)[job.unit[:-1]]
        return found

    follows = job.activate(job.settings.get("activation"), row, job.unit[-1])
    return Sum([block], float(bias[job.unit]), **follows, rounding=job.product_dtype)


def _sizes(job: Job, factors: Sequence[_Factor], letters: str) -> dict[str, int]:
    """How long each axis is."""
    found: dict[str, int] = {}
    for factor in factors:
        if len(set(factor.letters)) != len(factor.letters):
            raise NoRule("It takes a diagonal.")
        for letter, length in zip(factor.letters, factor.values.shape, strict=True):
            if found.get(letter, 1) not in (1, length) and length != 1:
                raise NoRule("Its axes do not fit to each other.")
            found[letter] = max(length, found.get(letter, 1))
    if any(found.get(letter) != n for letter, n in zip(letters, job.output.shape, strict=True)):
        raise NoRule("Its axes do not fit to what it gives.")
    return found


def _places(job: Job, given: str, letters: str, sizes: dict[str, int]) -> dict[str, np.ndarray]:
    """For each letter the places of all products."""
    summed = [letter for letter in dict.fromkeys(given) if letter not in letters]
    count = math.prod(sizes[letter] for letter in summed)
    grid = np.indices([sizes[letter] for letter in summed]).reshape(len(summed), count)
    fixed = {letter: np.full(count, place) for letter, place in zip(letters, job.unit, strict=True)}
    return fixed | dict(zip(summed, grid, strict=True))


# Which arrays, and which letters


def _factors(job: Job) -> tuple[_Factor, _Factor, str]:
    if job.kind == "EinsumDense":
        return _einsum_dense(job)
    operands = iter(job.inputs())
    given: list[tuple[np.ndarray, Operand | None]] = []
    for argument in job.layer.arguments:
        if argument.is_tensor:
            operand = next(operands)
            given.append((operand.values, operand))
        elif isinstance(argument.constant, np.ndarray | int | float):
            given.append((np.asarray(argument.constant), None))
        else:
            raise NoRule("One of its constants cannot be seen.")
    if len(given) != 2:
        raise NoRule("It multiplies more or less than two arrays.")
    ranks = [_rank(values, operand) for values, operand in given]
    letters = _LETTERS[job.kind](job, *ranks)
    one, other = (_factor(job, values, operand, of) for (values, operand), of in zip(given, letters.given, strict=True))
    return one, other, letters.result


def _einsum_dense(job: Job) -> tuple[_Factor, _Factor, str]:
    if job.settings.get("lora_rank") or job.settings.get("quantization_config"):
        raise NoRule("Its kernel is quantised or has LoRA weights.")
    source, kernel = job.input(), job.weight("kernel")
    letters = letters_of_einsum(
        job.settings["equation"], source.values.ndim + 1, kernel.ndim, len(job.output.shape) + 1
    )
    one = _factor(job, source.values, source, letters.given[0])
    return one, _Factor(kernel, letters.given[1], None, "kernel"), letters.result


def _rank(values: np.ndarray, operand: Operand | None) -> int:
    """How many axes it has in the model, the batch among them."""
    return values.ndim + int(operand is not None and operand.has_batch)


def _factor(job: Job, values: np.ndarray, operand: Operand | None, letters: str) -> _Factor:
    if job.output.dtype.kind in "fV":
        values = values.astype(as_dtype(job.compute_dtype))
    if operand is None and values.ndim == len(letters) + 1 and len(values) == 1:
        values = values[0]  # a constant with a batch axis
    if values.ndim != len(letters):
        raise NoRule("One of its arrays has no batch axis.")
    return _Factor(values.astype(np.float64), letters, operand)


def _einsum(job: Job, one: int, other: int) -> Letters:
    return letters_of_einsum(job.settings["subscripts"], one, other, len(job.output.shape) + 1)


def _matmul(_: Job, one: int, other: int) -> Letters:
    return letters_of_matmul(one, other)


def _tensordot(job: Job, one: int, other: int) -> Letters:
    return letters_of_tensordot(job.settings.get("axes", 2), one, other)


def _dot(job: Job, one: int, other: int) -> Letters:
    """The layer multiplies rows sample by sample; keras.ops.dot the last axis of one by the last but one of the other."""
    if not job.layer.is_operation:
        return letters_of_dot(job.settings.get("axes"), one, other)
    return letters_of_tensordot(((one - 1,), (max(0, other - 2),)), one, other)


_LETTERS: dict[str, Callable[[Job, int, int], Letters]] = {
    "Einsum": _einsum,
    "Matmul": _matmul,
    "Tensordot": _tensordot,
    "Dot": _dot,
}


def _reach(job: Job, marked: np.ndarray) -> list[np.ndarray]:
    if _is_layer_of_vectors(job):
        marked = marked[..., 0]
    one, other, letters = _factors(job)
    return [_back(marked, letters, factor) for factor in (one, other) if factor.operand is not None]


def _back(marked: np.ndarray, letters: str, factor: _Factor) -> np.ndarray:
    """Marks of the result on an array: all along what was summed over."""
    gone = tuple(i for i, letter in enumerate(letters) if letter not in factor.letters)
    kept = [letter for letter in letters if letter in factor.letters]
    found = np.asarray(marked.any(axis=gone))
    order = [letter for letter in factor.letters if letter in kept]
    found = found.transpose([kept.index(letter) for letter in order])
    found = found.reshape([found.shape[order.index(each)] if each in order else 1 for each in factor.letters])
    spread = tuple(i for i, n in enumerate(factor.values.shape) if n == 1)
    return np.broadcast_to(found.any(axis=spread, keepdims=True), factor.values.shape)


RULE = Rule("products", frozenset({"EinsumDense", *_LETTERS}), _explain, _reach)
