"""What the model answered, how sure it is, and what came second."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal

import numpy as np

from kerasviz.probes.targets import OutputInfo
from kerasviz.words.facts import Fact, Sentence
from kerasviz.words.subject import Subject

__all__ = ["Answer", "answer_of", "first_words", "margin_words"]

Kind = Literal["classes", "labels", "logits", "binary", "value", "place", "score"]
_CLASSES = ("classes", "labels", "logits", "binary")


@dataclass(frozen=True, slots=True)
class Answer:
    """The output that is asked about, and how its numbers are read.

    classes: a softmax, or what sums to 1. labels: several sigmoids, each for itself. logits: linear units of a classifier.
    binary: one sigmoid unit, whose sides are classes 0 and 1. value: a regression. place: one number of an output with
    more axes. score: a function of the outputs, or a unit of a layer.
    """

    kind: Kind
    key: Any  # of the output among several; None
    index: tuple[int, ...]  # what the question is about
    rows: np.ndarray  # (1, classes) float64, or (1, 1) the value
    unit: str
    subject: Subject

    @property
    def has_classes(self) -> bool:
        return self.kind in _CLASSES

    @property
    def best(self) -> int:
        """The class that is predicted."""
        return self.best_in(self.rows[0])

    @property
    def order(self) -> list[int]:
        """The classes, strongest first."""
        if self.kind == "binary":
            return [self.best, 1 - self.best]
        return [int(i) for i in np.argsort(-self.rows[0], kind="stable")]

    @property
    def about(self) -> int:
        """The class the question is about."""
        return self.index[0]

    @property
    def is_predicted(self) -> bool:
        return not self.has_classes or self.about == self.best

    @property
    def value(self) -> float:
        """Of what the question is about."""
        return float(self.rows[0, self.about if self.has_classes else 0])

    @property
    def name(self) -> Fact:
        """The class the question is about, as a fact."""
        if self.is_predicted:
            return self.best_fact("predicted_class", self.rows, self.subject.predict_code)
        call = f"int({self.subject.attribute_code}.target[0, 0])"
        return Fact("class_asked_for", self.about, "class", call)

    def read(self, outputs: Any, scores: np.ndarray) -> np.ndarray:
        """(rows, classes), or (rows, 1): the numbers of this answer, of outputs or, for a score, of scores."""
        return _rows(self.kind, self.key, self.index, outputs, scores)

    def best_in(self, row: np.ndarray) -> int:
        """The class that a row of numbers predicts."""
        return int(row[1] >= 0.5) if self.kind == "binary" else int(row.argmax())

    def best_fact(self, name: str, rows: np.ndarray, code: str, row: int = 0) -> Fact:
        """Which class is predicted in a row of some outputs."""
        taken = self.row_code(code, row)
        call = f"int({taken} >= 0.5)" if self.kind == "binary" else f"{taken}.argmax()"
        return Fact(name, self.best_in(rows[row]), "class", call)

    def number_fact(self, name: str, rows: np.ndarray, code: str, place: tuple[int, int | None] = (0, None)) -> Fact:
        """The number of a class (None: of the question) in a row of some outputs; `code` gives the outputs."""
        row, which = place
        which = self.about if which is None and self.has_classes else which
        value = float(rows[row, which or 0])
        return Fact(name, value, self.unit, self.number_code(code, row, which))

    def number_code(self, code: str, row: Any, which: int | None) -> str:
        """Where in the outputs that number is. For a score `code` gives the scores."""
        taken = self.row_code(code, row)
        if self.kind == "binary":
            return taken if which == 1 else f"1 - {taken}"
        if self.has_classes:
            return f"{taken[:-1]}, {which}]"
        if self.kind == "place" or (self.kind == "value" and self.rows_wide):
            return f"{taken[:-1]}, {', '.join(map(str, self.index))}]"
        return taken

    @property
    def rows_wide(self) -> bool:
        """Whether the output has several numbers."""
        info = self.subject.question.output
        return info is not None and info.num_units > 1

    def row_code(self, code: str, row: Any) -> str:
        """One row of the output."""
        key = "" if self.key is None or self.kind == "score" else _key_code(self.key)
        flat = self.kind == "binary" or (self.kind == "value" and not self.rows_wide)
        return f"{code}{key}{'.ravel()' if flat else ''}[{row}]"

    def outputs_code(self, code: str) -> str:
        """What of a `kv.without(…)` the numbers are read from."""
        return f"{code}.scores" if self.kind == "score" else f"{code}.outputs"


def answer_of(subject: Subject) -> Answer:
    """The model's answer for the sample."""
    question = subject.answers
    info = question.output
    outputs = subject.probe.predict(subject.x)
    index = tuple(int(i) for i in question.indices[0])
    kind = "score" if info is None else _kind_of(info, outputs)
    key = None if info is None else info.key
    rows = _rows(kind, key, index, outputs, question.scores)
    is_share = kind in ("classes", "labels", "binary") or (kind == "place" and info is not None and info.squash)
    return Answer(kind, key, index, rows, "%" if is_share else "", subject)


