"""What the model says of one sample."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from kerasviz.views.base import Panel, PanelView, Source
from kerasviz.views.picture import pixels_of
from kerasviz.views.reduce import as_float, drawable
from kerasviz.views.thumbnails import text_of
from kerasviz.views.verdict import is_correct, name_of, named_outputs, quantity_of, sides_of, vector_of
from kerasviz.wire.messages import Domain, Payload, TargetName

__all__ = ["PANEL", "ClassScore", "Prediction"]

MAX_SCORES = 20
MAX_PIXELS = 512 * 512
MAX_LETTERS = 400


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
    are; `target_score` is the chosen target's, also where it is not among the largest.
    `text` is how a sample of text or tokens begins. `generation` is another number when the model's weights are different.

    Tensor `input`: the sample as looked at, uint8 (height, width, 1 or 3), when it is an image, on
    `input_domain`; one of more than 512 x 512 pixels is averaged down.
    """

    sample: int
    quantity: str
    scores: tuple[ClassScore, ...]
    total: int
    target: TargetName
    target_score: ClassScore | None
    label: str | None
    correct: bool | None
    input_note: str = ""
    input_domain: Domain | None = None
    generation: int = 0
    text: str = ""
    kind: ClassVar[str] = "prediction"


@dataclass(frozen=True, slots=True)
class PredictionParams:
    """Which sample, and the target that was chosen."""

    sample: int
    target: TargetName = None


def _build(source: Source, params: PredictionParams) -> Panel:
    samples = source.samples
    outputs = list(named_outputs(source.outputs(params.sample), names=source.output_names))
    label = samples.label(params.sample)
    values = vector_of(outputs)
    correct = target = None
    if values is None:
        quantity, scores, total = "value", _cells(outputs), sum(array.size for _, array in outputs)
    else:
        quantity = quantity_of(values, source.final_activation, samples.class_names, label)
        scores = _units(values, quantity, samples.class_names)
        total = len(scores)
        target = next((score for score in scores if score.index == params.target), None)
        if scores[0].value is not None:
            correct = is_correct(values, scores[0].index, quantity, samples.class_names, label)
    picture = samples.picture(params.sample)
    pixels, domain = (None, None) if picture is None else pixels_of(picture, MAX_PIXELS)
    payload = Prediction(
        sample=params.sample,
        quantity=quantity,
        scores=tuple(scores[:MAX_SCORES]),
        total=total,
        target=params.target,
        target_score=target,
        label=samples.label_text(params.sample),
        correct=correct,
        input_note=samples.note(params.sample),
        input_domain=domain,
        generation=source.generation,
        text="" if picture is not None else text_of(source, params.sample, MAX_LETTERS),
    )
    return Panel(payload, {} if pixels is None else {"input": pixels})


def _units(values: np.ndarray, quantity: str, class_names: tuple[str, ...]) -> list[ClassScore]:
    """One score per class, strongest first."""
    sides = sides_of(values, quantity)
    return _sorted([ClassScore(i, name_of(i, class_names), float(value)) for i, value in enumerate(sides)])


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


PANEL = PanelView(PredictionParams, Prediction, _build)
