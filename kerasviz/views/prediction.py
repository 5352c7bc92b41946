"""What the model says of one sample."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from kerasviz.views.base import Panel, PanelView, Source
from kerasviz.wire.messages import Domain, Payload

__all__ = ["PANEL", "ClassScore", "Prediction"]


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
    one if labels were given. `input_note` says how the sample was made when the user gave none.
    A single sigmoid unit is shown as its two sides, 1 and 0. `total` counts the outputs there
    are. Tensor `input`: the sample as looked at, uint8 (height, width, 1 or 3), when it is an
    image, on `input_domain`.
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
    raise NotImplementedError


PANEL = PanelView(PredictionParams, Prediction, _build)
