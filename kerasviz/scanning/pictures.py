"""Small pictures of the samples that lead the rankings, kept with a scan: it can show them without the data."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import closing, nullcontext
from typing import Any

import numpy as np

from kerasviz.data.opening import open_samples
from kerasviz.probes.probe import Probe
from kerasviz.scanning.ranks import Ranking

__all__ = ["leading", "pictures_of", "small"]

SIDE = 48
MOST = 1000  # of one scan: at most 7 kB each


def pictures_of(
    tops: Ranking, model_or_probe: Any, inputs: Any, *, preprocess: Callable[[Any], Any] | None, start: int
) -> dict[int, np.ndarray]:
    """By the number of the sample, (height, width, 1 or 3) uint8; of samples that are pictures."""
    given = isinstance(model_or_probe, Probe)
    with nullcontext(model_or_probe) if given else closing(Probe(model_or_probe)) as probe:
        samples = open_samples(probe.model, inputs, preprocess=preprocess)
        found = {}
        for number in leading(tops):
            picture = samples.picture(number - start) if number >= start and samples.has(number - start) else None
            if picture is not None:
                found[number] = small(picture)
    return found


def leading(tops: Ranking) -> list[int]:
    """The first samples of all channels, then the second ones, and so on, each once, until there are `MOST`."""
    found = tops.samples[tops.samples >= 0]  # by rank, then by channel
    _, first = np.unique(found, return_index=True)
    return [int(number) for number in found[np.sort(first)[:MOST]]]


def small(picture: np.ndarray) -> np.ndarray:
    """At most `SIDE` pixels a side, each the mean of those it stands for; (height, width, channels) uint8.

    Numbers from 0 to 255, or to 1, are taken as levels of brightness; others lie between the smallest and the largest.
    """
    values = np.nan_to_num(np.asarray(picture, np.float64), nan=0.0, posinf=0.0, neginf=0.0)
    for axis in (0, 1):
        length = values.shape[axis]
        ends = np.linspace(0, length, min(length, SIDE) + 1).astype(int)
        values = np.add.reduceat(values, ends[:-1], axis=axis)
        values /= np.diff(ends).reshape((-1, 1, 1) if axis == 0 else (1, -1, 1))
    low, high = _range(np.asarray(picture))
    return np.asarray(np.rint(np.clip((values - low) / (high - low), 0, 1) * 255), np.uint8)


def _range(picture: np.ndarray) -> tuple[float, float]:
    if picture.dtype == np.uint8:
        return 0.0, 255.0
    finite = picture[np.isfinite(picture)].astype(np.float64)
    low, high = (float(finite.min()), float(finite.max())) if finite.size else (0.0, 0.0)
    if low >= 0 and high <= 255:
        return 0.0, 1.0 if high <= 1 else 255.0
    return low, high if high > low else low + 1.0
