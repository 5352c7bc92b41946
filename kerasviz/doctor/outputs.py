"""One output of the model: what it gave for the samples, what it was trained for, and what is known to be right."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Literal

import numpy as np

from kerasviz.doctor.compiled import Loss
from kerasviz.probes.targets import OutputInfo
from kerasviz.rules.functions import FUNCTIONS, softmax

__all__ = ["SUMS_TO_ONE", "Output", "class_indices", "labels_of"]

Task = Literal["classes", "binary", "multi-label", "other"]
SUMS_TO_ONE = 1e-2
"""How far a row of probabilities may be from 1: float16 sums of a thousand classes are within it."""


@dataclass(frozen=True)
class Output:
    """One output.

    Attributes:
        position: among the flat outputs.
        info: what the probe knows of it.
        values: what the model gave, (samples, …) float64.
        loss: what it was compiled with; None where that is not known.
        labels: as the user has them, (samples, …); None without any.
        names: how the target trait of the widget starts for it: () for the only output.
    """

    position: int
    info: OutputInfo
    values: np.ndarray
    loss: Loss | None
    labels: np.ndarray | None

    @property
    def name(self) -> str:
        """As it is written in a message."""
        return "The output" if self.info.key is None else f"Output {self.info.key!r}"

    @property
    def width(self) -> int:
        """How many units the last axis has."""
        return int(self.values.shape[-1]) if self.values.ndim > 1 else 1

    @property
    def rows(self) -> np.ndarray:
        """Its last axis, one row for each sample and position."""
        return self.values.reshape(-1, self.width)

    @cached_property
    def true_classes(self) -> np.ndarray | None:
        """The class of each sample; None where the labels name none."""
        return None if self.labels is None or self.values.ndim > 2 else class_indices(self.labels, self.width)

    @cached_property
    def task(self) -> Task:  # noqa: PLR0911  # one rule a line, the first that fits
        """What it answers, from its loss, its last activation and the labels."""
        if self.values.ndim > 2:
            return "other"
        kind, squash = self.loss.kind if self.loss else "", self.info.squash
        if self.width == 1:
            return "binary" if squash == "sigmoid" or kind == "binary" else "other"
        if kind == "categorical" or (squash == "softmax" and kind != "other"):
            return "classes"
        if kind == "other" and squash is None:
            return "other"
        if self.true_classes is not None and self.labels is not None and self.labels.dtype.kind != "f":
            return "classes"
        if squash == "sigmoid" or kind == "binary":
            return "classes" if self.true_classes is not None else "multi-label"
        return "other"

    @property
    def is_distribution(self) -> np.ndarray:
        """For each row, whether it is a distribution: nothing below 0, and the sum is 1."""
        rows = self.rows
        right: np.ndarray = (rows.min(axis=1) >= -SUMS_TO_ONE) & (np.abs(rows.sum(axis=1) - 1) <= SUMS_TO_ONE)
        return right

    @cached_property
    def probabilities(self) -> np.ndarray | None:
        """(samples, classes); None where it tells no classes apart."""
        if self.task == "binary":
            positive = self.rows[:, 0]
            if self.info.squash != "sigmoid" and (positive.min() < 0 or positive.max() > 1):
                positive = FUNCTIONS["sigmoid"](positive)
            return np.stack([1 - positive, positive], axis=1)
        if self.task != "classes":
            return None
        if self.is_distribution.all():
            return self.rows
        if self.info.squash == "sigmoid":
            shares: np.ndarray = self.rows / np.maximum(self.rows.sum(axis=1, keepdims=True), 1e-12)
            return shares
        return softmax(self.rows)

    @property
    def answers(self) -> np.ndarray | None:
        """The predicted class of each sample."""
        if self.probabilities is None:
            return None
        found: np.ndarray = self.probabilities.argmax(axis=1)
        return found

    @property
    def accuracy(self) -> float | None:
        """The share of right answers, where that can be said."""
        if self.answers is None or self.true_classes is None:
            return None
        return float((self.answers == self.true_classes).mean())

    @property
    def fit(self) -> float | None:
        """Accuracy, or for numbers the share of the labels' variance that is explained; None without labels."""
        if self.accuracy is not None or self.labels is None or self.labels.dtype.kind not in "fiu":
            return self.accuracy
        if self.labels.size != self.values.size or self.task != "other":
            return None
        wanted = self.labels.reshape(self.values.shape).astype(np.float64)
        spread = float(((wanted - wanted.mean(axis=0)) ** 2).sum())
        return 1 - float(((self.values - wanted) ** 2).sum()) / spread if spread else None


def class_indices(labels: np.ndarray, width: int) -> np.ndarray | None:
    """Class indices from indices, a column of them, or one-hot rows; None where the labels are something else."""
    if labels.dtype.kind not in "iufb" or not labels.size:
        return None
    if labels.ndim == 2 and labels.shape[1] == width > 1:
        hot = np.isin(labels, (0, 1)).all() and (labels.sum(axis=1) == 1).all()
        return labels.argmax(axis=1) if hot else None
    flat = labels.reshape(len(labels), -1)
    if flat.shape[1] != 1:
        return None
    whole = np.array_equal(flat, np.round(flat)) and flat.min() >= 0 and flat.max() < max(width, 2)
    return flat[:, 0].astype(np.int64) if whole else None


def labels_of(labels: Mapping[Any, np.ndarray], info: OutputInfo, position: int, names: tuple[str, ...]) -> Any:
    """The labels of one output: by its key, its name, its position, or the only ones for the only output."""
    keys = [info.key, *(names[position : position + 1]), position]
    return next((labels[key] for key in keys if key in labels), None)
