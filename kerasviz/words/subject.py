"""What is told about: one sample of one model, and the Python that asks the same again."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from kerasviz.attribution.region import Region
from kerasviz.attribution.without import Without, without_of
from kerasviz.errors import InputError
from kerasviz.probes.probe import Probe
from kerasviz.probes.question import Question
from kerasviz.probes.unit_targets import Unit

__all__ = ["Asked", "Subject", "index_text"]


@dataclass(frozen=True, slots=True)
class Asked:
    """What the user asked for, beside the model and the sample."""

    target: Any = None
    method: str = "integrated-gradients"
    baseline: Any = "zero"
    input_kind: str | None = None
    seed: int = 0


class Subject:
    """One sample of one model.

    Args:
        probe: looks into the model.
        x: one sample, or a batch of one.
        asked: the question.
        progress: called now and then with how many steps are done, of how many; may raise to stop.
    """

    def __init__(self, probe: Probe, x: Any, asked: Asked, progress: Callable[[int, int], None] | None = None) -> None:
        self.probe, self.x, self.asked = probe, x, asked
        self._progress = progress
        self.question: Question = probe.question(x, asked.target)
        if self.question.size != 1:
            raise InputError(
                f"{self.question.size} samples were passed; one was expected: a text is about one. Pass one: x[:1]."
            )
        self.question.progress = self.stop_here
        self.answers = self.question.of_output()
        self.region = Region(self.question)

    def about(self, target: Any) -> Subject:
        """The same sample, asked about another target."""
        return Subject(self.probe, self.x, replace(self.asked, target=target), self._progress)

    def stop_here(self, *_: int) -> None:
        """A chance to stop."""
        if self._progress is not None:
            self._progress(0, 0)

    def step(self, done: int, total: int) -> None:
        """So many parts are done."""
        if self._progress is not None:
            self._progress(done, total)

    def without(self, places: Sequence[dict[str, Any]]) -> Without:
        """The answers without each of these places."""
        return without_of(self.answers, tuple(places), (self.asked.baseline, None, self.asked.seed))

    # The same in Python

    @property
    def predict_code(self) -> str:
        return "kv.Probe(model).predict(x)"

    @property
    def attribute_code(self) -> str:
        return f"kv.attribute(model, x, {self.asked.method!r}{self._options})"

    def without_code(self, places: Sequence[dict[str, Any]]) -> str:
        """`kv.without` of these places."""
        return f"kv.without(model, x, {', '.join(self.place_code(place) for place in places)}{self._options})"

    def without_each_code(self, layer: str, axis: str, units: str) -> str:
        """`kv.without` of each of some units of a layer."""
        return f"kv.without(model, x, *({{{layer!r}: {axis}}} for i in {units}){self._options})"

    def place_code(self, place: dict[str, Any]) -> str:
        """An index, of the only input or by name."""
        ((key, index),) = place.items()
        text = index_text(index)
        return text if len(self.question.inputs) == 1 and key in self.question.inputs else f"{{{key!r}: {text}}}"

    @property
    def target_code(self) -> str:
        """The argument, where one was given."""
        target = self.asked.target
        return "" if target is None else f", target={_written(target, 'target')}"

    @property
    def _options(self) -> str:
        baseline = self.asked.baseline
        given = isinstance(baseline, str) and baseline == "zero"
        return self.target_code + ("" if given else f", baseline={_written(baseline, 'baseline')}")


def index_text(index: Any) -> str:
    """An index as it is written: np.s_[2:9, 3:7]."""
    parts = index if isinstance(index, tuple) else (index,)
    return f"np.s_[{', '.join(_part(part) for part in parts)}]"


def _part(part: Any) -> str:
    if isinstance(part, slice):
        return f"{'' if part.start is None else part.start}:{'' if part.stop is None else part.stop}"
    return "..." if part is Ellipsis else str(part)


def _written(value: Any, name: str) -> str:
    """A value that can be written down; else the name it has to have."""
    if isinstance(value, np.integer | np.floating):
        value = value.item()
    if isinstance(value, Unit) and isinstance(value.layer, str) and not isinstance(value.index, np.ndarray):
        return f"kv.unit({value.layer!r}, {index_text(value.index)})"
    plain = isinstance(value, str | int | float)
    whole = isinstance(value, tuple) and all(isinstance(each, str | int | np.integer) for each in value)
    return repr(value) if plain else repr(tuple(map(_item, value))) if whole else name


def _item(value: Any) -> Any:
    return value.item() if isinstance(value, np.integer) else value
