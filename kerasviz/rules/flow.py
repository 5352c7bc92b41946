"""Forwards: which outputs one number is a term of, and how much of the target's score flows through each of them.

Through one output flows: the number × its weight there × the slope of what follows the sum × the gradient of the score
with respect to that output. Over all outputs that is gradient × number, exactly, where every layer that takes the number is a
sum of it; what a layer does with it beside (means, variances, rows of a softmax) is the rest.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from kerasviz.rules.explain import rule_for, sum_of
from kerasviz.rules.result import Index, Stage
from kerasviz.rules.rule import Job, NoRule, Rule

if TYPE_CHECKING:
    from kerasviz.rules.scene import Scene

__all__ = ["Flow", "Flows", "Logit", "flows", "logit_of"]

MOST = 256  # outputs that are looked at in each layer: those with the largest gradients
_STEP = 1e-4


@dataclass(frozen=True, slots=True)
class Logit:
    """The score is read before the activation of this output: its gradient there is ± 1."""

    path: str
    index: Index
    sign: float = 1.0


@dataclass(frozen=True, slots=True)
class Flow:
    """What goes through one output: value × weight × slope × gradient = share of the score."""

    path: str
    index: Index
    weight: float
    slope: float
    gradient: float
    share: float


@dataclass(frozen=True, slots=True)
class Flows:
    """Where a number goes, strongest first.

    Attributes:
        value: the number.
        gradient: of the score with respect to it; None where it has none.
        total: gradient × value: all that flows through it.
        flows: through single outputs. `num_outputs` counts all that take it, `rest` is what is not in `flows`.
        unknown: layers that take it and have no rule.
    """

    value: float
    gradient: float | None
    total: float | None
    flows: tuple[Flow, ...]
    num_outputs: int
    rest: float | None
    unknown: tuple[str, ...]


def logit_of(scene: Scene, squashed: str, target: np.ndarray | None) -> Logit | None:
    """Where the score is read: before the activation of `squashed`, at the target's index."""
    whole = scene.output(squashed) if squashed and target is not None else None
    if whole is None or target is None:
        return None
    index = tuple(int(i) for i in np.asarray(target)[0])
    if whole.size == 1:  # one sigmoid unit: the other side is its negative
        return Logit(squashed, (0,) * whole.ndim, 1.0 if index == (1,) else -1.0)
    return Logit(squashed, index) if len(index) == whole.ndim else None


def flows(  # noqa: PLR0913, PLR0917  # what a flow depends on
    scene: Scene,
    path: str,
    unit: Index,
    gradients: Mapping[str, np.ndarray],
    logit: Logit | None = None,
    most: int = 64,
) -> Flows:
    """Where the number at `unit` of `path` goes.

    Args:
        scene: the sample's pass.
        path: whose output, "input" too.
        unit: which number of it.
        gradients: of the score with respect to all layers' outputs and inputs, for a batch of one.
        logit: where the score is read, if that is before an activation.
        most: how many flows to return.
    """
    whole = scene.output(path)
    value = float("nan") if whole is None else float(whole[unit])
    found: list[Flow] = []
    unknown, count = [], 0
    for job, number in _takers(scene, path, unit):
        try:
            through, outputs = _through(job, number, (path, unit, value), _Slopes(job, gradients, logit))
        except NoRule:
            unknown.append(job.layer.path)
            continue
        found += through
        count += outputs
    found.sort(key=lambda flow: -abs(flow.share))
    gradient = float(gradients[path][0][unit]) if path in gradients else None
    if logit is not None and (path, unit) == (logit.path, logit.index):
        gradient = None  # it lies behind the score
    total = None if gradient is None else gradient * value
    shown = tuple(found[:most])
    rest = None if total is None else total - sum(flow.share for flow in shown)
    return Flows(value, gradient, total, shown, count, rest, tuple(dict.fromkeys(unknown)))


def _takers(scene: Scene, path: str, unit: Index) -> Iterator[tuple[Job, int]]:
    """The layers that take it, and as which of their inputs; not containers: what is in them takes it too."""
    for layer in scene.layers.values():
        if layer.is_container or scene.output(layer.path) is None:
            continue
        if not any(path in (argument.path, _loop_source(scene, layer, argument)) for argument in layer.arguments):
            continue
        prefix = unit[: layer.loops]
        if layer.loops and len(unit) < layer.loops:
            continue
        job = scene.job_of(layer.path, prefix)
        operands = [operand for operand in job.operands if "mask" not in operand.name]
        for number, operand in enumerate(operands):
            if operand.path == path and operand.prefix == unit[: len(operand.prefix)]:
                yield job, number


