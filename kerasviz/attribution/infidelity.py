"""Do the values foretell what happens when some of the numbers are replaced?

Yeh et al. 2019, https://arxiv.org/abs/1901.09392: E[(I · Φ - (score(x) - score(x - I)))²], here with I = x - baseline
where a random half of the units is replaced. Only for values that say how much: parts of the score, or slopes.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from kerasviz.attribution.base import Attribution, Measures
from kerasviz.attribution.masking import masked_scores
from kerasviz.attribution.region import Maps
from kerasviz.attribution.units import Units
from kerasviz.errors import MethodError

__all__ = ["Infidelity", "infidelity_of"]


@dataclass(frozen=True, slots=True)
class Infidelity:
    """What the values foretold and what happened, for random halves that were replaced by the baseline.

    Attributes:
        foretold: (batch, samples) the sum of the values there; for slopes each times what it was changed by.
        falls: (batch, samples) how much the score fell.
        infidelity: (batch,) the mean squared difference.
        correlation: (batch,) Pearson's; NaN: one of both never changes.
    """

    foretold: np.ndarray
    falls: np.ndarray
    infidelity: np.ndarray
    correlation: np.ndarray


def infidelity_of(
    attribution: Attribution, measures: Measures, units: Units, base: Maps, draws: tuple[int, int]
) -> Infidelity:
    """`draws`: how many random halves, and the seed."""
    _check(attribution, measures, units)
    num_samples, seed = draws
    rng, region = np.random.default_rng(seed), units.region
    chosen = np.stack([rng.permutation(units.count) < units.count / 2 for _ in range(num_samples)])
    split = np.cumsum([np.prod(array.shape[1:], dtype=int) for array in units.values.values()])[:-1]
    parts = dict(zip(units.values, np.split(chosen, split, axis=1), strict=True))
    gone = {
        place.key: parts[place.name].reshape(num_samples, *units.values[place.name].shape[1:])
        for place in region.places
    }

    def masks(_: np.ndarray, steps: np.ndarray) -> Maps:
        return {key: ~array[steps] for key, array in gone.items()}

    falls = region.question.scores[:, None].astype(np.float64) - masked_scores(region, base, num_samples, masks)
    sums = [_sums(_shares(attribution, measures, units, base, name), parts[name]) for name in units.values]
    foretold: np.ndarray = np.sum(sums, axis=0)
    return Infidelity(foretold, falls, ((foretold - falls) ** 2).mean(axis=1), _correlation(foretold, falls))


def _check(attribution: Attribution, measures: Measures, units: Units) -> None:
    if measures == "order" or (measures == "slopes" and attribution.options.get("absolute")):
        raise MethodError(
            f"The values of {attribution.method!r} say what comes first, not how much of the score it is: nothing is "
            "foretold that could be compared. Leave 'infidelity' out of the checks."
        )
    if measures == "slopes" and not units.is_whole:
        raise MethodError(
            f"The slopes of {attribution.method!r} were summed over the units of an embedding: they cannot be multiplied "
            "with its change any more. Leave 'infidelity' out of the checks."
        )


def _shares(attribution: Attribution, measures: Measures, units: Units, base: Maps, name: str) -> np.ndarray:
    """What each unit is worth, (batch, units of this input)."""
    if measures == "shares":
        return units.values[name].reshape(units.region.question.size, -1).astype(np.float64)
    place = next(place for place in units.region.places if place.name == name)
    slopes = attribution.values[name] if isinstance(attribution.values, dict) else attribution.values
    product = slopes.astype(np.float64) * (units.region.start[place.key].astype(np.float64) - base[place.key])
    kept = units.values[name].shape
    axes = tuple(i for i in range(1, product.ndim) if kept[i] == 1)
    return np.asarray(product.sum(axis=axes, keepdims=True) if axes else product).reshape(len(product), -1)


def _sums(values: np.ndarray, chosen: np.ndarray) -> np.ndarray:
    sums: np.ndarray = values @ chosen.reshape(len(chosen), -1).T.astype(np.float64)
    return sums


def _correlation(first: np.ndarray, second: np.ndarray) -> np.ndarray:
    one, other = (a - a.mean(axis=1, keepdims=True) for a in (first, second))
    product, length = (one * other).sum(axis=1), np.sqrt((one**2).sum(axis=1) * (other**2).sum(axis=1))
    found: np.ndarray = np.divide(product, length, out=np.full(len(product), np.nan), where=length > 0)
    return found
