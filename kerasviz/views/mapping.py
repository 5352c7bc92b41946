"""In and out, and the map between them: pooling, padding, cropping, upsampling, reshaping, joining layers.

For a chosen cell of the output the cells of the inputs that made it are marked. The map stands on the layer's
settings and is checked at every look: the output is computed again from the inputs and compared.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from kerasviz.views.base import LayerView, Panel, Record
from kerasviz.views.checks import compare
from kerasviz.views.in_out import MAX_INPUTS, side_by_side, title_of
from kerasviz.views.joins import JOINS, joined
from kerasviz.views.moves import MOVES, moved
from kerasviz.views.pictures import (
    choose,
    common,
    cut,
    drawn_axes,
    in_own_layout,
    option_of,
    own_place,
    picture,
    shown_place,
)
from kerasviz.views.reduce import as_float, drawable
from kerasviz.views.sheet import Along, Drawn, Fact, Mark, Sheet, bars, heat, number, sheet
from kerasviz.views.trace import Box, Job, Trace
from kerasviz.views.windows import is_windowed, windowed
from kerasviz.wire.messages import Domain

__all__ = ["VIEW", "trace_of"]

SHOWN_TERMS = 6


def _supports(record: Record) -> int:
    kind = record.layer.kind
    known = kind in MOVES or kind in JOINS or is_windowed(kind)
    return 8 if known and record.layer.inputs and drawable(record.values) else 0


def trace_of(record: Record) -> Trace | None:
    """How the output follows from the inputs; None where the settings leave that open."""
    inputs = record.around.inputs
    if not inputs or len(inputs) != len(record.layer.inputs) or not all(map(_is_whole, (record, *inputs))):
        return None
    arrays = tuple(in_own_layout(each) for each in inputs)
    job = Job(record.layer.kind, record.around.settings, arrays, record.shape)
    if job.kind in JOINS:
        return joined(job)
    trace = moved(job) if job.kind in MOVES and (len(arrays) == 1 or job.kind in ("Concatenate", "Stack")) else None
    return trace or (windowed(job) if is_windowed(job.kind) else None)


def _is_whole(record: Record) -> bool:
    """Whether the values are one sample's, with the batch axis gone, and numbers."""
    shape = record.layer.output_shape
    return drawable(record.values) and (shape is None or len(shape) == len(record.shape) + 1)


def _build(record: Record, _start: int, _count: int) -> Panel:
    trace = trace_of(record)
    if trace is None:
        return side_by_side(record, "map_unknown")
    at, controls = choose(record, range(record.values.ndim))
    boxes = trace.boxes(own_place(record, at))
    check = compare(trace.output, in_own_layout(record), trace.scale)
    notes = []
    if not check.good and trace.instead is not None:
        other = compare(trace.instead.output, in_own_layout(record), trace.instead.scale)
        if other.good:
            trace, check, notes = trace.instead, other, ["edges_repeated"]
    facts = [*_story(record, trace, at, boxes), check.fact("recomputed")]
    notes += [] if check.good else ["map_does_not_hold"]
    notes += ["not_all_inputs"] if len(record.around.inputs) > MAX_INPUTS else []
    figures = [*_pictures(record, trace, at, boxes), *_more(record, trace, at, boxes)]
    return sheet(record, figures, controls, facts=facts, notes=notes)


# Pictures: the inputs and the output on one scale


def _pictures(record: Record, trace: Trace, at: Sequence[int], boxes: Sequence[Box]) -> list[Drawn]:
    inputs = record.around.inputs[:MAX_INPUTS]
    places = [_place_in(number, each, at, record, boxes) for number, each in enumerate(inputs)]
    slices = [cut(each, place) for each, place in zip(inputs, places, strict=True)]
    moved_only = trace.rule not in ("×", "÷", "·")
    scale = common([*slices, cut(record, at)]) if moved_only else None
    drawn = [
        _input_picture(number, each, place, trace, boxes, scale, title_of(record, number))
        for number, (each, place) in enumerate(zip(inputs, places, strict=True))
    ]
    edge = [] if trace.inside is None else _marks("edge", record, trace.inside)
    every = range(record.values.ndim)
    return [
        *drawn,
        picture("output", record, at, title="output", domain=scale, marks=edge, chosen=every, pick=True),
    ]


