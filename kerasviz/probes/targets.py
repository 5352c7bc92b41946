"""Targets: from what a person asked ("class 3", "the predicted one", a function) to one score per sample.

The part that changes from call to call (the indices) is an array handed to the compiled function:
another class costs no new trace. The part that does not (which output, which function) is `Target`,
hashable, a key of the cache of compiled functions.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Literal

import keras
import numpy as np

from kerasviz.errors import TargetError, unknown_name

__all__ = ["OutputInfo", "ScoreName", "Target", "pick", "resolve_target", "score_outputs", "simple_indices"]

ScoreName = Literal["auto", "output"]
PREDICTED = -1
_LONG_ROW = 10_000

_REGRESSION_LOSSES = frozenset(
    "mse mae mape msle mean_squared_error mean_absolute_error mean_absolute_percentage_error "
    "mean_squared_logarithmic_error huber log_cosh logcosh cosine_similarity poisson "
    "MeanSquaredError MeanAbsoluteError MeanAbsolutePercentageError MeanSquaredLogarithmicError Huber LogCosh "
    "CosineSimilarity Poisson".split()
)


@dataclass(frozen=True, slots=True)
class OutputInfo:
    """One output of the model: how to address it, its shape without the batch, its final squashing."""

    key: Any  # name, position, or None when there is only one
    shape: tuple[int | None, ...]
    squash: Literal["softmax", "sigmoid"] | None
    regression: bool
    per_sample: bool = True
    path: str = ""
    """The innermost operation that made it; "" where no layer did."""

    @property
    def is_binary(self) -> bool:
        """One sigmoid unit: two classes."""
        return self.squash == "sigmoid" and math.prod(d or 0 for d in self.shape) == 1

    @property
    def num_units(self) -> int:
        return math.prod(d or 0 for d in self.shape)


@dataclass(frozen=True, slots=True)
class Target:
    """The constant part of a target: which flat output, which function of all outputs, or which layer's unit."""

    position: int
    score: ScoreName
    binary: bool = False
    first: bool = False
    """Without an index the answer is output 0, not the largest: a regression."""
    function: Callable[[Any], Any] | None = None
    layer: str = ""
    """Whose unit it is; "": the answer's. Then `summed` says along which axes all are added."""
    summed: tuple[bool, ...] = ()


def resolve_target(
    target: Any, outputs: Sequence[OutputInfo], batch_size: int, score: str
) -> tuple[Target, np.ndarray]:
    """The target as a constant part and an int32 array (batch, axes of the output); -1: the predicted one."""
    if score not in ("auto", "output"):
        raise unknown_name("The score", score, ["auto", "output"])
    if callable(target):
        return Target(0, score, function=target), np.zeros((batch_size, 1), np.int32)  # type: ignore[arg-type]  # checked above
    position, rest = _choose_output(target, outputs)
    info = outputs[position]
    if not info.per_sample:
        raise TargetError(
            "The output is one number for the whole batch; one score for each sample was expected. "
            "Make the model return something per sample, or pass a function of the outputs as target."
        )
    if rest is None and len(info.shape) <= 1:  # the usual question; what could be chosen instead is not spelled out
        indices = np.full((batch_size, 1), PREDICTED, np.int32)
    else:
        indices = _indices(rest, info, batch_size, choices=_choices(outputs))
    first = info.regression and not info.is_binary
    return Target(position, score, binary=info.is_binary, first=first), indices  # type: ignore[arg-type]  # score: checked above


def simple_indices(target: Any, batch_size: int) -> np.ndarray | None:
    """The indices of a target that fits a plain output, before anything is known of the outputs; else None."""
    if callable(target):
        return np.zeros((batch_size, 1), np.int32)
    if target is None:
        return np.full((batch_size, 1), PREDICTED, np.int32)
    if isinstance(target, int | np.integer) and not isinstance(target, bool):
        return np.full((batch_size, 1), target, np.int32)
    return None


