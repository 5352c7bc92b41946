"""What the methods about attention share: weights, layer by layer, and who stands for the answer."""

from __future__ import annotations

from typing import Any

import numpy as np

from kerasviz.attribution.base import option
from kerasviz.errors import MethodError, OptionError
from kerasviz.probes.attention import exposed
from kerasviz.probes.question import Question

__all__ = ["attention_of", "no_attention", "row_of", "row_option"]


def no_attention(name: str, question: Question, layer: str | None) -> str | None:
    """Why there is no attention to follow."""
    if not question.attention:
        return (
            f"{name!r} follows the weights of MultiHeadAttention layers, and this model has none. "
            "Use 'integrated-gradients' or 'gradient-x-input'."
        )
    if layer is not None:
        return f"{name!r} follows all attention layers; the layer {layer!r} was given. Use it without one."
    return None


def row_option() -> Any:
    """Which position stands for the answer."""
    return option("mean", "Position that answers", choices=("mean",), free=True)


def attention_of(question: Question, *, gradients: bool) -> list[tuple[np.ndarray, np.ndarray]]:
    """Weights and gradients of each layer, (batch, head, query, key), from the first to the last."""
    paths = question.attention
    answer = question.at_samples(gradients=paths if gradients else (), keep=paths, rule=exposed)
    found = [(answer.activations[path], answer.gradients.get(path, answer.activations[path])) for path in paths]
    shapes = {weights.shape[-2:] for weights, _ in found}
    if len(shapes) > 1 or any(queries != keys for queries, keys in shapes):
        raise MethodError(
            f"The attention layers look from and at {sorted(shapes)} positions; following them needs the same number in all. "
            "Use 'integrated-gradients'."
        )
    return [(weights.astype(np.float64), gradient.astype(np.float64)) for weights, gradient in found]


def row_of(relevance: np.ndarray, row: Any) -> np.ndarray:
    """How much each position matters for the one that answers: (batch, positions)."""
    if isinstance(row, str) and row == "mean":
        mean: np.ndarray = relevance.mean(axis=1)
        return mean
    if not isinstance(row, int | np.integer) or not -relevance.shape[1] <= row < relevance.shape[1]:
        raise OptionError(
            f"row={row!r} was given; 'mean' or a position below {relevance.shape[1]} was expected. "
            "Models with a class token answer at 0."
        )
    chosen: np.ndarray = relevance[:, row]
    return chosen
