"""What the peers have to be told and kerasviz finds out: the predicted class, the last convolution."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from tests.benchmarks.by_hand import parts

if TYPE_CHECKING:
    from tests.benchmarks.models import Case


def predicted(case: Case) -> int:
    """The class to explain."""
    return int(np.argmax(case.model.predict(case.x, verbose=0)))


def one_hot(case: Case) -> np.ndarray:
    """The same as one row of zeros and a one."""
    return np.eye(case.model.output_shape[-1], dtype="float32")[[predicted(case)]]


def window(case: Case) -> int:
    """The side of the window of occlusion: an eighth."""
    return round(case.x.shape[1] / 8)


def last_convolution(case: Case) -> str:
    """The name of the layer for Grad-CAM."""
    return parts.last_convolution(case.model).name
