"""`kv.plot.tree`: the tree of predictions."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patches import FancyBboxPatch, Rectangle

from kerasviz.plot.judged import Judged, judged
from kerasviz.plot.style import BAR, INK, LINE, MUTED, SOFT, bare, finished, headed, new_figure, number, short, styled
from kerasviz.plot.subject import as_probe
from kerasviz.plot.surrogate import Branch, Surrogate, features_of, surrogate

__all__ = ["tree"]

_WIDTH, _HEIGHT, _ROW = 1.72, 0.62, 1.12  # inches of a node, and from row to row


@dataclass(frozen=True, slots=True)
class _Placed:
    branch: Branch
    x: float
    depth: int
    parent: tuple[float, int] | None
    side: str


def tree(  # noqa: PLR0913 - what a figure can be asked
    model: Any,
    x: Any,
    y: Any,
    *,
    feature_names: Sequence[str] | None = None,
    class_names: Sequence[str] | None = None,
    max_depth: int = 3,
    seed: int = 0,
    path: Any = None,
    dpi: float = 150,
) -> Figure:
    """The tree of predictions: which features the model's answers turn on, and how well it does in each branch.

    A decision tree is fitted to what the model *answers*, not to what is true. How often the two agree, also on samples
    that the tree has not seen, stands below the figure: where that is low, the tree is not how the model decides.
    An image is cut into blocks, a series into stretches, and their means are the features.

    Args:
        model: a Keras model or a `kerasviz.Probe`, with one input and one output.
        x: samples, at least 10; some hundred make a better tree.
        y: what is true: class numbers, names or one-hot rows, or numbers (regression).
        feature_names: names of a table's columns.
        class_names: names of the classes.
        max_depth: how many questions one after the other.
        seed: chooses the held-out samples.
        path: also write the figure there: PNG, SVG or PDF.
        dpi: dots per inch.
    """
    probe = as_probe(model)
    found = judged(probe, x, y, class_names)
    features, names = features_of(x, feature_names)
    fitted = surrogate(features, names, found, max_depth=max_depth, seed=seed)
    with styled():
        return finished(_drawn(str(probe.model.name), fitted, found), path, dpi)


def _drawn(name: str, fitted: Surrogate, found: Judged) -> Figure:
    placed = list(_placed(fitted.root))
    leaves = sum(not node.branch.below for node in placed)
    depth = max(node.depth for node in placed)
    figure = new_figure(max(5.0, leaves * (_WIDTH + 0.14) + 0.3), (depth + 1) * _ROW + 1.0)
    axes = bare(figure.subplots())
    for node in placed:
        if node.parent is not None:
            _edge(axes, node)
    for node in placed:
        _node(axes, node, found)
    axes.set_xlim(-0.1, max(leaves, 2) * (_WIDTH + 0.14))
    axes.set_ylim(-depth * _ROW - _HEIGHT / 2 - 0.05, _HEIGHT / 2 + 0.1)
    axes.set_aspect("equal")
    headed(figure, f"What the answers of {name} turn on", _caption(fitted, found))
    return figure


def _caption(fitted: Surrogate, found: Judged) -> str:
    if found.classes:
        agree = f"agrees with the model on {fitted.fidelity:.1%} of the samples it was fitted to and on"
        agree += f" {fitted.held_out:.1%} of {fitted.count_held_out} it had not seen"
        return f"The tree imitates the model: it {agree}. Model's accuracy: {found.score:.1%}; the bar is that of the branch."
    agree = f"R² {fitted.fidelity:.3f} on the samples it was fitted to, {fitted.held_out:.3f} on {fitted.count_held_out} others"
    return f"The tree imitates the model's answers: {agree}. Model against the truth: R² {found.score:.3f}."


def _placed(root: Branch) -> Iterator[_Placed]:
    """Leaves side by side, every other node above the middle of its two."""
    width = _WIDTH + 0.14
    leaves = iter(range(10_000))

    def walk(branch: Branch, depth: int) -> tuple[float, list[_Placed]]:
        if not branch.below:
            x = (next(leaves) + 0.5) * width
            return x, [_Placed(branch, x, depth, None, "")]
        (left, first), (right, second) = (walk(child, depth + 1) for child in branch.below)
        x = (left + right) / 2
        first[0] = _Placed(first[0].branch, left, depth + 1, (x, depth), "≤")
        second[0] = _Placed(second[0].branch, right, depth + 1, (x, depth), ">")
        return x, [_Placed(branch, x, depth, None, ""), *first, *second]

    yield from walk(root, 0)[1]


def _edge(axes: Axes, node: _Placed) -> None:
    assert node.parent is not None  # noqa: S101 - for the type checker: asked before
    (x0, depth), x1 = node.parent, node.x
    y0, y1 = -depth * _ROW - _HEIGHT / 2, -node.depth * _ROW + _HEIGHT / 2
    middle = (y0 + y1) / 2
    weight = 0.6 + 3.0 * node.branch.share
    axes.plot(
        [x0, x0, x1, x1], [y0, middle, middle, y1], color=LINE, linewidth=weight, zorder=1, solid_joinstyle="round"
    )
    axes.text(x1, middle - 0.02, f" {node.side} ", ha="center", va="center", fontsize=7, color=MUTED, zorder=3,
              bbox={"facecolor": "white", "edgecolor": "none", "pad": 0.8})  # fmt: skip


def _node(axes: Axes, node: _Placed, found: Judged) -> None:
    branch, x, y = node.branch, node.x, -node.depth * _ROW
    corner = (x - _WIDTH / 2, y - _HEIGHT / 2)
    axes.add_patch(
        FancyBboxPatch(
            corner, _WIDTH, _HEIGHT, boxstyle="round,pad=0,rounding_size=0.05", facecolor="white" if branch.below else SOFT,
            edgecolor=LINE, linewidth=0.8, zorder=2,
        )
    )  # fmt: skip
    head = (
        f"{short(branch.feature, 21)} ≤ {number(branch.threshold)} ?" if branch.below else f"→ {_answer(branch, found)}"
    )
    axes.text(x, y + 0.17, head, ha="center", va="center", fontsize=6, color=INK, fontweight="bold", zorder=3)
    axes.text(x, y + 0.0, _middle(branch, found), ha="center", va="center", fontsize=5.8, color=MUTED, zorder=3)
    axes.text(x, y - 0.14, _doing(branch, found), ha="center", va="center", fontsize=5.8, color=INK, zorder=3)
    if found.classes and branch.count:
        inner = _WIDTH - 0.2
        axes.add_patch(Rectangle((x - inner / 2, y - 0.265), inner, 0.045, facecolor="#dde2e9", zorder=3))
        axes.add_patch(Rectangle((x - inner / 2, y - 0.265), inner * branch.score, 0.045, facecolor=BAR, zorder=4))


def _answer(branch: Branch, found: Judged) -> str:
    if not branch.count:
        return "no sample"
    return short(found.names[int(branch.answer)], 20) if found.classes else number(branch.answer, 4)


def _middle(branch: Branch, found: Judged) -> str:
    said = f"{branch.count:,} samples"
    if not branch.below:
        return f"{said}, {branch.purity:.0%} so answered" if found.classes else f"{said}, ± {number(branch.purity)}"
    return f"{said}, mostly {_answer(branch, found)}" if found.classes else f"{said}, mean {_answer(branch, found)}"


def _doing(branch: Branch, found: Judged) -> str:
    if not branch.count:
        return ""
    return f"model right: {branch.score:.0%}" if found.classes else f"model's mean error: {number(branch.score)}"
