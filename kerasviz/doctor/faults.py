"""Which channels do nothing of use: dead, constant, copies of others, at the ends of their function.

The doctor's rules and the marks on the screen both ask here, so that they mean the same.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from kerasviz.doctor.channels import Channels

__all__ = ["ENDS", "RELUS", "SATURATED", "beyond", "constant", "copies", "dead", "has_own_weights"]

RELUS = frozenset({"relu", "relu6"})
ENDS = {"sigmoid": (0.01, 0.99), "hard_sigmoid": (0.01, 0.99), "tanh": (-0.99, 0.99)}
"""Beyond these the slope is below 0.01 for a sigmoid (0.25 in its middle) and 0.02 for a tanh (1 in its middle)."""
SATURATED = 0.6  # of all numbers of a layer: with weights of the usual size it is a few in a hundred
_FEWEST_DEAD = 32  # samples: on fewer, a unit may just have had no occasion
_FEWEST_CONSTANT = 8  # samples
_SAME = 1e-4  # of how far the channel varies
_VARIES = 1e-3  # of its largest number: what varies less may differ by no more than rounding
_NEAR = 8
_COPIES = frozenset(
    "BatchNormalization LayerNormalization GroupNormalization DepthwiseConv2D DepthwiseConv1D PReLU".split()
)


def dead(seen: Channels, function: str) -> np.ndarray:
    """The ReLUs that gave 0 for every sample at every place; of few samples only where all of the layer did."""
    none = np.zeros(len(seen.count), bool)
    if function not in RELUS or not seen.count.all():
        return none
    found: np.ndarray = (seen.maximum == 0) & (seen.minimum == 0)
    return found if found.all() or seen.samples >= _FEWEST_DEAD else none


def constant(seen: Channels, function: str) -> np.ndarray:
    """The channels that gave one and the same number everywhere, and are no dead ReLUs."""
    if seen.samples < _FEWEST_CONSTANT:
        return np.zeros(len(seen.count), bool)
    return seen.constant & (seen.maximum != 0) if function in RELUS else seen.constant


def beyond(values: np.ndarray, function: str) -> np.ndarray:
    """Which numbers are where the function is flat."""
    low, high = ENDS[function]
    found: np.ndarray = (values < low) | (values > high)
    return found


def has_own_weights(info: Any) -> bool:
    """Layers that hand each channel on by itself repeat what a layer before them does."""
    return bool(info.num_parameters) and info.kind not in _COPIES and not info.output_index


def copies(values: np.ndarray) -> dict[int, int]:
    """Each channel (a column) that equals an earlier one → that one."""
    values = values.astype(np.float64)
    size, spread = np.abs(values).max(axis=0), np.ptp(values, axis=0)
    found: dict[int, int] = {}
    order = np.lexsort((np.arange(values.shape[1]), values.mean(axis=0).round(6), size.round(6)))
    for place, channel in enumerate(order):
        if not np.isfinite(size[channel]) or spread[channel] <= _VARIES * size[channel]:
            continue
        for other in order[max(0, place - _NEAR) : place]:  # equal ones stand side by side
            if np.abs(values[:, channel] - values[:, other]).max() <= _SAME * spread[channel]:
                copy, original = max(channel, other), min(channel, other)
                found[int(copy)] = found.get(int(original), int(original))
                break
    return found
