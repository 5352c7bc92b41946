"""Inside a recurrent layer at each time step: its gates and states, recomputed and compared with its output."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import replace

import numpy as np

from kerasviz.rules.functions import BOUNDED
from kerasviz.rules.recurrent_maths import Cell, Steps
from kerasviz.views.base import Control, LayerView, Panel, Record
from kerasviz.views.controls import choice, place
from kerasviz.views.recurrent import Half, Reading, cells_of, halves, read
from kerasviz.views.reduce import domain_of
from kerasviz.views.sheet import Along, Drawn, Fact, Sheet, heat, lines, sheet, tiles
from kerasviz.wire.messages import Domain

__all__ = ["VIEW"]

WIDE = 40  # units of a map that takes the whole width


def _supports(record: Record) -> int:
    further = re.search(r"(?<!\\)\.\d+$", record.layer.path)  # the state that a layer returns beside its output
    return 8 if not further and record.values.ndim in (1, 2) and halves(record) else 0


def _build(record: Record, _start: int, _count: int) -> Panel:
    found = halves(record)
    name, direction = choice(record, "direction", [half.name for half in found])
    half = next(each for each in found if each.name == name)
    controls = [direction] if len(found) > 1 else []
    cells = cells_of(record, half)
    unknown = tuple(dict.fromkeys(function for cell in cells for function in cell.unknown))
    if not cells or unknown:
        facts = [Fact("functions", function) for function in unknown]
        return sheet(record, (), controls, facts=facts, notes=("gates_function" if unknown else "gates_weights",))
    reading = read(record, half, cells)
    if reading is None:
        return sheet(record, (), controls, notes=("gates_input",))
    names = [f"{i} · {cell.kind}" for i, cell in enumerate(cells)]
    chosen, which = choice(record, "cell", names)
    controls += [which] if len(cells) > 1 else []
    number = names.index(chosen)
    figures, more = _figures(record, cells[number], _in_time(reading, reading.steps[number]))
    return sheet(record, figures, [*controls, *more], facts=_facts(cells[number], reading), notes=_notes(half, reading))


def _in_time(reading: Reading, steps: Steps) -> Steps:
    """The steps in the order of the input's time."""
    if not reading.backwards:
        return steps
    gates, states = ({name: array[::-1] for name, array in each.items()} for each in (steps.gates, steps.states))
    return Steps(gates, states, steps.scale)


def _figures(record: Record, cell: Cell, steps: Steps) -> tuple[list[Drawn], list[Control]]:
    parts = {**steps.gates, **steps.states}
    names = ["all", *parts]
    picked = record.options.get("gate")
    if isinstance(picked, int) and 0 <= picked < len(parts):  # a small map was clicked
        record = replace(record, options={**record.options, "gate": names[picked + 1]})
    chosen, control = choice(record, "gate", names)
    own = cell.units == record.num_units  # else they are a half's units, or another cell's
    unit, units = place(record, "unit" if own else "unit_of_gates", cell.units)
    place_of = names.index(chosen) - 1
    gates = len(steps.gates)
    figures = [_small("gates", steps.gates, 0, place_of, cell)] if gates else []
    figures.append(_small("states", steps.states, gates, place_of - gates, cell))
    large = cell.units > WIDE
    if chosen != "all":
        columns = Along("unit", pick=units.name, chosen=unit)
        domain = _domain(chosen, parts[chosen], cell)
        figures.append(heat("chosen", parts[chosen], Along("time"), columns, title=chosen, domain=domain, wide=large))
    traces = (("gates_of_unit", steps.gates), ("states_of_unit", steps.states))
    figures += [_trace(title, each, unit, cell, wide=large or chosen == "all") for title, each in traces if each]
    return figures, [control, *([] if own else [units])]


def _small(name: str, parts: Mapping[str, np.ndarray], start: int, chosen: int, cell: Cell) -> Drawn:
    """Gates or states side by side, on one scale; a click on one shows it large."""
    values = np.stack(list(parts.values()))
    along = Along("gate", start, labels=tuple(parts), pick="gate", chosen=chosen if 0 <= chosen < len(parts) else -1)
    axes = (along, Along("time"), Along("unit"))
    return tiles(name, values, axes, domain=_domain(next(iter(parts)), values, cell), wide=False)


def _trace(name: str, parts: Mapping[str, np.ndarray], unit: int, cell: Cell, *, wide: bool) -> Drawn:
    values = np.stack([each[:, unit] for each in parts.values()])
    domain = _domain(next(iter(parts)), values, cell)
    return lines(name, values, Along("time"), list(parts), domain=domain, wide=wide)


def _domain(name: str, values: np.ndarray, cell: Cell) -> Domain:
    """Gates on 0 … 1 where their function keeps them there; states about 0."""
    found = domain_of(values)
    if name.endswith("_gate"):
        bounded = cell.recurrent_activation in BOUNDED
        return Domain(0.0, 1.0, signed=False, nans=found.nans, infs=found.infs) if bounded else found
    high = max(-found.low, found.high)
    return Domain(-high, high, signed=True, nans=found.nans, infs=found.infs)


def _facts(cell: Cell, reading: Reading) -> list[Fact]:
    functions = [cell.activation] if cell.kind == "SimpleRNN" else [cell.recurrent_activation, cell.activation]
    facts = [Fact("functions", " · ".join(functions))]
    if cell.kind == "GRU":
        facts.append(Fact("reset_after", "after_product" if cell.reset_after else "before_product"))
    if reading.mask is not None:
        facts.append(Fact("masked_steps", f"{int((~reading.mask).sum())} / {len(reading.mask)}"))
    if reading.initial:
        facts.append(Fact("initial_state", "given"))
    if reading.difference is not None:
        facts.append(reading.difference.fact("recomputed_states"))
    return facts


def _notes(half: Half, reading: Reading) -> Sequence[str]:
    off = reading.difference is not None and not reading.difference.good
    told = (
        ("gates_backwards", reading.backwards),
        ("gates_masked", reading.mask is not None and not reading.mask.all()),
        ("gates_stateful", bool(half.settings.get("stateful"))),
        ("gates_off", off),
        ("gates_unchecked", reading.difference is None),
    )
    return tuple(name for name, holds in told if holds)


VIEW = LayerView(Sheet, _supports, _build, aspect="gates")
