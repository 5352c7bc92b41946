"""The randomised-weights check: does an attribution change when what the model learned is destroyed?

Adebayo et al. 2018, https://arxiv.org/abs/1810.03292, the cascading test: from the last layer to the first, more
and more weights lose what they learned, and the attribution of the same target is made anew. One that stays
alike shows the input or the architecture, not the model. Weights are shuffled within each array: the numbers
stay the same ones, as large as before, so that no activation explodes; the paper draws them anew.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from kerasviz.attribution.base import Attribution, Method
from kerasviz.attribution.region import SPATIAL, Region
from kerasviz.attribution.similarity import spearman, ssim
from kerasviz.errors import MethodError
from kerasviz.probes.other_weights import OtherWeights
from kerasviz.probes.question import Question

__all__ = ["RandomisedWeights", "randomised_weights"]


@dataclass(frozen=True, slots=True)
class RandomisedWeights:
    """How alike the attribution stays, stage by stage; each stage has the shuffled layers of those before it too.

    Attributes:
        layers: for each stage, the layers that are shuffled in it.
        rank_correlation: (batch, stages) Spearman's, of |values| where either is not 0; near 0 is good, below 0 too. NaN: all
            values are equal.
        structure: (batch, stages) SSIM of |values| as pictures; near 0 is good. None without height and width.
        scores: (batch, stages) what the shuffled model gives as score.
        notes: what stages could not be computed, and why; which layers stayed as they were.
    """

    layers: tuple[tuple[str, ...], ...]
    rank_correlation: np.ndarray
    structure: np.ndarray | None
    scores: np.ndarray
    notes: tuple[str, ...]


def randomised_weights(  # noqa: PLR0913  # what has to be known
    attribution: Attribution, method: Method, question: Question, layer: str | None, *,
    max_stages: int, seed: int, report: Callable[[], None],
) -> RandomisedWeights:  # fmt: skip
    """The check on a copy of the weights; the model's own are only read.

    Args:
        attribution: what it is compared with.
        method: makes it anew.
        question: the score that was explained.
        layer: the layer that was asked for.
        max_stages: of several layers each, if the model has more.
        seed: shuffles.
        report: called after each stage.
    """
    other, weights = question.with_other_weights()
    rng, notes = np.random.default_rng(seed), []
    paths = list(weights.by_layer)[::-1]
    stages = (
        [tuple(part) for part in np.array_split(np.array(paths, object), min(max_stages, len(paths)))] if paths else []
    )
    axes = _picture_axes(question, attribution)
    ranks, structures, scores = [], [], []
    for stage in stages:
        same = [path for path in stage if not _shuffle(weights, weights.by_layer[path], rng)]
        notes += [f"{path!r} has no weights that shuffling changes." for path in same]
        try:
            values = method(other, layer).values
        except MethodError as reason:
            values = None
            notes.append(f"No attribution with {stage[-1]!r} and all after it shuffled: {reason}")
        ranks.append(_compared(spearman, attribution.values, values, question.size))
        if axes:
            drawn = None if values is None else _pictures(values, axes)
            structures.append(_compared(ssim, _pictures(attribution.values, axes), drawn, question.size))
        scores.append(other.at_samples().scores)
        report()
    empty = np.zeros((question.size, 0))
    return RandomisedWeights(
        tuple(stages),
        np.stack(ranks, axis=1) if ranks else empty,
        np.stack(structures, axis=1) if structures else None,
        np.stack(scores, axis=1) if scores else empty,
        tuple(notes),
    )


def _shuffle(weights: OtherWeights, positions: tuple[int, ...], rng: np.random.Generator) -> bool:
    """Shuffle each array of a layer; whether any changed."""
    changed = False
    for position in positions:
        array = weights.arrays[position]
        mixed = array.ravel()[rng.permutation(array.size)].reshape(array.shape)
        if not np.array_equal(mixed, array):
            weights.put(position, mixed)
            changed = True
    return changed


def _compared(
    how: Callable[[np.ndarray, np.ndarray], np.ndarray], first: object, second: object, size: int
) -> np.ndarray:
    return np.full(size, np.nan) if second is None else how(_flat(first), _flat(second))


def _flat(values: object) -> np.ndarray:
    """Values of one input as they are, of several side by side."""
    if not isinstance(values, dict):
        return np.asarray(values)
    return np.concatenate([array.reshape(len(array), -1) for array in values.values()], axis=1)


def _picture_axes(question: Question, attribution: Attribution) -> tuple[int, ...]:
    """Where height and width are among the axes of the values; () where they are no pictures."""
    if isinstance(attribution.values, dict):
        return ()
    rank, info = np.ndim(attribution.values), question.layers.get(attribution.layer or "")
    if info is None or attribution.values.shape == next(iter(question.inputs.values())).shape:
        found = Region(question).spatial_axes(next(iter(question.inputs)))
    else:
        found = tuple(i for i, axis in enumerate(info.axes) if axis in SPATIAL)
        found = tuple(range(1, rank)) if rank == len(found) + 1 else found  # a map without channels
    return found if len(found) == 2 and max(found) < rank else ()


def _pictures(values: np.ndarray, axes: tuple[int, ...]) -> np.ndarray:
    """(batch, height, width): the magnitudes of all channels added up."""
    others = tuple(axis for axis in range(1, values.ndim) if axis not in axes)
    added: np.ndarray = np.abs(values).sum(axis=others)
    return added
