"""One step of a recurrent layer read out of its surroundings: cell, input, and the states that the step starts from."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from kerasviz.rules.functions import OF_ROWS
from kerasviz.rules.recurrent_drift import Drift, drift
from kerasviz.rules.recurrent_maths import CELLS, STATES, Cell, Steps, run
from kerasviz.rules.rule import Job, NoRule, Operand, eps_of

__all__ = ["Before", "Reading", "Run", "plain_path", "read", "seen_mask"]


@dataclass(frozen=True)
class Before:
    """What a step starts from: (units,) values, how far off they may be, and where they can be seen."""

    values: np.ndarray
    off: np.ndarray
    source: Operand | None  # None: an inner result, or the zeros of a start
    at: tuple[int, ...] = ()  # where in `source`

    @property
    def is_start(self) -> bool:
        """Nothing was before, and nothing was given: zeros."""
        return self.source is None and not self.values.any() and not self.off.any()


@dataclass(frozen=True)
class Run:
    """The steps that counted, up to the one in question: what was recomputed of them."""

    steps: Steps
    drift: Drift
    inputs: np.ndarray


@dataclass(frozen=True)
class Reading:
    """A layer at one of its steps, `time` of the input; `run` is None where no step before has to be known."""

    job: Job
    cell: Cell
    weights: str  # before the names of its weights: "lstm_cell/"
    source: Operand
    time: int
    before: int | None  # the place of the input at the step before
    hidden: Before
    carry: Before  # the cell state of an LSTM; otherwise as `hidden`
    run: Run | None

    @property
    def x(self) -> np.ndarray:
        """The input at this step."""
        found: np.ndarray = self.source.values[self.time].astype(np.float64)
        return found


def plain_path(path: str) -> str:
    """A layer's path without the number of an output."""
    return re.sub(r"(?<!\\)\.\d+$", "", path)


def seen_mask(job: Job, name: str = "mask") -> np.ndarray | None:
    """The mask that a layer was given."""
    given = any(argument.name == name and argument.is_tensor for argument in job.layer.arguments)
    found = job.mask(name)
    if given and found is None:
        raise NoRule("It was given a mask that cannot be seen.")
    return found


def read_cell(job: Job) -> tuple[Cell, str]:
    """The cell with its weights as the layer casts them, and what stands before their names."""
    settings: Mapping[str, Any] = job.settings
    if job.kind == "RNN":
        settings = job.settings.get("cell") or {}
        if settings.get("class_name") == "StackedRNNCells":
            raise NoRule(
                "Its cells are stacked inside each step; RNN layers one after the other have an arithmetic each."
            )
        if (settings.get("dtype") or {}) != (job.settings.get("dtype") or {}):
            raise NoRule("Its cell computes in another dtype than the layer.")
    kind = str(settings.get("class_name") or job.kind).removesuffix("Cell")
    if kind not in CELLS:
        raise NoRule(f"Its cell, of the class {settings.get('class_name')}, has a call of its own.")
    if job.constants.get("training") is True and (settings.get("dropout") or settings.get("recurrent_dropout")):
        raise NoRule("Its dropout was drawn at random.")
    names = [name for name in job.facts.weights(job.layer.path) if name.rpartition("/")[2] == "kernel"]
    if len(names) != 1:
        raise NoRule("Its weights are not those of one cell.")
    before = names[0].removesuffix("kernel")
    functions = {
        each: str(settings.get(each) or "linear")
        for each in ("activation", *(() if kind == "SimpleRNN" else ("recurrent_activation",)))
    }
    cell = Cell(
        kind,
        job.weight(f"{before}kernel"),
        job.weight(f"{before}recurrent_kernel"),
        job.weight(f"{before}bias") if job.has_weight(f"{before}bias") else None,
        **functions,
        reset_after=bool(settings.get("reset_after")),
    )
    unknown = [*cell.unknown, *(OF_ROWS & set(functions.values()))]
    if unknown:
        raise NoRule(f"Its activation {unknown[0]!r} is not a function of one number that Keras has.")
    return cell, before


