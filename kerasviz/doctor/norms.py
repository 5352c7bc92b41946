"""How far the statistics that BatchNormalization layers keep are from what the samples have."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from kerasviz.doctor.case import Case

__all__ = ["Gap", "gaps"]


@dataclass(frozen=True, slots=True)
class Gap:
    """One layer's kept statistics against those of what comes in.

    `shift` is the median over the channels of |mean − kept mean| in kept standard deviations; `ratio` that of
    standard deviation / kept standard deviation. `fresh`: the statistics are exactly those of a new layer.
    """

    path: str
    shift: float
    ratio: float
    fresh: bool
    samples: int


def gaps(case: Case) -> list[Gap]:
    """One for each BatchNormalization whose input can be looked at, in the order they run."""
    found = []
    for info in case.inner:
        if info.kind != "BatchNormalization" or info.package != "keras" or len(info.inputs) != 1:
            continue
        seen = case.channels.get(info.inputs[0])
        weights = case.weights(info.path)
        mean, variance = weights.get("moving_mean"), weights.get("moving_variance")
        if seen is None or mean is None or variance is None or len(mean) != len(seen.mean):
            continue
        kept = np.sqrt(np.asarray(variance, np.float64) + case.graph.operation(info.path).epsilon)
        shift = float(np.median(np.abs(seen.mean - mean) / kept))
        ratio = float(np.median(seen.std / kept))
        fresh = bool((np.asarray(mean) == 0).all() and (np.asarray(variance) == 1).all())
        found.append(Gap(info.path, shift, ratio, fresh, seen.samples))
    return found
