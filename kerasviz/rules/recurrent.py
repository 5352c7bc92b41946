"""SimpleRNN, LSTM and GRU at one time step: each gate is a stage, and so is the cell state."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import numpy as np

from kerasviz.rules.functions import FUNCTIONS
from kerasviz.rules.recurrent_drift import spread
from kerasviz.rules.recurrent_reading import Before, Reading, counted, initial_states, plain_path, read, read_cell
from kerasviz.rules.result import Block, Stage, Terms
from kerasviz.rules.rule import Job, NoRule, Operand, Rule, Sum, eps_of, stage_of

__all__ = ["KINDS", "RULE"]

KINDS = frozenset({"SimpleRNN", "LSTM", "GRU", "RNN"})
_NO_INDEX = np.zeros((1, 0), np.int64)


def _explain(job: Job) -> Sum:
    source = _source(job)
    _, mask = counted(job, source)
    job_index = job.layer.output_index
    step = job.unit[0] if job.settings.get("return_sequences") and not job_index else len(mask) - 1
    if not mask[step]:
        found = _masked(job, mask, step)
        if found is not None:
            return found
        step = int(np.flatnonzero(mask)[-1])
    at = read(job, source, step)
    unit = int(job.unit[-1])
    of = {"SimpleRNN": _simple, "LSTM": _lstm, "GRU": _gru}[at.cell.kind]
    return of(at, unit, whole=job_index < 2)


def _source(job: Job) -> Operand:
    source = job.input("sequences")
    if source.values.ndim != 2:
        raise NoRule("Its input is not one row of numbers for each step.")
    return source


def _masked(job: Job, mask: np.ndarray, step: int) -> Sum | None:
    """What a layer gives at a step that it skips; None: what the last step gave that counted."""
    settings, is_state = job.settings, job.layer.output_index > 0
    every = bool(settings.get("return_sequences"))
    unrolled = bool(settings.get("unroll"))
    zeroes = settings.get("zero_output_for_mask") and not (unrolled and job.facts.backend == "jax")
    if settings.get("zero_output_for_mask") and unrolled and settings.get("go_backwards"):
        raise NoRule("Unrolled backwards, it sets other steps to 0 than those it skips.")
    if zeroes and not is_state:
        return Sum([], note="This step is masked: the layer gives 0.")
    if every and not is_state and step:
        own = Operand("", job.layer.path, job.output, job.prefix).one((step - 1, *job.unit[1:]))
        return Sum([own], note="This step is masked: the layer gives again what it gave before.")
    if mask[: step + 1].any():
        return None
    cell, _ = read_cell(job)
    initial = initial_states(job, cell)
    note = "No step before counts: the layer is at its start."
    if not initial or (not is_state and (unrolled or job.facts.backend != "jax")):
        return Sum([], note=note)
    number = max(job.layer.output_index - 1, 0)
    return Sum([initial[number].one(job.unit[-1:])], note=note)


def _gate(at: Reading, number: int, unit: int, activation: str, parts: str = "xh") -> Sum:
    """One column of the kernels: what the input and the state before add up to."""
    cell, job = at.cell, at.job
    column = number * cell.units + unit
    blocks, off, bias = [], 0.0, 0.0
    if "x" in parts:
        features = np.arange(cell.kernel.shape[0])
        index = np.stack([np.full_like(features, at.time), features], axis=1)
        places = np.stack([features, np.full_like(features, column)], axis=1)
        name = f"{at.weights}kernel"
        blocks.append(at.source.block(index, cell.kernel[:, column], weight_path=name, weight_index=places))
        bias += float(cell.biases[0][column])
    if "h" in parts:
        blocks += _state_block(at, at.hidden, cell.recurrent[:, column], column)
        off = float(np.sqrt(np.sum((at.hidden.off * cell.recurrent[:, column]) ** 2)))
        bias += float(cell.biases[1][column])
    slack = off / (4 * eps_of(job.product_dtype))
    return Sum(blocks, bias, **job.activate(activation), slack=slack, rounding=job.product_dtype)


def _state_block(at: Reading, before: Before, weights: np.ndarray, column: int) -> list[Block]:
    """The state before × a column of the recurrent kernel; nothing at a start from zeros."""
    if before.is_start:
        return []
    units = np.arange(at.cell.units)[:, None]
    places = np.concatenate([units, np.full_like(units, column)], axis=1)
    name = f"{at.weights}recurrent_kernel"
    if before.source is None:
        return [Block("", units, before.values, weights, name, places, "state {0} before")]
    index = np.concatenate([np.broadcast_to(np.array(before.at, int), (len(units), len(before.at))), units], axis=1)
    return [before.source.block(index, weights, weight_path=name, weight_index=places)]


def _value(before: Before, unit: int, weight: float, stage: str, weight_stage: str) -> Block | None:
    """One number of the state before × a gate."""
    if before.is_start:
        return None
    if before.source is None:
        weights = np.array([weight])
        return Block("", _NO_INDEX, before.values[[unit]], weights, stage=stage, weight_stage=weight_stage)
    block = before.source.one((*before.at, unit), weight)
    return Block(block.path, block.index, block.inputs, block.weights, weight_stage=weight_stage)


def _inner(value: float, weight: float, stage: str, weight_stage: str = "", function: str = "") -> Block:
    """A term of two inner results."""
    return Block("", _NO_INDEX, np.array([value]), np.array([weight]), "", None, stage, function, weight_stage)


def _plus(at: Reading, blocks: list[Block | None], off: float, **more: Any) -> Sum:
    """A sum of products of inner results, which are off by so much together."""
    return Sum([each for each in blocks if each], slack=off / (4 * eps_of(at.job.compute_dtype)), **more)


def _simple(at: Reading, unit: int, *, whole: bool) -> Sum:  # noqa: ARG001  # it has one state only
    found = _gate(at, 0, unit, at.cell.activation)
    return _with(found, _states_before(at))


def _lstm(at: Reading, unit: int, *, whole: bool) -> Sum:
    cell, dtype = at.cell, at.job.compute_dtype
    stages = _states_before(at) | _carry_before(at, unit)
    names = {"input gate": 0, "forget gate": 1, "candidate": 2, "output gate": 3}
    functions = {"candidate": cell.activation}
    gates = {
        name: stage_of(_gate(at, number, unit, functions.get(name, cell.recurrent_activation)), dtype)
        for name, number in names.items()
    }
    taken, kept, new, out = gates.values()
    carried = _value(at.carry, unit, kept.computed, "cell state before", "forget gate")
    entered = _inner(new.computed, taken.computed, "candidate", "input gate")
    off = (
        abs(kept.computed) * at.carry.off[unit] + abs(at.carry.values[unit]) * kept.bound
        + abs(new.computed) * taken.bound + abs(taken.computed) * new.bound
    )  # fmt: skip
    state = _plus(at, [carried, entered], off)
    if not whole:
        del gates["output gate"]
        return _with(state, stages | gates)
    cell_state = stage_of(state, dtype, _shown_carry(at, unit))
    value, off = _follow(at, cell.activation, cell_state)
    off = abs(out.computed) * off + abs(value) * out.bound
    function = "" if cell.activation == "linear" else cell.activation
    found = _plus(at, [_inner(value, out.computed, "cell state", "output gate", function)], off)
    order = {name: gates[name] for name in ("input gate", "forget gate", "candidate")}
    return _with(found, stages | order | {"cell state": cell_state, "output gate": out})


def _follow(at: Reading, name: str, stage: Stage) -> tuple[float, float]:
    """A function of an inner result, and how far off that may be."""
    function = FUNCTIONS[name]
    total = np.array([stage.computed])
    value = float(function(total)[0])
    last = 4 * eps_of(at.job.activate(name).get("follows_in") or at.job.compute_dtype)
    return value, float(spread(function, total, np.array([stage.bound]))[0]) + last * abs(value)


def _shown_carry(at: Reading, unit: int) -> float | None:
    """The cell state as the model computed it, where the layer gives that of its last step."""
    job = at.job
    order, mask = counted(job, at.source)
    whole = job.facts.output(f"{plain_path(job.layer.path)}.2")
    if whole is None or at.time != order[np.flatnonzero(mask)[-1]]:
        return None
    return float(whole[job.prefix][unit])


def _gru(at: Reading, unit: int, *, whole: bool) -> Sum:  # noqa: ARG001  # it has one state only
    cell, dtype = at.cell, at.job.compute_dtype
    update = stage_of(_gate(at, 0, unit, cell.recurrent_activation), dtype)
    inside, candidate = (_reset_after if cell.reset_after else _reset_before)(at, unit)
    new = stage_of(candidate, dtype)
    share = stage_of(_plus(at, [_inner(update.computed, -1.0, "update gate")], update.bound, bias=1.0), dtype)
    kept = _value(at.hidden, unit, update.computed, f"state {unit} before", "update gate")
    entered = _inner(new.computed, share.computed, "candidate", "1 − update gate")
    off = (
        abs(update.computed) * at.hidden.off[unit] + abs(at.hidden.values[unit]) * update.bound
        + abs(share.computed) * new.bound + abs(new.computed) * share.bound
    )  # fmt: skip
    stages = {"update gate": update} | inside | {"candidate": new, "1 − update gate": share}
    return _with(_plus(at, [kept, entered], off), _states_before(at) | stages)


def _reset_after(at: Reading, unit: int) -> tuple[dict[str, Stage], Sum]:
    """The state's part of the candidate is summed first, and reset then."""
    job, cell = at.job, at.cell
    reset = stage_of(_gate(at, 1, unit, cell.recurrent_activation), job.compute_dtype)
    inner = stage_of(_gate(at, 2, unit, "linear", "h"), job.compute_dtype)
    found = _gate(at, 2, unit, cell.activation, "x")
    off = abs(reset.computed) * inner.bound + abs(inner.computed) * reset.bound
    part = _inner(inner.computed, reset.computed, "state's part of the candidate", "reset gate")
    slack = found.slack + off / (4 * eps_of(job.product_dtype))
    candidate = replace(found, blocks=[*found.blocks, part], slack=slack)
    return {"reset gate": reset, "state's part of the candidate": inner}, candidate


