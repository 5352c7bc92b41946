"""How far a recurrent layer's states may be from those computed here, after so many steps of rounding.

At each step every sum is off by up to 4 · eps · (Σ|terms|), and what the state before was off comes in through the weights
and the slopes of the functions. These come from different sums, so they are added as independent errors are: root of
the sum of squares. Where the model shows its hidden states each step starts exactly, and only a cell state drifts.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from kerasviz.rules.functions import FUNCTIONS
from kerasviz.rules.recurrent_maths import Cell, Steps

__all__ = ["Drift", "drift", "spread"]

Function = Callable[[np.ndarray], np.ndarray]
Pair = tuple[np.ndarray, np.ndarray]  # values, and how far off they may be


@dataclass(frozen=True)
class Drift:
    """After each step, (time, units): of the hidden state, and of an LSTM's cell state."""

    hidden: np.ndarray
    carry: np.ndarray


@dataclass(frozen=True)
class _Setting:
    cell: Cell
    sums: float  # 4 · eps of sums
    functions: float  # 4 · eps of functions

    def of(self, function: Function, value: np.ndarray, off: np.ndarray) -> Pair:
        found = function(value)
        return found, spread(function, value, off) + self.functions * np.abs(found)

    def preact(self, x: np.ndarray, hidden: Pair, columns: slice, recurrent_bias: np.ndarray) -> tuple[Pair, Pair]:
        """The part of the inputs, and the part of the state, of these columns."""
        kernel, recurrent = self.cell.kernel[:, columns], self.cell.recurrent[:, columns]
        first = self.cell.biases[0][columns]
        mine = x @ kernel + first, self.sums * (np.abs(x) @ np.abs(kernel) + np.abs(first))
        size = np.abs(hidden[0]) @ np.abs(recurrent) + np.abs(recurrent_bias[columns])
        through = np.sqrt(hidden[1] ** 2 @ recurrent**2)
        return mine, (hidden[0] @ recurrent + recurrent_bias[columns], _root(self.sums * size, through))


def drift(  # noqa: PLR0913, PLR0917  # what a run consists of
    cell: Cell,
    steps: Steps,
    inputs: np.ndarray,
    initial: tuple[np.ndarray, ...],
    eps: tuple[float, float],
    shown: np.ndarray | None = None,
) -> Drift:
    """Of a run of a cell over these inputs; `eps`: of its sums, and of its functions."""
    setting, step = (
        _Setting(cell, 4 * eps[0], 4 * eps[1]),
        {"SimpleRNN": _simple, "LSTM": _lstm, "GRU": _gru}[cell.kind],
    )
    start = [*initial, *(np.zeros(cell.units) for _ in range(2))][:2]
    states = [(values, np.zeros(cell.units)) for values in start]
    found = []
    with np.errstate(over="ignore", invalid="ignore"):
        for t, x in enumerate(inputs):
            if shown is not None and t:
                states[0] = shown[t - 1], np.zeros(cell.units)
            after = step(setting, x, states)
            values = (steps.hidden[t], steps.states.get("cell_state", steps.hidden)[t])
            states = [(value, off) for value, (_, off) in zip(values, after, strict=True)]
            found.append((states[0][1], states[1][1]))
    hidden, carry = (
        np.array(each).reshape(-1, cell.units) for each in (zip(*found, strict=True) if found else ((), ()))
    )
    return Drift(hidden, carry)


def spread(function: Function, value: np.ndarray, off: np.ndarray) -> np.ndarray:
    """How far a function's result is off when its argument is."""
    middle = function(value)
    ends = [np.abs(function(value + sign * off) - middle) for sign in (-1, 1)]
    found: np.ndarray = np.fmax(*ends)
    return found


def _root(*parts: np.ndarray) -> np.ndarray:
    found: np.ndarray = np.sqrt(sum(part**2 for part in parts))
    return found


def _times(first: Pair, second: Pair) -> Pair:
    return first[0] * second[0], _root(first[0] * second[1], second[0] * first[1])


def _added(setting: _Setting, first: Pair, second: Pair) -> Pair:
    size = setting.sums * (np.abs(first[0]) + np.abs(second[0]))
    return first[0] + second[0], _root(first[1], second[1], size)


def _simple(setting: _Setting, x: np.ndarray, states: list[Pair]) -> tuple[Pair, Pair]:
    cell = setting.cell
    total = _added(setting, *setting.preact(x, states[0], slice(None), cell.biases[1]))
    hidden = setting.of(FUNCTIONS[cell.activation], *total)
    return hidden, hidden


def _lstm(setting: _Setting, x: np.ndarray, states: list[Pair]) -> tuple[Pair, Pair]:
    cell = setting.cell
    squash, gate = FUNCTIONS[cell.activation], FUNCTIONS[cell.recurrent_activation]
    total = _added(setting, *setting.preact(x, states[0], slice(None), cell.biases[1]))
    parts = [(value, off) for value, off in zip(*(np.split(each, 4) for each in total), strict=True)]
    taken, kept, new, out = (setting.of(f, *part) for f, part in zip((gate, gate, squash, gate), parts, strict=True))
    carry = _added(setting, _times(kept, states[1]), _times(taken, new))
    hidden, off = _times(out, setting.of(squash, *carry))
    return (hidden, off + setting.sums * np.abs(hidden)), carry


def _gru(setting: _Setting, x: np.ndarray, states: list[Pair]) -> tuple[Pair, Pair]:
    cell, units, hidden = setting.cell, setting.cell.units, states[0]
    squash, gate = FUNCTIONS[cell.activation], FUNCTIONS[cell.recurrent_activation]
    columns = [slice(k * units, (k + 1) * units) for k in range(3)]
    second = cell.biases[1]
    update, reset = (
        setting.of(gate, *_added(setting, *setting.preact(x, hidden, each, second))) for each in columns[:2]
    )
    fed_by = hidden if cell.reset_after else _times(reset, hidden)
    mine, inner = setting.preact(x, fed_by, columns[2], second)
    fed = _times(reset, inner) if cell.reset_after else inner
    new = setting.of(squash, *_added(setting, mine, fed))
    rest = 1 - update[0], update[1] + setting.sums
    after = _added(setting, _times(update, hidden), _times(rest, new))
    return after, after
