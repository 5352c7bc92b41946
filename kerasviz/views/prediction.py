"""What the model says of one sample."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np

from kerasviz.views.base import Panel, PanelView, Source
from kerasviz.views.reduce import as_float, domain_of, drawable, pool_factor, quantise
from kerasviz.wire.messages import Domain, Payload

__all__ = ["PANEL", "ClassScore", "Prediction"]

MAX_SCORES = 20
MAX_PIXELS = 512 * 512


@dataclass(frozen=True, slots=True)
class ClassScore:
    """One output unit: its index, its name, its value (None: NaN or infinite)."""

    index: int
    name: str
    value: float | None


@dataclass(frozen=True, slots=True)
class Prediction(Payload):
    """What the model says of one sample: its largest outputs, strongest first.

    `quantity` says what the values are: "probability", "logit", "value". `label` is the true
    one if labels were given. `input_note` says how the sample was made when it is not the user's data.
    A single sigmoid unit is shown as its two sides, 1 and 0. `total` counts the outputs there
    are. Tensor `input`: the sample as looked at, uint8 (height, width, 1 or 3), when it is an
    image, on `input_domain`; one of more than 512 x 512 pixels is averaged down.
    """

    sample: int
    quantity: str
    scores: tuple[ClassScore, ...]
    total: int
    target: int | None
    label: str | None
    correct: bool | None
    input_note: str = ""
    input_domain: Domain | None = None
    kind: ClassVar[str] = "prediction"


@dataclass(frozen=True, slots=True)
class PredictionParams:
    """Which sample, and the target that was chosen."""

    sample: int
    target: int | None = None


def _build(source: Source, params: PredictionParams) -> Panel:
    samples = source.samples
    outputs = list(_named(source.outputs(params.sample)))
    label = samples.label(params.sample)
    values = as_float(outputs[0][1]).reshape(-1) if _is_vector(outputs) else None
    if values is None:
        quantity, scores, total = "value", _cells(outputs), sum(array.size for _, array in outputs)
    else:
        quantity = _quantity(values, source.final_activation, samples.class_names, label)
        scores = _units(values, quantity, samples.class_names)
        total = len(scores)
    picture, domain = _picture(samples.picture(params.sample))
    payload = Prediction(
        sample=params.sample,
        quantity=quantity,
        scores=tuple(scores[:MAX_SCORES]),
        total=total,
        target=params.target,
        label=samples.label_text(params.sample),
        correct=None if values is None else _correct(values, scores, quantity, label),
        input_note=samples.note(params.sample),
        input_domain=domain,
    )
    return Panel(payload, {} if picture is None else {"input": picture})


def _named(outputs: Any, name: str = "") -> Iterator[tuple[str, np.ndarray]]:
    """The outputs with their names; a single one has none."""
    if isinstance(outputs, Mapping):
        for key, value in outputs.items():
            yield from _named(value, f"{name}{key}: ")
    elif isinstance(outputs, list | tuple):
        for place, value in enumerate(outputs):
            yield from _named(value, f"{name}{place}: ")
    else:
        yield name, np.asarray(outputs)


def _is_vector(outputs: list[tuple[str, np.ndarray]]) -> bool:
    array = outputs[0][1]
    return len(outputs) == 1 and array.size > 0 and array.ndim <= 2 and drawable(array)


def _quantity(values: np.ndarray, activation: str, class_names: tuple[str, ...], label: Any) -> str:
    """Called "probability" where a softmax or sigmoid made them, or they are ≥ 0 and sum to 1.

    Called "logit" only where the user speaks of classes (names, or whole-number labels); else "value".
    """
    if activation == "sigmoid" or (values.size > 1 and activation == "softmax"):
        return "probability"
    if values.size > 1 and values.min() >= 0 and abs(float(values.sum()) - 1) < 1e-3:
        return "probability"
    classes = bool(class_names) or (values.size > 1 and isinstance(label, int))
    return "logit" if classes and activation in ("linear", "") else "value"


def _units(values: np.ndarray, quantity: str, class_names: tuple[str, ...]) -> list[ClassScore]:
    """One score per unit, strongest first; a single unit of a two-class model as its two sides."""
    numbers = [float(value) for value in values]
    if len(numbers) == 1 and quantity != "value":
        other = 1 - numbers[0] if quantity == "probability" else -numbers[0]
        numbers = [other, numbers[0]]
    names = [class_names[i] if i < len(class_names) else str(i) for i in range(len(numbers))]
    return _sorted([ClassScore(i, names[i], number) for i, number in enumerate(numbers)])


def _cells(outputs: list[tuple[str, np.ndarray]]) -> list[ClassScore]:
    """The largest numbers of several outputs, or of one with more axes, named by where they are.

    `index` counts through all of them.
    """
    scores: list[ClassScore] = []
    following = 0
    for name, array in outputs:
        start, following = following, following + array.size
        if not drawable(array):
            continue
        sample = array[0] if array.ndim and array.shape[0] == 1 else array
        flat = as_float(sample).reshape(-1)
        for place in np.argsort(-np.abs(np.nan_to_num(flat)), kind="stable")[:MAX_SCORES]:
            index = ", ".join(str(int(i)) for i in np.unravel_index(place, sample.shape))
            scores.append(ClassScore(start + int(place), name + index, float(flat[place])))
    return _sorted(scores)


def _sorted(scores: list[ClassScore]) -> list[ClassScore]:
    """Largest first; what is not finite comes last and has no value."""
    clean = [s if s.value is not None and math.isfinite(s.value) else ClassScore(s.index, s.name, None) for s in scores]
    return sorted(clean, key=lambda s: -math.inf if s.value is None else s.value, reverse=True)


def _correct(values: np.ndarray, scores: list[ClassScore], quantity: str, label: Any) -> bool | None:
    """Whether the strongest class is the true one; None where that is no question."""
    if quantity == "value" or label is None or scores[0].value is None:
        return None
    if isinstance(label, tuple):
        return {int(i) for i in np.flatnonzero(values >= 0.5)} == set(label) if quantity == "probability" else None
    if isinstance(label, str):
        return scores[0].name == label if label in {score.name for score in scores} else None
    return scores[0].index == label if float(label).is_integer() else None


def _picture(picture: np.ndarray | None) -> tuple[np.ndarray | None, Domain | None]:
    """The sample as uint8 (height, width, 1 or 3); larger ones are averaged down."""
    if picture is None:
        return None, None
    domain = _brightness(picture)
    height, width, depth = picture.shape
    k = pool_factor((height, width), MAX_PIXELS)
    if k > 1:
        picture = as_float(picture)[: height // k * k, : width // k * k]
        picture = picture.reshape(height // k, k, width // k, k, depth).mean(axis=(1, 3))
    return quantise(picture, domain), domain


def _brightness(picture: np.ndarray) -> Domain:
    """The usual ranges of pictures, so that a dark one stays dark; else the sample's own."""
    domain = domain_of(picture)
    if not domain.signed and not domain.nans and not domain.infs:
        if picture.dtype == np.uint8 and domain.high > 64:
            return Domain(0.0, 255.0, signed=False)
        if picture.dtype.kind in "fb" and domain.high <= 1:
            return Domain(0.0, 1.0, signed=False)
        if picture.dtype.kind == "f" and domain.low == domain.high <= 255:  # it has no range of its own
            return Domain(0.0, 255.0, signed=False)
    return domain


PANEL = PanelView(PredictionParams, Prediction, _build)
