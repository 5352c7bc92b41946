"""The receptive field: all numbers of the model's inputs that one unit can depend on, exactly.

From the unit backwards, each layer's rule tells which numbers of its inputs the marked outputs are made of. Marks that
are alike along an axis stay broadcast, so that a walk through fifty layers costs milliseconds.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from kerasviz.rules.explain import rule_for
from kerasviz.rules.result import Index
from kerasviz.rules.rule import Job, NoRule
from kerasviz.rules.taps import thin

if TYPE_CHECKING:
    from kerasviz.rules.scene import Scene

__all__ = ["Field", "receptive_field"]

Box = tuple[tuple[int, int], ...]


@dataclass(frozen=True, eq=False)
class Field:
    """What a unit can depend on: by path a bool array of the output's shape, without the batch axis (read only).

    `inputs` are the model's own; `layers` those on the way, the unit's layer among them. `rough` are the paths that
    were reached through a layer whose arithmetic is not known: there the field may be smaller than what is marked.
    """

    inputs: Mapping[str, np.ndarray]
    layers: Mapping[str, np.ndarray]
    rough: frozenset[str]

    def is_exact(self, path: str) -> bool:
        """Whether the unit depends on all that is marked there, and on nothing else."""
        return path not in self.rough

    def box(self, path: str) -> Box:
        """From where up to where the field goes along each axis; () where it is empty."""
        marked = self.inputs[path] if path in self.inputs else self.layers[path]
        return box_of(marked)


def receptive_field(scene: Scene, path: str, unit: Sequence[int]) -> Field:
    """The receptive field of a unit, walked backwards through the rules of the layers."""
    walk = _Walk(scene)
    start = scene.output(path)
    if start is None:
        return Field({}, {}, frozenset())
    marked = np.zeros(start.shape, bool)
    marked[tuple(unit)] = True
    walk.marks[path] = marked
    for at in _outwards(scene, path):
        if at in walk.marks:
            walk.step(at)
    layers = {at: marks for at, marks in walk.marks.items() if at in scene.layers}
    inputs = {at: walk.marks.get(at, _none(values[0].shape)) for at, values in scene.inputs.items()}
    return Field(inputs, layers, frozenset(walk.rough))


def box_of(marked: np.ndarray) -> Box:
    """The bounding box of what is marked, (start, stop) along each axis."""
    small, found = thin(marked), []
    for axis, count in enumerate(marked.shape):
        places = np.flatnonzero(small.any(axis=tuple(i for i in range(marked.ndim) if i != axis)))
        if not len(places):
            return ()
        alike = small.shape[axis] < count
        found.append((0, count) if alike else (int(places[0]), int(places[-1]) + 1))
    return tuple(found)


class _Walk:
    """Marks by path, and what is known of them."""

    def __init__(self, scene: Scene) -> None:
        self.scene = scene
        self.marks: dict[str, np.ndarray] = {}
        self.rough: set[str] = set()

    def step(self, path: str) -> None:
        """Hands the marks of a layer on to what it took."""
        layer = self.scene.layers[path]
        marked = self.marks[path]
        for prefix in np.ndindex(*marked.shape[: layer.loops]):
            if marked[prefix].any():
                self._through(path, prefix, marked[prefix])

    def _through(self, path: str, prefix: Index, marked: np.ndarray) -> None:
        job = self.scene.job_of(path, prefix)
        if _gives_on(job):
            self._mark(job.layer.hands_on, job.prefix, marked, rough=path in self.rough)
            return
        found = _reached(job, marked)
        rough = found is None or path in self.rough or self._is_blind(job)
        if found is None:
            found = [np.broadcast_to(True, operand.values.shape) for operand in job.inputs()]  # noqa: FBT003
        for operand, reached in zip(job.inputs(), found, strict=True):
            self._mark(operand.path, operand.prefix, reached, rough=rough)
        if self._is_blind(job):
            self._mark_all()

    def _is_blind(self, job: Job) -> bool:
        """Whether it took something that comes from where nobody can look."""
        seen = {operand.name for operand in job.operands}
        taken = [a for a in job.layer.arguments if a.is_tensor and "mask" not in a.name]
        return any(a.name not in seen or not self._is_known(a.path, job) for a in taken) or not taken

    def _is_known(self, path: str, job: Job) -> bool:
        steps = not path and bool(job.prefix)  # the first layer of a loop takes one step of what the loop took
        return steps or path in self.scene.layers or path in self.scene.inputs

    def _mark(self, path: str, prefix: Index, reached: np.ndarray, *, rough: bool) -> None:
        if rough:
            self.rough.add(path)
        before = self.marks.get(path)
        if prefix:
            values = self.scene.output(path)
            whole = np.zeros(() if values is None else values.shape, bool) if before is None else before.copy()
            whole[prefix] |= reached
            self.marks[path] = whole
        else:
            self.marks[path] = reached if before is None else _either(before, reached)

    def _mark_all(self) -> None:
        for path, values in self.scene.inputs.items():
            self._mark(path, (), np.broadcast_to(True, values[0].shape), rough=True)  # noqa: FBT003


def _gives_on(job: Job) -> bool:
    """Whether it is the border of a nested model."""
    try:
        return bool(job.layer.hands_on) and rule_for(job).name == "border"
    except NoRule:
        return False


def _reached(job: Job, marked: np.ndarray) -> list[np.ndarray] | None:
    try:
        rule = rule_for(job)
        return None if rule.reach is None else rule.reach(job, marked)
    except NoRule:
        return None


def _either(one: np.ndarray, other: np.ndarray) -> np.ndarray:
    """Marked in one of them; what is alike along an axis in both stays so."""
    return np.broadcast_to(thin(one) | thin(other), one.shape)


def _none(shape: tuple[int, ...]) -> np.ndarray:
    return np.broadcast_to(False, shape)  # noqa: FBT003


def _outwards(scene: Scene, path: str) -> list[str]:
    """All layers that this one is made of, each after those that take it."""
    done: dict[str, bool] = {}
    found: list[str] = []
    waiting = [path]
    while waiting:
        at = waiting[-1]
        if done.get(at) is None:
            done[at] = False
            waiting += [other for other in _sources(scene, at) if other not in done]
        else:
            waiting.pop()
            if not done[at]:
                done[at] = True
                found.append(at)
    return found[::-1]


def _sources(scene: Scene, path: str) -> list[str]:
    layer = scene.layers[path]
    found = [argument.path for argument in layer.arguments if argument.is_tensor]
    found += [layer.hands_on]
    return [path for path in found if path in scene.layers]