def _input_picture(  # noqa: PLR0913, PLR0917 - what there is to know of one input
    number: int,
    each: Record,
    place: Sequence[int],
    trace: Trace,
    boxes: Sequence[Box],
    scale: Domain | None,
    title: str,
) -> Drawn:
    mine = [box for box in boxes if box.input == number]
    marks = [mark for box in mine for mark in _marks("window", each, box)]
    if trace.rule in ("max", "min"):
        marks += [mark for box in mine for mark in _marks("cell", each, _winner(trace.rule, each, box, boxes))]
    if trace.kept is not None:
        marks += _marks("edge", each, trace.kept)
    chosen = range(each.values.ndim) if mine and each.values.ndim == 1 else ()
    return picture(f"input_{number}", each, place, title=title, domain=scale, marks=marks, chosen=chosen)


def _place_in(number: int, each: Record, at: Sequence[int], record: Record, boxes: Sequence[Box]) -> tuple[int, ...]:
    """The place to show an input at: where its cells are, or like the output's where none is."""
    mine = next((box for box in boxes if box.input == number), None)
    if mine is not None:
        return shown_place(each, mine.start)
    by_name = dict(zip(record.axes, at, strict=True))
    lengths = zip(each.axes, each.values.shape, strict=True)
    return tuple(min(by_name.get(name, 0), max(0, length - 1)) for name, length in lengths)


def _marks(form: str, record: Record, box: Box | None) -> list[Mark]:
    """A box as a frame on the drawn axes, where there are two."""
    drawn = drawn_axes(record)
    if box is None or len(drawn) != 2:
        return []
    start, stop = shown_place(record, box.start), shown_place(record, box.stop)
    (row, column), (below, beside) = ([place[axis] for axis in drawn] for place in (start, stop))
    return [Mark(form, row, column, below - row, beside - column)]  # type: ignore[arg-type]


def _winner(rule: str, each: Record, box: Box, boxes: Sequence[Box]) -> Box | None:
    """The cell of a window that won; of several inputs' cells none is marked: they are compared by number."""
    if len(boxes) > 1:
        return None
    values = as_float(box.of(in_own_layout(each)))
    if values.size < 2 or values.min() == values.max():  # all alike: none of them won
        return None
    best = int((np.argmax if rule == "max" else np.argmin)(values))
    offset = np.unravel_index(best, values.shape)
    return Box.cell(box.input, [int(s + o) for s, o in zip(box.start, offset, strict=True)])


# Facts: where the chosen cell comes from, and the arithmetic


def _story(record: Record, trace: Trace, at: Sequence[int], boxes: Sequence[Box]) -> list[Fact]:
    place = own_place(record, at)
    result = float(as_float(record.values)[tuple(at)])
    facts = [Fact("output_cell", f"output{_index(place)} = {number(result, 6)}")]
    if not boxes:
        return [*facts, Fact("from_cells", "only_padding")]
    sources = [f"{title_of(record, box.input)}{_range(box)}" for box in boxes[:MAX_INPUTS]]
    facts.append(Fact("from_cells", ", ".join(sources)))
    return facts if trace.rule == "copy" else [*facts, Fact("made_of", _arithmetic(record, trace.rule, boxes))]


