"""Input against output of an activation: the curve as this sample drew it, and the share of what it stopped."""

from __future__ import annotations

import numpy as np

from kerasviz.views.base import LayerView, Panel, Record
from kerasviz.views.distributions import BINS, histograms
from kerasviz.views.kinds import ACTIVATIONS
from kerasviz.views.pictures import choose, common, cut, drawn_axes, in_own_layout, picture
from kerasviz.views.reduce import as_float, drawable
from kerasviz.views.sheet import Along, Drawn, Fact, Sheet, lines, sheet
from kerasviz.views.softmax import is_softmax, softmax_panel
from kerasviz.wire.messages import Domain

__all__ = ["VIEW", "bounds_of", "curve"]

NEAR = 0.01  # of the way between the bounds
_BOUNDS = {
    "sigmoid": (0, 1), "hard_sigmoid": (0, 1), "tanh": (-1, 1), "hard_tanh": (-1, 1), "softsign": (-1, 1), "relu6": (0, 6),
}  # fmt: skip
_NAMES = {"Sigmoid": "sigmoid", "HardSigmoid": "hard_sigmoid", "Tanh": "tanh", "HardTanh": "hard_tanh",
          "Softsign": "softsign", "Relu6": "relu6"}  # fmt: skip


def _supports(record: Record) -> int:
    return 8 if record.layer.kind in ACTIVATIONS and record.layer.inputs and drawable(record.values) else 0


def _build(record: Record, _start: int, _count: int) -> Panel:
    before = next((each for each in record.around.inputs if drawable(each.values)), None)
    if before is None or before.shape != record.shape:
        return sheet(record, (), notes=("input_not_seen",))
    if is_softmax(record):
        return softmax_panel(record, before)
    rank, drawn = record.values.ndim, drawn_axes(record)
    at, controls = choose(record, [axis for axis in range(rank) if axis not in drawn])
    scale = common([cut(before, at), cut(record, at)])
    figures = [
        *_measured(record, before, at),
        picture("input", before, at, title="input", domain=scale),
        picture("output", record, at, title="output", domain=scale),
    ]
    notes = ["of_this_unit"] if _is_per_unit(record) else []
    return sheet(record, figures, controls, facts=_facts(record, before), notes=notes)


def _is_per_unit(record: Record) -> bool:
    """A slope learned for each unit: the curves of different units differ."""
    return record.layer.kind == "PReLU" and record.values.ndim > 1


def _measured(record: Record, before: Record, at: tuple[int, ...]) -> list[Drawn]:
    ins, outs = in_own_layout(before), in_own_layout(record)
    if _is_per_unit(record):
        ins, outs = (each.values[..., at[-1]] for each in (before, record))
    points, along = curve(ins, outs)
    shares, places = histograms([ins], "input")
    high = float(shares.max(initial=0.0)) or 1.0
    finite = points[np.isfinite(points)]
    low, high_out = float(finite.min(initial=0.0)), float(finite.max(initial=0.0))
    span = Domain(low, high_out, signed=low < 0)
    return [
        lines("curve", points, along, title="input_against_output", domain=span, joined=True),
        lines("inputs", shares, places, title="input_distribution", domain=Domain(0, high, signed=False)),
    ]


def curve(ins: np.ndarray, outs: np.ndarray, bins: int = BINS) -> tuple[np.ndarray, Along]:
    """One measured output for each of the bins between the smallest and the largest input, NaN where none fell.

    It is the pair whose input is nearest to the bin's middle; the places are called by these inputs.
    """
    x, y = (as_float(array).reshape(-1).astype(np.float64) for array in (ins, outs))
    x, y = x[np.isfinite(x)], y[np.isfinite(x)]
    if not x.size:
        return np.full((1, bins), np.nan), Along("input")
    order = np.argsort(x, kind="stable")
    x, y = x[order], y[order]
    low, high = (x[0], x[-1]) if x[-1] > x[0] else (x[0] - 0.5, x[0] + 0.5)
    step = (high - low) / bins
    middles = low + (np.arange(bins) + 0.5) * step
    right = np.clip(np.searchsorted(x, middles), 0, x.size - 1)
    left = np.maximum(right - 1, 0)
    nearest = np.where(np.abs(x[left] - middles) <= np.abs(x[right] - middles), left, right)
    inside = np.abs(x[nearest] - middles) <= step / 2 * (1 + 1e-9)
    names = tuple(f"{value:.4g}" for value in np.where(inside, x[nearest], middles))
    return np.where(inside, y[nearest], np.nan)[None], Along("input", low + step / 2, step, names)


def bounds_of(record: Record) -> tuple[float, float] | None:
    """Between which numbers the function's outputs lie; None where it has none at both ends."""
    kind, settings = record.layer.kind, record.around.settings
    if kind == "ReLU":
        most = settings.get("max_value")
        return (0.0, float(most)) if isinstance(most, int | float) else None
    name = settings.get("activation") if kind == "Activation" else _NAMES.get(kind)
    return _BOUNDS.get(name) if isinstance(name, str) else None


def _facts(record: Record, before: Record) -> list[Fact]:
    ins, outs = (as_float(in_own_layout(each)) for each in (before, record))
    facts = [
        Fact("set_to_0", f"{np.mean((outs == 0) & (ins != 0)):.1%}"),
        Fact("unchanged", f"{np.mean(ins == outs):.1%}"),
        Fact("negative_inputs", f"{np.mean(ins < 0):.1%}"),
    ]
    bounds = bounds_of(record)
    if bounds is not None:
        low, high = bounds
        near = NEAR * (high - low)
        facts.append(Fact("saturated", f"{np.mean((outs <= low + near) | (outs >= high - near)):.1%}"))
        facts.append(Fact("bounds", f"{low:g} … {high:g}"))
    return facts


VIEW = LayerView(Sheet, _supports, _build, aspect="change")
