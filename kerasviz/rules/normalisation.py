"""Normalising layers at inference: x · factor − mean · factor + offset, where mean and variance are inner results.

Keras computes most of them in float32, whatever the layer's dtype is, and rounds the result once to that.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np

from kerasviz.rules.result import Block, Stage
from kerasviz.rules.rule import Job, NoRule, Operand, Rule, Sum, stage_of
from kerasviz.rules.sides import gathered

__all__ = ["RULE"]

_EPSILON = 1e-7  # Keras's, where an operation is given none


@dataclass(frozen=True, slots=True)
class _Parameter:
    """One number of a layer's variable, or of what an operation was given; `path` is "" for a setting."""

    value: float
    path: str = ""
    index: tuple[int, ...] = ()

    def times(self, name: str, stage: Stage) -> Block:
        """An inner result × this number."""
        at = np.array([self.index]) if self.path else None
        return replace(_of_stage(name, stage.computed, self.value), weight_path=self.path, weight_index=at)

    def alone(self) -> Sum:
        """1 × this number."""
        return Sum([replace(self.times("", stage_of(Sum([], 1.0), "float32")), stage="")])


def _of_stage(name: str, value: float, weight: float) -> Block:
    """An inner result × a number."""
    return Block("", np.zeros((1, 0), int), np.array([value]), np.array([weight]), stage=name)


@dataclass(frozen=True, eq=False)
class _Scene:
    """What all of them need: the input, where parameters lie, and the inner results so far."""

    job: Job
    source: Operand
    stages: dict[str, Stage] = field(default_factory=dict)

    def add(self, name: str, found: Sum) -> Stage:
        self.stages[name] = stage_of(found, self.dtype)
        return self.stages[name]

    @property
    def dtype(self) -> str:
        """What it is computed in: float64 is left alone on TensorFlow, unless what came in was narrower."""
        if self.job.kind in ("UnitNormalization", "Normalize"):
            return self.job.product_dtype
        wide = self.source.values.dtype == np.float64 and self.job.facts.backend == "tensorflow"
        return "float64" if wide else "float32"

    @property
    def x(self) -> np.ndarray:
        return self.source.values.astype(np.float64)

    def parameter(self, names: Sequence[str], axes: tuple[int, ...]) -> _Parameter | None:
        """The number for the unit, of the first of these that there is; it lies along the axes, in their order."""
        for name in names:
            path, array = self._array(name)
            if array is None:
                continue
            if array.size == 1:
                return _Parameter(float(array.reshape(-1)[0]), path, (0,) * array.ndim)
            at = tuple(self.job.unit[axis] for axis in axes)
            shape = tuple(self.job.output.shape[axis] for axis in axes)
            if array.shape != shape:
                raise NoRule(f"{name} has another shape than the axes.")
            return _Parameter(float(array[at]), path, at)
        return None

    def _array(self, name: str) -> tuple[str, np.ndarray | None]:
        job = self.job
        if job.has_weight(name):
            return name, job.weight(name, self.dtype)
        operand = next((each for each in job.operands if each.name == name), None)
        if operand is not None:
            return ("" if operand.prefix else operand.path), operand.values.astype(np.float64)
        given = job.constants.get(name)
        return "", None if given is None else np.asarray(given, np.float64)


def _explain(job: Job) -> Sum:
    names = [operand.name for operand in job.operands]
    main = job.input(names[0]) if names else job.input()
    if main.values.shape != job.output.shape or not main.has_batch:
        raise NoRule("It gives another shape than it was given.")
    scene = _Scene(job, main)
    found = _RULES[job.kind](scene)
    return replace(found, stages=scene.stages, rounding=scene.dtype)


def _axes(value: Any, rank: int) -> tuple[int, ...]:
    """Axes that count the batch, as axes of one sample."""
    given = value if isinstance(value, list | tuple) else (value,)
    if not all(isinstance(axis, int) and -rank <= axis <= rank and axis % (rank + 1) for axis in given):
        raise NoRule("It goes over all samples.")
    return tuple(sorted(axis % (rank + 1) - 1 for axis in given))


def _epsilon(settings: Mapping[str, Any]) -> float:
    value = settings.get("epsilon")
    return _EPSILON if value is None else float(value)