def _loop_source(scene: Scene, layer: object, argument: object) -> str:
    """The tensor that the first layer in a loop takes a step of."""
    loops, path = getattr(layer, "loops", 0), getattr(argument, "path", "")
    if not loops or path or not getattr(argument, "is_tensor", False):
        return ""
    job = scene.job_of(getattr(layer, "path", ""), (0,) * loops)
    return next((operand.path for operand in job.operands if operand.name == getattr(argument, "name", "")), "")


class _Slopes:
    """The gradient of the score with respect to the outputs of one layer."""

    def __init__(self, job: Job, gradients: Mapping[str, np.ndarray], logit: Logit | None) -> None:
        path = job.layer.path
        found = gradients.get(path)
        zeros = np.zeros(job.output.shape)
        self.at_outputs = zeros if found is None else np.asarray(found[0][job.prefix], np.float64)
        self.logit = logit if logit is not None and logit.path == path else None
        if self.logit is not None:
            self.at_outputs = zeros
            self.at_outputs[self.logit.index] = self.logit.sign

    def of(self, stage: Stage) -> float:
        """The slope of what follows the sum; 1 where the score is read before it."""
        if self.logit is not None or stage.function is None:
            return 1.0
        step = _STEP * max(1.0, abs(stage.total))
        return (stage.function(stage.total + step) - stage.function(stage.total - step)) / (2 * step)


def _through(job: Job, number: int, number_at: tuple[str, Index, float], slopes: _Slopes) -> tuple[list[Flow], int]:
    path, unit, value = number_at
    rule = rule_for(job)
    places = _outputs(job, rule, number, unit[len(job.prefix) :] if job.prefix else unit)
    sizes = np.abs(slopes.at_outputs[tuple(places.T)])
    order = np.argsort(-np.nan_to_num(sizes), kind="stable")[:MOST]
    found, apart = [], 0
    for place in places[order]:
        index = tuple(int(i) for i in place)
        gradient = float(slopes.at_outputs[index])
        if gradient == 0:
            break
        stage = sum_of(job, rule, index)
        weight = _weight(stage, path, unit)
        if weight is None:
            apart += 1
            continue
        slope = slopes.of(stage)
        share = value * weight * slope * gradient
        found.append(Flow(job.layer.path, (*job.prefix, *index), weight, slope, gradient, share))
    return found, len(places) - apart


def _weight(stage: Stage, path: str, unit: Index) -> float | None:
    """What the number is multiplied with in this sum; None where it is not in it."""
    found = None
    for block in stage.terms.blocks:
        if block.path == path and block.index.shape[1] == len(unit) and not block.function:
            here = (block.index == np.array(unit)).all(axis=1)
            if here.any():
                found = (found or 0.0) + float(block.weights[here].sum())
    return found


def _outputs(job: Job, rule: Rule, number: int, unit: Index) -> np.ndarray:
    """The outputs that depend on a number of an input: along each axis those whose slices reach it, then all crossings."""
    if rule.reach is None:
        raise NoRule("It is not known what its outputs depend on.")
    axes = [_reaching(job, rule, number, unit, axis) for axis in range(job.output.ndim)]
    if not axes:
        return np.zeros((1, 0), np.int64)
    return np.stack([grid.reshape(-1) for grid in np.meshgrid(*axes, indexing="ij")], axis=1)


def _reaching(job: Job, rule: Rule, number: int, unit: Index, axis: int) -> np.ndarray:
    """The places along one axis of the output that may depend on the number, found by halving; all if both ends do."""
    length = job.output.shape[axis]

    def reaches(start: int, stop: int) -> bool:
        marked = np.zeros(job.output.shape, bool)
        marked[(*(slice(None),) * axis, slice(start, stop))] = True
        assert rule.reach is not None  # noqa: S101 - for the type checker
        return bool(rule.reach(job, marked)[number][unit])

    if length > 2 and all(reaches(at, at + 1) for at in (0, length // 2, length - 1)):
        return np.arange(length)
    found: list[int] = []
    waiting = [(0, length)]
    while waiting:
        start, stop = waiting.pop()
        if stop <= start or not reaches(start, stop):
            continue
        middle = (start + stop) // 2
        if stop - start == 1:
            found.append(start)
        else:
            waiting += [(middle, stop), (start, middle)]
    return np.array(sorted(found), np.int64)
