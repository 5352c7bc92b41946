"""Keras's functions of one number, in NumPy: activations by the names that a layer's settings have, operations by their class.

Those in `OF_ROWS` work along the last axis.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from typing import Any

import numpy as np

__all__ = ["BOUNDED", "FUNCTIONS", "KINDS", "OF_ROWS", "SUBTRACTS", "function_of", "softmax"]

Function = Callable[[np.ndarray], np.ndarray]

OF_ROWS = frozenset({"softmax", "log_softmax", "sparsemax"})
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

SUBTRACTS: dict[str, Callable[[float], float]] = {
    "gelu": abs,
    "tanh_shrink": abs,
    "squareplus": abs,
    "mish": abs,
    "elu": lambda _: 1.0,
    "selu": lambda _: 2.0,
}
"""How large the numbers are that a function subtracts inside: TensorFlow's elu is exp(x) − 1."""


def function_of(kind: Any, settings: Mapping[str, Any]) -> tuple[str, Function] | None:
    """The name and the function of a layer or operation that changes each number alone; None for any other.

    A number that its settings lack, or that is none, is no reason to guess: None.
    """
    if kind in _PLAIN:
        name = _PLAIN[kind]
        return name, (FUNCTIONS | _MATHS)[name]
    if kind not in _WITH_SETTINGS:
        return None
    name, names, make = _WITH_SETTINGS[kind]
    numbers = [settings.get(each) for each in names]
    if any(number is not None and not isinstance(number, int | float) for number in numbers):
        return None
    try:
        return name, make(*numbers)
    except TypeError:  # a number that is missing
        return None


def _relu(slope: float | None, high: float | None, threshold: float | None) -> Function:
    """As Keras has it: below the threshold the slope starts there."""
    if slope is None or threshold is None:
        raise TypeError
    top = math.inf if high is None else high

    def function(x: np.ndarray) -> np.ndarray:
        found: np.ndarray = np.where(x > threshold, np.minimum(x, top), slope * (np.minimum(x, threshold) - threshold))
        return found

    return function


def _elu_of(alpha: float) -> Function:
    return lambda x: np.where(x > 0, x, float(alpha) * np.expm1(np.minimum(x, 0)))


def _celu_of(alpha: float) -> Function:
    return lambda x: np.maximum(x, 0) + float(alpha) * np.expm1(np.minimum(x, 0) / float(alpha))


def _gelu_of(approximate: bool) -> Function:  # noqa: FBT001  # a setting
    if not approximate:
        return FUNCTIONS["gelu"]
    return lambda x: x / 2 * (1 + np.tanh(math.sqrt(2 / math.pi) * (x + 0.044715 * x**3)))


def _leaky(slope: float) -> Function:
    return lambda x: np.where(x > 0, x, float(slope) * x)


def _soft_shrink(threshold: float) -> Function:
    return lambda x: np.sign(x) * np.maximum(np.abs(x) - float(threshold), 0)


def _hard_shrink(threshold: float) -> Function:
    return lambda x: np.where(np.abs(x) > float(threshold), x, 0)


def _threshold(threshold: float, default: float) -> Function:
    return lambda x: np.where(x > float(threshold), x, float(default))


def _squareplus(b: float) -> Function:
    return lambda x: (x + np.sqrt(x * x + float(b))) / 2


def _clipped(low: float | None, high: float | None) -> Function:
    return lambda x: np.clip(x, low, high)


def _rounded(decimals: int) -> Function:
    return lambda x: np.round(x, int(decimals))


_WITH_SETTINGS: dict[Any, tuple[str, tuple[str, ...], Callable[..., Function]]] = {
    "ReLU": ("relu", ("negative_slope", "max_value", "threshold"), _relu),
    "LeakyReLU": ("leaky_relu", ("negative_slope",), _leaky),
    "LeakyRelu": ("leaky_relu", ("negative_slope",), _leaky),
    "ELU": ("elu", ("alpha",), _elu_of),
    "Elu": ("elu", ("alpha",), _elu_of),
    "Celu": ("celu", ("alpha",), _celu_of),
    "Gelu": ("gelu", ("approximate",), _gelu_of),
    "SoftShrink": ("soft_shrink", ("threshold",), _soft_shrink),
    "HardShrink": ("hard_shrink", ("threshold",), _hard_shrink),
    "Threshold": ("threshold", ("threshold", "default_value"), _threshold),
    "Squareplus": ("squareplus", ("b",), _squareplus),
    "Clip": ("clip", ("x_min", "x_max"), _clipped),
    "Round": ("round", ("decimals",), _rounded),
}

_PLAIN: dict[Any, str] = {
    "Relu": "relu", "Relu6": "relu6", "Sigmoid": "sigmoid", "SparseSigmoid": "sparse_sigmoid", "Softplus": "softplus",
    "Softsign": "softsign", "SparsePlus": "sparse_plus", "Silu": "silu", "LogSigmoid": "log_sigmoid", "Selu": "selu",
    "HardSigmoid": "hard_sigmoid", "HardSilu": "hard_silu", "HardTanh": "hard_tanh", "TanhShrink": "tanh_shrink",
    "Tanh": "tanh", "Exp": "exponential", "Linear": "linear",
    "Absolute": "abs", "Fabs": "abs", "Log": "log", "Log1p": "log1p", "Log2": "log2", "Log10": "log10", "Exp2": "exp2",
    "Expm1": "expm1", "Sqrt": "sqrt", "Rsqrt": "rsqrt", "Cbrt": "cbrt", "Reciprocal": "reciprocal", "Sign": "sign",
    "Sin": "sin", "Cos": "cos", "Tan": "tan", "Sinh": "sinh", "Cosh": "cosh", "Arcsin": "arcsin", "Arccos": "arccos",
    "Arctan": "arctan", "Arcsinh": "arcsinh", "Arccosh": "arccosh", "Arctanh": "arctanh", "Floor": "floor",
    "Ceil": "ceil", "Trunc": "trunc", "Erf": "erf", "Erfc": "erfc", "LogicalNot": "not", "Isnan": "isnan",
    "Isinf": "isinf", "Isfinite": "isfinite",
}  # fmt: skip

_MATHS: dict[str, Function] = {
    **{name: getattr(np, name) for name in
       "abs log log1p log2 log10 exp2 expm1 sqrt cbrt reciprocal sign sin cos tan sinh cosh arcsin arccos arctan arcsinh "
       "arccosh arctanh floor ceil trunc isnan isinf isfinite".split()},
    "rsqrt": lambda x: 1 / np.sqrt(x),
    "erf": _erf,
    "erfc": np.vectorize(math.erfc, otypes=[np.float64]),
    "not": lambda x: x == 0,
}  # fmt: skip

KINDS = frozenset({*_PLAIN, *_WITH_SETTINGS})
