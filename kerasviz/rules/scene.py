"""One sample's pass through a model, as the rules look at it: what each layer took, gave and holds."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import replace
from functools import cached_property
from typing import Any, Protocol

import numpy as np

from kerasviz.errors import InputError, unknown_name
from kerasviz.models.layer_info import Argument, LayerInfo
from kerasviz.rules.explain import is_whole
from kerasviz.rules.rule import Job, Operand

__all__ = ["Inside", "Scene"]

_CHANNELS = (1, 3, 4)  # an image's: grey, colours, colours and how opaque


class Inside(Protocol):
    """What looks into the model: a `Probe`."""

    @property
    def layers(self) -> tuple[Any, ...]: ...  # `LayerInfo`s
    def weights(self, layer: Any) -> Mapping[str, np.ndarray]: ...
    def settings(self, layer: Any) -> Mapping[str, Any]: ...


class Scene:
    """Finds the numbers of one sample by path, without their batch axis.

    Args:
        probe: knows layers, weights and settings.
        activations: what every layer gave, for a batch of one.
        inputs: what went into the model.
        taken: tensors that layers took and no layer gave.
        backend: Keras's backend by name.
    """

    def __init__(
        self,
        probe: Inside,
        activations: Mapping[str, np.ndarray],
        inputs: Mapping[str, np.ndarray],
        taken: Mapping[str, np.ndarray],
        backend: str,
    ) -> None:
        self._probe, self._all, self.backend = probe, (activations, inputs, taken), backend
        self._weights: dict[str, Mapping[str, np.ndarray]] = {}
        self._settings: dict[str, Mapping[str, Any]] = {}

    @property
    def inputs(self) -> Mapping[str, np.ndarray]:
        """What went into the model, with the batch axis."""
        return self._all[1]

    @cached_property
    def layers(self) -> Mapping[str, LayerInfo]:
        found = {layer.path: layer for layer in self._probe.layers}
        whole = {layer.hands_on: path for path, layer in found.items() if layer.hands_on and is_whole(layer)}
        return {path: _taking(layer, whole) for path, layer in found.items()} if whole else found

    def layer(self, path: str) -> LayerInfo | None:
        return self.layers.get(path)

    def weights(self, path: str) -> Mapping[str, np.ndarray]:
        if path not in self._weights:
            self._weights[path] = self._probe.weights(path)
        return self._weights[path]

    def settings(self, path: str) -> Mapping[str, Any]:
        if path not in self._settings:
            self._settings[path] = self._probe.settings(path)
        return self._settings[path]

    def output(self, path: str) -> np.ndarray | None:
        found = next((arrays[path] for arrays in self._all if path in arrays), None)
        if found is None or self._lacks_batch(path, found):
            return found
        sample: np.ndarray = found[0]
        return sample

    def _lacks_batch(self, path: str, found: np.ndarray) -> bool:
        """Whether this is a tensor that is the same for all samples: no layer gave it, and there is not one of it."""
        return path in self._all[2] and (not found.ndim or len(found) != 1)

    def kind(self, path: str) -> str:
        """The class of what gave this; "" for the model's inputs and what no layer gave."""
        layer = self.layers.get(path)
        return layer.kind if layer else ""

    def axes(self, path: str) -> tuple[str, ...]:
        """What the axes mean, without the batch; of an input what the first layer that takes it says, or its shape."""
        whole, layer = self.output(path), self.layers.get(path)
        rank = 0 if whole is None else whole.ndim
        if layer is None:
            takers = (each for each in self.layers.values() if any(a.path == path for a in each.arguments))
            named = next((each.axes for each in takers if len(each.axes) == rank + 1), ())
            if not named and whole is not None and rank == 3 and whole.shape[-1] in _CHANNELS:  # Flatten comes first
                named = ("batch", "height", "width", "channel")
        else:
            named = layer.axes
        return tuple(named[1:]) if len(named) == rank + 1 else tuple(f"axis_{i + 1}" for i in range(rank))

    def channel_axis(self, path: str) -> int | None:
        """The axis of an output's units or channels."""
        axes = self.axes(path)
        return next((axes.index(name) for name in ("channel", "unit") if name in axes), None)

    def job(self, path: str, unit: Any = None) -> Job:
        """The job of one unit; a whole number is a channel, at the place where it is strongest."""
        layer, whole = self._given(path)
        index = _place(layer, whole, unit)
        return replace(self.job_of(path, index[: layer.loops]), unit=index[layer.loops :])

    def job_of(self, path: str, prefix: tuple[int, ...] = ()) -> Job:
        """The job of all units of a layer, inside loops of one step."""
        layer, whole = self._given(path)
        return Job(
            layer, (), whole[prefix], tuple(self._operands(layer, prefix)), self, prefix,
            {a.name: a.constant for a in layer.arguments if not a.is_tensor},
        )  # fmt: skip

    def _given(self, path: str) -> tuple[LayerInfo, np.ndarray]:
        layer = self.layers.get(path)
        if layer is None:
            raise unknown_name("Layer", path, list(self.layers))
        whole = self.output(path)
        if whole is None:
            raise InputError(
                f"Layer {path!r} gave no tensor for this sample. There is nothing to explain. Choose another."
            )
        return layer, whole

    def _operands(self, layer: LayerInfo, prefix: tuple[int, ...]) -> list[Operand]:
        found = []
        for argument in layer.arguments:
            operand = self._operand(layer, argument, prefix) if argument.is_tensor else None
            if operand is not None:
                found.append(operand)
        return found

    def _operand(self, layer: LayerInfo, argument: Argument, prefix: tuple[int, ...]) -> Operand | None:
        if not argument.path:
            return self._step(layer, argument, prefix)
        values, given = self.output(argument.path), self.layers.get(argument.path)
        if values is None:
            return None
        depth = min(given.loops, len(prefix)) if given else 0  # what is outside the loop is the same at every step
        axes = given.axes[1 + depth :] if given else ()
        whole = next(arrays[argument.path] for arrays in self._all if argument.path in arrays)
        batched = not self._lacks_batch(argument.path, whole)
        return Operand(argument.name, argument.path, values[prefix[:depth]], prefix[:depth], axes, batched)

    def _step(self, layer: LayerInfo, argument: Argument, prefix: tuple[int, ...]) -> Operand | None:
        """A layer that is the first in a loop takes one step of what the loop took."""
        loop = self.layers.get(_calls_stripped(layer.parent))
        while loop is not None and loop.kind != "TimeDistributed":
            loop = self.layers.get(_calls_stripped(loop.parent))
        if loop is None or not prefix or "mask" in argument.name:
            return None
        outer = next((a for a in loop.arguments if a.is_tensor and "mask" not in a.name), None)
        taken = None if outer is None else self._operand(loop, outer, prefix[:-1])
        if taken is None:
            return None
        step = prefix[-1]
        return Operand(argument.name, taken.path, taken.values[step], (*taken.prefix, step), taken.axes[1:])


