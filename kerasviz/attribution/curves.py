"""Deletion and insertion: does the answer go when what the attribution names goes, and come when it comes?

Petsiuk et al. 2018, https://arxiv.org/abs/1806.07421. Beside both stands a random order: a map that is not better
than that tells nothing. What is half replaced may look like nothing the model was trained on; so a curve says
something about map, model and baseline together.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from kerasviz.attribution.masking import masked_scores
from kerasviz.attribution.region import Maps
from kerasviz.attribution.units import Units

__all__ = ["Curves", "curves_of"]


@dataclass(frozen=True, slots=True)
class Curves:
    """The score while the numbers with the highest values are replaced first (deletion), or come first (insertion).

    Attributes:
        shares: (steps + 1,) of the numbers, from 0 to 1.
        deletion: (batch, steps + 1) the score with that share replaced by the baseline.
        insertion: (batch, steps + 1) the score with that share in a sample that is else the baseline.
        random: (batch, steps + 1) as `deletion`, in random order; the mean of several.
        deletion_area: (batch,) mean height of the curve: low is good.
        insertion_area: (batch,) high is good.
        random_area: (batch,) what either area is when the order tells nothing.
        score: which tensor the height is read from.
        num_units: how many things are replaced one after the other.
    """

    shares: np.ndarray
    deletion: np.ndarray
    insertion: np.ndarray
    random: np.ndarray
    deletion_area: np.ndarray
    insertion_area: np.ndarray
    random_area: np.ndarray
    score: str
    num_units: int


def curves_of(  # noqa: PLR0913  # what a curve depends on
    units: Units, base: Maps, *, num_steps: int, num_random: int, seed: int, order: str
) -> Curves:
    """Both curves, and random ones.

    Args:
        units: what is replaced together, and its values.
        base: what it is replaced by.
        num_steps: how many points a curve has beside its start.
        num_random: how many random orders.
        seed: draws them, and the order of equal values.
        order: "value", the highest first, or "magnitude".
    """
    region, rng = units.region, np.random.default_rng(seed)
    counts = np.unique(np.rint(np.linspace(0, units.count, num_steps + 1)).astype(int))
    ranks = [units.ranks(rng, order=order), *(units.ranks(rng, order="random") for _ in range(num_random))]
    times = len(counts)

    def masks(rows: np.ndarray, steps: np.ndarray) -> Maps:
        """First deletion, then insertion, then the random orders."""
        curve, count = steps // times, counts[steps % times]
        found = {}
        for key in region.keys:
            rank = np.stack([ranks[max(0, c - 1)][key][row] for row, c in zip(rows, curve, strict=True)])
            gone = rank < count.reshape(-1, *(1,) * (rank.ndim - 1))
            found[key] = np.where((curve == 1).reshape(-1, *(1,) * (rank.ndim - 1)), gone, ~gone)
        return found

    scores = masked_scores(region, base, (2 + num_random) * times, masks).reshape(-1, 2 + num_random, times)
    shares = counts / units.count
    random = scores[:, 2:].mean(axis=1)
    deletion, insertion = scores[:, 0], scores[:, 1]
    return Curves(
        shares,
        deletion,
        insertion,
        random,
        deletion_area=_area(deletion, shares),
        insertion_area=_area(insertion, shares),
        random_area=_area(random, shares),
        score=region.question.score,
        num_units=units.count,
    )


def _area(curves: np.ndarray, shares: np.ndarray) -> np.ndarray:
    """By trapezoids, (batch,)."""
    area: np.ndarray = ((curves[:, 1:] + curves[:, :-1]) / 2) @ np.diff(shares)
    return area
