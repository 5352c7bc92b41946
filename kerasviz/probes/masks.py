"""Keeps a tensor's mask when the tensor is replaced by an equal one.

The one place that touches a private name of Keras: masks are attributes of tensors (on JAX, entries
of a table), and Keras has no public function to read them from inside a call
(https://github.com/keras-team/keras/issues/19730). A contract test holds a masked nested model to it.
"""

from __future__ import annotations

from typing import Any

from keras.src.backend.common.masking import get_keras_mask, set_keras_mask

__all__ = ["keep_mask"]


def keep_mask(old: Any, new: Any) -> Any:
    """`new`, carrying the mask of `old`."""
    mask = get_keras_mask(old)
    if mask is not None and new is not old:
        set_keras_mask(new, mask)
    return new
