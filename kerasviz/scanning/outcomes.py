"""What the model answered to each sample, how sure it was, and how far that was from the label.

Some numbers a sample are kept (about 60 bytes), and its whole answer where that is at most `MOST_OUTPUTS` numbers.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

__all__ = ["MOST_OUTPUTS", "Outcomes", "as_rows", "confusion", "read_classes"]

MOST_OUTPUTS = 100
_FIELDS = ("samples", "predicted", "confidence", "second", "second_confidence", "labels", "label_confidence", "loss")


@dataclass(eq=False, slots=True)
class Outcomes:
    """One row for each sample that was scanned, in ascending order of their numbers.

    Attributes:
        samples: their numbers.
        predicted: the class with the largest output (of one sigmoid unit: 0 or 1); -1 where the answer is no class.
        confidence: that output (of one sigmoid unit: of the side it is on); of a regression the output itself.
        second: the runner-up; -1 where there is none.
        second_confidence: its output; NaN where there is none.
        labels: the class of the label, or its number in a regression; NaN without a label.
        label_confidence: the output for the class of the label; NaN without one.
        loss: NaN without a label.
        outputs: the whole answers (samples, numbers), or None where they are long.
        targets: whole labels of several numbers (samples, numbers), or None.
    """

    samples: np.ndarray  # int64
    predicted: np.ndarray  # int64
    confidence: np.ndarray  # float64
    second: np.ndarray  # int64
    second_confidence: np.ndarray  # float64
    labels: np.ndarray  # float64
    label_confidence: np.ndarray  # float64
    loss: np.ndarray  # float64
    outputs: np.ndarray | None = None  # float32
    targets: np.ndarray | None = None  # float32

    def __len__(self) -> int:
        return len(self.samples)

    @classmethod
    def empty(cls) -> Outcomes:
        """Of no sample."""
        return _of_parts({name: np.zeros(0) for name in _FIELDS}, None, None)

    @classmethod
    def joined(cls, parts: list[Outcomes]) -> Outcomes:
        """Of all samples together, in the order of their numbers."""
        parts = [part for part in parts if len(part)]
        if not parts:
            return cls.empty()
        found = {name: np.concatenate([getattr(part, name) for part in parts]) for name in _FIELDS}
        order = np.argsort(found["samples"], kind="stable")
        rows = [_rows([getattr(part, name) for part in parts]) for name in ("outputs", "targets")]
        outputs, targets = (None if each is None else each[order] for each in rows)
        return _of_parts({name: values[order] for name, values in found.items()}, outputs, targets)

    @property
    def has_labels(self) -> bool:
        return bool(np.isfinite(self.labels).any())


def _rows(parts: list[np.ndarray | None]) -> np.ndarray | None:
    known = [part for part in parts if part is not None]
    alike = len(known) == len(parts) and len({part.shape[1:] for part in known}) == 1
    return np.concatenate(known) if known and alike else None


def _of_parts(found: dict[str, np.ndarray], outputs: np.ndarray | None, targets: np.ndarray | None) -> Outcomes:
    whole = {"samples", "predicted", "second"}
    typed = {name: values.astype(np.int64 if name in whole else np.float64) for name, values in found.items()}
    return Outcomes(**typed, outputs=outputs, targets=targets)


def read_classes(outputs: np.ndarray, *, binary: bool, regression: bool, logits: bool) -> dict[str, np.ndarray]:
    """Predicted class, its output, the runner-up and its output, for answers (samples, numbers)."""
    rows = np.arange(len(outputs))
    none, nothing = np.full(len(outputs), -1, np.int64), np.full(len(outputs), np.nan)
    values = outputs.astype(np.float64)
    if regression or not outputs.shape[1]:
        first = values[:, 0] if outputs.shape[1] else nothing
        return {"predicted": none, "confidence": first, "second": none, "second_confidence": nothing}
    if binary:
        yes = values[:, 0] > (0.0 if logits else 0.5)
        other = -values[:, 0] if logits else 1 - values[:, 0]
        sure, less = np.where(yes, values[:, 0], other), np.where(yes, other, values[:, 0])
        return {"predicted": yes.astype(np.int64), "confidence": sure, "second": 1 - yes, "second_confidence": less}
    first = np.nan_to_num(values, nan=-np.inf).argmax(axis=1)
    rest = np.nan_to_num(values, nan=-np.inf)
    rest[rows, first] = -np.inf
    second = rest.argmax(axis=1)
    return {
        "predicted": np.where(np.isnan(values).any(axis=1), -1, first),
        "confidence": values[rows, first],
        "second": second,
        "second_confidence": values[rows, second],
    }


def confusion(labels: np.ndarray, predicted: np.ndarray, classes: int) -> np.ndarray:
    """(label, predicted): how many samples; as large as the largest class asks for."""
    known = np.isfinite(labels) & (predicted >= 0)
    rows, columns = labels[known].astype(np.int64), predicted[known]
    classes = int(max(classes, rows.max(initial=-1) + 1, columns.max(initial=-1) + 1))
    return np.bincount(rows * classes + columns, minlength=classes * classes).reshape(classes, classes)


def as_rows(outputs: Any) -> np.ndarray | None:
    """The only answer as (samples, numbers); None for several outputs, or one of higher rank."""
    if isinstance(outputs, dict | list | tuple):
        parts = list(outputs.values()) if isinstance(outputs, dict) else list(outputs)
        return as_rows(parts[0]) if len(parts) == 1 else None
    array = np.asarray(outputs)
    if array.ndim == 1:
        array = array[:, None]
    return array if (array.ndim == 2 and array.dtype.kind in "fiub") or str(array.dtype) == "bfloat16" else None