def _choose_output(target: Any, outputs: Sequence[OutputInfo]) -> tuple[int, Any]:
    if len(outputs) == 1 and outputs[0].key is None:
        return 0, target
    first, rest = (target[0], target[1:]) if isinstance(target, tuple) and target else (target, ())
    for position, info in enumerate(outputs):
        if first is not None and not isinstance(first, bool) and first in (info.key, position):
            return position, None if not rest else (rest[0] if len(rest) == 1 else rest)
    raise TargetError(
        f"The target {target!r} was given for a model with {len(outputs)} outputs; one of them has to be chosen. "
        f"Choose {_choices(outputs)}, or pass a function of the outputs."
    )


def _indices(target: Any, info: OutputInfo, batch_size: int, *, choices: str) -> np.ndarray:
    rank = len(info.shape)
    if target is None:
        raise TargetError(
            f"No target was given; the output has the shape {_shape(info)}, so it has no single predicted class. "
            f"Choose {choices}, or pass a function of the outputs."
        )
    given = np.asarray(target)
    if given.dtype.kind not in "iu":
        raise TargetError(
            f"The target {target!r} was given; an index into the output of shape {_shape(info)} was expected. "
            f"Choose {choices}, or pass a function of the outputs."
        )
    indices = _one_per_sample(given, rank, batch_size, is_tuple=isinstance(target, tuple))
    if indices is None:
        raise TargetError(
            f"The target {target!r} was given for an output of shape {_shape(info)} and {batch_size} samples; one index "
            f"(of {max(rank, 1)} numbers) for all or one for each sample was expected. Choose {choices}."
        )
    limits = (2,) if info.is_binary else (info.shape or (1,))
    for axis, limit in enumerate(limits):
        column = indices[:, axis]
        if limit is not None and (column.min() < 0 or column.max() >= limit):
            wrong = int(column.min() if column.min() < 0 else column.max())
            raise TargetError(
                f"The target {target!r} was given; the index {wrong} is out of range: the output has the shape "
                f"{_shape(info)}. Choose {choices}."
            )
    return indices


def _one_per_sample(given: np.ndarray, rank: int, batch_size: int, *, is_tuple: bool) -> np.ndarray | None:
    """(batch, rank) from one index for all or one for each sample; None when it is neither."""
    rank = max(rank, 1)
    if given.ndim == 0 and rank == 1:
        return np.full((batch_size, 1), given, np.int32)
    if given.shape == (rank,) and (is_tuple or rank > 1):
        return np.broadcast_to(given.astype(np.int32), (batch_size, rank)).copy()
    if given.shape == (batch_size,) and rank == 1 and not is_tuple:
        return given.astype(np.int32)[:, None]
    if given.shape == (batch_size, rank):
        return given.astype(np.int32)
    return None


def _choices(outputs: Sequence[OutputInfo]) -> str:
    if len(outputs) == 1 and outputs[0].key is None:
        return _index_choice(outputs[0], ())
    return " or ".join(_index_choice(info, (info.key,)) for info in outputs)


def _index_choice(info: OutputInfo, prefix: tuple[Any, ...]) -> str:
    sizes = ["0 … 1"] if info.is_binary else [f"0 … {d - 1}" if d else "0 …" for d in info.shape]
    parts = [*map(repr, prefix), *(sizes or ["0"])]
    return parts[0] if len(parts) == 1 else f"({', '.join(parts)})"


def _shape(info: OutputInfo) -> str:
    return "(batch" + "".join(f", {'any' if d is None else d}" for d in info.shape) + ")"


def is_regression(model: Any, squash: str | None, shape: tuple[int | None, ...]) -> bool:
    """One linear unit, or linear units trained with a regression loss: then "the answer" is output 0."""
    if squash is not None:
        return False
    if math.prod(d or 0 for d in shape) == 1:
        return True
    loss = getattr(model, "loss", None)
    name = loss if isinstance(loss, str) else getattr(loss, "__name__", type(loss).__name__)
    return name in _REGRESSION_LOSSES


