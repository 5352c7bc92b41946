"""A small decision tree that imitates the model: which features its answers turn on."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from kerasviz.errors import BackendError, InputError
from kerasviz.plot.judged import Judged
from kerasviz.plot.subject import arrays_of

__all__ = ["Branch", "Surrogate", "features_of", "surrogate"]

_PLACES = 8  # blocks along each side of an image, or of a series
_HELD_OUT = 0.3


@dataclass(frozen=True, slots=True)
class Branch:
    """One node of the tree.

    `share` is that of all samples; `answer` what the model mostly says there (a class number, or the mean); `score` how
    well it does there (its accuracy, or its mean absolute error); `below` are the branches for ≤ and >.
    """

    count: int
    share: float
    answer: float
    purity: float  # share of the model's answers that are `answer`; of a number: their standard deviation
    score: float
    feature: str = ""
    threshold: float = float("nan")
    below: tuple[Branch, ...] = ()


@dataclass(frozen=True, slots=True)
class Surrogate:
    """The tree, and how well it imitates the model: share of equal answers, or R², on samples it was fitted to and not."""

    root: Branch
    fidelity: float
    held_out: float
    count_held_out: int


def features_of(x: Any, names: Sequence[str] | None) -> tuple[np.ndarray, tuple[str, ...]]:
    """One row of named numbers for each sample: columns, or means of blocks of an image or of a series."""
    parts = arrays_of(x)
    if len(parts) != 1:
        raise InputError(f"{len(parts)} inputs were passed. The tree splits one array. Use a model with one input.")
    array = parts[0]
    if array.dtype.kind not in "biuf":
        raise InputError(f"Samples of type {array.dtype} were passed. The tree splits numbers. Pass tokens or numbers.")
    array = array.astype(np.float64)
    if array.ndim == 2:
        known = names if names is not None else [f"feature {i}" for i in range(array.shape[1])]
        if len(known) != array.shape[1]:
            raise InputError(
                f"{len(known)} feature names were passed for {array.shape[1]} features. Pass one for each."
            )
        return array, tuple(map(str, known))
    if array.ndim == 3:
        return _blocks_of_series(array)
    return _blocks_of_image(array.reshape(*array.shape[:3], -1).mean(axis=-1))


def _blocks_of_series(array: np.ndarray) -> tuple[np.ndarray, tuple[str, ...]]:
    pieces = _pieces(array.shape[1])
    columns = [array[:, a:b, channel].mean(axis=1) for channel in range(array.shape[2]) for a, b in pieces]
    names = [f"steps {a}–{b - 1} of channel {channel}" for channel in range(array.shape[2]) for a, b in pieces]
    return np.stack(columns, axis=1), tuple(names)


def _blocks_of_image(array: np.ndarray) -> tuple[np.ndarray, tuple[str, ...]]:
    rows, columns = _pieces(array.shape[1]), _pieces(array.shape[2])
    found = [array[:, a:b, c:d].mean(axis=(1, 2)) for a, b in rows for c, d in columns]
    names = [f"rows {a}–{b - 1} cols {c}–{d - 1}" for a, b in rows for c, d in columns]
    return np.stack(found, axis=1), tuple(names)


def _pieces(length: int) -> list[tuple[int, int]]:
    edges = np.linspace(0, length, min(_PLACES, length) + 1).round().astype(int)
    return list(zip(edges[:-1].tolist(), edges[1:].tolist(), strict=True))


def surrogate(
    features: np.ndarray, names: Sequence[str], found: Judged, *, max_depth: int = 3, seed: int = 0
) -> Surrogate:
    """A tree fitted to the model's answers on seven tenths of the samples; the others judge it."""
    try:
        from sklearn.tree import DecisionTreeClassifier, DecisionTreeRegressor
    except ModuleNotFoundError as error:
        raise BackendError(
            "kv.plot.tree was asked for. Its tree is fitted by scikit-learn, which is not installed. "
            'Run: pip install "kerasviz[plot]".'
        ) from error
    count = len(features)
    if count < 10:
        raise InputError(f"{count} samples were passed. A tree needs some to be fitted and judged. Pass at least 10.")
    order = np.random.default_rng(seed).permutation(count)
    held, fitted = order[: max(2, round(count * _HELD_OUT))], order[max(2, round(count * _HELD_OUT)) :]
    kind = DecisionTreeClassifier if found.classes else DecisionTreeRegressor
    model = kind(max_depth=max_depth, min_samples_leaf=max(1, len(fitted) // 100), random_state=seed)
    model.fit(features[fitted], found.predicted[fitted])

    def fidelity(rows: np.ndarray) -> float:
        return float(model.score(features[rows], found.predicted[rows]))

    tree = model.tree_
    reached = model.decision_path(features).toarray().astype(bool)
    root = _branch(tree, 0, reached, names, found)
    return Surrogate(root, fidelity(fitted), fidelity(held), len(held))


def _branch(tree: Any, node: int, reached: np.ndarray, names: Sequence[str], found: Judged) -> Branch:
    """A node with all samples that come to it, and what the model does with them."""
    here = reached[:, node]
    answers, true = found.predicted[here], found.true[here]
    if not len(answers):
        answer = purity = score = float("nan")
    elif found.classes:
        answer = float(np.bincount(answers).argmax())
        purity, score = float(np.mean(answers == answer)), float(np.mean(answers == true))
    else:
        answer, purity, score = float(answers.mean()), float(answers.std()), float(np.abs(answers - true).mean())
    facts = (int(here.sum()), float(here.mean()), answer, purity, score)
    left, right = int(tree.children_left[node]), int(tree.children_right[node])
    if left < 0:
        return Branch(*facts)
    below = tuple(_branch(tree, child, reached, names, found) for child in (left, right))
    return Branch(*facts, feature=names[int(tree.feature[node])], threshold=float(tree.threshold[node]), below=below)
