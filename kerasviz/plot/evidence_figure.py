"""`kv.plot.attribution`: what spoke for the answer, beside the input and over it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator

from kerasviz.attribution.base import Attribution
from kerasviz.attribution.spatial import resize
from kerasviz.errors import InputError
from kerasviz.plot.style import (
    BAR,
    INK,
    LINE,
    NEGATIVE,
    bare,
    finished,
    headed,
    new_figure,
    number,
    scale_of,
    short,
    styled,
    tidy,
)  # fmt: skip
from kerasviz.plot.subject import arrays_of
from kerasviz.views.reduce import as_float

__all__ = ["attribution"]

_MOST_BARS = 30


def attribution(  # noqa: PLR0913 - what a figure can be asked
    found: Attribution,
    x: Any = None,
    *,
    sample: int = 0,
    feature_names: Sequence[str] | None = None,
    path: Any = None,
    dpi: float = 150,
) -> Figure:
    """An attribution of one sample: over an image, under a series, as bars for a table or for tokens.

    Channels of an image are summed, which keeps signs and totals; a layer's map is stretched linearly over the input.

    Args:
        found: what `kerasviz.attribute` gave.
        x: the samples it was asked for; None takes those that the attribution remembers.
        sample: which of them.
        feature_names: names of a table's columns, or the words behind tokens.
        path: also write the figure there: PNG, SVG or PDF.
        dpi: dots per inch.
    """
    if x is None:
        x = None if found.origin is None else found.origin.x
    arrays = list(found.values.values()) if isinstance(found.values, dict) else [found.values]
    inputs = [None] * len(arrays) if x is None else [*arrays_of(x)]
    count = len(arrays[0])
    if not -count <= sample < count:
        raise InputError(f"sample={sample} was passed for {count} samples. Choose one of 0 … {count - 1}.")
    with styled():
        figure = new_figure(6.4, 2.6 * len(arrays) + 0.3)
        parts = figure.subfigures(len(arrays), 1, squeeze=False)[:, 0]
        for place, (part, values) in enumerate(zip(parts, arrays, strict=True)):
            under = inputs[place] if place < len(inputs) else None
            name = found.names[place] if place < len(found.names) else ""
            _one(part, np.asarray(values)[sample], _sample_of(under, sample, count), found, feature_names, name)
        headed(figure, f"{found.method}: why {_target(found, sample)}", _caption(found, sample))
        return finished(figure, path, dpi)


def _sample_of(array: np.ndarray | None, sample: int, count: int) -> np.ndarray | None:
    """One sample of what was passed, which may have been one sample without a batch axis."""
    if array is None:
        return None
    return array[sample] if len(array) == count and array.ndim > 1 else array


def _one(  # noqa: PLR0913, PLR0917 - one figure's parts
    part: Any, values: np.ndarray, under: np.ndarray | None, found: Attribution, names: Sequence[str] | None, name: str
) -> None:
    values = as_float(values)
    is_image = under is not None and under.ndim == 3
    if values.ndim == 3 or (values.ndim == 2 and (under is None or is_image)):
        _image(part, values, under if is_image else None, found)
    elif under is not None and under.ndim == 2 and under.shape[0] == values.shape[0]:
        _series(part, values, under, found)
    else:
        flat = values.sum(axis=tuple(range(1, values.ndim))) if values.ndim > 1 else values
        _bars(part, flat, under, names, name)


def _image(part: Any, values: np.ndarray, under: np.ndarray | None, found: Attribution) -> None:
    """The input, the map, and the map over the input."""
    channels = values.shape[-1] if values.ndim == 3 else 1
    drawn = values.sum(axis=-1) if values.ndim == 3 else values
    scale = scale_of(drawn, signed=found.signed and bool((drawn < 0).any()))
    axes = part.subplots(1, 1 if under is None else 3, squeeze=False)[0]
    label = "attribution" + (f", sum of {channels} channels" if channels > 1 else "")
    if under is not None:
        picture = _picture(under)
        gray = picture if picture.ndim == 2 else picture.mean(axis=-1)
        _show(axes[0], picture, "input")
        stretched = drawn if drawn.shape == gray.shape else resize(drawn, gray.shape, (0, 1))
        _show(axes[2], gray, "both")
        share = np.abs(stretched) / (max(abs(scale.domain.low), abs(scale.domain.high)) or 1)
        axes[2].imshow(stretched, cmap=scale.cmap, norm=scale.norm, alpha=np.clip(np.nan_to_num(share) ** 0.5, 0, 0.9))
    middle = axes[min(1, len(axes) - 1)]
    bare(middle).imshow(drawn, cmap=scale.cmap, norm=scale.norm)
    middle.set_title("attribution", fontweight="normal", fontsize=8)
    scale.bar(part, list(axes), label)


def _show(axes: Axes, picture: np.ndarray, title: str) -> None:
    bare(axes).imshow(picture, cmap="gray" if picture.ndim == 2 else None)
    axes.set_title(title, fontweight="normal", fontsize=8)


def _picture(sample: np.ndarray) -> np.ndarray:
    """(height, width) or (height, width, 3) from 0 to 1, over its own range; other channels are averaged."""
    wide = as_float(sample)
    if wide.ndim == 3 and wide.shape[-1] not in (1, 3):
        wide = np.moveaxis(wide, 0, -1) if wide.shape[0] in (1, 3) else wide.mean(axis=-1)
    if wide.ndim == 3 and wide.shape[-1] == 1:
        wide = wide[..., 0]
    low, high = float(np.nanmin(wide)), float(np.nanmax(wide))
    return (wide - low) / (high - low) if high > low else np.zeros_like(wide)


def _series(part: Any, values: np.ndarray, under: np.ndarray, found: Attribution) -> None:
    """The curves above, step × channel below."""
    top, below = part.subplots(2, 1, sharex=True, height_ratios=(3, 2))
    for channel in range(min(6, under.shape[1])):
        top.plot(under[:, channel], linewidth=1.0, label=f"channel {channel}")
    tidy(top, grid="y").set_ylabel("input")
    if under.shape[1] > 1:
        top.legend(loc="upper left", bbox_to_anchor=(1.0, 1.0))
    heat = values.T if values.ndim == 2 else values[None]
    scale = scale_of(heat, signed=found.signed and bool((heat < 0).any()))
    tidy(below).imshow(heat, cmap=scale.cmap, norm=scale.norm, aspect="auto")
    below.set_xlabel("step")
    below.set_ylabel("channel")
    below.yaxis.set_major_locator(MaxNLocator(integer=True, nbins=4))
    scale.bar(part, below, "attribution", shrink=1.0, aspect=8)


def _bars(part: Any, values: np.ndarray, under: np.ndarray | None, names: Sequence[str] | None, name: str) -> None:
    """The strongest, with their names and what was put in."""
    order = np.argsort(-np.abs(np.nan_to_num(values)), kind="stable")[:_MOST_BARS]
    tokens = under is not None and under.dtype.kind in "iuUO"
    order = np.sort(order) if tokens else order
    axes = tidy(part.subplots(), grid="x")
    drawn = values[order]
    axes.barh(range(len(order)), drawn, color=np.where(drawn < 0, NEGATIVE, BAR), height=0.7)
    axes.axvline(0, color=LINE, linewidth=0.8)
    axes.set_yticks(range(len(order)), [_label(int(i), under, names, tokens=tokens) for i in order])
    axes.tick_params(axis="y", labelcolor=INK)
    axes.invert_yaxis()
    axes.set_xlabel("attribution" + (f" of {name}" if name else ""))
    if len(order) < len(values):
        axes.set_title(f"the {len(order)} strongest of {len(values)}", fontweight="normal", fontsize=8)
    part_height = part.figure.get_figheight()
    part.figure.set_figheight(max(part_height, 0.19 * len(order) + 1.3))


def _label(place: int, under: np.ndarray | None, names: Sequence[str] | None, *, tokens: bool) -> str:
    known = str(names[place]) if names is not None and place < len(names) else ""
    if under is None or under.ndim != 1 or place >= len(under):
        return short(known or str(place), 28)
    given = under[place]
    if tokens:
        return short(f"{place}: {known or given}", 28)
    return f"{short(known or f'feature {place}', 24)} = {number(float(given))}"


def _target(found: Attribution, sample: int) -> str:
    target = np.atleast_1d(np.asarray(found.target[sample])).tolist()
    return ", ".join(map(str, target)) if target else "this output"


def _caption(found: Attribution, sample: int) -> str:
    said = [
        f"score: {found.score}" + (f" = {number(float(found.scores[sample]), 4)}" if found.scores is not None else "")
    ]
    if found.layer:
        said.append(f"layer {found.layer}")
    if found.delta is not None:
        said.append(f"δ = {number(float(found.delta[sample]))}")
    return "; ".join(said)
