"""Scores with parts of a sample replaced by a baseline: what all perturbation methods are made of."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import numpy as np

from kerasviz.attribution.base import option
from kerasviz.attribution.region import Maps, Region, of_rows
from kerasviz.errors import OptionError

__all__ = ["Groups", "groups_option", "masked", "masked_scores"]

_PATCHES = 8  # a side of an image; a series is cut into twice as many
Masks = Callable[[np.ndarray, np.ndarray], Maps]


def masked(
    region: Region, base: Maps, num_masks: int, masks: Masks
) -> Iterator[tuple[np.ndarray, np.ndarray, Maps, np.ndarray]]:
    """The scores of `num_masks` versions of each sample, batch by batch: rows, steps, what was kept, scores.

    `masks(rows, steps)` gives for each key what is kept, (rows, …) broadcastable to it: True or 1 the sample, False or 0
    the baseline.
    """
    start = region.start
    for rows, steps in region.question.batches(num_masks, gradients=False):
        kept = masks(rows, steps)
        points = {key: _blend(kept[key], of_rows(start[key], rows), of_rows(base[key], rows)) for key in start}
        yield rows, steps, kept, region.question.at(rows, points).scores


def masked_scores(
    region: Region,
    base: Maps,
    num_masks: int,
    masks: Masks,
    so_far: Callable[[np.ndarray], None] = lambda _: None,
) -> np.ndarray:
    """All of them, (batch, num_masks); `so_far` is shown the first of them after each batch."""
    scores = np.zeros((region.question.size, num_masks))
    for rows, steps, _, found in masked(region, base, num_masks, masks):
        scores[rows, steps] = found
        so_far(scores[:, : steps[-1] + 1])
    return scores


def _blend(kept: np.ndarray, sample: np.ndarray, base: np.ndarray) -> np.ndarray:
    if kept.dtype == bool:
        return np.where(kept, sample, base)
    kept = kept.astype(sample.dtype, copy=False)
    blend: np.ndarray = sample * kept
    if base.any():
        blend += base * (1 - kept)
    return blend


def groups_option() -> Any:
    """Which numbers go together."""
    return option(None, "Patches a side")


class Groups:
    """Numbers that are replaced together: 0 … count - 1, over all places of a region.

    Args:
        region: what is attributed.
        given: one whole number for each number of a sample (or broadcastable to it), a dict of such by input; or
            how many patches an axis with positions is cut into; None: patches of images, parts of series, single
            numbers of tables, single tokens.
    """

    def __init__(self, region: Region, given: Any = None) -> None:
        self.maps: Maps = {}
        self.count = 0
        for place in region.places:
            shape = region.start[place.key].shape[1:]
            part = given.get(place.name, given.get(place.name.partition(":")[2])) if isinstance(given, dict) else given
            if part is None or isinstance(part, int):
                axes = tuple(axis - 1 for axis in region.spatial_axes(place.key))
                groups = _cut(shape, axes, part, single=place.key != place.name)
            else:
                groups = _checked(np.asarray(part), shape, place.name)
            names, numbers = np.unique(groups, return_inverse=True)
            self.maps[place.key] = numbers.reshape(groups.shape) + self.count
            self.count += len(names)

    def kept(self, coalitions: np.ndarray) -> Maps:
        """Masks from coalitions (rows, count): which groups are there."""
        return {key: coalitions[:, groups].astype(bool) for key, groups in self.maps.items()}

    def spread(self, values: np.ndarray, region: Region) -> Maps:
        """The value of each group (batch, count) at each of its numbers."""
        return region.spread({key: values[:, groups] for key, groups in self.maps.items()})


def _cut(shape: tuple[int, ...], axes: tuple[int, ...], patches: int | None, *, single: bool) -> np.ndarray:
    """Patches of the axes with positions, the others together; without positions each number for itself."""
    if not axes:
        return np.arange(int(np.prod(shape))).reshape(shape)
    groups = np.zeros((1,) * len(shape), int)
    for axis in axes:
        length = shape[axis]
        wanted = length if single else min(length, patches or (_PATCHES if len(axes) > 1 else 2 * _PATCHES))
        along = np.arange(length) * wanted // length
        groups = groups * wanted + along.reshape([-1 if i == axis else 1 for i in range(len(shape))])
    return groups


def _checked(groups: np.ndarray, shape: tuple[int, ...], name: str) -> np.ndarray:
    padded = groups[..., None] if groups.ndim == len(shape) - 1 and groups.shape == shape[:-1] else groups
    try:
        fits = padded.ndim == len(shape) and np.broadcast_shapes(padded.shape, shape) == shape
    except ValueError:
        fits = False
    if not fits or groups.dtype.kind not in "iu":
        raise OptionError(
            f"Groups of shape {groups.shape} and dtype {groups.dtype} were given for {name!r}; whole numbers of shape "
            f"{shape} were expected. Give each number of a sample its group."
        )
    return padded
