"""Records and sources for the views."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pytest

from kerasviz.views.head import record_of
from tests.fakes import LAYERS, FakeLayer, FakeProbe, inputs


@dataclass
class FakeSamples:
    class_names: tuple[str, ...] = ()
    note: str = ""
    labels: dict[int, Any] = field(default_factory=dict)
    pictures: dict[int, np.ndarray] = field(default_factory=dict)

    def picture(self, index: int) -> np.ndarray | None:
        return self.pictures.get(index)

    def label(self, index: int) -> Any:
        return self.labels.get(index)

    def label_text(self, index: int) -> str | None:
        label = self.labels.get(index)
        return None if label is None else str(label)


@dataclass
class FakeSource:
    """A source in memory; `values` replaces what a layer gave."""

    layers: tuple[FakeLayer, ...] = LAYERS
    samples: FakeSamples = field(default_factory=FakeSamples)
    values: dict[str, np.ndarray] = field(default_factory=dict)
    out: Any = None
    final_activation: str = ""
    model_name: str = "fake"
    steps: int = 0

    def activations(self, sample: int) -> dict[str, np.ndarray]:
        return FakeProbe(self.layers).activations(inputs()[sample : sample + 1]) | self.values

    def outputs(self, sample: int) -> Any:
        return self.out

    def step(self, done: int, total: int, text: str = "") -> None:
        self.steps += 1


@pytest.fixture
def source():
    return FakeSource()


@pytest.fixture
def record():
    """record(array, axes): the array of one sample, with its batch axis."""

    def make(array, *axes, kind="Conv2D"):
        layer = FakeLayer("layer", kind, (None, *array.shape[1:]), ("batch", *axes))
        return record_of(layer, array, 0)

    return make