def _taking(layer: LayerInfo, whole: Mapping[str, str]) -> LayerInfo:
    """What it takes from inside of attention it takes from the attention: there, the way goes on to the inputs."""
    arguments = tuple(replace(a, path=whole.get(a.path, a.path)) for a in layer.arguments)
    own = whole.get(layer.hands_on, layer.path)
    return replace(layer, arguments=arguments, hands_on=layer.hands_on if own == layer.path else own)


def _calls_stripped(path: str) -> str:
    return re.sub(r"(?<!\\)[#.]\d+$", "", path)


def _place(layer: LayerInfo, whole: np.ndarray, unit: Any) -> tuple[int, ...]:
    """The full index of a unit, checked."""
    if unit is None or isinstance(unit, int | np.integer):
        if whole.ndim == 0 and not unit:
            return ()
        return _strongest(layer, whole, unit)
    index = tuple(int(i) for i in np.asarray(unit).reshape(-1))
    if len(index) != whole.ndim or any(not -n <= i < n for i, n in zip(index, whole.shape, strict=False)):
        raise _bad_unit(layer, whole, unit)
    return tuple(i % n for i, n in zip(index, whole.shape, strict=True))


def _strongest(layer: LayerInfo, whole: np.ndarray, unit: Any) -> tuple[int, ...]:
    axes = layer.axes[1:] if len(layer.axes) == whole.ndim + 1 else ()
    axis = next((axes.index(name) for name in ("channel", "unit") if name in axes), whole.ndim - 1)
    if unit is None:
        unit_values, channel = np.abs(whole.astype(np.float64)), None
    else:
        if not -whole.shape[axis] <= unit < whole.shape[axis]:
            raise _bad_unit(layer, whole, unit)
        channel = int(unit) % whole.shape[axis]
        unit_values = np.abs(whole.take(channel, axis=axis).astype(np.float64))
    place = [int(i) for i in np.unravel_index(int(np.argmax(np.nan_to_num(unit_values))), unit_values.shape)]
    if channel is not None:
        place.insert(axis, channel)
    return tuple(place)


def _bad_unit(layer: LayerInfo, whole: np.ndarray, unit: Any) -> InputError:
    last = ", ".join(f"0 … {n - 1}" for n in whole.shape)
    return InputError(
        f"Unit {unit!r} of layer {layer.path!r} was asked for. Its output has the shape {whole.shape}. "
        f"Give one index for each axis ({last}), or a channel's number for its strongest place."
    )
