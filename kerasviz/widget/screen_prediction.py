"""The prediction as a notebook gets it from the widget."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from kerasviz.views.prediction import ClassScore
from kerasviz.wire.messages import TargetName

__all__ = ["ScreenPrediction"]


@dataclass(frozen=True)
class ScreenPrediction:
    """What the model says of the sample on the screen; `np.asarray(prediction)` gives its outputs."""

    sample: int
    outputs: Any  # as model.predict gives them, for a batch of one
    quantity: str  # "probability" | "logit" | "value"
    scores: tuple[ClassScore, ...]  # the largest outputs, strongest first
    target: TargetName
    label: str | None
    correct: bool | None

    def __array__(self, dtype: Any = None, copy: bool | None = None) -> np.ndarray:  # noqa: FBT001 - NumPy calls it so
        array = np.asarray(self.outputs, dtype=dtype)
        return array.copy() if copy else array
