"""The part of a session that explains: attributions, kept for a while, and how long they take.

An attribution may take minutes. It runs on a thread of its own and holds no lock while it does, so
that everything else on the screen is answered meanwhile.
"""

from __future__ import annotations

import dataclasses
import threading
import time
from collections import OrderedDict
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any

import numpy as np

from kerasviz.attribution import METHODS
from kerasviz.attribution.base import Attribution, Method, Origin
from kerasviz.attribution.evaluate import Evaluation, evaluate
from kerasviz.attribution.explained import Asked, Explained
from kerasviz.attribution.pace import Pace
from kerasviz.attribution.region import SPATIAL, Region
from kerasviz.data.model_facts import input_arrays
from kerasviz.data.samples import Samples
from kerasviz.errors import TargetError
from kerasviz.probes.question import Preview, Question
from kerasviz.probes.unit_targets import Unit, name_of_unit, resolve_unit, unit_named
from kerasviz.scanning.scan import Scan
from kerasviz.wire.messages import TargetName
from kerasviz.words.narrate import Length, narrate
from kerasviz.words.narrative import Narrative

__all__ = ["Explaining", "Handed", "layer_of", "target_of"]

_KEPT = 24  # attributions
_BACKGROUND = 32  # samples
_OF_SAMPLES = ("random-sample", "samples")  # baselines
_ARRAYS = 8  # values that cannot be sent to the browser


def target_of(name: TargetName) -> Any:
    """The target as the probe takes it."""
    return unit_named(name) if isinstance(name, str) else name


class Handed:
    """Options as the browser may hold them: what is not a plain value stays here, under a name."""

    def __init__(self) -> None:
        self._values: OrderedDict[str, Any] = OrderedDict()
        self._count = 0

    def plain(self, options: Mapping[str, Any]) -> dict[str, Any]:
        """The options with a name in place of each array."""
        return {name: self._name(value) for name, value in options.items()}

    def real(self, options: Mapping[str, Any]) -> dict[str, Any]:
        """The options with the arrays themselves."""
        return {name: self._values.get(v, v) if isinstance(v, str) else v for name, v in options.items()}

    def _name(self, value: Any) -> Any:
        if isinstance(value, np.generic):
            value = value.item()
        if value is None or isinstance(value, bool | int | float | str):
            return value
        known = next((name for name, kept in self._values.items() if kept is value), None)
        if known is not None:
            return known
        self._count += 1
        shape = getattr(value, "shape", None)
        name = f"{type(value).__name__} {'' if shape is None else tuple(shape)} #{self._count}".replace("  ", " ")
        self._values[name] = value
        while len(self._values) > _ARRAYS:
            self._values.popitem(last=False)
        return name


def layer_of(method: type[Method], options: Mapping[str, Any], on_screen: str) -> str | None:
    """The layer that is attributed: one that is named, the one on the screen, or the method's own choice (None)."""
    wanted = options.get("layer")
    if wanted == "chosen" or (not wanted and method.needs_layer):
        return on_screen
    return str(wanted) if wanted else None


