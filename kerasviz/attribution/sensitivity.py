"""How much an attribution changes when the sample hardly does.

Yeh et al. 2019, https://arxiv.org/abs/1901.09392: the largest ‖Φ(x + ε) - Φ(x)‖ / ‖Φ(x)‖ over small ε. The target
stays what it was. A large change may be the method's fault or the model's: `score_change` tells how much that moved.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

from kerasviz.attribution.base import Attribution, Method
from kerasviz.errors import MethodError
from kerasviz.probes.question import Question

__all__ = ["NoiseSensitivity", "noise_sensitivity"]


@dataclass(frozen=True, slots=True)
class NoiseSensitivity:
    """The change of the attribution under small noise, as a share of its length.

    Attributes:
        changes: (batch, samples) for each noisy copy; NaN: the attribution of the sample is zero everywhere.
        largest: (batch,) of these.
        mean: (batch,) of these.
        score_change: (batch,) the largest change of the score, in its own unit.
        noise: how far a number moved at most, as a share of the sample's range.
    """

    changes: np.ndarray
    largest: np.ndarray
    mean: np.ndarray
    score_change: np.ndarray
    noise: float


def noise_sensitivity(  # noqa: PLR0913  # what has to be known
    attribution: Attribution, method: Method, question: Question, layer: str | None, *,
    noise: float, num_samples: int, seed: int, report: Callable[[], None],
) -> NoiseSensitivity:  # fmt: skip
    """Attributions of noisy copies, uniform within `noise` times each sample's range, compared with this one."""
    floats = {key: array for key, array in question.inputs.items() if array.dtype.kind == "f"}
    if len(floats) < len(question.inputs):
        whole = next(key for key in question.inputs if key not in floats)
        raise MethodError(
            f"Noise was to be added to {whole!r}, which holds {question.inputs[whole].dtype}: there is no small change of "
            "whole numbers or text. Leave 'noise' out of the checks."
        )
    before, rng = _rows(attribution.values), np.random.default_rng(seed)
    length = np.sqrt((before**2).sum(axis=1))
    changes, scores = [], []
    for _ in range(num_samples):
        noisy = question.with_inputs({key: _moved(array, noise, rng) for key, array in floats.items()})
        after = _rows(method(noisy, layer).values)
        change = np.sqrt(((after - before) ** 2).sum(axis=1))
        changes.append(np.divide(change, length, out=np.full(len(change), np.nan), where=length > 0))
        scores.append(np.abs(noisy.scores.astype(np.float64) - question.scores))
        report()
    found = np.stack(changes, axis=1)
    return NoiseSensitivity(found, found.max(axis=1), found.mean(axis=1), np.max(scores, axis=0), noise)


def _moved(array: np.ndarray, noise: float, rng: np.random.Generator) -> np.ndarray:
    """The noise of a sample depends on its place in the batch only through the order it is drawn in."""
    axes = tuple(range(1, array.ndim))
    width = array.max(axis=axes, keepdims=True) - array.min(axis=axes, keepdims=True)
    drawn = rng.uniform(-1, 1, array.shape[1:])  # the same for each sample
    moved: np.ndarray = array + (noise * width * drawn).astype(array.dtype)
    return moved


def _rows(values: Any) -> np.ndarray:
    """(batch, all numbers) float64."""
    arrays = values.values() if isinstance(values, dict) else [values]
    return np.concatenate([np.asarray(a, np.float64).reshape(len(a), -1) for a in arrays], axis=1)
