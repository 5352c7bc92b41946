"""What kerasviz needs of a framework: four verbs and a few facts.

Everything above this package speaks Keras; only the files of this folder know TensorFlow, JAX or
torch. Differentiation works by *marks*: the computation calls `mark(key, tensor)` on each tensor
that a gradient is wanted for and goes on with what comes back. TensorFlow watches the marked tensor,
torch asks autograd for it, JAX adds a cotangent tap: one trace, no shapes needed beforehand.
(Zero deltas as extra arguments were rejected: they need every shape before the first trace.)
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np

__all__ = ["Backend", "Differentiated", "Signature", "Snapshot", "TensorSpec", "Weights"]

Tensor = Any
Mark = Callable[[str, Tensor], Tensor]


@dataclass(frozen=True, slots=True)
class TensorSpec:
    """Shape (None: any length) and dtype of one input."""

    shape: tuple[int | None, ...]
    dtype: str


Signature = tuple[TensorSpec | None, ...]


@dataclass(frozen=True, slots=True)
class Differentiated:
    """Gradients by key, whatever the computation returned beside its score, and what is connected."""

    gradients: dict[str, Tensor]
    extra: Any
    connected: frozenset[str]


class Weights(Protocol):
    """Where a compiled function takes the model's weights from."""

    def mapping(self, values: Any) -> list[tuple[Any, Any]] | None:
        """Pairs for `keras.StatelessScope` from what the function was given; None: read the variables."""

    def turn(self) -> AbstractContextManager[None]:
        """While it is held, training in another thread does not write what `read` and a function read."""

    def read(self) -> Any:
        """The values to hand to a compiled function now; None where it reads the variables itself."""

    def recover(self, error: RuntimeError | ValueError) -> Any:
        """Other values to try once more with, if training in another thread caused the error; else None."""

    def watch(self) -> Callable[[], bool]:
        """What says later whether the weights have changed since now."""

    def close(self) -> None:
        """Let go of the model."""


class Snapshot(Protocol):
    """What a function read beside its arguments, as it was at one moment."""

    variables: list[Any]
    """The weights: they may hold other numbers since."""

    def holds(self) -> bool:
        """Whether all else is as it was."""


class Backend(Protocol):
    """One framework."""

    name: str
    eager_first: bool
    """Whether the first pass over a new model may run without compiling (faster there)."""
    dynamic_batch: bool
    """Whether a compiled function can take any batch size."""
    traces_each_size: bool
    """Whether every new batch size costs a compilation."""

    def compile(
        self, function: Callable[..., Any], signature: Signature, snapshot: Callable[[], Snapshot | None]
    ) -> Callable[..., Any]:
        """`function(weights, *inputs)` → the same, compiled, for inputs of that signature.

        `snapshot()` is None while it may read anything: where a change would be missed, it runs as it is then.
        """

    def run(self, function: Callable[..., Any], weights: Any, inputs: Sequence[Any]) -> Any:
        """`function(weights, *inputs)` once, without compiling and without gradients."""

    def differentiate(self, score: Callable[[Mark], tuple[Tensor, Any]]) -> Differentiated:
        """Gradients of `score(mark)[0]` with respect to everything marked; within compiled code."""

    def weights(self, model: Any) -> Weights:
        """The model's weights, readable at any moment, also while it trains."""

    def hold(self, array: np.ndarray, before: Any) -> Any:
        """A value to run a model with instead of a variable's, where `before` was; read anew at each run."""

    def to_tensor(self, array: np.ndarray) -> Tensor:
        """A NumPy array on the framework's device."""

    def to_numpy(self, tensor: Tensor) -> np.ndarray:
        """A tensor as NumPy, without a copy where the framework allows it (then read-only)."""

    def alias(self, tensor: Tensor) -> Tensor:
        """An equal tensor that is another object."""

    def argmax(self, tensor: Tensor) -> Tensor:
        """Where each row of a matrix is largest, the first such place: (rows, 1) int32."""

    def lines(self, tensor: Tensor) -> Tensor:
        """Of (rows, …, positions, channels) the largest along the last axis of positions: (rows, …, channels).

        What is not finite may be passed over.
        """

    def position_of(self, tensor: Tensor, lines: Tensor, wanted: Tensor) -> Tensor:
        """Where in (rows, …, channels) each channel is largest, the first such place: (rows, channels) int32.

        `lines` are those of the tensor: they are looked through first, then one line of the tensor. What it says where
        `wanted` is not set means nothing.
        """

    def squares(self, tensor: Tensor) -> Tensor:
        """Of (rows, …, channels) the sum of the squares of each channel: (rows, channels)."""

    def rows_at(self, tensor: Tensor, places: Tensor) -> Tensor:
        """Of (rows, positions, channels) those at (rows, n): (rows, n, channels)."""

    def is_dense(self, tensor: Tensor) -> bool:
        """Whether it is one array of values: not ragged, not sparse."""

    def own_randomness(self) -> AbstractContextManager[None]:
        """While it is held, random layers draw the same numbers each time and take none of the user's."""

    def trace_context(self) -> Any:
        """Something that differs inside a loop or branch that is traced apart from what surrounds it."""
