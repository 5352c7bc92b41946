"""The weights of a layer: kernels of a convolution as tiles, a matrix as a heat map, vectors as bars."""

from __future__ import annotations

import numpy as np

from kerasviz.views.base import Control, LayerView, Panel, Record
from kerasviz.views.controls import choice, place
from kerasviz.views.reduce import drawable
from kerasviz.views.sheet import Along, Drawn, Fact, Sheet, bars, heat, lines, sheet, tiles

__all__ = ["VIEW"]

_CONVOLUTION = "kernel", "depthwise_kernel", "pointwise_kernel"


def _supports(record: Record) -> int:
    return 5 if record.layer.num_parameters and not record.layer.is_container else 0


def _build(record: Record, _start: int, _count: int) -> Panel:
    weights = {name: array for name, array in record.around.weights.items() if drawable(array)}
    if not weights:
        return sheet(record, (), notes=("no_weights",))
    name, control = choice(record, "weight", list(weights))
    figure, controls = _drawn(record, name, weights[name])
    array = weights[name]
    facts = (
        Fact("shape", " × ".join(map(str, array.shape)) or "1"),
        Fact("mean", f"{array.mean(dtype=np.float64):.4g}"),
        Fact("deviation", f"{array.std(dtype=np.float64):.4g}"),
        Fact("zeros", f"{(array == 0).mean():.1%}"),
    )
    offered = [control] if len(weights) > 1 else []
    code = f"w.probe.weights({record.layer.path!r})[{name!r}]"
    notes = ("kernel_channels",) if _is_kernel(name, array) else ()
    return sheet(record, [figure], [*offered, *controls], facts=facts, code=code, notes=notes)


def _is_kernel(name: str, array: np.ndarray) -> bool:
    return name.rpartition("/")[2] in _CONVOLUTION and array.ndim >= 3


def _drawn(record: Record, name: str, array: np.ndarray) -> tuple[Drawn, list[Control]]:
    if _is_kernel(name, array):
        return _kernels(
            record,
            name,
            array,
            transposed="Transpose" in record.layer.kind,
            depthwise="depthwise" in name.rpartition("/")[2],
        )
    if array.ndim <= 1:
        return bars(name, array.reshape(-1), Along("unit", pick="unit"), wide=True), []
    return _matrix(record, name, array)


def _kernels(
    record: Record, name: str, array: np.ndarray, *, transposed: bool, depthwise: bool
) -> tuple[Drawn, list[Control]]:
    """The kernel of one output channel: one tile for each input channel, deeper axes on sliders; a bar, where it is 1 × 1."""
    if transposed:  # (…, out, in)
        array = np.moveaxis(array, -2, -1)
    outputs = 1 if depthwise else array.shape[-1]
    unit, picking = place(record, "unit", outputs)
    kernel = array[..., 0] if depthwise else array[..., unit]  # (…, in)
    controls = [picking] if outputs > 1 else []
    title = f"{name}{_index(array, transposed=transposed, unit=None if depthwise else unit)}"
    if _is_point(array):
        return bars(name, kernel.reshape(-1), Along("input_channel"), title=title, wide=True), controls
    while kernel.ndim > 3:
        depth, slider = place(record, "depth", kernel.shape[0])
        kernel, controls = kernel[depth], [*controls, slider]
    if kernel.ndim == 2:
        series = tuple(f"{i}" for i in range(kernel.shape[1]))
        if len(series) <= 6:
            return lines(name, kernel.T, Along("step"), series, title=title, wide=True), controls
        return heat(name, kernel.T, Along("input_channel"), Along("step"), title=title, wide=True), controls
    axes = (Along("input_channel"), Along("row"), Along("column"))
    return tiles(name, np.moveaxis(kernel, -1, 0), axes, title=title), controls


def _is_point(kernel: np.ndarray) -> bool:
    """Whether it sees one place only."""
    return set(kernel.shape[:-2]) == {1}


def _index(kernel: np.ndarray, *, transposed: bool, unit: int | None) -> str:
    """How Python writes the part that is shown: "[:, :, :, 3]"."""
    if unit is None:
        return ""
    parts = ["0" if _is_point(kernel) else ":"] * (kernel.ndim - 2) + [":", ":"]
    parts[-2 if transposed else -1] = str(unit)
    return f"[{', '.join(parts)}]"


def _matrix(record: Record, name: str, array: np.ndarray) -> tuple[Drawn, list[Control]]:
    """The two last axes, those before on sliders."""
    controls: list[Control] = []
    axis = 0
    while array.ndim > 2:
        index, slider = place(record, f"axis_{axis}", array.shape[0])
        array, controls, axis = array[index], [*controls, slider], axis + 1
    own = array.shape[1] == record.num_units
    unit = place(record, "unit", array.shape[1])[0] if own else -1
    rows = Along("unit", pick="unit" if own else "", chosen=unit)
    return heat(name, array.T, rows, Along("input_unit"), wide=True), controls


VIEW = LayerView(Sheet, _supports, _build, aspect="weights")
