"""One unit of one layer, large and in numbers."""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from typing import Any, ClassVar, Literal

import numpy as np

from kerasviz.errors import InputError
from kerasviz.views.base import Panel, PanelView, Record, Source
from kerasviz.views.controls import place
from kerasviz.views.empty import Empty
from kerasviz.views.find import layer_of
from kerasviz.views.layer import record_for
from kerasviz.views.reduce import as_float, domain_of, drawable, pool, pool_factor
from kerasviz.wire.messages import Domain, Payload, TargetName

__all__ = ["PANEL", "Unit"]

MAX_CELLS = 250_000  # float32: 1 MB


@dataclass(frozen=True, slots=True)
class Unit(Payload):
    """One unit large, in numbers: a map, a trace over time, or a single value.

    Tensor `values` float32: (height, width), (time,) or (1,). Where a map is larger than
    the budget it is pooled and says so: a cell shows the strongest of `pooled` cells. `domain`
    is the whole layer's, so a unit keeps the colours it has among the others. `mean` is over
    the finite values, None when there is none. Where a unit has more than two axes, the map is
    the slice at `index` of the leading ones. `code` is the line of Python that gives these numbers.

    `place` is an index of the whole output in the model's own layout: a cell's row and column belong at `rows_axis` and
    `columns_axis` of it (-1: there are no rows, no columns).
    """

    path: str
    layer_kind: str
    sample: int
    unit: int
    num_units: int
    form: Literal["map", "trace", "value"]
    domain: Domain
    mean: float | None
    pooled: int
    index: tuple[int, ...] = ()
    code: str = ""
    place: tuple[int, ...] = ()
    rows_axis: int = -1
    columns_axis: int = -1
    kind: ClassVar[str] = "unit"


@dataclass(frozen=True, slots=True)
class UnitParams:
    """Which unit of which layer, for which sample; `options` are the layer panel's."""

    sample: int
    layer: str
    unit: int
    target: TargetName = None
    options: dict[str, Any] = field(default_factory=dict)


def _build(source: Source, params: UnitParams) -> Panel:
    layer = layer_of(source, params.layer)
    record = record_for(source, params)
    if record is None or not drawable(record.values):
        return Panel(Empty(layer.path, layer.note or "It gave no numbers for this sample."))
    if not 0 <= params.unit < record.num_units:
        message = (
            f"Unit {params.unit} of layer {layer.path!r} was asked for. It has units 0 … {record.num_units - 1}. "
            "Choose one of those."
        )
        raise InputError(message)
    return _panel(record, params.unit)


def _panel(record: Record, unit: int) -> Panel:
    values = as_float(record.values[..., unit] if record.values.ndim else record.values)
    index = tuple(place(record, name, length)[0] for name, length in zip(record.axes, values.shape[:-2], strict=False))
    values = values[index]
    k = pool_factor(values.shape, MAX_CELLS) if values.ndim == 2 else 1
    if values.ndim == 1 and values.size > MAX_CELLS:
        values = values[:MAX_CELLS]
    shown = pool(values, k) if values.ndim == 2 else values.reshape(-1)
    finite = values[np.isfinite(values)]
    mean = float(finite.mean(dtype=np.float64)) if finite.size else math.nan
    forms: dict[int, Literal["map", "trace", "value"]] = {0: "value", 1: "trace"}
    payload = Unit(
        path=record.layer.path,
        layer_kind=record.layer.kind,
        sample=record.sample,
        unit=unit,
        num_units=record.num_units,
        form=forms.get(values.ndim, "map"),
        domain=domain_of(record.values),
        mean=mean if math.isfinite(mean) else None,
        pooled=k * k,
        index=index,
        code=_code(record, unit, index),
        **_where(record, unit, index),
    )
    with np.errstate(over="ignore"):
        return Panel(payload, {"values": shown.astype(np.float32)})


def _where(record: Record, unit: int, index: tuple[int, ...]) -> dict[str, Any]:
    """How a cell of the picture is addressed in the model's own layout."""
    free = record.axes[len(index) : -1] if record.axes else ()
    at = dict(zip(record.axes, index, strict=False)) | ({record.axes[-1]: unit} if record.axes else {})
    axes = [record.own_axes.index(name) for name in free]
    rows, columns = (axes[0], axes[1]) if len(axes) == 2 else (-1, axes[0] if len(axes) == 1 else -1)
    return {
        "place": tuple(at.get(name, 0) for name in record.own_axes), "rows_axis": rows, "columns_axis": columns,
    }  # fmt: skip


def _code(record: Record, unit: int, index: tuple[int, ...]) -> str:
    """The line of Python that gives these numbers, in the model's own layout."""
    shown = "gradients" if record.options.get("show") == "gradients" else "activations"
    chosen = {axis: str(place) for axis, place in zip(record.axes, index, strict=False)}
    if record.axes:
        chosen[record.axes[-1]] = str(unit)
    parts = ["0", *(chosen.get(axis, ":") for axis in record.own_axes)]
    return f"w.{shown}[{record.layer.path!r}][{', '.join(parts)}]"


PANEL = PanelView(UnitParams, Unit, _build)
