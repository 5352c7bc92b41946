"""In and out: what went into a layer beside what came out, for layers of any kind; nothing is claimed between them."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from kerasviz.views.base import Control, LayerView, Panel, Record
from kerasviz.views.kinds import ACTIVATIONS, NOISES, NORMALISATIONS
from kerasviz.views.pictures import choose, drawn_axes, in_own_layout, picture
from kerasviz.views.reduce import drawable
from kerasviz.views.sheet import Drawn, Fact, Sheet, sheet

__all__ = ["MAX_INPUTS", "VIEW", "side_by_side", "title_of"]

MAX_INPUTS = 8


def title_of(record: Record, number: int) -> str:
    """What an input is called: the path of the layer that gave it."""
    return record.around.inputs[number].layer.path


_ELSEWHERE = ACTIVATIONS | NOISES | NORMALISATIONS  # what these did to their input has a view of its own


def _supports(record: Record) -> int:
    """More than the general tensor view, less than all others."""
    if record.layer.kind in _ELSEWHERE:
        return 0
    return 2 if record.layer.inputs and drawable(record.values) else 0


def _build(record: Record, _start: int, _count: int) -> Panel:
    return side_by_side(record)


def side_by_side(record: Record, *notes: str) -> Panel:
    """Inputs and output, each on its own scale, with sliders for the axes that a picture does not show."""
    inputs = record.around.inputs
    figures: list[Drawn] = []
    controls: dict[str, Control] = {}
    facts = []
    for number, each in enumerate(inputs[:MAX_INPUTS]):
        title = title_of(record, number)
        facts.append(Fact("input", f"{title} · {_shape(each)}"))
        if drawable(each.values):
            figures.append(_drawn(f"input_{number}", title, each, record, controls))
    figures.append(_drawn("output", "output", record, record, controls))
    facts += [Fact("output", _shape(record)), *_unchanged(record)]
    found = [*notes, *(["not_all_inputs"] if len(inputs) > MAX_INPUTS else [])]
    return sheet(record, figures, controls.values(), facts=facts, notes=found)


def _drawn(name: str, title: str, each: Record, record: Record, controls: dict[str, Control]) -> Drawn:
    each = replace(each, options=record.options)
    rank, drawn = each.values.ndim, drawn_axes(each)
    at, offered = choose(each, [axis for axis in range(rank) if axis not in drawn])
    for control in offered:
        known = controls.get(control.name)
        controls[control.name] = control if known is None or control.count > known.count else known
    return picture(name, each, at, title=title)


def _shape(record: Record) -> str:
    return f"{' × '.join(map(str, record.shape)) or '1'} {record.values.dtype.name}"


def _unchanged(record: Record) -> list[Fact]:
    """The share of cells that came out as they went in, where that can be asked."""
    inputs = record.around.inputs
    if len(inputs) != 1 or inputs[0].shape != record.shape or not drawable(inputs[0].values):
        return []
    same = in_own_layout(inputs[0]) == in_own_layout(record)
    return [Fact("unchanged", f"{np.mean(same):.1%}")]


VIEW = LayerView(Sheet, _supports, _build, aspect="in_out")
