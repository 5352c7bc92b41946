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

_WIDTH, _HEIGHT = 2.15, 0.66  # inches of a node
_COLUMN, _ROW = _WIDTH + 0.42, _HEIGHT + 0.1  # from one to the next


@dataclass(frozen=True, slots=True)
class _Placed:
    branch: Branch
    y: float
    depth: int
    parent: tuple[float, int] | None
    side: str

    @property
    def x(self) -> float:
        return self.depth * _COLUMN


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
    figure = new_figure(max(5.0, depth * _COLUMN + _WIDTH + 0.3), leaves * _ROW + 0.9)
    axes = bare(figure.subplots())
    for node in placed:
        if node.parent is not None:
            _edge(axes, node)
    for node in placed:
        _node(axes, node, found)
    axes.set_xlim(-_WIDTH / 2 - 0.05, depth * _COLUMN + _WIDTH / 2 + 0.05)
    axes.set_ylim(-(leaves - 0.5) * _ROW, 0.5 * _ROW)
    axes.set_aspect("equal")
    headed(figure, f"What the answers of {name} turn on", _caption(fitted, found))
    return figure


def _caption(fitted: Surrogate, found: Judged) -> str:
    if found.classes:
        agree = f"it agrees with it on {fitted.fidelity:.1%} of the samples it was fitted to and on"
        agree += f" {fitted.held_out:.1%} of {fitted.count_held_out} it had not seen; the boxes count both"
        accuracy = f"The model's accuracy: {found.score:.1%}; a bar is its accuracy in the branch"
        return f"Fidelity of the tree, which imitates the model: {agree}. {accuracy}."
    agree = f"R² {fitted.fidelity:.3f} on the samples it was fitted to, {fitted.held_out:.3f} on {fitted.count_held_out} others"
    return f"Fidelity of the tree, which imitates the model: {agree}. Model against the truth: R² {found.score:.3f}."


def _placed(root: Branch) -> Iterator[_Placed]:
    """From left to right, leaves one below the other, every other node beside the middle of its two.

    A tree from top to bottom becomes so wide with three questions that nobody can read it on a page.
    """
    leaves = iter(range(10_000))

    def walk(branch: Branch, depth: int) -> tuple[float, list[_Placed]]:
        if not branch.below:
            y = -next(leaves) * _ROW
            return y, [_Placed(branch, y, depth, None, "")]
        (upper, first), (lower, second) = (walk(child, depth + 1) for child in branch.below)
        y = (upper + lower) / 2
        first[0] = _Placed(first[0].branch, upper, depth + 1, (y, depth), "yes")
        second[0] = _Placed(second[0].branch, lower, depth + 1, (y, depth), "no")
        return y, [_Placed(branch, y, depth, None, ""), *first, *second]

    yield from walk(root, 0)[1]


def _edge(axes: Axes, node: _Placed) -> None:
    assert node.parent is not None  # noqa: S101 - for the type checker: asked before
    (y0, depth), y1 = node.parent, node.y
    x0, x1 = depth * _COLUMN + _WIDTH / 2, node.x - _WIDTH / 2
    middle = x0 + 0.12
    weight = 0.6 + 3.0 * node.branch.share
    axes.plot(
        [x0, middle, middle, x1], [y0, y0, y1, y1], color=LINE, linewidth=weight, zorder=1, solid_joinstyle="round"
    )
    axes.text((middle + x1) / 2, y1, node.side, ha="center", va="center", fontsize=7, color=MUTED, zorder=3,
              bbox={"facecolor": "white", "edgecolor": "none", "pad": 0.8})  # fmt: skip


def _node(axes: Axes, node: _Placed, found: Judged) -> None:
    branch, x, y = node.branch, node.x, node.y
    corner = (x - _WIDTH / 2, y - _HEIGHT / 2)
    axes.add_patch(
        FancyBboxPatch(
            corner, _WIDTH, _HEIGHT, boxstyle="round,pad=0,rounding_size=0.05", facecolor="white" if branch.below else SOFT,
            edgecolor=LINE, linewidth=0.8, zorder=2,
        )
    )  # fmt: skip
    head = (
        f"{short(branch.feature, 20)} ≤ {number(branch.threshold)} ?" if branch.below else f"→ {_answer(branch, found)}"
    )
    axes.text(x, y + 0.19, head, ha="center", va="center", fontsize=7.5, color=INK, fontweight="bold", zorder=3)
    axes.text(x, y + 0.02, _middle(branch, found), ha="center", va="center", fontsize=7, color=MUTED, zorder=3)
    axes.text(x, y - 0.14, _doing(branch, found), ha="center", va="center", fontsize=7, color=INK, zorder=3)
    if found.classes and branch.count:
        inner = _WIDTH - 0.2
        axes.add_patch(Rectangle((x - inner / 2, y - 0.285), inner, 0.045, facecolor="#dde2e9", zorder=3))
        axes.add_patch(Rectangle((x - inner / 2, y - 0.285), inner * branch.score, 0.045, facecolor=BAR, zorder=4))


def _answer(branch: Branch, found: Judged) -> str:
    if not branch.count:
        return "no sample"
    return short(found.names[int(branch.answer)], 20) if found.classes else number(branch.answer, 4)


def _middle(branch: Branch, found: Judged) -> str:
    said = f"{branch.count:,} sample{'' if branch.count == 1 else 's'}"
    if not branch.below:
        return f"{said}, {branch.purity:.0%} get this answer" if found.classes else f"{said}, ± {number(branch.purity)}"
    return f"{said}, mostly {_answer(branch, found)}" if found.classes else f"{said}, mean {_answer(branch, found)}"


def _doing(branch: Branch, found: Judged) -> str:
    if not branch.count:
        return ""
    return f"model right: {branch.score:.0%}" if found.classes else f"model's mean error: {number(branch.score)}"
