"""`kv.plot.board`: a model on one page."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator, PercentFormatter

from kerasviz.plot.judged import Judged, class_scores, judged
from kerasviz.plot.style import (
    BAD,
    BAR,
    INK,
    MUTED,
    NEGATIVE,
    bare,
    finished,
    headed,
    new_figure,
    number,
    short,
    styled,
    tidy,
)  # fmt: skip
from kerasviz.plot.subject import arrays_of, as_probe
from kerasviz.probes.probe import Probe

__all__ = ["board"]

_ROWS = 26  # of the table of layers
_CLASSES = 24  # with bars of their own
_COLUMNS = 12  # features with a box of their own


def board(  # noqa: PLR0913 - what a figure can be asked
    model: Any,
    x: Any,
    y: Any,
    *,
    history: Any = None,
    class_names: Sequence[str] | None = None,
    path: Any = None,
    dpi: float = 150,
) -> Figure:
    """A model on one page: its layers, its hyperparameters, how well it does, what it was fed, and how it was trained.

    Args:
        model: a Keras model or a `kerasviz.Probe`, with one output: class scores, or a number.
        x: the samples it is judged on.
        y: what is true: class numbers, names or one-hot rows, or numbers (regression).
        history: what `model.fit` gave, or its dict; None leaves the training curves out.
        class_names: names of the classes.
        path: also write the figure there: PNG, SVG or PDF.
        dpi: dots per inch.
    """
    probe = as_probe(model)
    found = judged(probe, x, y, class_names)
    curves = dict(getattr(history, "history", None) or (history if isinstance(history, Mapping) else {}))
    with styled():
        figure = new_figure(11.0, 7.6)
        others = sorted({key.removeprefix("val_") for key in curves} - {"loss", "learning_rate", "lr"})
        places = "ABB\nACD\nACD" if not curves else "ABE\nACD\nACF" if others else "ABE\nACD\nACD"
        parts = figure.subplot_mosaic(places, width_ratios=(1.15, 1, 1), height_ratios=(1, 1, 1))
        _structure(parts["A"], probe)
        _settings(parts["B"], probe, history)
        _performance(parts["C"], found)
        _inputs(parts["D"], x)
        if curves:
            _training(parts["E"], curves, ("loss",), "Training: loss")
        if others:
            _training(parts["F"], curves, others, "Training: metrics")
        measure = f"accuracy {found.score:.1%}" if found.classes else f"R² {found.score:.3f}"
        headed(figure, f"{probe.model.name}: {measure} on {len(found.true):,} samples")
        return finished(figure, path, dpi)


def _structure(axes: Axes, probe: Probe) -> None:
    """Layers from top to bottom: name, output, parameters."""
    bare(axes).set_title("Structure")
    rows = [info for info in probe.layers if not info.is_container and not info.output_index]
    shown = rows if len(rows) <= _ROWS else [*rows[: _ROWS - 9], None, *rows[-8:]]
    axes.set_xlim(0, 1)
    axes.set_ylim(_ROWS + 0.5, -1)
    for at, text, side in ((0, "layer", "left"), (0.78, "output", "right"), (1, "parameters", "right")):
        axes.text(at, -0.4, text, fontsize=6.5, color=MUTED, ha=side)
    for row, info in enumerate(shown):
        if info is None:
            axes.text(0, row + 0.6, f"… {len(rows) - len(shown) + 1} more", fontsize=6.5, color=MUTED)
            continue
        shape = " × ".join("?" if size is None else str(size) for size in (info.output_shape or ())[1:])
        axes.text(0, row + 0.6, short(f"{info.path}  ({info.kind})", 38), fontsize=6.5)
        axes.text(0.78, row + 0.6, shape or "1", fontsize=6.5, color=MUTED, ha="right")
        if info.num_parameters:
            axes.text(1, row + 0.6, f"{info.num_parameters:,}", fontsize=6.5, ha="right")
        axes.axhline(row + 0.85, color="#eceff3", linewidth=0.6)


def _settings(axes: Axes, probe: Probe, history: Any) -> None:
    bare(axes).set_title("Hyperparameters")
    axes.set_xlim(0, 1)
    lines = list(_hyperparameters(probe, history))
    axes.set_ylim(max(9, len(lines)) + 0.2, -0.3)
    for row, (name, value) in enumerate(lines):
        axes.text(0, row + 0.5, name, fontsize=7, color=MUTED)
        axes.text(0.38, row + 0.5, short(value, 44), fontsize=7)


def _hyperparameters(probe: Probe, history: Any) -> Iterator[tuple[str, str]]:
    """What the model and its training were set to."""
    model = probe.model
    trained = sum(int(np.prod(weight.shape)) for weight in model.trainable_weights)
    yield "parameters", f"{model.count_params():,}, {trained:,} of them trained"
    yield "precision", str(getattr(model.dtype_policy, "name", model.dtype_policy))
    yield "backend", probe.backend.name
    if getattr(model, "compiled", False):
        config = model.get_compile_config() or {}
        optimizer = model.optimizer.get_config()
        yield "optimizer", type(model.optimizer).__name__
        rate = optimizer.get("learning_rate")
        yield "learning rate", number(float(rate), 4) if isinstance(rate, int | float) else str(rate.get("class_name"))
        yield "loss", _named(config.get("loss"))
        yield "metrics", ", ".join(map(_named, leaves_of(config.get("metrics")))) or "none"
    else:
        yield "training", "not compiled"
    parameters = getattr(history, "params", None) or {}
    if "epochs" in parameters:
        yield "epochs", str(parameters["epochs"])
    if parameters.get("steps"):
        yield "steps per epoch", str(parameters["steps"])


def leaves_of(value: Any) -> list[Any]:
    """Entries of nested lists and dicts; a serialized object stays whole."""
    if value is None:
        return []
    if isinstance(value, Mapping) and "class_name" not in value:
        return [leaf for item in value.values() for leaf in leaves_of(item)]
    return [leaf for item in value for leaf in leaves_of(item)] if isinstance(value, list | tuple) else [value]


def _named(value: Any) -> str:
    if isinstance(value, Mapping) and "class_name" in value:
        inner = value.get("config")
        return inner if isinstance(inner, str) else str(value["class_name"])
    return ", ".join(map(_named, leaves_of(value))) if isinstance(value, Mapping | list | tuple) else str(value)


def _performance(axes: Axes, found: Judged) -> None:
    if found.classes:
        _per_class(axes, found)
        return
    axes.scatter(found.true, found.predicted, s=6, color=BAR, alpha=0.5, linewidths=0)
    ends = [float(min(found.true.min(), found.predicted.min())), float(max(found.true.max(), found.predicted.max()))]
    axes.plot(ends, ends, color=MUTED, linewidth=0.8)
    error = float(np.abs(found.true - found.predicted).mean())
    tidy(axes, grid="both").set_title(f"Predicted and true: mean error {number(error)}")
    axes.set_xlabel("true")
    axes.set_ylabel("predicted")


def _per_class(axes: Axes, found: Judged) -> None:
    """Recall and precision of each class; of many classes those with the worst recall."""
    scores = class_scores(found)
    order = np.arange(len(found.names))
    title = "Performance per class"
    if len(order) > _CLASSES:
        order = np.argsort(np.nan_to_num(scores.recall, nan=2.0), kind="stable")[:_CLASSES]
        title = f"The {_CLASSES} classes with the lowest recall, of {len(found.names)}"
    rows = np.arange(len(order))
    axes.barh(rows - 0.19, np.nan_to_num(scores.recall[order]), height=0.36, color=BAR, label="recall")
    axes.barh(rows + 0.19, np.nan_to_num(scores.precision[order]), height=0.36, color=NEGATIVE, label="precision")
    size = 7 if len(order) <= 14 else 5.5
    labels = [f"{short(found.names[k], 18)} ({scores.count[k]})" for k in order]
    tidy(axes, grid="x").set_yticks(rows, labels, fontsize=size, color=INK)
    axes.set_ylim(len(order) - 0.4, -0.6)
    axes.set_xlim(0, 1)
    axes.xaxis.set_major_formatter(PercentFormatter(1))
    axes.set_title(title)
    axes.legend(loc="upper center", bbox_to_anchor=(0.5, -0.06), ncols=2)


def _inputs(axes: Axes, x: Any) -> None:
    """A box for each column of a table; else how often which value occurs."""
    arrays = arrays_of(x)
    first = arrays[0]
    if len(arrays) == 1 and first.ndim == 2 and first.dtype.kind == "f" and first.shape[1] <= _COLUMNS:
        columns = [column[np.isfinite(column)] for column in first.T]
        axes.boxplot(
            columns, orientation="horizontal", widths=0.6, showfliers=False, patch_artist=True,
            boxprops={"facecolor": "#dbe8f8", "edgecolor": BAR, "linewidth": 0.8},
            medianprops={"color": INK}, whiskerprops={"color": MUTED}, capprops={"color": MUTED},
        )  # fmt: skip
        axes.set_yticks(range(1, len(columns) + 1), [str(place) for place in range(len(columns))])
        axes.invert_yaxis()
        axes.set_ylabel("feature")
        axes.set_xlabel("value; each box holds half of the samples")
        tidy(axes, grid="x").set_title("Input distribution")
    else:
        for array in arrays:
            flat = array.reshape(-1).astype(np.float64) if array.dtype.kind in "biuf" else np.zeros(0)
            flat = flat[np.isfinite(flat)]
            if len(flat):
                counts, edges = np.histogram(flat, bins=40)
                axes.stairs(counts / len(flat), edges, fill=len(arrays) == 1, color=BAR if len(arrays) == 1 else None)
        tidy(axes, grid="y").set_title("Input distribution")
        axes.yaxis.set_major_formatter(PercentFormatter(1))
        axes.set_ylabel("share of all numbers")
        axes.set_xlabel("value")


def _training(axes: Axes, curves: Mapping[str, Sequence[float]], names: Sequence[str], title: str) -> None:
    """Training in blue, validation in orange; another metric is dashed."""
    for name, style in zip(names, ("-", "--", ":", "-."), strict=False):
        for key, colour in ((name, BAR), (f"val_{name}", BAD)):
            if key in curves:
                epochs = np.arange(1, len(curves[key]) + 1)
                axes.plot(epochs, curves[key], style, color=colour, linewidth=1.4, marker="o", markersize=2, label=key)
    tidy(axes, grid="y").set_title(title)
    axes.set_xlabel("epoch")
    axes.xaxis.set_major_locator(MaxNLocator(integer=True))
    axes.legend()
