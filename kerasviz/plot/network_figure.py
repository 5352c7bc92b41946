"""`kv.plot.network`: the layers as boxes, from the input down, branches side by side."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patches import FancyArrowPatch, FancyBboxPatch
from matplotlib.path import Path

from kerasviz.models.layer_info import LayerInfo
from kerasviz.plot.style import INK, LINE, MUTED, SOFT, bare, finished, headed, new_figure, short, styled
from kerasviz.plot.subject import as_probe

__all__ = ["Box", "boxes_of", "draw_network", "network"]

_WEIGHTED, _PLAIN = "#dbe8f8", SOFT
_WIDTH, _HEIGHT, _GAP = 1.9, 0.42, 0.26  # inches of a box, and between rows


@dataclass(slots=True)
class Box:
    """One layer or operation: where it stands, and what feeds it."""

    path: str
    lines: tuple[str, str]
    inputs: tuple[str, ...]
    weighted: bool = False
    row: int = 0
    column: float = 0.0


def network(model: Any, *, rows: int = 24, path: Any = None, dpi: float = 150) -> Figure:
    """The network: a box for each layer with its class, name, output shape and parameters, arrows for what feeds what.

    Args:
        model: a Keras model or a `kerasviz.Probe`.
        rows: a longer network goes on in another column to the right.
        path: also write the figure there: PNG, SVG or PDF.
        dpi: dots per inch.
    """
    probe = as_probe(model)
    boxes = boxes_of(probe.layers)
    with styled():
        lanes = _lanes(boxes, rows)
        width = sum(lanes) * (_WIDTH + 0.2) + 0.4
        height = min(rows, max(box.row for box in boxes) + 1) * (_HEIGHT + _GAP) + 0.9
        figure = new_figure(max(width, 3.2), height)
        draw_network(figure.subplots(), boxes, lanes, rows)
        total = int(probe.model.count_params())
        said = f"{len(boxes)} layers and operations, {total:,} parameters, which are in the blue ones"
        headed(figure, str(probe.model.name), said)
        return finished(figure, path, dpi)


def boxes_of(layers: Sequence[LayerInfo]) -> list[Box]:
    """The layers that compute, each on the row below the last one that feeds it."""
    containers = {info.path: info for info in layers if info.is_container}
    boxes: dict[str, Box] = {}
    for info in layers:
        if info.path in containers or info.output_index:
            continue
        inputs = tuple(dict.fromkeys(_resolved(name, containers) for name in info.inputs))
        shape = " × ".join("?" if size is None else str(size) for size in (info.output_shape or ())[1:])
        parameters = f", {info.num_parameters:,}" if info.num_parameters else ""
        lines = (short(f"{info.kind} · {info.path}", 34), f"{shape or 'one number'}{parameters}")
        boxes[info.path] = Box(info.path, lines, inputs, weighted=bool(info.num_parameters))
    for name in dict.fromkeys(name for box in boxes.values() for name in box.inputs if name not in boxes):
        boxes[name] = Box(name, (short(name, 34), "input"), ())
    _place(boxes)
    return sorted(boxes.values(), key=lambda box: (box.row, box.column))


def _resolved(name: str, containers: dict[str, LayerInfo]) -> str:
    """The layer behind a container's output; the second output of a layer is the layer."""
    seen = set()
    while name in containers and containers[name].hands_on and name not in seen:
        seen.add(name)
        name = containers[name].hands_on
    head, _, tail = name.rpartition(".")
    return head if tail.isdigit() and head else name


def _place(boxes: dict[str, Box]) -> None:
    """Rows by the longest way from an input; within a row, near what feeds them."""
    done: dict[str, int] = {}

    def row_of(path: str) -> int:
        pending = [path]
        while pending:
            at = pending[-1]
            missing = [name for name in boxes[at].inputs if name in boxes and name not in done]
            if at in done or not missing or len(pending) > len(boxes):
                done.setdefault(at, 1 + max((done.get(name, -1) for name in boxes[at].inputs), default=-1))
                pending.pop()
            else:
                pending.extend(missing)
        return done[path]

    rows: dict[int, list[Box]] = {}
    for box in boxes.values():
        box.row = row_of(box.path)
        rows.setdefault(box.row, []).append(box)
    for number in sorted(rows):
        row = rows[number]
        row.sort(key=lambda box: _mean([boxes[name].column for name in box.inputs if name in boxes]))
        for place, box in enumerate(row):
            box.column = place - (len(row) - 1) / 2


