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
    taken: Pair  # what the inputs add, at all steps
    sizes: np.ndarray  # |recurrent kernel|
    squares: np.ndarray

    def of(self, function: Function, value: np.ndarray, off: np.ndarray) -> Pair:
        found = function(value)
        return found, spread(function, value, off) + self.functions * np.abs(found)

    def preact(self, t: int, hidden: Pair, columns: slice) -> tuple[Pair, Pair]:
        """The part of the inputs, and the part of the state, of these columns."""
        mine = self.taken[0][t, columns], self.taken[1][t, columns]
        bias = self.cell.biases[1][columns]
        size = np.abs(hidden[0]) @ self.sizes[:, columns] + np.abs(bias)
        off = self.sums * size
        if hidden[1].any():
            off = _root(off, np.sqrt(hidden[1] ** 2 @ self.squares[:, columns]))
        return mine, (hidden[0] @ self.cell.recurrent[:, columns] + bias, off)


def _setting(cell: Cell, inputs: np.ndarray, eps: tuple[float, float]) -> _Setting:
    first, sums = cell.biases[0], 4 * eps[0]
    off = sums * (np.abs(inputs) @ np.abs(cell.kernel) + np.abs(first))
    taken = (inputs @ cell.kernel + first, off)
    return _Setting(cell, sums, 4 * eps[1], taken, np.abs(cell.recurrent), cell.recurrent**2)


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
        _setting(cell, inputs, eps),
        {"SimpleRNN": _simple, "LSTM": _lstm, "GRU": _gru}[cell.kind],
    )
    start = [*initial, *(np.zeros(cell.units) for _ in range(2))][:2]
    states = [(values, np.zeros(cell.units)) for values in start]
    found = []
    with np.errstate(over="ignore", invalid="ignore"):
        for t in range(len(inputs)):
            if shown is not None and t:
                states[0] = shown[t - 1], np.zeros(cell.units)
            after = step(setting, t, states)
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


def _simple(setting: _Setting, t: int, states: list[Pair]) -> tuple[Pair, Pair]:
    cell = setting.cell
    total = _added(setting, *setting.preact(t, states[0], slice(None)))
    hidden = setting.of(FUNCTIONS[cell.activation], *total)
    return hidden, hidden


def _lstm(setting: _Setting, t: int, states: list[Pair]) -> tuple[Pair, Pair]:
    cell = setting.cell
    squash, gate = FUNCTIONS[cell.activation], FUNCTIONS[cell.recurrent_activation]
    total = _added(setting, *setting.preact(t, states[0], slice(None)))
    parts = [(value, off) for value, off in zip(*(np.split(each, 4) for each in total), strict=True)]
    taken, kept, new, out = (setting.of(f, *part) for f, part in zip((gate, gate, squash, gate), parts, strict=True))
    carry = _added(setting, _times(kept, states[1]), _times(taken, new))
    hidden, off = _times(out, setting.of(squash, *carry))
    return (hidden, off + setting.sums * np.abs(hidden)), carry


def _gru(setting: _Setting, t: int, states: list[Pair]) -> tuple[Pair, Pair]:
    cell, units, hidden = setting.cell, setting.cell.units, states[0]
    squash, gate = FUNCTIONS[cell.activation], FUNCTIONS[cell.recurrent_activation]
    columns = [slice(k * units, (k + 1) * units) for k in range(3)]
    update, reset = (setting.of(gate, *_added(setting, *setting.preact(t, hidden, each))) for each in columns[:2])
    fed_by = hidden if cell.reset_after else _times(reset, hidden)
    mine, inner = setting.preact(t, fed_by, columns[2])
    fed = _times(reset, inner) if cell.reset_after else inner
    new = setting.of(squash, *_added(setting, mine, fed))
    rest = 1 - update[0], update[1] + setting.sums
    after = _added(setting, _times(update, hidden), _times(rest, new))
    return after, after
