"""`kv.plot.arithmetic`: the sum behind one number, as a waterfall."""

from __future__ import annotations

from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from kerasviz.plot.style import (
    ACCENT,
    BAR,
    INK,
    LINE,
    MUTED,
    NEGATIVE,
    finished,
    headed,
    new_figure,
    number,
    short,
    styled,
    tidy,
)
from kerasviz.rules.arithmetic import arithmetic as computed
from kerasviz.rules.result import Arithmetic, Term

__all__ = ["arithmetic"]


def arithmetic(  # noqa: PLR0913 - what kv.arithmetic takes, and what a figure can be asked
    model: Any,
    x: Any = None,
    layer: Any = None,
    unit: Any = None,
    *,
    max_terms: int = 12,
    path: Any = None,
    dpi: float = 150,
) -> Figure:
    """The strongest terms input × weight, all others together, the bias, their sum, and what the activation makes of it.

    Args:
        model: a model or probe, with `x`, `layer` and `unit` as for `kerasviz.arithmetic`; or what that gave, alone.
        x: one sample.
        layer: a path, or the layer.
        unit: which number of the layer's output.
        max_terms: so many terms have a bar of their own.
        path: also write the figure there: PNG, SVG or PDF.
        dpi: dots per inch.
    """
    found = model if isinstance(model, Arithmetic) else computed(model, x, layer, unit)
    with styled():
        return finished(_drawn(found, max_terms), path, dpi)


def _drawn(found: Arithmetic, max_terms: int) -> Figure:
    shown = found.terms[:max_terms]
    rest = float(np.sum(found.terms.products[len(shown) :]))
    labels = [_words(term) for term in shown]
    steps = [term.product for term in shown]
    if len(found.terms) > len(shown):
        labels.append(f"{len(found.terms) - len(shown):,} more terms")
        steps.append(rest)
    labels.append("bias")
    steps.append(found.bias)
    figure = new_figure(6.4, 0.24 * (len(steps) + 2) + 1.0)
    axes = tidy(figure.subplots(), grid="x")
    _waterfall(axes, steps)
    _ends(axes, found, len(steps))
    axes.set_yticks(range(len(steps) + 2), [*labels, "sum", _activation(found)])
    for tick in axes.get_yticklabels():
        tick.set_color(INK)
    axes.invert_yaxis()
    axes.margins(x=0.16)
    axes.set_xlabel("running sum")
    place = ", ".join(map(str, found.unit))
    headed(figure, f"{found.layer}[{place}] = {number(found.computed, 6)}", _checked(found))
    return figure


def _waterfall(axes: Axes, steps: list[float]) -> None:
    """Each bar starts where the one above ends."""
    ends = np.cumsum([0.0, *steps])
    for row, step in enumerate(steps):
        axes.barh(row, step, left=ends[row], height=0.64, color=NEGATIVE if step < 0 else BAR)
        axes.plot([ends[row + 1]] * 2, [row, row + 1], color=LINE, linewidth=0.8, zorder=0)
        _figure_beside(axes, row, max(ends[row], ends[row + 1]), number(step, 4, sign=True))


def _ends(axes: Axes, found: Arithmetic, row: int) -> None:
    """The sum, and what the activation made of it: a bar where that is on the same scale, else the number alone."""
    low, high = axes.get_xlim()
    axes.barh(row, found.total, height=0.64, color=ACCENT)
    _figure_beside(axes, row, max(found.total, 0.0), number(found.total, 4), bold=True)
    fits = low <= found.computed <= high
    if fits:
        axes.barh(row + 1, found.computed, height=0.64, color=ACCENT)
    _figure_beside(axes, row + 1, max(found.computed, 0.0) if fits else 0.0, number(found.computed, 4), bold=True)
    axes.axvline(0, color=MUTED, linewidth=0.8)
    axes.axhline(row - 0.5, color=LINE, linewidth=0.8)


def _figure_beside(axes: Axes, row: int, at: float, text: str, *, bold: bool = False) -> None:
    axes.annotate(
        text, (at, row), (4, 0), textcoords="offset points", va="center", fontsize=7,
        color=INK if bold else MUTED, fontweight="bold" if bold else "normal",
        bbox={"facecolor": "white", "edgecolor": "none", "pad": 0.6},
    )  # fmt: skip


def _words(term: Term) -> str:
    of = term.stage or f"{short(term.path, 22)}[{', '.join(map(str, term.index))}]"
    of = f"{term.function}({of})" if term.function else of
    return f"{of}   {number(term.input)} × {number(term.weight)}"


def _activation(found: Arithmetic) -> str:
    return "value" if found.activation in ("", "linear") else f"after {found.activation}"


def _checked(found: Arithmetic) -> str:
    said = f"{found.kind}, {len(found.terms):,} terms"
    if found.agrees is None:
        return said
    verdict = "the model computed the same" if found.agrees else "the model computed another number"
    return f"{said}; {verdict}: {number(found.value or 0.0, 6)} (difference {abs(found.error):.1e})"
