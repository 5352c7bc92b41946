"""The receptive field: all numbers of the model's inputs that one unit can depend on, exactly.

From the unit backwards, each layer's rule tells which numbers of its inputs the marked outputs are made of. Marks that
are alike along an axis stay broadcast, so that a walk through fifty layers costs milliseconds.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from kerasviz.models.layer_info import LayerInfo
from kerasviz.rules.explain import is_whole, rule_for
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


def receptive_field(scene: Scene, path: str, unit: Any = None) -> Field:
    """The receptive field of a unit (named as in `arithmetic`), walked backwards through the rules of the layers."""
    walk = _Walk(scene)
    job, whole = scene.job(path, unit), scene.output(path)
    marked = np.zeros(() if whole is None else whole.shape, bool)
    marked[*job.prefix, *job.unit] = True
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
        inside = _inside(self.scene, job.layer)
        if inside:
            self._mark(inside, prefix, marked, rough=path in self.rough)
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
        known = [self._is_known(a.path) if a.path else a.name in seen for a in taken]
        return not known or not all(known)

    def _is_known(self, path: str) -> bool:
        return self.scene.output(path) is not None and (path in self.scene.layers or path in self.scene.inputs)

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


def _inside(scene: Scene, layer: LayerInfo) -> str:
    """What a container gives as its own: an output inside of it, or all steps of the layer in a loop.

    Attention is not walked into: what its projection takes is made between the layers inside.
    """
    if layer.hands_on and not is_whole(layer) and scene.output(layer.hands_on) is not None:
        return layer.hands_on
    if layer.kind != "TimeDistributed":
        return ""
    children = [other for other in scene.layers.values() if other.parent == layer.path]
    if len(children) != 1 or children[0].loops != layer.loops + 1:
        return ""
    whole, steps = scene.output(layer.path), scene.output(children[0].path)
    same = whole is not None and steps is not None and whole.shape == steps.shape
    return children[0].path if same else ""


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
    found = [_inside(scene, layer), *(argument.path for argument in layer.arguments if argument.is_tensor)]
    if layer.loops and (whole := scene.output(path)) is not None and all(whole.shape[: layer.loops]):
        # what comes in from outside of a loop is no argument of the layers in it
        found += [operand.path for operand in scene.job_of(path, (0,) * layer.loops).operands]
    return [path for path in found if path in scene.layers]