def _reset_before(at: Reading, unit: int) -> tuple[dict[str, Stage], Sum]:
    """Each number of the state before is reset first; its gate is a stage of its own."""
    job, cell, column = at.job, at.cell, 2 * at.cell.units + unit
    resets = {
        f"reset gate {k}": stage_of(_gate(at, 1, k, cell.recurrent_activation), job.compute_dtype)
        for k in range(cell.units)
    }
    found = _gate(at, 2, unit, cell.activation, "x")
    factors, offs = (np.array([getattr(each, name) for each in resets.values()]) for name in ("computed", "bound"))
    reset = at.hidden.values * factors
    off = np.hypot(at.hidden.off * factors, at.hidden.values * offs) * cell.recurrent[:, column]
    blocks = [
        Block(b.path, b.index, reset, b.weights, b.weight_path, b.weight_index, b.stage, "reset gate ×")
        for b in _state_block(at, at.hidden, cell.recurrent[:, column], column)
    ]
    slack = found.slack + float(np.sqrt(np.sum(off**2))) / (4 * eps_of(job.product_dtype))
    candidate = replace(found, blocks=[*found.blocks, *blocks], slack=slack)
    return resets, candidate


def _states_before(at: Reading) -> dict[str, Stage]:
    """The hidden state of the step before, where the layer does not show it: what it was the product of."""
    ran = at.run
    if at.hidden.source is not None or ran is None:
        return {}
    last = {name: array[-1] for name, array in {**ran.steps.gates, **ran.steps.states}.items()}
    hidden, off = last["hidden_state"], ran.drift.hidden[-1]
    if at.cell.kind == "SimpleRNN":
        total, name = last["pre_activation"], at.cell.activation
        parts, function = [(total, np.ones_like(total))], FUNCTIONS[name]
        follows: dict[str, Any] = {} if name == "linear" else _following(name, function)
    elif at.cell.kind == "LSTM":
        parts, follows = [(FUNCTIONS[at.cell.activation](last["cell_state"]), last["output_gate"])], {}
    else:
        states = ran.steps.hidden
        former = states[-2] if len(states) > 1 else _first(at)
        parts, follows = [(former, last["update_gate"]), (last["candidate"], 1 - last["update_gate"])], {}
    return {
        f"state {k} before": Stage(
            Terms([Block("", _NO_INDEX, values[[k]], weights[[k]]) for values, weights in parts]),
            bound=float(off[k]),
            note=f"After the step before: {hidden[k]:.6g}.",
            **follows,
        )
        for k in range(at.cell.units)
    }