def initial_states(job: Job, cell: Cell) -> list[Operand]:
    """The tensors that its states start from; none: from zeros."""
    given = [a for a in job.layer.arguments if a.name == "initial_state" and (a.is_tensor or a.constant is not None)]
    found = [job.cast_operand(each) for each in job.operands if each.name == "initial_state"]
    if len(found) != len(given) or (found and len(found) != STATES[cell.kind]):
        raise NoRule("The state that it starts from cannot be seen.")
    if job.settings.get("stateful") and not found:
        raise NoRule("It is stateful: the state that it started from is gone.")
    return found


def counted(job: Job, source: Operand) -> tuple[np.ndarray, np.ndarray]:
    """In the order of the steps: the place of each in the input, and whether it counts."""
    length = len(source.values)
    given = seen_mask(job)
    mask = np.ones(length, bool)
    if given is not None:
        mask &= given.reshape(length, -1).any(axis=1)
    order = np.arange(length)
    return (order[::-1], mask[::-1]) if job.settings.get("go_backwards") else (order, mask)


def shown_states(job: Job) -> Operand | None:
    """The hidden states of all steps, where the layer gives them."""
    path = plain_path(job.layer.path)
    whole = job.facts.output(path) if job.settings.get("return_sequences") else None
    return None if whole is None else job.cast_operand(Operand("", path, whole[job.prefix], job.prefix))


def read(job: Job, source: Operand, step: int) -> Reading:
    """The layer at a step (counted in their order) that is not masked."""
    cell, weights = read_cell(job)
    initial, (order, mask) = initial_states(job, cell), counted(job, source)
    steps = np.flatnonzero(mask[: step + 1])  # the last of them is this one
    place, time = len(steps) - 1, int(order[step])
    shown = shown_states(job)
    if not place:
        ran, hidden, carry = None, _start(cell, initial, 0), _start(cell, initial, 1)
    else:
        inputs = source.values[order[steps[:-1]]].astype(np.float64)
        needed = shown is None or cell.kind == "LSTM"
        ran = _ran(job, cell, inputs, initial, None if shown is None else shown.values[steps[:-1]]) if needed else None
        hidden, carry = _before(cell, shown, int(steps[-2]), ran)
    former = int(order[steps[-2]]) if place else None
    return Reading(job, cell, weights, source, time, former, hidden, carry, ran)


def _start(cell: Cell, initial: list[Operand], number: int) -> Before:
    nothing = np.zeros(cell.units)
    if number >= len(initial):
        return Before(nothing, nothing, None)
    return Before(initial[number].values.astype(np.float64), nothing, initial[number])


def _before(cell: Cell, shown: Operand | None, last: int, ran: Run | None) -> tuple[Before, Before]:
    """The states after the step before, which was this one of all steps."""
    found = []
    for name in ("hidden_state", "cell_state" if cell.kind == "LSTM" else "hidden_state"):
        if shown is not None and name == "hidden_state":
            found.append(Before(shown.values[last].astype(np.float64), np.zeros(cell.units), shown, (last,)))
        elif ran is not None:
            off = ran.drift.carry if name == "cell_state" else ran.drift.hidden
            found.append(Before(ran.steps.states[name][-1], off[-1], None))
    return found[0], found[1]


def _ran(job: Job, cell: Cell, inputs: np.ndarray, initial: list[Operand], shown: np.ndarray | None) -> Run:
    """All steps before this one."""
    starts = tuple(each.values.astype(np.float64) for each in initial)
    seen = None if shown is None else shown.astype(np.float64)
    found = run(cell, inputs, None, starts, seen)
    functions = job.activate("tanh")["follows_in"]
    eps = eps_of(job.product_dtype), eps_of(functions)
    return Run(found, drift(cell, found, inputs, starts, eps, seen), inputs)