class Explaining:
    """Answers "why"."""

    probe: Any
    samples: Samples
    _compute: threading.RLock
    _generation: int

    def __init__(self) -> None:
        super().__init__()
        self.handed = Handed()
        self.pace = Pace()
        self._explained: OrderedDict[Any, Explained] = OrderedDict()

    @property
    def layers(self) -> tuple[Any, ...]:
        raise NotImplementedError

    def activations(self, sample: int) -> Mapping[str, np.ndarray]:
        raise NotImplementedError

    def _check_fresh(self) -> None:
        raise NotImplementedError

    def scan_that_holds(self) -> Scan | None:
        raise NotImplementedError

    def name_of_target(self, target: Unit | str, sample: int) -> str:
        """A unit as the screen calls it, checked against what the layer gives."""
        unit = unit_named(target) if isinstance(target, str) else target
        with self._compute:
            path = self.probe.output_of(unit.layer)
            info = next(layer for layer in self.layers if layer.path == path)
            _, rows = resolve_unit(unit, info, 1, lambda: self.activations(sample)[path].shape)
        return name_of_unit(path, rows[0])

    def question(self, sample: int, target: TargetName) -> Question:
        """The score of this sample, to be asked at many points."""
        with self._compute:
            self._check_fresh()
            with self._aimed(target):
                found: Question = self.probe.question(self.samples.model_input(sample), target_of(target))
            return found

    @contextmanager
    def _aimed(self, target: TargetName) -> Iterator[None]:
        """What is to be done about a missing target is said as the widget has it."""
        try:
            yield
        except TargetError as error:
            if target is not None:
                raise
            raise TargetError(
                "No target is chosen, and this model has no predicted class: it has several outputs, or one of several axes. "
                "Choose a unit of an output on the screen and then that unit under Target, or in Python: "
                f"w.target = kerasviz.unit({self.layers[-1].path!r}, 0)."
            ) from error

    def estimate(self, asked: Asked) -> float | None:
        """Seconds that this will take; None when that is not known. Nothing where it is there already."""
        if _key(asked) in self._explained:
            return 0.0
        method, layer, _ = self._method(asked)
        question = self.question(asked.sample, asked.target)
        return self.pace.estimate(method, method.rows(Region(question, layer or method.default_layer(question))))

    def measure(self, sample: int, target: TargetName, step: Callable[[], None]) -> None:
        """Find out how fast the model is."""
        self.pace.measure(self.question(sample, target), step)

    def attribution(
        self, asked: Asked, progress: Callable[[int, int], None] | None = None, preview: Preview | None = None
    ) -> Explained:
        """How much each part of a sample did; the last few are kept as long as the weights are the same."""
        with self._compute:
            question = self.question(asked.sample, asked.target)
            generation = self._generation
            known = self._explained.get(_key(asked))
        if known is not None:
            return known
        method, layer, background = self._method(asked)
        began = time.perf_counter()

        def explained_by(found: Attribution) -> Explained:
            changed = generation != self._generation
            return Explained(found, _axes(found, question), time.perf_counter() - began, background, changed=changed)

        question.progress = progress
        if preview is not None:
            question.preview = lambda done, total, find: preview(done, total, lambda: explained_by(find()))
        explained = explained_by(method(question, layer))
        rows = method.rows(Region(question, layer or method.default_layer(question)))
        self.pace.learn(method, rows, explained.seconds)
        with self._compute:
            self._check_fresh()
            asked_of = (self.samples.model_input(asked.sample), target_of(asked.target), "auto")
            found = dataclasses.replace(explained.attribution, origin=Origin(self.probe.model, self.probe, asked_of))
            changed = generation != self._generation
            explained = dataclasses.replace(explained, attribution=found, rows=rows, changed=changed)
            if not changed:
                self._keep(asked, explained)
        return explained

    def evaluate(self, asked: Asked, progress: Callable[[int, int], None] | None = None) -> Evaluation:
        """How far that attribution can be trusted: `kerasviz.evaluate` of it."""
        return evaluate(self.attribution(asked, progress).attribution, self.probe, progress=progress)

    def narrate(
        self,
        sample: int,
        target: TargetName,
        language: str,
        length: Length,
        progress: Callable[[int, int], None] | None = None,
    ) -> Narrative:
        """The sample in words: `kerasviz.narrate` of it, compared with the scan as long as that holds."""
        samples = self.samples
        with self._aimed(target):
            return narrate(
                self.probe, samples.model_input(sample), language=language, length=length, target=target_of(target),
                class_names=samples.class_names, feature_names=samples.feature_names, words=samples.words or None,
                scan=self.scan_that_holds(), input_kind=samples.input_kind, progress=progress,
            )  # fmt: skip

    def _keep(self, asked: Asked, explained: Explained) -> None:
        self._explained[_key(asked)] = explained
        while len(self._explained) > _KEPT:
            self._explained.popitem(last=False)

    def _method(self, asked: Asked) -> tuple[Method, str | None, int]:
        """The method with its options, the layer, and how many samples were added to compare with."""
        cls = METHODS.get(asked.method)
        options = self.handed.real(asked.options)
        layer = layer_of(cls, options, asked.layer)
        options.pop("layer", None)
        wanted = cls.needs_background or options.get("baseline") in _OF_SAMPLES
        count = 0
        if wanted and options.get("background") is None:
            options["background"], count = self._background(asked.sample)
        return cls.with_options(options), None if layer is None else self.probe.output_of(layer), count

    def _background(self, sample: int) -> tuple[dict[str, np.ndarray], int]:
        """Samples from all over the data, of the shape that this one has."""
        places = np.unique(np.linspace(0, len(self.samples) - 1, _BACKGROUND).astype(int))
        shape = self.samples.signature(self.samples.model_input(sample))
        others = [self.samples.model_input(int(place)) for place in places if self.samples.has(int(place))]
        named = [input_arrays(x, self.probe.model) for x in others if self.samples.signature(x) == shape]
        return {key: np.concatenate([each[key] for each in named]) for key in named[0]} if named else {}, len(named)


def _axes(found: Attribution, question: Question) -> tuple[tuple[str, ...], ...]:
    """What the axes of each array of values mean, without the batch axis; a map of a layer has only its positions."""
    arrays = found.values.values() if isinstance(found.values, dict) else [found.values]
    return tuple(_named(question, name, array.ndim) for name, array in zip(found.names, arrays, strict=True))


def _named(question: Question, name: str, rank: int) -> tuple[str, ...]:
    axes = question.axes(name) if name in question.layers or name in question.inputs else ()
    if len(axes) == rank:
        return axes[1:]
    positions = tuple(axis for axis in axes if axis in SPATIAL)
    return positions if len(positions) == rank - 1 else ("position",) * (rank - 1)


def _key(asked: Asked) -> tuple[Any, ...]:
    options = tuple(sorted((name, repr(value)) for name, value in asked.options.items()))
    return asked.sample, asked.target, asked.method, asked.layer, options