def score_outputs(
    target: Target, outputs: Any, logits: Sequence[Any], where: tuple[Any, Any], argmax: Callable[[Any], Any]
) -> tuple[Any, Any, Any]:
    """What to differentiate, one score per sample, and the indices it was read at. Runs inside compiled code.

    `where`: the indices, and for each row the one whose predicted class it takes, if not its own; `argmax` is the backend's.
    """
    ops, (indices, anchors) = keras.ops, where
    if target.function is not None:
        scores = _function_score(target.function(outputs))
        return ops.sum(scores), scores, indices
    flat_outputs = keras.tree.flatten(outputs)
    tensor = flat_outputs[target.position]
    if target.score == "auto" and logits[target.position] is not None:
        tensor = logits[target.position]
    tensor = ops.cast(tensor, "float32") if keras.backend.standardize_dtype(tensor.dtype) != "float64" else tensor
    flat = tensor if len(tensor.shape) == 2 else ops.reshape(tensor, (ops.shape(tensor)[0], -1))
    if target.binary:
        scores, used = _binary_score(target, flat[:, 0], flat_outputs[target.position], (indices, anchors))
        return ops.sum(scores), scores, used
    if len(tensor.shape) <= 2:
        default = 0 if target.first else _anchored(argmax(flat), anchors)
        used = position = ops.where(indices < 0, default, indices)
    else:
        used, position = indices, indices[:, :1]
        for axis, length in enumerate(ops.shape(tensor)[2:], 1):
            position = position * length + indices[:, axis : axis + 1]
    return *pick(flat, position), used


def pick(flat: Any, position: Any) -> tuple[Any, Any]:
    """One number of each row, `position` (batch, 1), and their sum as it is to be differentiated.

    By a mask, as long as rows are short: gathering takes fifty operations to trace. Of the product only the gradient
    is used, which is the mask, also where the row holds infinities that would spoil its value.
    """
    ops = keras.ops
    length = flat.shape[1]
    if length is None or length > _LONG_ROW:
        scores = ops.take_along_axis(flat, position, axis=1)[:, 0]
        return ops.sum(scores), scores
    mask = ops.equal(np.arange(length, dtype=np.int32)[None, :], position)
    scores = ops.sum(ops.where(mask, flat, ops.zeros((), flat.dtype)), axis=-1)
    return ops.sum(flat * ops.cast(mask, flat.dtype)), scores


def _anchored(predicted: Any, anchors: Any) -> Any:
    """The class that is predicted for each row, or for the row that it is to follow."""
    predicted = keras.ops.cast(predicted, "int32")
    return predicted if anchors is None else keras.ops.take(predicted, anchors, axis=0)


def _binary_score(target: Target, value: Any, output: Any, where: tuple[Any, Any]) -> tuple[Any, Any]:
    """One sigmoid unit: 1 is +value, 0 the other side, -1 whichever side is predicted."""
    ops, (indices, anchors) = keras.ops, where
    shape = ops.shape(value)
    predicted = _anchored(ops.reshape(output, shape) >= 0.5, anchors)
    used = ops.where(indices[:, 0] < 0, predicted, indices[:, 0])
    other = 1 - value if target.score == "output" else -value
    return ops.where(used == 1, value, other), used[:, None]


def _function_score(value: Any) -> Any:
    ops = keras.ops
    if not ops.is_tensor(value):
        raise TargetError(
            f"The target function returned a {type(value).__name__}; one number per sample, as a tensor, was expected. "
            "Return for example outputs[:, 0]."
        )
    if len(value.shape) == 0 or (len(value.shape) == 2 and value.shape[-1] == 1):
        return ops.reshape(value, (-1,))
    if len(value.shape) != 1:
        raise TargetError(
            f"The target function returned shape {tuple(value.shape)}; one number per sample (batch,) was expected. "
            "Reduce the other axes, for example with keras.ops.sum(..., axis=-1)."
        )
    return value
