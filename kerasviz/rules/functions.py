"""Keras's activation functions in NumPy, by the names that a layer's settings have; each works along the last axis."""

from __future__ import annotations

import math
from collections.abc import Callable

import numpy as np

__all__ = ["BOUNDED", "FUNCTIONS", "softmax"]

Function = Callable[[np.ndarray], np.ndarray]

BOUNDED = frozenset({"sigmoid", "hard_sigmoid", "sparse_sigmoid", "softmax"})  # they give 0 … 1
_SELU_SCALE, _SELU_ALPHA = 1.0507009873554805, 1.6732632423543772
_erf = np.vectorize(math.erf, otypes=[np.float64])


def _sigmoid(x: np.ndarray) -> np.ndarray:
    half: np.ndarray = 0.5 * (1 + np.tanh(0.5 * x))
    return half


def _elu(x: np.ndarray) -> np.ndarray:
    found: np.ndarray = np.where(x > 0, x, np.expm1(np.minimum(x, 0)))
    return found


def _softplus(x: np.ndarray) -> np.ndarray:
    found: np.ndarray = np.logaddexp(x, 0)
    return found


def _hard_sigmoid(x: np.ndarray) -> np.ndarray:
    found: np.ndarray = np.clip(x / 6 + 0.5, 0, 1)
    return found


def softmax(x: np.ndarray) -> np.ndarray:
    """Shares along the last axis; a place of -inf has none, a row of nothing else is zero."""
    high = np.max(x, axis=-1, keepdims=True)
    powers = np.exp(x - np.where(np.isneginf(high), 0, high))
    total = powers.sum(axis=-1, keepdims=True)
    shares: np.ndarray = powers / np.where(total == 0, 1, total)
    return shares


def _log_softmax(x: np.ndarray) -> np.ndarray:
    shifted = x - np.max(x, axis=-1, keepdims=True)
    found: np.ndarray = shifted - np.log(np.exp(shifted).sum(axis=-1, keepdims=True))
    return found


def _sparsemax(x: np.ndarray) -> np.ndarray:
    """As Keras has it: its threshold adds up all running sums, where the paper takes the last one."""
    ordered = -np.sort(-x, axis=-1)
    sums = np.cumsum(ordered, axis=-1)
    support = ordered - (sums - 1) / np.arange(1, x.shape[-1] + 1) > 0
    threshold = (np.where(support, sums, 0).sum(axis=-1, keepdims=True) - 1) / support.sum(axis=-1, keepdims=True)
    found: np.ndarray = np.maximum(x - threshold, 0)
    return found


FUNCTIONS: dict[str, Function] = {
    "linear": lambda x: x,
    "relu": lambda x: np.maximum(x, 0),
    "relu6": lambda x: np.clip(x, 0, 6),
    "leaky_relu": lambda x: np.where(x > 0, x, 0.2 * x),
    "elu": _elu,
    "celu": _elu,
    "selu": lambda x: _SELU_SCALE * np.where(x > 0, x, _SELU_ALPHA * np.expm1(np.minimum(x, 0))),
    "softplus": _softplus,
    "softsign": lambda x: x / (1 + np.abs(x)),
    "squareplus": lambda x: (x + np.sqrt(x * x + 4)) / 2,
    "soft_shrink": lambda x: np.sign(x) * np.maximum(np.abs(x) - 0.5, 0),
    "hard_shrink": lambda x: np.where(np.abs(x) > 0.5, x, 0),
    "tanh_shrink": lambda x: x - np.tanh(x),
    "sparse_plus": lambda x: np.where(x <= -1, 0, np.where(x < 1, (x + 1) ** 2 / 4, x)),
    "sparse_sigmoid": lambda x: np.clip((x + 1) / 2, 0, 1),
    "sparsemax": _sparsemax,
    "silu": lambda x: x * _sigmoid(x),
    "gelu": lambda x: x * (1 + _erf(x / math.sqrt(2))) / 2,
    "mish": lambda x: x * np.tanh(_softplus(x)),
    "tanh": np.tanh,
    "hard_tanh": lambda x: np.clip(x, -1, 1),
    "sigmoid": _sigmoid,
    "hard_sigmoid": _hard_sigmoid,
    "hard_silu": lambda x: x * _hard_sigmoid(x),
    "log_sigmoid": lambda x: -_softplus(-x),
    "exponential": np.exp,
    "softmax": softmax,
    "log_softmax": _log_softmax,
}
