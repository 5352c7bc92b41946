"""Convolutions: each unit sums the cells under its window, all channels of its group, times the kernel."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from kerasviz.rules.result import Block
from kerasviz.rules.rule import Job, NoRule, Operand, Rule, Sum
from kerasviz.rules.taps import Taps, each, grid, same_before, sliding, spatial, thin

__all__ = ["RULE", "Bias", "Convolution", "convolution", "reach_of", "sum_of"]

_DEPTHWISE = frozenset({"DepthwiseConv", "DepthwiseConv1D", "DepthwiseConv2D"})
_PLAIN = frozenset({"Conv", "Conv1D", "Conv2D", "Conv3D"})


@dataclass(frozen=True, eq=False)
class Convolution:
    """A convolution as tables: `taps` for each spatial axis; each filter looks at the `depth` channels of its group.

    `load` gives the kernel as (window…, depth, filters); `own` is the layer's name for it, "" for a constant, and
    `style` tells how it lies there.
    """

    source: Operand
    axes: tuple[int, ...]
    channel: int
    taps: tuple[Taps, ...]
    depth: int
    filters: int
    load: Callable[[], np.ndarray]
    own: str = "kernel"
    style: str = "plain"

    @cached_property
    def kernel(self) -> np.ndarray:
        return self.load()

    @property
    def groups(self) -> int:
        return int(self.source.values.shape[self.channel]) // self.depth

    def channels(self, filter_: int) -> np.ndarray:
        """The channels that a filter looks at."""
        group = filter_ // (self.filters // self.groups)
        return np.arange(group * self.depth, (group + 1) * self.depth)

    def block(self, job: Job, unit: Sequence[int], filter_: int) -> Block:
        """The terms of one filter at the unit's place."""
        cells, taps = zip(*(t.at(unit[axis]) for t, axis in zip(self.taps, self.axes, strict=True)), strict=True)
        channels = self.channels(filter_)
        index = self.in_layout(grid([*cells, channels]))
        local = grid([*taps, np.arange(len(channels))])
        weights = self.kernel[(*local.T, filter_)]
        return self.source.block(
            index, job.cast(weights), weight_path=self.own,
            weight_index=self._own_index(local, channels, filter_) if self.own else None,
        )  # fmt: skip

    def in_layout(self, index: np.ndarray) -> np.ndarray:
        """Columns (spatial…, channel) as the model has its axes."""
        found = np.empty_like(index)
        found[:, [*self.axes, self.channel]] = index
        return found

    def _own_index(self, local: np.ndarray, channels: np.ndarray, filter_: int) -> np.ndarray:
        taps, which = local[:, :-1], local[:, -1]
        if self.style == "depthwise":
            multiplier = self.filters // self.groups
            tail = np.array([[channels[0], filter_ % multiplier]]).repeat(len(local), axis=0)
        else:
            tail = np.stack([which, np.full(len(local), filter_)], axis=1)
        if self.style == "transposed":
            tail = tail[:, ::-1]
        return np.concatenate([taps, tail], axis=1)

    def totals(self, job: Job, unit: Sequence[int]) -> np.ndarray:
        """All filters' sums at the unit's place, without bias."""
        cells, taps = zip(*(t.at(unit[axis]) for t, axis in zip(self.taps, self.axes, strict=True)), strict=True)
        patch = np.moveaxis(self.source.values, self.channel, -1)[np.ix_(*cells)].astype(np.float64)
        kernel = job.cast(self.kernel[np.ix_(*taps)])
        patch = patch.reshape(-1, self.groups, self.depth)
        kernel = kernel.reshape(-1, self.depth, self.groups, self.filters // self.groups)
        found: np.ndarray = np.einsum("tgi,tigf->gf", patch, kernel).reshape(-1)
        return found


def sum_of(job: Job, found: Convolution) -> Sum:
    """The unit's sum, its bias and what follows."""
    bias, filter_ = Bias(job, found.channel, found.filters), job.unit[found.channel]
    follows = job.activate(
        job.settings.get("activation"), lambda: bias.row(lambda unit: found.totals(job, unit)), job.unit[-1]
    )
    return Sum([found.block(job, job.unit, filter_)], bias.at(job.unit), **follows)


@dataclass(frozen=True, eq=False)
class Bias:
    """The bias of each unit of a convolution, and rows of totals along the last axis of its output."""

    job: Job
    channel: int
    filters: int

    @cached_property
    def values(self) -> np.ndarray:
        return self.job.weight("bias") if self.job.has_weight("bias") else np.zeros(self.filters)

    @cached_property
    def axis(self) -> int:
        """Where Keras adds it: on TensorFlow along the last axis as soon as that is as long as the bias."""
        shape = self.job.output.shape
        if self.channel or self.job.facts.backend != "tensorflow" or not shape[-1] == self.filters > 1:
            return self.channel
        if (
            self.job.kind in ("Conv1D", "Conv2D")
            and self.job.settings.get("groups") == 1
            and self.job.has_weight("bias")
        ):
            raise NoRule("TensorFlow adds its bias along the last axis, but along the channels in compiled functions.")
        return len(shape) - 1

    def at(self, unit: Sequence[int]) -> float:
        return float(self.values[unit[self.axis]])

    def row(self, totals: Callable[[Sequence[int]], np.ndarray]) -> np.ndarray:
        """`totals(unit)` gives all filters' sums at a place; channels come last, or the last axis is one of places."""
        unit = self.job.unit
        if self.channel:
            found: np.ndarray = np.add(totals(unit), self.values)
            return found
        places = [(*unit[:-1], j) for j in range(self.job.output.shape[-1])]
        return np.array([float(totals(place)[unit[0]]) + self.at(place) for place in places])


def reach_of(found: Convolution, marked: np.ndarray) -> np.ndarray:
    """The cells under the windows of the marked places, in all channels of their groups."""
    cells, axis, groups = thin(marked), found.channel, found.groups
    if cells.shape[axis] > 1:
        split = (*cells.shape[:axis], groups, -1, *cells.shape[axis + 1 :])
        cells = np.any(cells.reshape(split), axis=axis + 1)
    for taps, along in zip(found.taps, found.axes, strict=True):
        cells = taps.back(cells, along)
    if cells.shape[axis] > 1:
        cells = cells.repeat(found.depth, axis=axis)
    return np.broadcast_to(cells, found.source.values.shape)


def convolution(job: Job, name: str = "kernel", *, depthwise: bool = False) -> Convolution:
    """The tables of a layer, or of an operation whose kernel is a constant; weights are read only where they count."""
    if job.settings.get("lora_rank") or job.settings.get("quantization_config"):
        raise NoRule("Its kernel is quantised or has LoRA weights.")
    source, constant = job.input("inputs"), job.constants.get(name)
    axes, channel = spatial(job.settings, source.values.ndim)
    channels, filters = source.values.shape[channel], job.output.shape[channel]
    if "kernel_size" in job.settings:
        sizes = each(job.settings["kernel_size"], len(axes), "kernel_size")
        depth = channels // job.settings.get("groups", 1)
    elif isinstance(constant, np.ndarray) and constant.ndim == len(axes) + 2:
        sizes, depth = constant.shape[:-2], constant.shape[-2]
    else:
        raise NoRule("Its kernel is no weight of its own and cannot be seen.")

    def load() -> np.ndarray:
        kernel = job.raw(name) if constant is None else constant
        return kernel.reshape(*sizes, 1, -1) if depthwise else kernel

    return Convolution(
        source, axes, channel, _taps(job, source.values.shape, axes, sizes),
        1 if depthwise else depth, channels * job.settings.get("depth_multiplier", 1) if depthwise else filters,
        load, name if constant is None else "", "depthwise" if depthwise else "plain",
    )  # fmt: skip


def _taps(job: Job, shape: Sequence[int], axes: Sequence[int], sizes: Sequence[int]) -> tuple[Taps, ...]:
    settings, count = job.settings, len(axes)
    strides = each(settings.get("strides"), count, "strides")
    dilations = each(settings.get("dilation_rate"), count, "dilation_rate")
    padding = settings.get("padding")
    if padding not in ("valid", "same", "causal"):
        raise NoRule(f"Its padding {padding!r} is not known.")
    found = []
    for axis, size, stride, dilation in zip(axes, sizes, strides, dilations, strict=True):
        length, places = shape[axis], job.output.shape[axis]
        before = {
            "valid": 0,
            "same": same_before(length, places, size, stride, dilation),
            "causal": (size - 1) * dilation,
        }[padding]
        found.append(sliding(length, places, size, stride, dilation, before))
    return tuple(found)


def _found(job: Job) -> Convolution:
    return convolution(job, depthwise=job.kind in _DEPTHWISE)


def _explain(job: Job) -> Sum:
    return sum_of(job, _found(job))


def _reach(job: Job, marked: np.ndarray) -> list[np.ndarray]:
    return [reach_of(_found(job), marked)]


RULE = Rule("conv", _PLAIN | _DEPTHWISE, _explain, _reach)
