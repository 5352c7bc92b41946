"""What a person can make as an input of their own: draw, upload, type, noise."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from kerasviz.data.forms import InputForm
from kerasviz.views.base import Panel, PanelView, Source
from kerasviz.wire.messages import Payload

__all__ = ["PANEL", "Makers"]


@dataclass(frozen=True, slots=True)
class Makers(Payload):
    """What can be made for each input of the model, beginning with this sample.

    Tensors, float32, where the form has them, with the input's place in their name: `values0`, the
    sample's own numbers, (height, width, channels) of a small picture or (numbers,); `lows0` and
    `highs0`, (numbers,), the range each number has in the first samples.
    """

    sample: int
    inputs: tuple[InputForm, ...]
    kind: ClassVar[str] = "makers"


@dataclass(frozen=True, slots=True)
class MakersParams:
    """The sample to begin with."""

    sample: int


def _build(source: Source, params: MakersParams) -> Panel:
    states = source.input_forms(params.sample)
    tensors: dict[str, np.ndarray] = {}
    for place, state in enumerate(states):
        for name in ("values", "lows", "highs"):
            array = getattr(state, name)
            if array is not None:
                tensors[f"{name}{place}"] = array
    return Panel(Makers(params.sample, tuple(state.form for state in states)), tensors)


PANEL = PanelView(MakersParams, Makers, _build)
