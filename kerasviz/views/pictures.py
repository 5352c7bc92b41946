"""One array of a layer as one figure: a map, a matrix or bars, the other axes at the places that sliders choose."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import numpy as np

from kerasviz.views.base import Control, Record
from kerasviz.views.controls import place
from kerasviz.views.reduce import domain_of
from kerasviz.views.sheet import Along, Drawn, Mark, bars, heat
from kerasviz.wire.messages import Domain

__all__ = ["choose", "common", "cut", "drawn_axes", "in_own_layout", "option_of", "own_place", "picture", "shown_place"]

MAX_BARS = 512
_LAST = ("channel", "unit")


def drawn_axes(record: Record) -> tuple[int, ...]:
    """Which axes of the values one picture shows: rows and columns, the sliders have the rest."""
    rank = record.values.ndim
    if rank <= 2:
        return tuple(range(rank))
    return (rank - 3, rank - 2) if record.axes[-1] in _LAST else (rank - 2, rank - 1)


def option_of(record: Record, axis: int) -> str:
    """The option that a place along an axis is chosen by: channels are the units that the whole screen has one of."""
    name = record.axes[axis]
    return "unit" if name in _LAST and axis == record.values.ndim - 1 else name


def choose(record: Record, axes: Iterable[int]) -> tuple[tuple[int, ...], list[Control]]:
    """A place along every axis, and a slider for each of `axes`; what is drawn starts in its middle, the rest at 0."""
    offered, drawn, shape = set(axes), drawn_axes(record), record.values.shape
    chosen: list[int] = []
    controls = []
    for axis, (name, length) in enumerate(zip(record.axes, shape, strict=True)):
        middle = length // 2 if axis in drawn and name not in _LAST else 0
        number, control = place(record, option_of(record, axis), length, middle)
        chosen.append(number)
        if axis in offered and length > 1:
            controls.append(control)
    return tuple(chosen), controls


def cut(record: Record, at: Sequence[int]) -> np.ndarray:
    """What one picture shows: the drawn axes whole, the others at their places."""
    drawn = drawn_axes(record)
    return record.values[tuple(slice(None) if axis in drawn else number for axis, number in enumerate(at))]


def picture(  # noqa: PLR0913 - one argument for each thing a picture has
    name: str, record: Record, at: Sequence[int], *, title: str = "", domain: Domain | None = None,
    marks: Sequence[Mark] = (), chosen: Sequence[int] = (), pick: bool = False,
) -> Drawn:  # fmt: skip
    """The figure of a record at a place; `chosen` axes have their place marked, `pick` makes places clickable."""
    values, drawn = cut(record, at), drawn_axes(record)
    axes = [
        Along(
            record.axes[axis], pick=option_of(record, axis) if pick else "", chosen=at[axis] if axis in chosen else -1
        )
        for axis in drawn
    ]
    if len(axes) == 2:
        return heat(name, values, *axes, title=title, domain=domain, marks=marks)
    along = axes[0] if axes else Along("unit")
    first = at[0] // MAX_BARS * MAX_BARS if axes else 0
    along = Along(along.name, first, 1, (), along.pick, along.chosen - first if along.chosen >= 0 else -1)
    return bars(name, values.reshape(-1)[first : first + MAX_BARS], along, title=title, domain=domain)


def common(arrays: Iterable[np.ndarray]) -> Domain:
    """One scale for all of them."""
    domains = [domain_of(array) for array in arrays]
    signed = any(domain.signed for domain in domains)
    high = max((max(abs(domain.low), abs(domain.high)) if signed else domain.high for domain in domains), default=0.0)
    low = -high if signed else min((domain.low for domain in domains), default=0.0)
    nans, infs = sum(domain.nans for domain in domains), sum(domain.infs for domain in domains)
    return Domain(low, high, signed=signed, nans=nans, infs=infs)


def in_own_layout(record: Record) -> np.ndarray:
    """The values with their axes as the model has them."""
    return record.values.transpose([record.axes.index(name) for name in record.own_axes])


def own_place(record: Record, at: Sequence[int]) -> tuple[int, ...]:
    """A place of the values as a place of the model's own array."""
    return tuple(at[record.axes.index(name)] for name in record.own_axes)


def shown_place(record: Record, at: Sequence[int]) -> tuple[int, ...]:
    """A place of the model's own array as a place of the values."""
    return tuple(at[record.own_axes.index(name)] for name in record.axes)
