"""What the model answered for many samples, beside what is true: classes, or a number."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from kerasviz.data.model_facts import final_activation
from kerasviz.errors import InputError
from kerasviz.plot.subject import outputs_of
from kerasviz.probes.probe import Probe

__all__ = ["ClassScores", "Judged", "class_scores", "judged", "r_squared"]


@dataclass(frozen=True, slots=True)
class Judged:
    """Answers and truths, (samples,): class numbers where `names` are given, else the first output."""

    predicted: np.ndarray
    true: np.ndarray
    names: tuple[str, ...] = ()

    @property
    def classes(self) -> bool:
        """Whether these are classes."""
        return bool(self.names)

    @property
    def score(self) -> float:
        """Share of right answers, or R²."""
        return float(np.mean(self.predicted == self.true)) if self.classes else r_squared(self.true, self.predicted)


@dataclass(frozen=True, slots=True)
class ClassScores:
    """For each class: samples of it, precision (NaN where it is never answered) and recall (NaN without samples)."""

    count: np.ndarray
    precision: np.ndarray
    recall: np.ndarray


def judged(probe: Probe, x: Any, y: Any, class_names: Sequence[str] | None) -> Judged:
    """The model's answers on `x`, with the truths `y` in the same form."""
    outputs = outputs_of(probe, x)
    labels = np.asarray(y)
    if len(labels) != len(outputs):
        raise InputError(f"{len(labels)} labels were passed for {len(outputs)} samples. Pass one for each sample.")
    labels = labels.reshape(len(labels), -1)
    if not _are_classes(probe, outputs, labels, class_names):
        return Judged(outputs[:, 0], labels[:, 0].astype(np.float64))
    count = max(2, outputs.shape[1])
    names = tuple(map(str, class_names)) if class_names is not None else tuple(map(str, range(count)))
    if len(names) < count:
        raise InputError(f"{len(names)} class names were passed for {count} classes. Pass one for each class.")
    limit = 0.5 if final_activation(probe.model) == "sigmoid" else 0.0
    predicted = outputs.argmax(axis=1) if outputs.shape[1] > 1 else (outputs[:, 0] > limit).astype(int)
    return Judged(predicted, _numbers(labels, names), names)


def _are_classes(probe: Probe, outputs: np.ndarray, labels: np.ndarray, class_names: Any) -> bool:
    if class_names is not None or final_activation(probe.model) in ("softmax", "sigmoid") or labels.dtype.kind in "USO":
        return True
    return outputs.shape[1] > 1 and (labels.dtype.kind in "iub" or labels.shape[1] == outputs.shape[1])


def _numbers(labels: np.ndarray, names: tuple[str, ...]) -> np.ndarray:
    """Class numbers from numbers, names or one-hot rows."""
    if labels.shape[1] > 1:
        numbers: np.ndarray = labels.argmax(axis=1)
        return numbers
    flat = labels[:, 0]
    if flat.dtype.kind not in "USO":
        return flat.astype(int)
    unknown = sorted({str(label) for label in flat} - set(names))
    if unknown:
        raise InputError(f"The label {unknown[0]!r} is none of the classes {', '.join(names[:8])}. Pass class_names.")
    return np.array([names.index(str(label)) for label in flat])


def class_scores(found: Judged) -> ClassScores:
    """Precision and recall of every class."""
    numbers = range(len(found.names))
    right = np.array([np.sum((found.predicted == k) & (found.true == k)) for k in numbers], np.float64)
    answered = np.array([np.sum(found.predicted == k) for k in numbers], np.float64)
    count = np.array([np.sum(found.true == k) for k in numbers], np.float64)
    with np.errstate(invalid="ignore", divide="ignore"):
        return ClassScores(count.astype(int), right / answered, right / count)


def r_squared(true: np.ndarray, guess: np.ndarray) -> float:
    """1 − squared error / variance; NaN where the truth never changes."""
    spread = float(np.sum((true - true.mean()) ** 2))
    return float("nan") if spread == 0 else 1 - float(np.sum((true - guess) ** 2)) / spread
