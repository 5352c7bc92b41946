"""What normalising layers compute, in NumPy, from their settings and weights: to hold it against what they gave.

Arrays are one sample's, in the model's own layout, without the batch axis.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np

__all__ = ["normalised"]

Weights = Mapping[str, np.ndarray]
Settings = Mapping[str, Any]
Found = tuple[np.ndarray, float]  # the result, and the size of what was added up for it


def normalised(kind: str, values: np.ndarray, settings: Settings, weights: Weights) -> Found | None:
    """The result recomputed; None where the settings leave open what it is."""
    rule = _RULES.get(kind)
    needs = kind in _WITH_EPSILON and not isinstance(settings.get("epsilon"), int | float)
    if needs or settings.get("rms_scaling"):
        return None
    weights = {name: array.astype(np.float64) for name, array in weights.items()}
    with np.errstate(all="ignore"):
        return None if rule is None else rule(values.astype(np.float64), settings, weights)


def _axes(value: Any, rank: int) -> tuple[int, ...]:
    """Axes that count the batch, as axes of one sample; () where one of them is the batch or is none."""
    given = value if isinstance(value, list | tuple) else (value,)
    if not all(isinstance(axis, int) and -rank <= axis <= rank for axis in given):
        return ()
    axes = tuple(axis % (rank + 1) - 1 for axis in given)
    return () if min(axes, default=-1) < 0 else axes


def _along(vector: np.ndarray, axes: tuple[int, ...], shape: tuple[int, ...]) -> np.ndarray:
    """A weight laid along some axes, in their order."""
    return vector.reshape([shape[i] if i in axes else 1 for i in range(len(shape))])


def _shifted(values: np.ndarray, centre: np.ndarray, factor: np.ndarray, offset: np.ndarray) -> Found:
    """(x - c) · f + o: what is added up has the size of (|x| + |c|) · |f| + |o|."""
    size = (np.abs(values) + np.abs(centre)) * np.abs(factor) + np.abs(offset)
    return (values - centre) * factor + offset, float(size[np.isfinite(size)].max(initial=0.0))


def _batch(values: np.ndarray, settings: Settings, weights: Weights) -> Found | None:
    axes = _axes(settings.get("axis", -1), values.ndim)
    if not axes or not {"moving_mean", "moving_variance"} <= set(weights):
        return None
    spread = {name: _along(array, axes, values.shape) for name, array in weights.items()}
    factor = spread.get("gamma", np.ones(1)) / np.sqrt(spread["moving_variance"] + settings["epsilon"])
    return _shifted(values, spread["moving_mean"], factor, spread.get("beta", np.zeros(1)))


def _layer(values: np.ndarray, settings: Settings, weights: Weights) -> Found | None:
    axes = _axes(settings.get("axis", -1), values.ndim)
    return _over(values, axes, settings, _spread(weights, axes, values.shape)) if axes else None


def _spread(weights: Weights, axes: tuple[int, ...], shape: tuple[int, ...]) -> Weights:
    return {name: _along(array, axes, shape) for name, array in weights.items()}


def _over(values: np.ndarray, axes: tuple[int, ...], settings: Settings, weights: Weights) -> Found:
    """With mean and variance over some axes; rounding in them grows where the mean is far from 0."""
    mean, variance = (figure(values, axis=axes, keepdims=True) for figure in (np.mean, np.var))
    variance = variance + settings["epsilon"]
    factor = weights.get("gamma", np.ones(1)) / np.sqrt(variance)
    found, size = _shifted(values, mean, factor, weights.get("beta", np.zeros(1)))
    condition = 1 + mean**2 / variance
    return found, size * float(condition[np.isfinite(condition)].max(initial=1.0))


def _group(values: np.ndarray, settings: Settings, weights: Weights) -> Found | None:
    axes, groups = _axes(settings.get("axis", -1), values.ndim), settings.get("groups")
    if len(axes) != 1 or not isinstance(groups, int):
        return None
    (axis,) = axes
    channels = values.shape[axis]
    groups = channels if groups == -1 else groups
    if groups < 1 or channels % groups:
        return None
    apart = (*values.shape[:axis], groups, channels // groups, *values.shape[axis + 1 :])
    grouped = values.reshape(apart)
    over = tuple(i for i in range(grouped.ndim) if i != axis)
    spread = _spread(weights, axes, values.shape)
    laid = {
        name: np.broadcast_to(array, [channels if i == axis else 1 for i in range(values.ndim)]).reshape(
            [apart[i] if i in (axis, axis + 1) else 1 for i in range(grouped.ndim)]
        )
        for name, array in spread.items()
    }
    found, size = _over(grouped, over, settings, laid)
    return found.reshape(values.shape), size


def _root_mean_square(values: np.ndarray, settings: Settings, weights: Weights) -> Found | None:
    axes = _axes(settings.get("axis", -1), values.ndim)
    if not axes:
        return None
    factor = 1 / np.sqrt((values**2).mean(axis=axes, keepdims=True) + settings["epsilon"])
    spread = _spread(weights, axes, values.shape)
    return _shifted(values, np.zeros(1), factor * spread.get("scale", np.ones(1)), np.zeros(1))


def _unit(values: np.ndarray, settings: Settings, _: Weights) -> Found | None:
    axes = _axes(settings.get("axis", -1), values.ndim)
    if not axes:
        return None
    length = np.sqrt(np.maximum((values**2).sum(axis=axes, keepdims=True), 1e-12))
    return _shifted(values, np.zeros(1), 1 / length, np.zeros(1))


def _standard(values: np.ndarray, settings: Settings, weights: Weights) -> Found | None:
    """Mean and variance were given, or learned from data."""
    axis = settings.get("axis", -1)
    one = axis is None or axis == ()  # for all cells
    axes = () if one else _axes(axis, values.ndim)
    mean, variance = (_statistic(name, settings, weights) for name in ("mean", "variance"))
    if mean is None or variance is None or not (one or axes):
        return None
    lengths = [values.shape[i] if i in axes else 1 for i in range(values.ndim)]
    if any(array.size not in (1, int(np.prod(lengths))) for array in (mean, variance)):
        return None
    mean, variance = (a.reshape(lengths if a.size > 1 else [1] * values.ndim) for a in (mean, variance))
    deviation = np.maximum(np.sqrt(variance), 1e-7)
    if settings.get("invert"):
        return _shifted(values, np.zeros(1), deviation, mean)
    return _shifted(values, mean, 1 / deviation, np.zeros(1))


def _statistic(name: str, settings: Settings, weights: Weights) -> np.ndarray | None:
    given = weights.get(name, settings.get(name))
    return None if given is None else np.asarray(given, np.float64)


def _rescaling(values: np.ndarray, settings: Settings, _: Weights) -> Found | None:
    """One number for all, or one for each place of the last axis."""
    given = [np.asarray(settings.get(name)) for name in ("scale", "offset")]
    sizes = (1, values.shape[-1] if values.ndim else 1)
    if any(each.dtype.kind not in "fiu" or each.ndim > 1 or each.size not in sizes for each in given):
        return None
    scale, offset = (each.astype(np.float64).reshape(-1) for each in given)
    return _shifted(values, np.zeros(1), scale, offset)


_WITH_EPSILON = ("BatchNormalization", "LayerNormalization", "GroupNormalization", "RMSNormalization")
_RULES: dict[str, Callable[[np.ndarray, Settings, Weights], Found | None]] = {
    "BatchNormalization": _batch,
    "LayerNormalization": _layer,
    "GroupNormalization": _group,
    "RMSNormalization": _root_mean_square,
    "UnitNormalization": _unit,
    "Normalization": _standard,
    "Rescaling": _rescaling,
}
