"""Bidirectional and TimeDistributed: what they give is what the layers inside gave, moved in time or merged."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

import numpy as np

from kerasviz.rules.explain import rule_for
from kerasviz.rules.recurrent_reading import plain_path
from kerasviz.rules.rule import Job, NoRule, Operand, Rule, Sum

__all__ = ["BIDIRECTIONAL", "TIME_DISTRIBUTED", "child_path"]


def child_path(job: Job, name: str) -> str:
    """The path of a layer that hangs in this one, in the same call of it."""
    path = plain_path(job.layer.path)
    call = re.search(r"(?<!\\)#\d+$", path)
    stem = path[: call.start()] if call else path
    return f"{stem}/{name}{call.group() if call else ''}"


def _inside(job: Job, name: str, output: int = 0) -> Operand:
    """What a layer inside gave."""
    path = child_path(job, name) + (f".{output}" if output else "")
    whole = job.facts.output(path)
    if whole is None:
        raise NoRule("What the layers inside it gave cannot be seen.")
    return job.cast_operand(Operand("", path, whole[job.prefix], job.prefix))


def _half(job: Job, which: str) -> Mapping[str, Any]:
    found: Mapping[str, Any] = job.settings.get(which) or {}
    if not found.get("name"):
        raise NoRule("The layers inside it cannot be told apart.")
    return found


def _both(job: Job) -> Sum:
    mode, settings, number = job.settings.get("merge_mode"), _half(job, "layer"), job.layer.output_index
    names = [str(_half(job, which)["name"]) for which in ("layer", "backward_layer")]
    outputs = 1 if mode else 2
    if number >= outputs:
        return _state(job, names, number - outputs)
    forward, backward = (_inside(job, name) for name in names)
    place, turned = job.unit, job.unit
    if settings.get("return_sequences"):  # the backward layer's first step is the last of the input
        turned = (len(backward.values) - 1 - place[0], *place[1:])
    if mode is None:
        return Sum([(backward.one(turned) if number else forward.one(place))])
    if mode == "concat":
        width = forward.values.shape[-1]
        unit = place[-1]
        return Sum([forward.one(place) if unit < width else backward.one((*turned[:-1], unit - width))])
    if mode == "mul":
        weight = float(backward.values[turned])
        at = np.array([(*backward.prefix, *turned)])
        return Sum([forward.block(np.array([place]), weight, weight_path=backward.path, weight_index=at)])
    share = {"sum": 1.0, "ave": 0.5}[mode]
    return Sum([forward.one(place, share), backward.one(turned, share)])


def _states(job: Job, names: list[str]) -> int:
    """How many states each layer inside gives beside its output."""
    states = 0
    while job.facts.output(f"{child_path(job, names[0])}.{states + 1}") is not None:
        states += 1
    return states


def _state(job: Job, names: list[str], number: int) -> Sum:
    """The states come after the outputs: all of the forward layer, then all of the backward one."""
    which, state = divmod(number, max(_states(job, names), 1))
    return Sum([_inside(job, names[which], 1 + state).one(job.unit)])


def _both_reach(job: Job, marked: np.ndarray) -> list[np.ndarray]:
    """What each of the layers inside reaches."""
    names = [str(_half(job, which)["name"]) for which in ("layer", "backward_layer")]
    operands = [operand for operand in job.operands if "mask" not in operand.name]
    starts = [place for place, operand in enumerate(operands) if operand.name == "initial_state"]
    others = [place for place in range(len(operands)) if place not in starts]
    found = [np.zeros(operand.values.shape, bool) for operand in operands]
    for which, state, part in _parts(job, names, marked):
        middle = len(starts) // 2
        taken = [*others, *(starts[middle:] if which else starts[:middle])]
        path = child_path(job, names[which]) + (f".{state}" if state else "")
        for place, reached in zip(taken, _reached(job, path, [operands[i] for i in taken], part, ()), strict=True):
            found[place] |= reached
    return found


def _parts(job: Job, names: list[str], marked: np.ndarray) -> list[tuple[int, int, np.ndarray]]:
    """For each layer inside: which of the two, which of its outputs, and what is marked of that."""
    mode, number = job.settings.get("merge_mode"), job.layer.output_index
    outputs = 1 if mode else 2
    if number >= outputs:
        which, state = divmod(number - outputs, max(_states(job, names), 1))
        return [(which, 1 + state, marked)]
    parts = [(0, 0, marked), (1, 0, marked)] if mode else [(number, 0, marked)]
    if mode == "concat":
        width = _inside(job, names[0]).values.shape[-1]
        parts = [(0, 0, marked[..., :width]), (1, 0, marked[..., width:])]
    turns = bool(_half(job, "layer").get("return_sequences"))
    return [(which, 0, part[::-1] if which and turns else part) for which, _, part in parts]


def _each(job: Job) -> Sum:
    path = child_path(job, str(_half(job, "layer")["name"]))
    whole = job.facts.output(path)
    if whole is None:
        raise NoRule("The length of its loop is not known beforehand, so the steps inside cannot be told apart.")
    return Sum([Operand("", path, whole[job.prefix], job.prefix).one(job.unit)])


def _each_reach(job: Job, marked: np.ndarray) -> list[np.ndarray]:
    """Of each step, what the layer inside reaches in it."""
    path = child_path(job, str(_half(job, "layer")["name"]))
    operands = [operand for operand in job.operands if "mask" not in operand.name]
    found = [np.zeros(operand.values.shape, bool) for operand in operands]
    for step in np.flatnonzero(marked.reshape(len(marked), -1).any(axis=1)):
        inner = [replace(operand, values=operand.values[step]) for operand in operands]
        for array, reached in zip(found, _reached(job, path, inner, marked[step], (int(step),)), strict=True):
            array[step] = reached
    return found


def _reached(
    job: Job, path: str, operands: list[Operand], marked: np.ndarray, step: tuple[int, ...]
) -> Sequence[np.ndarray | bool]:
    """What a layer inside reaches of what it takes; all of it where that is not known."""
    layer = job.facts.layer(path)
    if layer is not None and marked.any():
        own = Job(layer, (), marked, tuple(operands), job.facts, (*job.prefix, *step))
        try:
            rule = rule_for(own)
            if rule.reach is not None:
                return rule.reach(own, marked)
        except NoRule:
            pass  # then it may be all of it
    return [bool(marked.any())] * len(operands)


BIDIRECTIONAL = Rule("bidirectional", frozenset({"Bidirectional"}), _both, _both_reach)
TIME_DISTRIBUTED = Rule("time distributed", frozenset({"TimeDistributed"}), _each, _each_reach)
