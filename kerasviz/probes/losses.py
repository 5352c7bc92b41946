"""The loss of each sample: the one the model was compiled with, else one that fits its answer; and which it was."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Literal

import keras
import numpy as np

__all__ = ["Form", "SampleLoss", "sample_loss"]

Form = Literal["classes", "one-hot", "multi-label", "numbers"]
"""What labels are: whole numbers of classes, rows with a single 1, rows of 0 and 1, numbers."""


@dataclass(frozen=True, slots=True)
class SampleLoss:
    """`name` says which function it is; `compiled` whether the model was compiled with it."""

    name: str
    function: Callable[[Any, Any], Any]
    compiled: bool

    def __call__(self, labels: np.ndarray, outputs: np.ndarray) -> np.ndarray:
        """(samples,) float64."""
        ops = keras.ops
        with keras.device("cpu"):
            exact = outputs if outputs.dtype == np.float64 else outputs.astype(np.float32)
            found = self.function(ops.convert_to_tensor(labels), ops.convert_to_tensor(exact))
            values = np.asarray(ops.convert_to_numpy(found), np.float64)
        return np.asarray(values.reshape(len(labels), -1).mean(axis=1))


def sample_loss(model: Any, squash: str | None, form: Form, *, binary: bool) -> SampleLoss:
    """The loss to take, from what the model says and what its labels are.

    Args:
        model: the model.
        squash: "softmax" or "sigmoid" where its output comes out of one.
        form: what the labels are.
        binary: whether the output is one number that says yes or no.
    """
    found = _compiled(model)
    if found is not None:
        return SampleLoss(_name_of(found), _by_sample(_as_computed(found, squash)), compiled=True)
    name, options = _fitting(squash, form, binary=binary)
    loss = getattr(keras.losses, name)
    note = ", from_logits=True" if options.get("from_logits") else ""
    return SampleLoss(name + note, lambda labels, outputs: loss(labels, outputs, **options), compiled=False)


def _compiled(model: Any) -> Any:
    loss = getattr(model, "loss", None)
    if isinstance(loss, list | tuple) and len(loss) == 1:
        loss = loss[0]
    if loss is None or isinstance(loss, dict | list | tuple):
        return None
    return keras.losses.get(loss)


def _as_computed(loss: Any, squash: str | None) -> Any:
    """On TensorFlow Keras gives a loss that expects logits those of a final softmax or sigmoid: it sees no double squashing."""
    if squash is None or keras.backend.backend() != "tensorflow" or not isinstance(loss, keras.losses.Loss):
        return loss
    settings = loss.get_config()
    return type(loss).from_config({**settings, "from_logits": False}) if settings.get("from_logits") else loss


def _name_of(loss: Any) -> str:
    name = getattr(loss, "name", None) or getattr(loss, "__name__", None) or type(loss).__name__
    return str(name)


def _by_sample(loss: Any) -> Callable[[Any, Any], Any]:
    """Without the mean over the batch."""
    return loss.call if isinstance(loss, keras.losses.Loss) else loss  # type: ignore[no-any-return]  # Keras has no types


def _fitting(squash: str | None, form: Form, *, binary: bool) -> tuple[str, dict[str, Any]]:
    logits = {"from_logits": squash is None}
    if form == "numbers":
        return ("categorical_crossentropy" if squash == "softmax" else "mean_squared_error"), {}
    if form == "multi-label" or binary:
        return "binary_crossentropy", logits
    return ("categorical_crossentropy" if form == "one-hot" else "sparse_categorical_crossentropy"), logits
