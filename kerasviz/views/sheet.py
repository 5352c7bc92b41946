"""A sheet: several small pictures of one layer on one page, for views that need no drawing of their own.

A view makes its figures with `heat`, `bars`, `lines` and `tiles` and hands them to `sheet`. Titles, names
of axes, facts and notes may be keys of the front end's table of texts; what is no key is shown as it is.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import ClassVar, Literal

import numpy as np

from kerasviz.views.base import Control, LayerHead, Panel, Record
from kerasviz.views.head import head_of
from kerasviz.views.reduce import MAX_BYTES, as_float, domain_of, pool, pool_factor, quantise
from kerasviz.wire.messages import Domain, Payload

__all__ = ["Along", "Drawn", "Fact", "Figure", "Mark", "Sheet", "bars", "heat", "lines", "number", "sheet", "tiles"]

EXACT_CELLS = 16_384  # a picture this small travels as float32, so that every number can be read exactly
MAX_SIDE = 1024
MAX_PLACES = 4096


@dataclass(frozen=True, slots=True)
class Along:
    """One axis of a figure: place i stands for `start` + i · `step`, or is called `labels[i]`.

    `pick` says what a click on a place chooses: "unit" the unit of that number, any other name the
    option of that name ("" nothing). `chosen` is the place that is marked, -1 for none.
    """

    name: str
    start: float = 0
    step: float = 1
    labels: tuple[str, ...] = ()
    pick: str = ""
    chosen: int = -1


@dataclass(frozen=True, slots=True)
class Mark:
    """A frame around places of a heat map, counted in places of its axes: the window that is meant, one cell, an edge."""

    form: Literal["window", "cell", "edge"]
    row: int
    column: int
    rows: int = 1
    columns: int = 1


@dataclass(frozen=True, slots=True)
class Figure:
    """One picture of a sheet; its tensor has its `name`.

    heat: (rows, columns), `axes` of both. bars: (n,), one axis. lines: (series, n), the axis along n;
    `series` names them. tiles: (n, rows, columns), the axis of the tiles first. uint8 is on `domain`,
    float32 is the numbers themselves. `wide` figures take the whole width. `marks` are frames on a heat
    map; `joined` lines go on over places without a number, and few points are drawn as dots; `plain` bars have one colour.
    """

    name: str
    form: Literal["heat", "bars", "lines", "tiles"]
    title: str
    domain: Domain
    axes: tuple[Along, ...]
    series: tuple[str, ...] = ()
    wide: bool = False
    marks: tuple[Mark, ...] = ()
    joined: bool = False
    plain: bool = False


@dataclass(frozen=True, slots=True)
class Fact:
    """One number or word beside the figures; `good` says whether a check held (None: it is no check)."""

    name: str
    value: str
    good: bool | None = None


def number(value: float, digits: int = 4) -> str:
    """A number as it stands in a fact, with a real minus."""
    return f"{value:.{digits}g}".replace("-", "−")


@dataclass(frozen=True, slots=True)
class Sheet(Payload):
    """Several pictures of one layer, with facts and notes. Tensors: one for each figure, by its name."""

    head: LayerHead
    figures: tuple[Figure, ...]
    facts: tuple[Fact, ...]
    notes: tuple[str, ...]
    kind: ClassVar[str] = "sheet"


@dataclass(frozen=True, slots=True)
class Drawn:
    """A figure and the numbers it shows, not yet cut to the budget."""

    figure: Figure
    values: np.ndarray


def heat(  # noqa: PLR0913 - one argument for each thing a picture has
    name: str, values: np.ndarray, rows: Along, columns: Along, *,
    title: str = "", domain: Domain | None = None, wide: bool = False, marks: Sequence[Mark] = (),
) -> Drawn:  # fmt: skip
    """A heat map of (rows, columns)."""
    axes, found = (rows, columns), domain or domain_of(values)
    return Drawn(Figure(name, "heat", title or name, found, axes, wide=wide, marks=tuple(marks)), values)


def bars(  # noqa: PLR0913 - one argument for each thing a picture has
    name: str, values: np.ndarray, along: Along, *, title: str = "", domain: Domain | None = None, wide: bool = False,
    plain: bool = False,
) -> Drawn:  # fmt: skip
    """One bar for each of (n,); `plain` ones all in one colour."""
    return Drawn(
        Figure(name, "bars", title or name, domain or domain_of(values), (along,), wide=wide, plain=plain), values
    )


def lines(  # noqa: PLR0913 - one argument for each thing a picture has
    name: str, values: np.ndarray, along: Along, series: Sequence[str] = ("",), *,
    title: str = "", domain: Domain | None = None, wide: bool = False, joined: bool = False,
) -> Drawn:  # fmt: skip
    """One line for each of (series, n)."""
    found = np.atleast_2d(values)
    axes, domain = (along,), domain or domain_of(found)
    return Drawn(Figure(name, "lines", title or name, domain, axes, tuple(series), wide, joined=joined), found)


def tiles(  # noqa: PLR0913 - one argument for each thing a picture has
    name: str, values: np.ndarray, axes: Sequence[Along], *,
    title: str = "", domain: Domain | None = None, wide: bool = True,
) -> Drawn:  # fmt: skip
    """One small heat map for each of (n, rows, columns), all on one scale."""
    figure = Figure(name, "tiles", title or name, domain or domain_of(values), tuple(axes), wide=wide)
    return Drawn(figure, values)


def sheet(  # noqa: PLR0913 - one argument for each thing on the page
    record: Record,
    figures: Iterable[Drawn],
    controls: Iterable[Control] = (),
    *,
    facts: Iterable[Fact] = (),
    notes: Iterable[str] = (),
    code: str = "",
) -> Panel:
    """The panel, with every picture cut to its share of the budget."""
    drawn = list(figures)
    share = MAX_BYTES // max(1, len(drawn))
    fitted = [_fitted(each, share) for each in drawn]
    head = head_of(record, *controls, code=code)
    payload = Sheet(head, tuple(figure for figure, _ in fitted), tuple(facts), tuple(notes))
    return Panel(payload, {figure.name: values for figure, values in fitted})


def _fitted(drawn: Drawn, share: int) -> tuple[Figure, np.ndarray]:
    figure, values = drawn.figure, as_float(drawn.values)
    if figure.form in ("bars", "lines"):
        with np.errstate(over="ignore"):
            return figure, values[..., : min(MAX_PLACES, share // 4)].astype(np.float32)
    if figure.form == "tiles":
        values = values[: max(1, min(len(values), share // 64))]
    count = len(values) if figure.form == "tiles" else 1
    k = pool_factor(values.shape, share // max(1, count), MAX_SIDE)
    if k == 1 and values.size <= min(EXACT_CELLS, share // 4):
        with np.errstate(over="ignore"):
            return figure, values.astype(np.float32)
    stretched = (*figure.axes[:-2], *(_stretched(along, k) for along in figure.axes[-2:]))
    return replace(figure, axes=stretched), quantise(pool(values, k), figure.domain)


def _stretched(along: Along, k: int) -> Along:
    """The axis after k places became one."""
    labels = along.labels if k == 1 else ()
    chosen = along.chosen // k if along.chosen >= 0 else -1
    return replace(along, step=along.step * k, labels=labels, chosen=chosen)
