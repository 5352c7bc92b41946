"""What a method is: a frozen dataclass whose fields are its options, and what it gives, an `Attribution`.

The fields carry labels and bounds, so that a control panel can be built from them; there is no second
table of options. A method says at which points it wants scores and gradients; `Question` runs them.
"""

from __future__ import annotations

import dataclasses
import weakref
from dataclasses import dataclass
from typing import Any, ClassVar, Literal, Self

import numpy as np

from kerasviz.attribution.region import Maps, Region
from kerasviz.errors import MethodError, OptionError, UnknownOptionError, unknown_name
from kerasviz.probes.question import Question

__all__ = ["COUNTS", "Attribution", "Found", "Measures", "Method", "Option", "Origin", "option"]

Produces = Literal["input-map", "layer-map"]
Measures = Literal["shares", "slopes", "order"]
COUNTS = ("num_samples", "num_steps")
"""The options that say how many points a method looks at: with fewer, it gives a first impression."""


class Origin:
    """What was asked and of which model, so that an attribution can be checked. It keeps no model alive and is not saved."""

    __slots__ = ("_model", "_probe", "score", "target", "x")

    def __init__(self, model: Any, probe: Any, question: tuple[Any, Any, str]) -> None:
        self._model = weakref.ref(model)
        self._probe = None if probe is None else weakref.ref(probe)
        self.x, self.target, self.score = question

    @property
    def subject(self) -> Any:
        """The probe, or else the model; None when both are gone."""
        probe = None if self._probe is None else self._probe()
        return self._model() if probe is None else probe

    def __reduce__(self) -> tuple[Any, ...]:
        return type(None), ()


@dataclass(frozen=True, slots=True)
class Attribution:
    """How much each number of the input, or of a layer's output, did for the score.

    Attributes:
        values: one array (batch, …) float32; with several inputs a dict of them, by input.
        score: which tensor the score was read from.
        target: the index it was read at, (batch, axes of the output).
        method: the name of the method.
        layer: the layer that was attributed; None: the inputs. For tokens the embedding.
        baseline: what it was compared with, in the shape of what was attributed; None: nothing.
        delta: (batch,) Σ values − (score − score of the baseline), where the method promises that this is 0. Numbers
            that were replaced together share one value, which counts once.
        scores: (batch,) the score of each sample.
        baseline_scores: (batch,) the score of the baseline.
        options: the options that were used, by name.
        signed: whether values below zero mean "against".
        note: what a reader has to know about this result.
        origin: the samples and the model it is about, for `kerasviz.evaluate`.
        names: what each array of values is of: "input", "input:NAME", or the layer.
    """

    values: Any
    score: str
    target: np.ndarray
    method: str
    layer: str | None = None
    baseline: Any = None
    delta: np.ndarray | None = None
    scores: np.ndarray | None = None
    baseline_scores: np.ndarray | None = None
    options: dict[str, Any] = dataclasses.field(default_factory=dict)
    signed: bool = True
    note: str = ""
    origin: Origin | None = dataclasses.field(default=None, repr=False, compare=False)
    names: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Found:
    """What a method computed, by place."""

    maps: Maps
    baseline: Maps | None = None
    baseline_scores: np.ndarray | None = None  # (batch,)
    region: Region | None = None  # what was attributed, if not what was asked for
    totals: np.ndarray | None = None  # (batch,) what the values sum to, where several numbers share one


@dataclass(frozen=True, slots=True)
class Option:
    """One option as a control panel needs it."""

    name: str
    default: Any
    label: str
    low: float | None = None
    high: float | None = None
    choices: tuple[Any, ...] = ()


def option(  # noqa: PLR0913  # what a control needs
    default: Any,
    label: str,
    *,
    low: float | None = None,
    high: float | None = None,
    choices: tuple[Any, ...] = (),
    free: bool = False,
) -> Any:
    """A field of a method. `free`: other values than the choices are taken too (arrays)."""
    metadata = {"label": label, "low": low, "high": high, "choices": choices, "free": free}
    return dataclasses.field(default=default, metadata=metadata)


