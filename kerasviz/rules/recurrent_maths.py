"""What happens inside SimpleRNN, LSTM and GRU, step by step, from the cell's own weights; float64 throughout."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np

from kerasviz.rules.functions import FUNCTIONS

__all__ = ["CELLS", "Cell", "Steps", "run"]

CELLS = {"SimpleRNN": 1, "LSTM": 4, "GRU": 3}  # how many matrices stand side by side in a kernel
STATES = {"SimpleRNN": 1, "LSTM": 2, "GRU": 1}


@dataclass(frozen=True)
class Cell:
    """One recurrent cell: `kernel` (features, n · units), `recurrent` (units, n · units), `bias` as Keras has it."""

    kind: str
    kernel: np.ndarray
    recurrent: np.ndarray
    bias: np.ndarray | None = None
    activation: str = "tanh"
    recurrent_activation: str = "sigmoid"
    reset_after: bool = True

    @property
    def units(self) -> int:
        return int(self.recurrent.shape[0])

    @property
    def unknown(self) -> tuple[str, ...]:
        """The activation functions that are not known here."""
        used = [self.activation] if self.kind == "SimpleRNN" else [self.activation, self.recurrent_activation]
        return tuple(name for name in dict.fromkeys(used) if name not in FUNCTIONS)

    @property
    def biases(self) -> tuple[np.ndarray, np.ndarray]:
        """What is added to the inputs' part, and to the state's part."""
        nothing = np.zeros(self.recurrent.shape[1])
        if self.bias is None:
            return nothing, nothing
        return (self.bias[0], self.bias[1]) if self.bias.ndim == 2 else (self.bias, nothing)


@dataclass(frozen=True)
class Steps:
    """What a cell had at each step, (time, units) each, in the order it went: gates, then states, "hidden_state" last.

    `scale` is the largest sum of magnitudes behind a pre-activation: what rounding errors are proportional to.
    """

    gates: Mapping[str, np.ndarray]
    states: Mapping[str, np.ndarray]
    scale: float = 0.0

    @property
    def hidden(self) -> np.ndarray:
        return self.states["hidden_state"]


@dataclass
class _Kept:
    gates: dict[str, np.ndarray] = field(default_factory=dict)
    states: dict[str, np.ndarray] = field(default_factory=dict)


def run(
    cell: Cell,
    inputs: np.ndarray,
    mask: np.ndarray | None = None,
    initial: tuple[np.ndarray, ...] = (),
    shown: np.ndarray | None = None,
) -> Steps:
    """The cell over (time, features). Where `mask` is False the states stay as they were.

    `initial` are the states before the first step: hidden, and cell state of an LSTM; zeros if left out. `shown` are
    the hidden states as the model itself computed them, (time, units): each step then starts from these.
    """
    first, second = cell.biases
    with np.errstate(over="ignore", invalid="ignore"):
        projected = inputs @ cell.kernel + first
        size = np.abs(inputs) @ np.abs(cell.kernel) + np.abs(first) + np.abs(second)
    states = list(initial) or [np.zeros(cell.units) for _ in range(STATES[cell.kind])]
    step = {"SimpleRNN": _simple, "LSTM": _lstm, "GRU": _gru}[cell.kind]
    trail = [np.abs(states[0])]
    kept: list[_Kept] = []
    for t, x in enumerate(projected):
        if shown is not None and t:
            states = [shown[t - 1], *states[1:]]
        with np.errstate(over="ignore", invalid="ignore"):
            found, after = step(cell, x, second, states)
        states = after if mask is None or mask[t] else states
        found.states |= dict(zip(("cell_state", "hidden_state")[-len(states) :], reversed(states), strict=True))
        trail.append(np.abs(states[0]))
        kept.append(found)
    reach = np.array(trail[:-1]).reshape(len(projected), cell.units)
    with np.errstate(over="ignore", invalid="ignore"):
        size = size + reach @ np.abs(cell.recurrent)
    scale = max([1.0, *(float(np.nanmax(each)) for each in (size, *trail) if each.size)])
    return Steps(_stacked([each.gates for each in kept]), _stacked([each.states for each in kept]), scale)


def _stacked(steps: list[dict[str, np.ndarray]]) -> dict[str, np.ndarray]:
    names = list(steps[0]) if steps else []
    return {name: np.stack([each[name] for each in steps]) for name in names}


def _simple(cell: Cell, x: np.ndarray, _: np.ndarray, states: list[np.ndarray]) -> tuple[_Kept, list[np.ndarray]]:
    before = x + states[0] @ cell.recurrent
    return _Kept(states={"pre_activation": before}), [FUNCTIONS[cell.activation](before)]


def _lstm(cell: Cell, x: np.ndarray, _: np.ndarray, states: list[np.ndarray]) -> tuple[_Kept, list[np.ndarray]]:
    hidden, carry = states
    squash, gate = FUNCTIONS[cell.activation], FUNCTIONS[cell.recurrent_activation]
    first, second, third, last = np.split(x + hidden @ cell.recurrent, 4)
    taken, kept, new, out = gate(first), gate(second), squash(third), gate(last)
    carry = kept * carry + taken * new
    gates = {"input_gate": taken, "forget_gate": kept, "output_gate": out}
    return _Kept(gates, {"candidate": new}), [out * squash(carry), carry]


def _gru(cell: Cell, x: np.ndarray, bias: np.ndarray, states: list[np.ndarray]) -> tuple[_Kept, list[np.ndarray]]:
    hidden, units = states[0], cell.units
    squash, gate = FUNCTIONS[cell.activation], FUNCTIONS[cell.recurrent_activation]
    recurrent = cell.recurrent
    inner = hidden @ recurrent[:, : 2 * units] + bias[: 2 * units]
    update, reset = gate(x[:units] + inner[:units]), gate(x[units : 2 * units] + inner[units:])
    if cell.reset_after:
        fed = reset * (hidden @ recurrent[:, 2 * units :] + bias[2 * units :])
    else:
        fed = (reset * hidden) @ recurrent[:, 2 * units :]
    new = squash(x[2 * units :] + fed)
    gates = {"update_gate": update, "reset_gate": reset}
    return _Kept(gates, {"candidate": new}), [update * hidden + (1 - update) * new]
