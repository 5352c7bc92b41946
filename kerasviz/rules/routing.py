"""Layers that only move numbers: each cell is one cell of an input, or padding."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from kerasviz.rules.moves import MOVES, NOTHING, Route, cells_of
from kerasviz.rules.operation_moves import OPERATION_MOVES
from kerasviz.rules.rule import Job, NoRule, Operand, Rule, Sum

__all__ = ["RULE"]

_MOVES = MOVES | OPERATION_MOVES


def _explain(job: Job) -> Sum:
    operands, cells = _map(job)
    cell = int(cells[job.unit])
    if cell == NOTHING:
        return Sum([], bias=_padding(job), note="There is padding here: nothing came in.")
    ends = np.cumsum([operand.values.size for operand in operands])
    number = int(np.searchsorted(ends, cell, side="right"))
    chosen = operands[number]
    within = cell - (int(ends[number - 1]) if number else 0)
    return Sum([chosen.one([int(i) for i in np.unravel_index(within, chosen.values.shape)])])


def _reach(job: Job, marked: np.ndarray) -> list[np.ndarray]:
    operands, cells = _map(job)
    found = np.zeros(sum(operand.values.size for operand in operands), bool)
    hit = cells[marked]
    found[hit[hit != NOTHING]] = True
    parts = np.split(found, np.cumsum([operand.values.size for operand in operands])[:-1])
    return [part.reshape(operand.values.shape) for part, operand in zip(parts, operands, strict=True)]


def _map(job: Job) -> tuple[list[Operand], np.ndarray]:
    operands = job.inputs()
    arguments: dict[str, list[Any]] = {}
    for argument in job.layer.arguments:
        arguments.setdefault(argument.name, []).append(argument.constant)
    of_inputs: Sequence[str] = [argument.name for argument in job.layer.arguments if argument.is_tensor]
    if any(
        name in of_inputs and not argument.is_tensor for argument in job.layer.arguments for name in [argument.name]
    ):
        raise NoRule("It joins what came in with a constant.")
    if not operands or any(name != of_inputs[0] for name in of_inputs):
        raise NoRule("Where it takes a number from depends on the numbers of another tensor.")
    shapes = tuple(operand.values.shape for operand in operands)
    route = Route(job.kind, job.settings, shapes, job.output.shape, arguments, job.layer.output_index)
    cells = cells_of(route, _MOVES)
    if cells is None:
        raise NoRule("It moves numbers in a way that its settings do not tell, or resizes, or mixes samples.")
    return operands, cells


def _padding(job: Job) -> float:
    """What stands where nothing came in."""
    value = job.constants.get("constant_values")
    return 0.0 if value is None else float(job.cast(np.asarray(value, np.float64), job.compute_dtype))


RULE = Rule("routing", frozenset(_MOVES), _explain, _reach)