def _mean(values: list[float]) -> float:
    return sum(values) / len(values) if values else 0.0


def _lanes(boxes: Sequence[Box], rows: int) -> list[int]:
    """How many boxes stand side by side, at most, in each column of the page."""
    lanes: dict[int, int] = {}
    counts: dict[int, int] = {}
    for box in boxes:
        counts[box.row] = counts.get(box.row, 0) + 1
        lanes[box.row // rows] = max(lanes.get(box.row // rows, 1), counts[box.row])
    return [lanes.get(number, 1) for number in range(max(lanes) + 1)]


def draw_network(axes: Axes, boxes: Sequence[Box], lanes: Sequence[int], rows: int) -> None:
    """Boxes and arrows."""
    bare(axes)
    starts = [sum(lanes[:number]) for number in range(len(lanes))]
    at = {}
    for box in boxes:
        column = box.row // rows
        x = (starts[column] + lanes[column] / 2 + box.column) * (_WIDTH + 0.2)
        at[box.path] = (x, -(box.row % rows) * (_HEIGHT + _GAP))
        _draw_box(axes, box, *at[box.path])
    for box in boxes:
        for name in box.inputs:
            if name in at:
                _draw_arrow(axes, at[name], at[box.path])
    axes.set_xlim(-0.1, sum(lanes) * (_WIDTH + 0.2) + 0.1)
    deepest = min(rows - 1, max(box.row for box in boxes))
    axes.set_ylim(-deepest * (_HEIGHT + _GAP) - _HEIGHT, _HEIGHT)
    axes.set_aspect("equal")


def _draw_box(axes: Axes, box: Box, x: float, y: float) -> None:
    corner = (x - _WIDTH / 2, y - _HEIGHT / 2)
    look: dict[str, Any] = {"facecolor": _WEIGHTED if box.weighted else _PLAIN, "edgecolor": LINE, "linewidth": 0.7}
    axes.add_patch(FancyBboxPatch(corner, _WIDTH, _HEIGHT, boxstyle="round,pad=0,rounding_size=0.05", zorder=2, **look))
    axes.text(x, y + 0.085, box.lines[0], ha="center", va="center", fontsize=5.6, color=INK, zorder=3)
    axes.text(x, y - 0.095, box.lines[1], ha="center", va="center", fontsize=5.2, color=MUTED, zorder=3)


def _draw_arrow(axes: Axes, start: tuple[float, float], end: tuple[float, float]) -> None:
    """Straight down to the next row; a rail beside the boxes where rows are skipped or another column follows."""
    corners = _way(start, end)
    way = Path(corners, [Path.MOVETO, *[Path.LINETO] * (len(corners) - 1)])
    arrow = FancyArrowPatch(path=way, arrowstyle="-|>", mutation_scale=5, linewidth=0.7, color=MUTED, zorder=1)
    axes.add_patch(arrow)


def _way(start: tuple[float, float], end: tuple[float, float]) -> list[tuple[float, float]]:
    (x0, y0), (x1, y1) = start, end
    half, rail = _WIDTH / 2, 0.1
    above = y1 + _HEIGHT / 2 + _GAP / 2
    if y1 > y0 - 1e-6:  # goes on at the top of another column
        gutter = x1 - half - rail
        return [(x0 + half, y0), (gutter, y0), (gutter, y1), (x1 - half, y1)]
    if abs(x1 - x0) > 1e-6:
        return [(x0, y0 - _HEIGHT / 2), (x0, above), (x1, above), (x1, y1 + _HEIGHT / 2)]
    if abs((y0 - y1) - (_HEIGHT + _GAP)) < 1e-6:
        return [(x0, y0 - _HEIGHT / 2), (x1, y1 + _HEIGHT / 2)]
    return [(x0 + half, y0), (x0 + half + rail * 0.7, y0), (x0 + half + rail * 0.7, y1), (x1 + half, y1)]