def _arithmetic(record: Record, rule: str, boxes: Sequence[Box]) -> str:
    parts = [as_float(box.of(in_own_layout(record.around.inputs[box.input]))).reshape(-1) for box in boxes]
    if rule == "·":
        pairs = list(zip(*parts, strict=False))
        products = " + ".join(f"{_term(a)} × {_term(b)}" for a, b in pairs[: SHOWN_TERMS // 2])
        return products + (f" + … ({len(pairs)})" if len(pairs) > SHOWN_TERMS // 2 else "")
    values = np.concatenate(parts)
    shown = values[:SHOWN_TERMS]
    if rule in _FUNCTIONS:
        more = f", … ({values.size})" if values.size > SHOWN_TERMS else ""
        return f"{_FUNCTIONS[rule]}({', '.join(number(value) for value in shown)}{more})"
    return f" {rule} ".join(map(_term, shown)) + (f" {rule} …" if values.size > SHOWN_TERMS else "")


_FUNCTIONS = {"max": "max", "min": "min", "mean": "mean", "~": "Σ w · "}


def _term(value: float) -> str:
    return f"({number(value)})" if value < 0 else number(value)


def _index(place: Sequence[int]) -> str:
    return f"[{', '.join(map(str, place))}]"


def _range(box: Box) -> str:
    """A box as NumPy would take it."""
    ends = zip(box.start, box.stop, strict=True)
    return f"[{', '.join(str(low) if high == low + 1 else f'{low}:{high}' for low, high in ends)}]"


# What some of them have beside


def _more(record: Record, trace: Trace, at: Sequence[int], boxes: Sequence[Box]) -> list[Drawn]:
    if trace.rule == "+" and len(boxes) > 1:
        return [_shares(record, boxes)]
    if record.layer.kind == "Concatenate" and len(record.around.inputs) > 1:
        return [_bands(record, trace, at)]
    if trace.rule == "max" and "Pooling" in record.layer.kind and record.around.inputs[0].values.ndim == 3:
        return [_winners(record, trace, at, boxes)]
    return []


def _shares(record: Record, boxes: Sequence[Box]) -> Drawn:
    """How much each input counts at the chosen cell: |a| / Σ|·|."""
    sizes = np.array(
        [float(abs(as_float(box.of(in_own_layout(record.around.inputs[box.input]))).sum())) for box in boxes]
    )
    names = tuple(title_of(record, box.input) for box in boxes)
    shares = sizes / sizes.sum() if sizes.sum() > 0 else sizes
    return bars("shares", shares, Along("input", labels=names), title="shares", domain=Domain(0, 1, signed=False))


def _bands(record: Record, trace: Trace, at: Sequence[int]) -> Drawn:
    """Which input each place along the joined axis comes from."""
    place = list(own_place(record, at))
    inputs = record.around.inputs
    lengths = [each.shape for each in inputs]
    axis = next((i for i, length in enumerate(record.shape) if any(s[i] != length for s in lengths)), 0)
    numbers, labels = [], []
    for i in range(record.shape[axis]):
        (box,) = trace.boxes((*place[:axis], i, *place[axis + 1 :]))
        numbers.append(box.input)
        labels.append(f"{title_of(record, box.input)}[{box.start[axis]}]")
    name = record.own_axes[axis]
    rows = Along("", labels=("",))
    columns = Along(name, labels=tuple(labels), pick=option_of(record, record.axes.index(name)), chosen=place[axis])
    domain = Domain(0, max(1, len(inputs) - 1), signed=False)
    return heat("bands", np.array([numbers], np.float32), rows, columns, title="bands", domain=domain, wide=True)


def _winners(record: Record, trace: Trace, at: Sequence[int], boxes: Sequence[Box]) -> Drawn:
    """In how many windows of this picture each cell of the input was the largest; windows all alike have none."""
    (each,) = record.around.inputs
    (rows, columns), place = drawn_axes(each), list(at)
    values = as_float(cut(each, shown_place(each, boxes[0].start)))
    ends: list[list[tuple[int, int]]] = []
    for axis in (rows, columns):  # windows are blocks: their rows do not depend on their column
        along = []
        for step in range(record.values.shape[axis] if record.values.ndim == 3 else 1):
            here = (*place[:axis], step, *place[axis + 1 :]) if record.values.ndim == 3 else tuple(place)
            (box,) = trace.boxes(own_place(record, here))
            along.append((shown_place(each, box.start)[axis], shown_place(each, box.stop)[axis]))
        ends.append(along)
    counts = np.zeros(values.shape, np.float32)
    for top, bottom in ends[0]:
        for left, right in ends[1]:
            window = values[top:bottom, left:right]
            if window.min() < window.max():
                row, column = divmod(int(window.argmax()), right - left)
                counts[top + row, left + column] += 1
    marks = [mark for box in boxes for mark in _marks("window", each, box)]
    return heat("winners", counts, Along(each.axes[rows]), Along(each.axes[columns]), title="winners", marks=marks)


VIEW = LayerView(Sheet, _supports, _build, aspect="in_out")
