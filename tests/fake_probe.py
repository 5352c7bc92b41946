"""A stand-in without Keras for a probe, which keeps the engine's contract."""

# ruff: noqa: ARG002 - stand-ins keep the signatures of what they stand for
from __future__ import annotations

import threading
from dataclasses import dataclass
from types import SimpleNamespace
from typing import Any

import numpy as np

from kerasviz.models.layer_info import Argument


@dataclass(frozen=True)
class FakeLayer:
    path: str
    kind: str = "Dense"
    output_shape: tuple[int | None, ...] | None = (None, 4)
    axes: tuple[str, ...] = ("batch", "unit")
    num_parameters: int = 0
    parent: str = ""
    is_operation: bool = False
    is_container: bool = False
    note: str = ""
    inputs: tuple[str, ...] = ()
    multiply_adds: int | None = None
    dtype: str | None = "float32"
    arguments: tuple[Argument, ...] = ()
    hands_on: str = ""
    package: str = "keras"
    compute_dtype: str | None = "float32"
    loops: int = 0
    output_index: int = 0
    call_index: int = 0

    @property
    def name(self) -> str:
        return self.path.rpartition("/")[2]


LAYERS = (
    FakeLayer(
        "conv",
        "Conv2D",
        (None, 4, 6, 3),
        ("batch", "height", "width", "channel"),
        30,
        inputs=("input",),
        multiply_adds=648,
    ),
    FakeLayer("series", "LSTM", (None, 5, 4), ("batch", "time", "unit"), 40, inputs=("conv",)),
    FakeLayer("cube", "Reshape", (None, 2, 3, 4), ("batch", "axis_1", "axis_2", "axis_3")),
    FakeLayer("block", "Functional", (None, 4), is_container=True),
    FakeLayer("block/hidden", "Dense", (None, 4), num_parameters=20, parent="block"),
    FakeLayer("text", "Lookup", (None, 1), ("batch", "unit")),
    FakeLayer("silent", "Custom", None, (), note="It runs inside a loop."),
    FakeLayer("scores", "Dense", (None, 3), num_parameters=15),
)


class FakeModel:
    """Says that it takes two numbers, and nothing of its outputs."""

    name = "fake"
    built = True

    def __init__(self) -> None:
        self.inputs = [SimpleNamespace(shape=(None, 2), dtype="float32", name="x")]


class FakeProbe:
    """Activations that depend on the input in a way that is easy to check; every call is counted."""

    def __init__(self, layers: tuple[FakeLayer, ...] = LAYERS) -> None:
        self.model: Any = FakeModel()
        self.layers = layers
        self.calls: list[str] = []
        self.warmed = threading.Event()
        self.closed = False
        self.error: BaseException | None = None
        self.gate: threading.Event | None = None  # forwards wait for it
        self.entered = threading.Event()  # a forward has begun
        self._busy = threading.Lock()

    def activations(self, x: np.ndarray, layers: Any = None) -> dict[str, np.ndarray]:
        self._enter("activations")
        return self._all(x)

    def _all(self, x: np.ndarray) -> dict[str, np.ndarray]:
        return {layer.path: _values(layer, float(x.flat[0])) for layer in self.layers if layer.output_shape}

    def predict(self, x: np.ndarray) -> np.ndarray:
        self._enter("predict")
        return np.concatenate([scores_of(float(row.flat[0])) for row in x])

    def gradients(self, x: np.ndarray, target: Any = None, layers: Any = None) -> dict[str, np.ndarray]:
        self._enter("gradients")
        return {path: gradient_of(array) for path, array in self._all(x).items() if array.dtype.kind == "f"}

    def weights(self, layer: Any) -> dict[str, np.ndarray]:
        return {}

    def settings(self, layer: Any) -> dict[str, Any]:
        return {}

    def warm(self, x: np.ndarray) -> None:
        self.calls.append("warm")
        self.warmed.set()

    def path_of(self, layer: Any) -> str:
        return layer.path

    def refresh(self):
        """Nothing is compiled."""

    def close(self) -> None:
        self.closed = True

    def _enter(self, name: str) -> None:
        if not self._busy.acquire(blocking=False):
            raise AssertionError("two threads are in the probe at once")
        try:
            self.calls.append(name)
            self.entered.set()
            if self.gate is not None:
                assert self.gate.wait(10)
            if self.error is not None:
                raise self.error
        finally:
            self._busy.release()


def gradient_of(values: np.ndarray) -> np.ndarray:
    """A gradient that ranks units otherwise than their values do: it falls from +1 to -1 along the array."""
    return np.linspace(1, -1, values.size, dtype=np.float32).reshape(values.shape)


def scores_of(seed: float) -> np.ndarray:
    """Probabilities whose largest is class `seed` modulo 3."""
    scores = np.full((1, 3), 0.125, np.float32)
    scores[0, int(seed) % 3] = 0.75
    return scores


def _values(layer: FakeLayer, seed: float) -> np.ndarray:
    if layer.path == "text":
        return np.array([["word"]], dtype=object)
    if layer.path == "scores":
        return scores_of(seed)
    shape = tuple(1 if length is None else length for length in layer.output_shape or ())
    size = int(np.prod(shape))
    return ((np.arange(size) - size // 4) / 8 + seed).reshape(shape).astype(np.float32)
