"""Reads the model's answers and the labels batch by batch into `Outcomes`; losses some thousand samples at a time."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from kerasviz.data.arrays import leaves
from kerasviz.errors import InputError
from kerasviz.probes.losses import Form, SampleLoss, sample_loss
from kerasviz.probes.sweeper import Sweeper
from kerasviz.scanning.outcomes import MOST_OUTPUTS, Outcomes, as_rows, read_classes

__all__ = ["Answers", "Members"]

_AT_ONCE = 4_000_000  # numbers of answers that wait for their losses
_MOST_CLASSES = 10_000  # whole numbers beyond are no classes


@dataclass(frozen=True, slots=True)
class Members:
    """Which sample is of which class: (samples, classes) 0 or 1, for these classes."""

    labels: np.ndarray
    members: np.ndarray


class Answers:
    """The outcomes of one pass.

    Attributes:
        form: what the labels are; None: there are none (that can be read).
        loss: where a loss can be computed.
        notes: what has to be known to read the figures.
    """

    def __init__(self, model: Any, sweeper: Sweeper, class_names: Sequence[str] = ()) -> None:
        self._model, self._infos = model, sweeper.outputs
        self._names = {name: i for i, name in enumerate(class_names)}
        self._parts: list[Outcomes] = []
        self._waiting: list[tuple[np.ndarray, np.ndarray, np.ndarray | None]] = []
        self._size = 0
        self.form: Form | None = None
        self.loss: SampleLoss | None = None
        self.notes: list[str] = []
        info = self._infos[0] if len(self._infos) == 1 else None
        self._squash = None if info is None else info.squash
        self._width = None if info is None else info.num_units
        self._regression = info is not None and info.regression and not self._is_logit()
        self._binary = info is not None and self._width == 1 and not self._regression

    @property
    def num_classes(self) -> int:
        """How many classes the model tells apart; 0 where it tells none."""
        if self._regression or not self._width:
            return 0
        return 2 if self._binary else self._width

    def _is_logit(self) -> bool:
        """Whether one linear unit was compiled to be a logit."""
        loss = getattr(self._model, "loss", None)
        return self._width == 1 and bool(getattr(loss, "from_logits", False) or _from_logits(loss))

    def add(self, samples: np.ndarray, outputs: Any, y: Any) -> Members | None:
        """The answers to these samples; gives what classes they are of, by their labels."""
        rows = as_rows(outputs)
        labels = None if y is None else self._labels(y, len(samples))
        if rows is not None:
            self._waiting.append((samples, rows, labels))
            self._size += rows.size
            if self._size > _AT_ONCE:
                self._settle()
        else:
            self._note("The model's answer is not one row of numbers a sample: there are no predictions and no losses.")
        return None if labels is None else _members(labels, self.form)

    def outcomes(self) -> Outcomes:
        """All so far."""
        self._settle()
        return Outcomes.joined(self._parts)

    def _note(self, text: str) -> None:
        if text not in self.notes:
            self.notes.append(text)

    def _labels(self, y: Any, size: int) -> np.ndarray | None:
        """Labels as an array: (samples,) of classes or numbers, or (samples, numbers)."""
        parts = list(leaves(y))
        if len(parts) != 1:
            self._note("The data have several labels a sample: they are not compared with the answers.")
            return None
        labels = np.asarray(parts[0])
        if len(labels) != size:
            raise InputError(
                f"{len(labels)} labels came with {size} samples. There must be one for each. Check the data set."
            )
        if labels.dtype.kind in "USO":
            labels = self._by_name(labels)
        if labels.ndim > 2:
            self._note(f"The labels have the shape {labels.shape[1:]}: they are not compared with the answers.")
            return None
        labels = labels[:, 0] if labels.ndim == 2 and labels.shape[1] == 1 else labels
        if self.form is None:
            self._decide(labels)
        elif self.form == "one-hot" and (labels.ndim != 2 or not (labels.sum(axis=1) == 1).all()):
            self._note("Some rows of the labels hold not exactly one 1: the first 1 was taken.")
        return labels

    def _by_name(self, labels: np.ndarray) -> np.ndarray:
        texts = [text.decode("utf-8", "replace") if isinstance(text, bytes) else str(text) for text in labels.flat]
        unknown = sorted({text for text in texts if text not in self._names})
        if unknown:
            raise InputError(
                f"The labels are texts ({unknown[0]!r} …); which class each stands for is not known. Pass class_names, in the "
                "order of the model's outputs."
            )
        return np.asarray([self._names[text] for text in texts]).reshape(labels.shape)

    def _decide(self, labels: np.ndarray) -> None:
        """What the labels are, seen from the first batch of them and from the model."""
        self.form = self._form(labels)
        if len(self._infos) == 1:
            self.loss = sample_loss(self._model, self._squash, self.form, binary=self._binary)

    def _form(self, labels: np.ndarray) -> Form:
        finite = labels[np.isfinite(labels)] if labels.dtype.kind == "f" else labels
        whole = labels.dtype.kind in "iub" or bool(np.array_equal(finite, np.round(finite)))
        if self._regression or not whole:
            return "numbers"
        if labels.ndim == 1:
            high = _MOST_CLASSES if not self._width or self._width == 1 else self._width
            return "classes" if not finite.size or (finite.min() >= 0 and finite.max() < high) else "numbers"
        if not np.isin(finite, (0, 1)).all():
            return "numbers"
        single = bool((labels.sum(axis=1) == 1).all())
        return "one-hot" if single and self._squash != "sigmoid" else "multi-label"

    def _settle(self) -> None:
        """Compute what waits."""
        if not self._waiting:
            return
        samples = np.concatenate([each[0] for each in self._waiting])
        outputs = np.concatenate([each[1] for each in self._waiting])
        given = [each[2] for each in self._waiting]
        known = [each for each in given if each is not None]
        labels = np.concatenate(known) if len(known) == len(given) else None
        self._waiting, self._size = [], 0
        read = read_classes(outputs, binary=self._binary, regression=self._regression, logits=self._squash is None)
        nothing = np.full(len(samples), np.nan)
        found = Outcomes(samples, labels=nothing, label_confidence=nothing.copy(), loss=nothing.copy(), **read)
        if outputs.shape[1] <= MOST_OUTPUTS:
            found.outputs = outputs.astype(np.float32)
        if labels is not None:
            self._compare(found, outputs, labels)
        self._parts.append(found)

    def _compare(self, found: Outcomes, outputs: np.ndarray, labels: np.ndarray) -> None:
        if self.form == "one-hot":
            found.labels = labels.argmax(axis=1).astype(np.float64)
        elif labels.ndim == 1:
            found.labels = labels.astype(np.float64)
        if labels.ndim == 2 and self.form != "one-hot" and labels.shape[1] <= MOST_OUTPUTS:
            found.targets = labels.astype(np.float32)
        if self.form in ("classes", "one-hot"):
            found.label_confidence = self._confidence(outputs, found.labels)
        if self.loss is not None:
            found.loss = self._losses(labels, outputs)

    def _confidence(self, outputs: np.ndarray, labels: np.ndarray) -> np.ndarray:
        """The output for the class of the label."""
        if self._binary:
            yes = outputs[:, 0].astype(np.float64)
            no = -yes if self._squash is None else 1 - yes
            return np.where(labels == 1, yes, np.where(labels == 0, no, np.nan))
        known = (labels >= 0) & (labels < outputs.shape[1])
        at = np.where(known, labels, 0).astype(np.int64)
        return np.where(known, outputs[np.arange(len(outputs)), at], np.nan)

    def _losses(self, labels: np.ndarray, outputs: np.ndarray) -> np.ndarray:
        """NaN for all, with a note, where the loss does not take such labels."""
        assert self.loss is not None  # noqa: S101  # asked before
        targets = labels
        if labels.ndim == 1 and outputs.shape[1] == 1:
            targets = labels[:, None]
        try:
            return self.loss(targets if self.form != "numbers" else targets.astype(outputs.dtype), outputs)
        except Exception as error:  # noqa: BLE001  # a loss of the user's own may raise anything
            self._note(
                f"The loss {self.loss.name!r} cannot be computed with these labels ({error}).".replace("\n", " ")
            )
            self.loss = None
            return np.full(len(labels), np.nan)


def _from_logits(loss: Any) -> bool:
    return bool(getattr(loss, "_fn_kwargs", {}).get("from_logits", False) or getattr(loss, "_from_logits", False))


def _members(labels: np.ndarray, form: Form | None) -> Members | None:
    if form is None or form == "numbers":
        return None
    if labels.ndim == 2:
        return Members(np.arange(labels.shape[1]), (labels > 0.5).astype(np.int64))
    known = np.unique(labels[labels >= 0]) if labels.dtype.kind != "f" else np.unique(labels[np.isfinite(labels)])
    return Members(known.astype(np.int64), (labels[:, None] == known[None]).astype(np.int64))
