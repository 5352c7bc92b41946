"""`kv.plot.maps`: what one layer gives for one sample."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator

from kerasviz.models.layer_info import LayerInfo
from kerasviz.plot.style import BAR, LINE, NEGATIVE, bare, finished, headed, new_figure, scale_of, styled, tidy
from kerasviz.plot.subject import as_probe, layer_values
from kerasviz.views.reduce import as_float

__all__ = ["draw_values", "maps"]

_WIDTH = 6.4  # inches: a page's text


def maps(  # noqa: PLR0913 - what a figure can be asked
    model: Any,
    x: Any,
    layer: Any,
    *,
    sample: int = 0,
    max_maps: int = 64,
    path: Any = None,
    dpi: float = 150,
) -> Figure:
    """A layer's output for one sample: feature maps, a time × unit map, or bars.

    All maps share one colour scale, which is that of the widget. Where there are more than `max_maps`, the ones with
    the strongest value are shown, and the figure says so.

    Args:
        model: a Keras model or a `kerasviz.Probe`.
        x: samples, as the model takes them.
        layer: a path ("conv2d"), or the layer.
        sample: which of the samples.
        max_maps: at most so many maps.
        path: also write the figure there: PNG, SVG or PDF.
        dpi: dots per inch.

    Example:
        >>> import keras, kerasviz, numpy as np
        >>> model = keras.Sequential([keras.Input((8, 8, 1)), keras.layers.Conv2D(4, 3, name="conv")])
        >>> figure = kerasviz.plot.maps(model, np.ones((1, 8, 8, 1)), "conv", path="maps.svg")  # doctest: +SKIP
    """
    info, values, axes = layer_values(as_probe(model), x, layer, sample)
    with styled():
        return finished(draw_values(info, values, axes, max_maps), path, dpi)


def draw_values(info: LayerInfo, values: np.ndarray, axes: tuple[str, ...], max_maps: int = 64) -> Figure:
    """The figure that fits the number of axes."""
    values = as_float(values)
    title = f"{info.path} ({info.kind})"
    if values.ndim >= 3:
        values, slices = _middle(values, axes)
        return _sheet(title, values, slices, max_maps)
    if values.ndim == 2:
        return _matrix(title, values, axes)
    return _bars(title, values.reshape(-1), axes)


def _middle(values: np.ndarray, axes: tuple[str, ...]) -> tuple[np.ndarray, str]:
    """(height, width, channel): the middle of the axes before them, and a sentence about it."""
    said = []
    for name in axes[: values.ndim - 3]:
        middle = len(values) // 2
        said.append(f"{name} {middle} of {len(values)}")
        values = values[middle]
    return values, ", ".join(said)


def _sheet(title: str, values: np.ndarray, slices: str, max_maps: int) -> Figure:
    """Maps side by side, on one scale."""
    height, width, count = values.shape
    strongest = np.argsort(-np.nan_to_num(np.abs(values)).max(axis=(0, 1)), kind="stable")
    shown = np.sort(strongest[:max_maps])
    columns, rows = _grid(len(shown), width / height)
    cell = min(_WIDTH * 0.88 / columns, 1.6)
    figure = new_figure(columns * cell + 0.8, rows * (cell * height / width + 0.14) + 0.6, gaps=0.02)
    grid = figure.subplots(rows, columns, squeeze=False)
    scale = scale_of(values)
    for place, axes in enumerate(grid.flat):
        bare(axes)
        if place < len(shown):
            unit = shown[place]
            axes.imshow(values[..., unit], cmap=scale.cmap, norm=scale.norm, aspect="equal")
            axes.set_title(str(unit), fontsize=6.5, fontweight="normal", pad=2)
        else:
            axes.set_visible(False)
    scale.bar(figure, grid, "activation", shrink=min(1.0, 1.6 / figure.get_figheight() + 0.3))
    all_of_them = f"{count} channel{'s' if count > 1 else ''}"
    some = f"the {len(shown)} with the strongest value of {all_of_them}" if len(shown) < count else all_of_them
    headed(figure, title, ", ".join(filter(None, [some, f"{height} × {width}", slices])))
    return figure


def _grid(count: int, ratio: float) -> tuple[int, int]:
    """Columns and rows for maps of this width / height, wider than high on the page."""
    columns = max(1, min(count, math.ceil(math.sqrt(count * 1.8 / ratio)), 12))
    return columns, math.ceil(count / columns)


def _matrix(title: str, values: np.ndarray, names: tuple[str, ...]) -> Figure:
    """Two axes: time runs to the right, units downwards."""
    scale = scale_of(values)
    height = float(np.clip(0.9 + values.shape[1] * 0.09, 1.8, 6.0))
    figure = new_figure(_WIDTH, height)
    axes = tidy(figure.subplots())
    axes.imshow(values.T, cmap=scale.cmap, norm=scale.norm, aspect="auto")
    first, second = (names[0], names[1]) if len(names) == 2 else ("position", "unit")
    axes.set_xlabel(first)
    axes.set_ylabel(second)
    axes.xaxis.set_major_locator(MaxNLocator(integer=True, nbins=10))
    axes.yaxis.set_major_locator(MaxNLocator(integer=True, nbins=8))
    scale.bar(figure, axes, "activation", shrink=1.0)
    headed(figure, title, f"{values.shape[0]} × {values.shape[1]} ({first} × {second})")
    return figure


def _bars(title: str, values: np.ndarray, names: tuple[str, ...]) -> Figure:
    figure = new_figure(_WIDTH, 2.4)
    axes = tidy(figure.subplots(), grid="y")
    unit_bars(axes, values)
    axes.set_xlabel(names[-1] if names else "unit")
    axes.set_ylabel("activation")
    headed(figure, title, f"{len(values)} units")
    return figure


def unit_bars(axes: Axes, values: np.ndarray) -> None:
    """One bar for each unit; thin ones without gaps where there are many."""
    colours = np.where(values < 0, NEGATIVE, BAR)
    axes.bar(np.arange(len(values)), np.nan_to_num(values), width=0.8 if len(values) <= 100 else 1.0, color=colours)
    axes.axhline(0, color=LINE, linewidth=0.8)
    axes.set_xlim(-0.6, len(values) - 0.4)
    axes.xaxis.set_major_locator(MaxNLocator(integer=True, nbins=12))
