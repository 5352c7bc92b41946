"""What somebody who explores a page will ask, the most likely first."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

import numpy as np

from kerasviz.pages.recording import Full, Recording

__all__ = ["Screen", "ask_all"]

LANGUAGES = ("en", "zh")
_MAPS = 256  # units of a layer
_NUMBERS = 64  # the same where a unit is one number
_STRONGEST = 4  # units of a layer whose arithmetic is kept
_STEPS = 40  # of the way from the answer back to the input
_PLACES = 24  # of a slider
_TARGETS = 20
_MISSED = 8  # in a row: those that follow are larger still
_PAGE = 64  # maps that are asked for at a time


@dataclass(frozen=True, slots=True)
class Screen:
    """What is on the screen, and which samples go into the page."""

    session: Any
    samples: Sequence[int]
    state: Mapping[str, Any]
    methods: Sequence[tuple[str, Mapping[str, Any]]] = ()

    @property
    def order(self) -> list[int]:
        """The samples, the one on the screen first."""
        return sorted(self.samples, key=lambda sample: sample != self.state["sample"])

    @property
    def layer(self) -> str:
        return str(self.state["layer"])

    @property
    def target(self) -> Any:
        return self.state["target"]


def ask_all(screen: Screen, recording: Recording, room: int, more: int) -> None:
    """What the page cannot do without, whatever it takes; what a click on a layer shows, in `room` bytes; in `more` the rest."""
    questions = _Questions(screen, recording)
    questions.frame()
    recording.room = room
    with suppress(Full):
        questions.shown()
        questions.layers()
        recording.room = more
        questions.pages()
        questions.arithmetic(1)
        for samples in (screen.order[:1], screen.order):
            questions.units(samples)
            questions.looks(samples)
        questions.words()
        questions.over_data()
        questions.arithmetic(_STRONGEST)
        questions.feeds()


class _Questions:
    def __init__(self, screen: Screen, recording: Recording) -> None:
        self.screen = screen
        self.session = screen.session
        self.record = recording
        self.answer = recording.answer
        paths = [layer.path for layer in self.session.layers]
        self.paths = sorted(paths, key=lambda path: path != screen.layer)

    # What the page cannot do without.

    def frame(self) -> None:
        """Model, predictions, mosaics, small pictures: of every sample."""
        self.answer("network", {})
        self.answer("choices", {"sample": self.screen.order[0]})
        for name in ("scan", "marks", "data", "findings"):
            self.answer(name, {})
        for language in LANGUAGES:
            self.answer("methods", {"sample": self.screen.order[0], "layer": self.screen.layer, "language": language})
        for sample in self.screen.order:
            self.answer("prediction", {"sample": sample, "target": None})
            self.answer("overview", {"sample": sample})
            if sample >= 0:
                for name in ("thumbnails", "verdicts"):
                    self.answer(name, {"samples": [sample]})

    def shown(self) -> None:
        """What is on the screen now, for every sample."""
        state = self.screen.state
        for sample in self.screen.order:
            with suppress(Full):
                self.click(sample, self.screen.layer, state["unit"], state["place"])
        for method, options in self.screen.methods:
            self.why(method, options)
        for name, params in self.session.looked_at:
            self.again(name, params)

    def layers(self) -> None:
        """Every layer, with its first unit: what a click on a card shows. Small ones first, and what is too large is left out."""
        given, missed = self.session.activations(self.screen.order[0]), 0
        for path in sorted(self.paths, key=lambda path: np.size(given.get(path, ()))):
            for sample in self.screen.order:
                try:
                    self.click(sample, path, 0)
                    missed = 0
                except Full:
                    missed += 1
            if missed > _MISSED:
                return

    def pages(self) -> None:
        """All maps of a layer, where it has many."""
        for sample in self.screen.order:
            for path in self.paths:
                self.layer(sample, path)

    def units(self, samples: Sequence[int]) -> None:
        """Every unit, and for every class how it is marked."""
        for sample in samples:
            for path in self.paths:
                most = _MAPS if len(self.head(sample, path).get("shape", ())) > 1 else _NUMBERS
                for unit in self.strongest(sample, path, most):
                    self.unit(sample, path, unit)
            for target in range(min(_TARGETS, self.session.num_targets(sample) or 0)):
                self.answer("prediction", {"sample": sample, "target": target})

    def arithmetic(self, most: int) -> None:
        """So many of the strongest units of every layer, and the way from the answer back to the input."""
        for sample in self.screen.order:
            self.way_back(sample)
            for path in self.paths:
                for unit in self.strongest(sample, path, most):
                    self.unit(sample, path, unit)
                    self.number(sample, path, unit)

    def words(self) -> None:
        """Each sample in words."""
        for sample in self.screen.order:
            for language in LANGUAGES:
                self.answer("told", {"sample": sample, "target": self.screen.target, "language": language})

    def looks(self, samples: Sequence[int]) -> None:
        """Every layer as its controls let it be looked at."""
        for sample in samples:
            for path in self.paths:
                head = self.head(sample, path)
                for aspect in [{}, *({"aspect": each} for each in head.get("aspects", ())[1:])]:
                    for options in [{}, *_choices(self.head(sample, path, aspect))]:
                        self.layer(sample, path, {**aspect, **options})

    def over_data(self) -> None:
        """What a scan says, with the small pictures of the samples that it names."""
        if self.session.scan is None:
            return
        for row in self.answer("data", {})["payload"]["rows"]:
            for item in row["items"]:
                self.answer("thumbnails", {"samples": [item["sample"]]})
        for sample in self.screen.order:
            for path in self.paths:
                for unit in {0, self.screen.state["unit"], *self.strongest(sample, path, _STRONGEST)}:
                    self.answer("unit_data", {"sample": sample, "layer": path, "unit": unit})

    def feeds(self) -> None:
        """Where numbers go."""
        for sample in self.screen.order:
            for path in self.paths:
                for unit in {0, *self.strongest(sample, path, 1)}:
                    where = {"sample": sample, "layer": path, "unit": unit, "place": None}
                    self.answer("feeds", {**where, "target": self.screen.target})

    # One question.

    def click(self, sample: int, path: str, unit: int, place: Sequence[int] | None = None) -> None:
        """What a click on a layer shows."""
        self.head(sample, path)
        self.unit(sample, path, unit)
        self.number(sample, path, unit, place)

    def layer(self, sample: int, path: str, options: Mapping[str, Any] | None = None) -> None:
        """A layer, all pages of it."""
        if path not in self.paths:
            return
        params = {"sample": sample, "layer": path, "target": self.screen.target, "options": dict(options or {})}
        first = self.answer("layer", {**params, "start": 0, "count": 4096})
        if first.get("payload", {}).get("kind") != "feature_maps":
            return
        shown = next(each["shape"][0] for each in first["tensors"] if each["name"] == "maps")
        for start in range(shown, first["payload"]["head"]["num_units"], _PAGE):
            self.answer("layer", {**params, "start": start, "count": _PAGE})

    def unit(self, sample: int, path: str, unit: int) -> None:
        """A unit; where the layer's picture shows one unit's part, that too."""
        head = self.head(sample, path)
        if not 0 <= unit < head.get("num_units", 0):
            return
        self.answer("unit", {"sample": sample, "layer": path, "unit": unit, "options": {}})
        if unit and any(control["name"] == "unit" for control in head["controls"]):
            self.layer(sample, path, {"unit": unit})

    def number(self, sample: int, path: str, unit: int, place: Sequence[int] | None = None) -> dict[str, Any]:
        """Where a number comes from, also asked for by its place."""
        if not path:
            return {}
        where = {"sample": sample, "layer": path, "unit": unit, "place": None if place is None else list(place)}
        found = self.answer("calculation", where)
        index = found.get("payload", {}).get("unit")
        if index and place is None:
            self.record.also("calculation", {**where, "place": list(index)}, where)
        return found

    def why(self, method: str, options: Mapping[str, Any]) -> None:
        """An attribution of every sample."""
        for language in LANGUAGES:
            for sample in self.screen.order:
                params = {"sample": sample, "method": method, "options": dict(options), "layer": self.screen.layer}
                for target in dict.fromkeys((self.screen.target, None)):
                    self.answer("attribution", {**params, "target": target, "language": language})

    def again(self, name: str, params: Mapping[str, Any]) -> None:
        """What somebody waited for in this session."""
        if name == "projection":
            self.answer(name, params)
            where = {"layer": params["layer"], "way": params["way"]}
            for sample in self.screen.order:
                self.answer("projected_sample", {"sample": sample, **where})
        elif name in ("attribution", "evaluation") and params["sample"] in self.screen.samples:
            self.answer(name, dict(params))

    def way_back(self, sample: int) -> None:
        """From the strongest output along the strongest terms to the input."""
        path = self.session.layers[-1].path
        units = self.strongest(sample, path, 1)
        found = self.number(sample, path, units[0]) if units else {}
        for _ in range(_STEPS):
            step = self.strongest_term(found)
            if step is None:
                return
            path, place = step
            axes = self.head(sample, path).get("axes", [])
            found = self.number(sample, path, place[_unit_axis(axes)], place)

    def strongest_term(self, answer: Mapping[str, Any]) -> tuple[str, list[int]] | None:
        """The layer and the place of the first term; None where there is none, or it is of the model's input."""
        payload = answer.get("payload", {})
        if payload.get("kind") != "calculation" or not payload["num_terms"]:
            return None
        source = int(np.frombuffer(self.record.values(answer, "source"), "<i4")[0])
        shape = next(each["shape"] for each in answer["tensors"] if each["name"] == "index")
        first = np.frombuffer(self.record.values(answer, "index"), "<i4").reshape(shape)[0]
        path = payload["sources"][source]["path"]
        return (path, [int(at) for at in first if at >= 0]) if path in self.paths else None

    def head(self, sample: int, path: str, options: Mapping[str, Any] | None = None) -> Mapping[str, Any]:
        """What a layer's answer says of it; empty where it has no picture."""
        if path not in self.paths:
            return {}
        params = {"sample": sample, "layer": path, "target": self.screen.target, "options": dict(options or {})}
        found: Mapping[str, Any] = self.answer("layer", {**params, "start": 0, "count": 4096}).get("payload", {})
        head: Mapping[str, Any] = found.get("head", {})
        return head

    def strongest(self, sample: int, path: str, most: int) -> list[int]:
        """The layer's units with the largest activations, the largest first."""
        head = self.head(sample, path)
        values = self.session.activations(sample).get(path)
        if not head or values is None or values.dtype.kind not in "fiub":
            return []
        size = np.abs(np.nan_to_num(np.asarray(values[0], np.float64)))
        axis = _unit_axis(head["axes"]) % size.ndim if size.ndim else 0
        each = size.max(axis=tuple(i for i in range(size.ndim) if i != axis)) if size.ndim else size[None]
        return [int(unit) for unit in np.argsort(-each, kind="stable")[:most]]


def _unit_axis(axes: Sequence[str]) -> int:
    return next((axes.index(name) for name in ("channel", "unit") if name in axes), len(axes) - 1)


def _choices(head: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
    """One control at a time, each of its values."""
    for control in head.get("controls", ()):
        values: Iterable[Any] = control["values"] if control["form"] == "choice" else range(control["count"])
        if control["name"] == "unit" or control["count"] > _PLACES:
            continue
        for i, value in enumerate(values):
            if i != control["chosen"]:
                yield {control["name"]: value}
