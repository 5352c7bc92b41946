"""What all figures have in common: type, colours, scales, and how a file is written.

The colours are the widget's: viridis for what has no sign, red – white – blue around 0 for what has one (blue is
positive), and blue beside orange for good and bad, which a colour-blind reader tells apart.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from io import BytesIO
from pathlib import Path
from textwrap import wrap
from typing import Any

import numpy as np
from matplotlib import colormaps, rc_context
from matplotlib.axes import Axes
from matplotlib.colors import Colormap, Normalize
from matplotlib.figure import Figure
from matplotlib.font_manager import fontManager

from kerasviz.errors import InputError
from kerasviz.views.reduce import as_float, domain_of
from kerasviz.wire.messages import Domain

__all__ = [
    "ACCENT", "BAD", "BAR", "INK", "LINE", "MUTED", "NEGATIVE", "SOFT",
    "Scale", "bare", "finished", "headed", "new_figure", "number", "scale_of", "short", "styled", "tidy",
]  # fmt: skip

INK, MUTED, LINE, SOFT = "#1c2027", "#5c6470", "#c3c8d0", "#eef1f5"
BAR, NEGATIVE, ACCENT, BAD = "#3b7dd8", "#dd9b76", "#1766c2", "#c2560c"
_NOT_FINITE = "#ff00c8"
_SCREEN = 96  # dots per inch of a page
_SUFFIXES = (".png", ".svg", ".pdf")
_FONTS = (
    "DejaVu Sans", "Noto Sans CJK SC", "Noto Sans SC", "Source Han Sans SC", "WenQuanYi Zen Hei", "Microsoft YaHei",
    "PingFang SC",
)  # fmt: skip


@contextmanager
def styled() -> Iterator[None]:
    """Our type and lines, whatever the user's settings are; theirs come back afterwards."""
    there = {font.name for font in fontManager.ttflist}
    settings = {
        "font.family": [name for name in _FONTS if name in there] or ["sans-serif"],
        "font.size": 8,
        "text.color": INK,
        "axes.labelcolor": MUTED,
        "axes.labelsize": 8,
        "axes.titlesize": 9,
        "axes.titleweight": "bold",
        "axes.titlelocation": "left",
        "axes.titlecolor": INK,
        "axes.edgecolor": LINE,
        "axes.linewidth": 0.8,
        "axes.spines.top": False,
        "axes.spines.right": False,
        "axes.axisbelow": True,
        "axes.unicode_minus": True,
        "xtick.color": LINE,
        "ytick.color": LINE,
        "xtick.labelcolor": MUTED,
        "ytick.labelcolor": MUTED,
        "xtick.labelsize": 7,
        "ytick.labelsize": 7,
        "grid.color": "#e2e5ea",
        "grid.linewidth": 0.6,
        "image.interpolation": "nearest",
        "figure.facecolor": "white",
        "savefig.facecolor": "white",
        "legend.frameon": False,
        "legend.fontsize": 7,
        "svg.fonttype": "path",
        "pdf.fonttype": 42,
    }
    with rc_context(settings):
        yield


class _Shown(Figure):
    """A figure that notebooks show as a picture, though pyplot does not know of it."""

    def _repr_png_(self) -> tuple[bytes, dict[str, float]]:
        file = BytesIO()
        self.savefig(file, format="png", dpi=self.dpi)
        width, height = (_SCREEN * float(inches) for inches in self.get_size_inches())
        return file.getvalue(), {"width": width, "height": height}


def new_figure(width: float, height: float, *, gaps: float = 0.06) -> Figure:
    """An empty figure (inches) that pyplot does not know of; `gaps` (inches) stand around each picture."""
    figure = _Shown(figsize=(width, height), layout="constrained")
    engine: Any = figure.get_layout_engine()
    engine.set(w_pad=gaps, h_pad=gaps, wspace=0, hspace=0)
    return figure


def headed(figure: Figure, title: str, caption: str = "") -> None:
    """The title, and at the foot in grey what a reader has to know."""
    figure.suptitle(title, x=0.01, ha="left", fontsize=10, fontweight="bold")
    if caption:
        letters = int(figure.get_figwidth() / 0.06)
        figure.supxlabel("\n".join(wrap(caption, letters)), x=0.01, ha="left", fontsize=7, color=MUTED)


def finished(figure: Figure, path: Any = None, dpi: float = 150) -> Figure:
    """The figure, also written to `path` where one is given."""
    if path is not None:
        if Path(path).suffix.lower() not in _SUFFIXES:
            raise InputError(
                f"path={str(path)!r} was passed. Figures are written as PNG, SVG or PDF. End it with .png, .svg or .pdf."
            )
        figure.savefig(path, dpi=dpi)
    figure.set_dpi(dpi)
    return figure


class Scale:
    """A colour scale for some values: the widget's, with its range."""

    def __init__(self, domain: Domain) -> None:
        self.domain = domain
        low, high = domain.low, domain.high
        self.norm = Normalize(low, high if high > low else low + 1)
        self.cmap: Colormap = colormaps["RdBu" if domain.signed else "viridis"].with_extremes(bad=_NOT_FINITE)

    def bar(self, figure: Figure, axes: Any, label: str, **options: Any) -> None:
        """The scale beside the pictures, with its ends and what the numbers are."""
        from matplotlib.cm import ScalarMappable

        mappable = ScalarMappable(self.norm, self.cmap)
        found = figure.colorbar(mappable, ax=axes, **({"shrink": 0.8, "aspect": 24, "pad": 0.02} | options))
        low, high = self.domain.low, self.domain.high
        found.set_ticks([low, 0, high] if self.domain.signed and high > 0 else sorted({low, (low + high) / 2, high}))
        found.set_ticklabels([number(tick) for tick in found.get_ticks()])
        found.set_label(label + self._not_finite())
        found.outline.set_visible(False)

    def _not_finite(self) -> str:
        count = self.domain.nans + self.domain.infs
        return f"; {count} not finite (pink)" if count else ""


def scale_of(values: np.ndarray, *, signed: bool | None = None) -> Scale:
    """The scale of all these values together; `signed` makes it symmetric also where none is below 0."""
    domain = domain_of(as_float(values))
    if signed and not domain.signed:
        domain = Domain(-domain.high, domain.high, signed=True, nans=domain.nans, infs=domain.infs)
    return Scale(domain)


def tidy(axes: Axes, *, grid: str = "") -> Axes:
    """No ticks that stick out; a light grid along one axis."""
    axes.tick_params(length=0)
    if grid:
        axes.grid(axis=grid)  # type: ignore[arg-type]  # "x" or "y"
    return axes


def bare(axes: Axes) -> Axes:
    """No axes at all: a picture."""
    axes.set_xticks([])
    axes.set_yticks([])
    for spine in axes.spines.values():
        spine.set_visible(False)
    return axes


def number(value: float, digits: int = 3, *, sign: bool = False) -> str:
    """A number for people: a real minus, and no sign at 0."""
    if value == 0:
        return "0"
    return f"{value:{'+' if sign else ''}.{digits}g}".replace("-", "−")


def short(text: str, length: int) -> str:
    """At most so many letters; the middle gives way, since layers differ at both ends."""
    if len(text) <= length:
        return text
    head = (length - 1) // 2
    return f"{text[:head]}…{text[len(text) - (length - 1 - head) :]}"