def _scaled(scene: _Scene, mean: Stage | None, scale: _Parameter | None, offset: _Parameter | None) -> Sum:
    """X · factor − mean · factor + offset; "1 / deviation" is among the inner results."""
    inverse, name = scene.stages["1 / deviation"], "1 / deviation"
    if scale is not None:
        name = "factor"
        inverse = scene.add(name, Sum([scale.times("1 / deviation", scene.stages["1 / deviation"])]))
    factor = inverse.computed
    blocks = [replace(scene.source.one(scene.job.unit, factor), weight_stage=name)]
    if mean is not None:
        blocks.append(replace(_of_stage("mean", -mean.computed, factor), function="−", weight_stage=name))
    return Sum(blocks, 0.0 if offset is None else offset.value)


def _deviation(scene: _Scene, variance: str, epsilon: float) -> None:
    """1 / √(variance + ε)."""
    block = _of_stage(variance, scene.stages[variance].computed, 1.0)
    follows = scene.job.follows("1 / √", lambda x: 1 / np.sqrt(x))
    scene.add("1 / deviation", Sum([block], epsilon, **follows))


def _batch(scene: _Scene) -> Sum:
    """With the moving statistics, or those that an operation was given."""
    axes = _axes(scene.job.settings.get("axis", -1), scene.source.values.ndim)
    mean = scene.parameter(("moving_mean", "mean"), axes)
    variance = scene.parameter(("moving_variance", "variance"), axes)
    if mean is None or variance is None:
        raise NoRule("Its mean and variance cannot be seen.")
    if scene.job.constants.get("training"):
        raise NoRule("The model's own call lets it work as in training, on a batch.")
    middle = scene.add("mean", mean.alone())
    scene.add("variance", variance.alone())
    _deviation(scene, "variance", _epsilon(scene.job.settings))
    return _scaled(scene, middle, scene.parameter(("gamma", "scale"), axes), scene.parameter(("beta", "offset"), axes))


def _places(shape: Sequence[int], axes: Sequence[int], unit: Sequence[int]) -> np.ndarray:
    """All places that differ from the unit's along these axes only, (n, axes)."""
    lengths = [shape[i] if i in axes else 1 for i in range(len(shape))]
    places = np.indices(lengths).reshape(len(shape), -1).T
    fixed = [i for i in range(len(shape)) if i not in axes]
    places[:, fixed] = np.array(unit, np.int64)[fixed]
    return places


def _moments(scene: _Scene, places: np.ndarray) -> tuple[Stage, float]:
    """Mean and variance of the numbers at some places; and what rounding in them does to the result.

    Some backends compute the variance as mean of squares − square of the mean: its error grows with the mean.
    """
    numbers = scene.x[tuple(places.T)]
    mean = scene.add("mean", Sum([scene.source.block(places, 1 / len(places))]))
    apart = numbers - mean.computed
    squares = scene.source.block(places, 1 / len(places), function="(x − mean)²", inputs=apart**2)
    scene.add("variance", Sum([squares], slack=float(np.mean(numbers**2))))
    return mean, float(np.abs(numbers).mean())


def _condition(scene: _Scene, found: Sum, mean: float, size: float, epsilon: float) -> Sum:
    """The bound's share of rounding in mean and variance."""
    variance, factor = scene.stages["variance"].computed, abs(float(found.blocks[0].weights[0]))
    apart = abs(float(found.blocks[0].inputs[0]) - mean) * factor
    return replace(found, slack=size * factor + apart * (1 + mean**2 / (variance + epsilon)))


def _over(scene: _Scene, places: np.ndarray, axes: tuple[int, ...]) -> Sum:
    """Layer and group normalisation."""
    epsilon = _epsilon(scene.job.settings)
    mean, size = _moments(scene, places)
    _deviation(scene, "variance", epsilon)
    scale = scene.parameter(("gamma", "scale"), axes)
    if scene.job.settings.get("rms_scaling"):
        return _condition(scene, _scaled(scene, None, scale, None), mean.computed, size, epsilon)
    found = _scaled(scene, mean, scale, scene.parameter(("beta",), axes))
    return _condition(scene, found, mean.computed, size, epsilon)