def _first(at: Reading) -> np.ndarray:
    initial = initial_states(at.job, at.cell)
    return initial[0].values.astype(np.float64) if initial else np.zeros(at.cell.units)


def _following(name: str, function: Any) -> dict[str, Any]:
    return {"activation": name, "function": lambda total: float(function(np.array([total]))[0])}


def _carry_before(at: Reading, unit: int) -> dict[str, Stage]:
    """The cell state of the step before: what it kept of the one before that, and what entered."""
    ran, carry = at.run, at.carry
    if ran is None or carry.source is not None:
        return {}
    last = {name: float(array[-1, unit]) for name, array in {**ran.steps.gates, **ran.steps.states}.items()}
    states = ran.steps.states["cell_state"][:, unit]
    initial = initial_states(at.job, at.cell)
    former = float(states[-2]) if len(states) > 1 else float(initial[1].values[unit]) if initial else 0.0
    pairs = [(former, last["forget_gate"]), (last["candidate"], last["input_gate"])]
    blocks = [Block("", _NO_INDEX, np.array([value]), np.array([gate])) for value, gate in pairs]
    note = "Of the step before: its cell state × forget gate, its candidate × input gate."
    return {"cell state before": Stage(Terms(blocks), bound=float(carry.off[unit]), note=note)}


def _with(found: Sum, stages: Mapping[str, Stage]) -> Sum:
    return replace(found, stages=dict(stages))


def _reach(job: Job, marked: np.ndarray) -> list[np.ndarray]:
    """All features of every step up to the last marked one; of a cell state's start at the first step only the unit."""
    length = len(_source(job).values)
    units = marked.shape[-1]
    if job.settings.get("return_sequences") and not job.layer.output_index:
        steps, first = marked.any(axis=1), marked[0]
    else:
        steps, first = np.arange(length) == length - 1, marked
        steps = steps & marked.any()
    last = int(np.flatnonzero(steps)[-1]) if steps.any() else -1
    reached = np.arange(length) <= last
    reached = reached[::-1] if job.settings.get("go_backwards") else reached
    found, states = [], 0
    for operand in job.inputs():
        if operand.name == "initial_state":
            cell_start = states == 1 and last == 0
            found.append(first.copy() if cell_start else np.full(units, last >= 0))
            states += 1
        else:
            found.append(np.broadcast_to(reached[:, None], operand.values.shape))
    return found


RULE = Rule("recurrent", KINDS, _explain, _reach)