def first_words(answer: Answer) -> list[Sentence]:
    """What it answered."""
    subject, rows = answer.subject, answer.rows
    if not answer.has_classes:
        return [*_which_output(answer), _value_words(answer)]
    code = subject.predict_code
    order = answer.order
    gaps: dict[str, Any] = {
        "name": answer.best_fact("predicted_class", rows, code),
        "value": answer.number_fact("value" if answer.kind == "logits" else "probability", rows, code, (0, order[0])),
    }
    if len(order) > 1:
        taken = answer.row_code(code, 0)
        call = f"1 - int({taken} >= 0.5)" if answer.kind == "binary" else f"(-{taken}).argsort(kind='stable')[1]"
        gaps["second"] = Fact("runner_up", order[1], "class", call)
        gaps["second_value"] = answer.number_fact("runner_up_value", rows, code, (0, order[1]))
    key = {"classes": "says", "binary": "says", "labels": "strongest", "logits": "says_logit"}[answer.kind]
    found = [*_which_output(answer), Sentence(key if len(order) > 1 else "says_alone", gaps)]
    if not answer.is_predicted:
        asked = answer.number_fact("value_asked_for", rows, code)
        found.append(Sentence("asked", {"name": answer.name, "value": asked}))
    return found


def margin_words(answer: Answer) -> list[Sentence]:
    """How far ahead it is."""
    if not answer.has_classes or answer.rows.shape[1] < 2:
        return []
    code, row = answer.subject.predict_code, answer.rows[0]
    first, second = answer.order[:2]
    one, other = answer.number_code(code, 0, first), answer.number_code(code, 0, second)
    unit = "points" if answer.unit == "%" else ""
    margin = Fact("margin", float(row[first] - row[second]), unit, f"({one}) - ({other})")
    return [Sentence("margin", {"margin": margin})]


def _which_output(answer: Answer) -> list[Sentence]:
    """Of several outputs, which is meant."""
    if not isinstance(answer.key, str | int):
        return []
    code = answer.subject.predict_code
    place = f"list({code}).index({answer.key!r})" if isinstance(answer.key, str) else str(answer.key)
    call = f"list({code})[{place}]" if isinstance(answer.key, str) else f"range(len({code}))[{place}]"
    return [Sentence("which_output", {"output": Fact("output", answer.key, "output", call)})]


def _value_words(answer: Answer) -> Sentence:
    subject = answer.subject
    code = subject.predict_code
    if answer.kind == "score":
        code = f"kv.Probe(model).gradients(x{subject.target_code}, layers=(), score='output').scores"
    value = answer.number_fact("value", answer.rows, code)
    if answer.kind == "score" or not answer.rows_wide:
        return Sentence("value" if answer.kind == "value" else "score", {"value": value})
    call = f"tuple({subject.attribute_code}.target[0])"
    place: tuple[int, ...] = answer.index
    return Sentence("value_at", {"value": value, "place": Fact("place_in_the_output", place, "index", call)})


def _kind_of(info: OutputInfo, outputs: Any) -> Kind:
    if len(info.shape) > 1 and info.num_units != 1:
        return "place"
    if info.is_binary:
        return "binary"
    if info.regression or info.num_units == 1:
        return "value"
    row = np.asarray(_of_key(outputs, info.key), np.float64).reshape(-1)
    sums = bool(row.size and row.min() >= 0 and abs(row.sum() - 1) < 1e-3)
    if info.squash == "sigmoid" and not sums:
        return "labels"
    return "classes" if info.squash == "softmax" or sums else "logits"


def _rows(kind: str, key: Any, index: tuple[int, ...], outputs: Any, scores: np.ndarray) -> np.ndarray:
    if kind == "score":
        return np.asarray(scores, np.float64)[:, None]
    array = np.asarray(_of_key(outputs, key), np.float64)
    if kind == "binary":
        return np.stack([1 - array.reshape(-1), array.reshape(-1)], axis=1)
    if kind in _CLASSES:
        return array
    if kind == "place" or array.size > len(array):
        at: Any = (slice(None), *index)
        array = array[at]
    return array.reshape(-1, 1)


def _of_key(outputs: Any, key: Any) -> Any:
    for part in key if isinstance(key, tuple) else () if key is None else (key,):
        outputs = outputs[part]
    return outputs


def _key_code(key: Any) -> str:
    return "".join(f"[{part!r}]" for part in (key if isinstance(key, tuple) else (key,)))