@dataclass(frozen=True, kw_only=True)
class Method:
    """Base of the methods. A subclass has a `name`, options as fields, and `explain`.

    Its docstring names the paper, the formula in one line, and when not to trust it.
    """

    name: ClassVar[str]
    needs_gradient: ClassVar[bool] = True
    family: ClassVar[str] = "gradients"  # the group of the menu it stands in
    signed: ClassVar[bool] = True
    needs_layer: ClassVar[bool] = False  # is about the units of a layer that has to be chosen
    takes_layer: ClassVar[bool] = True  # the inputs or a layer can be attributed, as one likes
    targeted: ClassVar[bool] = True  # the values are about a score; else they are the same for every target
    needs_background: ClassVar[bool] = False  # compares with other samples, whatever its options
    produces: ClassVar[Produces] = "input-map"
    complete: ClassVar[bool] = False  # promises that the values sum to the difference of the scores
    measures: ClassVar[Measures] = "order"  # parts of the score that add up, its slopes, or only what comes first

    batch_size: int | None = option(None, "Rows at once", low=1)

    def __post_init__(self) -> None:
        for field in dataclasses.fields(self):
            _check(self.name, field, getattr(self, field.name))

    @classmethod
    def options(cls) -> tuple[Option, ...]:
        """The options, in order."""
        return tuple(
            Option(field.name, field.default, **{k: field.metadata[k] for k in ("label", "low", "high", "choices")})
            for field in dataclasses.fields(cls)
            if field.metadata
        )

    @classmethod
    def with_options(cls, options: dict[str, Any]) -> Self:
        """The method with these options; an unknown one is an error that says which are nearest."""
        names = [field.name for field in dataclasses.fields(cls)]
        for name in options:
            if name not in names:
                raise UnknownOptionError(str(unknown_name(f"The {cls.name!r} option", name, names)))
        return cls(**options)

    def supports(self, question: Question, layer: str | None = None) -> str | None:
        """Why this cannot be explained with this method; None: it can."""
        return None

    def default_layer(self, question: Question) -> str | None:
        """The layer to attribute when none is given; None: the inputs."""
        return None

    def rows(self, region: Region) -> int:
        """How many model runs one sample costs, about: what an estimate of the time is made from."""
        counts = (getattr(self, name, None) for name in COUNTS)
        return next((int(count) for count in counts if count is not None), 1)

    def explain(self, region: Region) -> Found:
        """The attributions of a region."""
        raise NotImplementedError

    def __call__(self, question: Question, layer: str | None = None) -> Attribution:
        layer = self.default_layer(question) if layer is None else layer
        reason = self.supports(question, layer)
        if reason is not None:
            raise MethodError(reason)
        question.batch_size = self.batch_size
        region = Region(question, layer)
        region.finish = lambda found: self._finished(found.region or region, found, layer)
        answer: Attribution = region.finish(self.explain(region))
        return answer

    def _finished(self, region: Region, found: Found, layer: str | None) -> Attribution:
        question, maps = region.question, region.report(found.maps)
        self._check_finite(region, maps, found)
        return Attribution(
            values=_one_or_all(maps),
            score=question.score,
            target=question.indices,
            method=self.name,
            layer=layer
            or region.layer
            or ", ".join(place.key for place in region.places if place.key != place.name)
            or None,
            baseline=None if found.baseline is None else _one_or_all(found.baseline),
            delta=self._delta(question, maps, found),
            scores=question.scores,
            baseline_scores=found.baseline_scores,
            options={field.name: getattr(self, field.name) for field in dataclasses.fields(self)},
            signed=self.signed,
            note=" ".join(part for part in (region.note, self._zero_note(maps), _change_note(question)) if part),
            names=tuple(maps),
            origin=question.origin,
        )

    def _check_finite(self, region: Region, maps: Maps, found: Found) -> None:
        for key, values in maps.items():
            finite = np.isfinite(values)
            if not finite.all():
                sample = int(np.argwhere(~finite)[0][0])
                where = _first_not_finite(region, found) if self.needs_gradient else ""
                raise MethodError(
                    f"{self.name!r} gave {np.sum(~finite)} values that are not finite for {key!r}, the first in sample "
                    f"{sample}.{where} Look at probe.activations(x) and probe.gradients(x) there, or choose another "
                    "layer or method."
                )

    def _zero_note(self, maps: Maps) -> str:
        if any(np.any(values) for values in maps.values()):
            return ""
        if not self.needs_gradient:
            return "All values are zero: the score does not depend on what was attributed."
        return (
            "All values are zero: the score does not depend on what was attributed, no gradient gets there (rounding, "
            "comparing and whole numbers cut it off), or this method cuts off all of it. 'occlusion' needs no gradient."
        )

    def _delta(self, question: Question, maps: Maps, found: Found) -> np.ndarray | None:
        if not self.complete or found.baseline_scores is None:
            return None
        sums = [values.reshape(len(values), -1).sum(axis=1, dtype=np.float64) for values in maps.values()]
        totals = np.sum(sums, axis=0) if found.totals is None else found.totals
        delta: np.ndarray = totals - (question.scores.astype(np.float64) - found.baseline_scores)
        return delta


def _one_or_all(maps: Maps) -> Any:
    return next(iter(maps.values())) if len(maps) == 1 else maps


def _check(name: str, field: dataclasses.Field[Any], value: Any) -> None:
    given = field.metadata
    if not given or value is field.default:
        return
    if given["choices"] and not given["free"] and value not in given["choices"]:
        raise OptionError(
            f"{name!r} was given {field.name}={value!r}; one of {', '.join(map(repr, given['choices']))} was expected. "
            "Choose one of them."
        )
    low, high = given["low"], given["high"]
    if low is None and high is None:
        return
    whole = isinstance(field.default, int) and not isinstance(field.default, bool)
    fits = isinstance(value, int | np.integer) if whole else isinstance(value, int | float | np.number)
    if not fits or isinstance(value, bool) or not (low is None or value >= low) or not (high is None or value <= high):
        kind = "a whole number" if whole else "a number"
        bounds = f"from {low} up" if high is None else f"from {low} to {high}"
        raise OptionError(f"{name!r} was given {field.name}={value!r}; {kind} {bounds} was expected. Change it.")


def _first_not_finite(region: Region, found: Found) -> str:
    """Where, going back from the score, the gradient breaks: a sentence."""
    question = region.question
    paths = [path for path, info in question.layers.items() if (info.dtype or "").startswith(("float", "bfloat"))]
    keys = (*(key for key, array in question.inputs.items() if array.dtype.kind == "f"), *paths)
    points: list[tuple[str, Maps]] = [("", {})]
    if found.baseline is not None and found.baseline.keys() <= set(question.inputs):
        points.append((" for the baseline", found.baseline))
    for place, values in points:
        gradients = question.at(np.arange(question.size), values, gradients=keys).gradients
        broken = [key for key in keys if key in gradients and not np.isfinite(gradients[key]).all()]
        if broken:
            return f" Going back from the score{place}, the gradient is first not finite at {broken[-1]!r}."
    return " At the samples themselves the gradient is finite: it breaks at a mixture or a noisy copy of them."


def _change_note(question: Question) -> str:
    if not question.changed:
        return ""
    return "The model's weights changed while this ran: the values mix several models. Compute it again when training rests."
