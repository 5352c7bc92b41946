"""What an input is compared with: nothing (zeros), itself blurred, a mean, other samples, or what a person gives.

There is no neutral baseline: what equals it gets no attribution. That is why it is an option, and part of the result.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from kerasviz.attribution.base import option
from kerasviz.attribution.region import Maps, Place, Region
from kerasviz.attribution.spatial import blur
from kerasviz.errors import OptionError

__all__ = ["BLUR", "NAMES", "background_of", "baseline_of", "baseline_option"]

NAMES = ("zero", "blur", "mean", "random-sample")
BLUR = 8  # the baseline's blur is an eighth of the longest axis wide


def baseline_option(default: Any = "zero") -> Any:
    """The field of a method that is compared with something."""
    return option(default, "Baseline", choices=NAMES, free=True)


def baseline_of(region: Region, choice: Any, background: Any = None, seed: int = 0) -> Maps:
    """One baseline for each sample at each place of the region: (batch, …) by key.

    Args:
        region: what is attributed.
        choice: a name; or a number, an array or a dict of arrays by input: one for all samples or one for each.
        background: other samples, for "mean" and "random-sample".
        seed: draws the random sample.
    """
    if isinstance(choice, str):
        points = _named(region, choice, background, seed)
    else:
        points = {place.key: _given(region, place, choice) for place in region.sources}
    if region.layer is None:
        return points
    return region.through(points, (region.layer,))


def background_of(region: Region, background: Any) -> Maps:
    """The other samples, as points of the region: (how many, …) by key."""
    if background is None:
        raise OptionError(
            "No background was given; samples to compare with were expected. Pass some: background=x_train[:100]."
        )
    arrays = {place.key: _background_at(region, place, background) for place in region.sources}
    sizes = {len(array) for array in arrays.values()}
    if len(sizes) > 1:
        raise OptionError(f"The background has {sorted(sizes)} samples for the inputs; the same number was expected.")
    if region.layer is None:
        return arrays
    return region.through(arrays, (region.layer,), np.zeros(sizes.pop(), int))


def _named(region: Region, name: str, background: Any, seed: int) -> Maps:
    if name not in NAMES:
        raise OptionError(
            f"The baseline {name!r} was given; one of {', '.join(map(repr, NAMES))} or an array was expected. "
            "Choose one of those."
        )
    start = region.at_samples([place.key for place in region.sources])
    if name == "zero":
        return {key: np.zeros_like(array) for key, array in start.items()}
    if name == "blur":
        return {key: _blurred(region, key, array) for key, array in start.items()}
    if name == "mean" and background is None:
        return {key: _own_mean(region, key, array) for key, array in start.items()}
    inputs_only = Region(region.question)
    others = background_of(inputs_only, background)
    if name == "mean":
        chosen = {key: array.mean(axis=0, dtype=np.float64) for key, array in others.items()}
    else:
        index = int(np.random.default_rng(seed).integers(len(next(iter(others.values())))))
        chosen = {key: array[index] for key, array in others.items()}
    return {key: np.broadcast_to(chosen[key], start[key].shape).astype(start[key].dtype) for key in start}


def _blurred(region: Region, key: str, array: np.ndarray) -> np.ndarray:
    axes = region.spatial_axes(key)
    if not axes:
        raise OptionError(
            f"The baseline 'blur' was chosen; {key!r} of shape {array.shape} has no positions to blur over. "
            "Choose 'zero' or 'mean', or pass an array."
        )
    return blur(array, max(array.shape[axis] for axis in axes) / BLUR, axes)


def _own_mean(region: Region, key: str, array: np.ndarray) -> np.ndarray:
    """The sample's mean over its positions, one number a channel; of a table over all numbers."""
    axes = region.spatial_axes(key) or tuple(range(1, array.ndim))
    mean = array.mean(axis=axes, keepdims=True, dtype=np.float64)
    return np.broadcast_to(mean, array.shape).astype(array.dtype)


def _of_place(place: Place, given: Any) -> Any:
    """The part of a dict that belongs to one input."""
    if not isinstance(given, Mapping):
        return given
    for name in (place.name, place.name.partition(":")[2]):
        if name in given:
            return given[name]
    raise OptionError(
        f"The baseline or background has the keys {list(given)}; an array for {place.name!r} was expected. Add it."
    )


def _given(region: Region, place: Place, choice: Any) -> np.ndarray:
    value = np.asarray(_of_place(place, choice))
    source = region.question.inputs[place.name]
    if place.key != place.name and value.dtype.kind in "iu" and value.ndim >= source.ndim - 1:
        return region.through({place.name: _fitted(value, source, place.name)}, (place.key,))[place.key]
    (start,) = region.at_samples([place.key]).values()
    return _fitted(value, start, place.name)


def _fitted(value: np.ndarray, like: np.ndarray, name: str) -> np.ndarray:
    try:
        return np.ascontiguousarray(np.broadcast_to(value, like.shape).astype(like.dtype))
    except (ValueError, TypeError):
        raise OptionError(
            f"A baseline of shape {value.shape} and dtype {value.dtype} was given for {name!r}; {like.shape}, or one "
            f"sample of it {like.shape[1:]}, was expected. Pass it in the shape of the input, or a number for all."
        ) from None


def _background_at(region: Region, place: Place, background: Any) -> np.ndarray:
    value = np.asarray(_of_place(place, background))
    source = region.question.inputs[place.name]
    if value.ndim != source.ndim or value.shape[1:] != source.shape[1:] or len(value) == 0:
        raise OptionError(
            f"A background of shape {value.shape} was given for {place.name!r}; (any number, "
            f"{', '.join(map(str, source.shape[1:]))}) was expected. Pass several samples of that shape."
        )
    value = value.astype(source.dtype)
    if place.key == place.name:
        return value
    return region.through({place.name: value}, (place.key,), np.zeros(len(value), int))[place.key]