def _layer(scene: _Scene) -> Sum:
    axes = _axes(scene.job.settings.get("axis", -1), scene.source.values.ndim)
    return _over(scene, _places(scene.job.output.shape, axes, scene.job.unit), axes)


def _group_places(job: Job, shape: tuple[int, ...], unit: Sequence[int]) -> tuple[np.ndarray, int]:
    (axis,) = _axes(job.settings.get("axis", -1), len(shape))
    groups = job.settings["groups"]
    size = 1 if groups == -1 else shape[axis] // groups
    first = unit[axis] // size * size
    lengths = [size if i == axis else n for i, n in enumerate(shape)]
    places = np.indices(lengths).reshape(len(shape), -1).T
    places[:, axis] += first
    return places, axis


def _group(scene: _Scene) -> Sum:
    places, axis = _group_places(scene.job, scene.job.output.shape, scene.job.unit)
    return _over(scene, places, (axis,))


def _root_mean_square(scene: _Scene) -> Sum:
    axes = _axes(scene.job.settings.get("axis", -1), scene.source.values.ndim)
    places = _places(scene.job.output.shape, axes, scene.job.unit)
    squares = scene.source.block(places, 1 / len(places), function="x²", inputs=scene.x[tuple(places.T)] ** 2)
    scene.add("mean square", Sum([squares]))
    _deviation(scene, "mean square", _epsilon(scene.job.settings))
    found = _scaled(scene, None, scene.parameter(("scale",), axes), None)
    return replace(found, slack=float(np.abs(found.blocks[0].products[0])))  # the factor is rounded too


def _unit_length(scene: _Scene) -> Sum:
    settings, rank = scene.job.settings, scene.source.values.ndim
    if settings.get("order", 2) != 2:
        raise NoRule("It divides by another norm than the length.")
    places = _places(scene.job.output.shape, _axes(settings.get("axis", -1), rank), scene.job.unit)
    whole = np.concatenate(
        [np.broadcast_to(np.array(scene.source.prefix, int), (len(places), len(scene.source.prefix))), places], axis=1
    )
    numbers = scene.x[tuple(places.T)]
    scene.add(
        "square of the length",
        Sum([scene.source.block(places, numbers, weight_path=scene.source.path, weight_index=whole)]),
    )
    least = 1e-12 if scene.job.kind == "UnitNormalization" else _epsilon(settings)
    length = _of_stage("square of the length", scene.stages["square of the length"].computed, 1.0)
    follows = scene.job.follows("1 / √", lambda x: np.minimum(1 / np.sqrt(x), 1 / least))
    scene.add("1 / deviation", Sum([length], **follows))
    found = _scaled(scene, None, None, None)
    return replace(found, slack=float(np.abs(found.blocks[0].products[0])))  # the length is rounded too


_RULES = {
    "BatchNormalization": _batch,
    "BatchNorm": _batch,
    "LayerNormalization": _layer,
    "LayerNorm": _layer,
    "GroupNormalization": _group,
    "RMSNormalization": _root_mean_square,
    "RMSNorm": _root_mean_square,
    "UnitNormalization": _unit_length,
    "Normalize": _unit_length,
}


def _reach(job: Job, marked: np.ndarray) -> list[np.ndarray]:
    rank = marked.ndim
    if job.kind in ("BatchNormalization", "BatchNorm"):
        found = marked
    elif job.kind == "GroupNormalization":
        found = _groups_of(job, marked)
    else:
        axes = _axes(job.settings.get("axis", -1), rank)
        found = np.broadcast_to(marked.any(axis=axes, keepdims=True), marked.shape)
    operands = job.inputs()
    return [found, *(gathered(marked, operand.values.shape) for operand in operands[1:])]


def _groups_of(job: Job, marked: np.ndarray) -> np.ndarray:
    (axis,) = _axes(job.settings.get("axis", -1), marked.ndim)
    groups = job.settings["groups"]
    channels = marked.shape[axis]
    size = 1 if groups == -1 else channels // groups
    apart = np.moveaxis(marked, axis, 0).reshape(channels // size, size, -1).any(axis=(1, 2))
    shape = [channels if i == axis else 1 for i in range(marked.ndim)]
    return np.broadcast_to(np.repeat(apart, size).reshape(shape), marked.shape)


RULE = Rule("normalisation", frozenset(_RULES), _explain, _reach)
