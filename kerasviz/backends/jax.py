"""JAX: everything is jitted, the weights are arguments, and training donates them away.

During `fit` the variables hold no arrays (Keras hands them to the training step, which donates
them). So a copy is taken on the training thread when training starts and whenever Keras writes the
state back, which is at the end of each epoch: a probe in another thread answers from a snapshot no
older than one epoch. Keras calls `make_train_function` and `jax_state_sync` (both public) at exactly
these moments; they are overridden on the model *instance* while a probe looks at it.
"""

from __future__ import annotations

import threading
import weakref
from collections.abc import Callable, Iterable, Sequence
from contextlib import AbstractContextManager, nullcontext
from itertools import zip_longest
from typing import Any, cast

import jax
import jax.numpy as jnp
import numpy as np
from jax.extend.core import get_opaque_trace_state

from kerasviz.backends.base import Differentiated, Mark, Signature, Snapshot, Tensor
from kerasviz.backends.hooks import Hook, attach, detach
from kerasviz.errors import BackendError

__all__ = ["JaxBackend"]

_HOOKED = ("make_train_function", "jax_state_sync")


class JaxBackend:
    """Functions are jitted per shape; an un-jitted pass would cost seconds, op by op."""

    name = "jax"
    eager_first = False
    dynamic_batch = False
    traces_each_size = True

    def compile(
        self, function: Callable[..., Any], signature: Signature, snapshot: Callable[[], Snapshot | None]
    ) -> Callable[..., Any]:
        compiled: Callable[..., Any] = jax.jit(function)
        return compiled

    def run(self, function: Callable[..., Any], weights: Any, inputs: Sequence[Any]) -> Any:
        """The abstract values only: enough to learn what runs, in which order, of what shape."""
        return jax.eval_shape(function, weights, *inputs)

    def differentiate(self, score: Callable[[Mark], tuple[Tensor, Any]]) -> Differentiated:
        shapes: dict[str, jax.ShapeDtypeStruct] = {}

        def look(key: str, tensor: Tensor) -> Tensor:
            shapes[key] = jax.ShapeDtypeStruct(tensor.shape, tensor.dtype)
            return tensor

        jax.eval_shape(lambda: score(look)[0])
        connected: set[str] = set()

        def total(deltas: dict[str, Tensor]) -> tuple[Tensor, Any]:
            return score(lambda key, tensor: _cotangent_tap(key, connected)(tensor, deltas[key]))

        zeros = {key: jnp.zeros(spec.shape, spec.dtype) for key, spec in shapes.items()}
        gradients, extra = jax.grad(total, has_aux=True)(zeros)
        return Differentiated(gradients, extra, frozenset(connected))

    def weights(self, model: Any) -> JaxWeights:
        return JaxWeights(model)

    def hold(self, array: np.ndarray, before: Any) -> Tensor:
        return jnp.asarray(array)

    def to_tensor(self, array: np.ndarray) -> Tensor:
        return array  # a jitted function takes it as it is; a copy beforehand would cost a dispatch

    def to_numpy(self, tensor: Tensor) -> np.ndarray:
        return np.asarray(tensor)

    def alias(self, tensor: Tensor) -> Tensor:
        return jax.lax.optimization_barrier(tensor)

    def argmax(self, tensor: Tensor) -> Tensor:
        return jnp.argmax(tensor, axis=-1, keepdims=True).astype("int32")

    def lines(self, tensor: Tensor) -> Tensor:
        return tensor.max(axis=-2)

    def position_of(self, tensor: Tensor, lines: Tensor, wanted: Tensor) -> Tensor:
        rows, *_, length, channels = tensor.shape
        line = _first_largest(lines.reshape(rows, -1, channels))
        inside = tensor.reshape(rows, -1, length, channels)
        inside = jnp.take_along_axis(inside, line[:, None, None, :], axis=1)[:, 0]
        return line * length + _first_largest(inside)

    def squares(self, tensor: Tensor) -> Tensor:
        return jnp.square(tensor).sum(axis=tuple(range(1, tensor.ndim - 1)))

    def rows_at(self, tensor: Tensor, places: Tensor) -> Tensor:
        return jnp.take_along_axis(tensor, places[:, :, None], axis=1)

    def is_dense(self, tensor: Tensor) -> bool:
        return isinstance(tensor, jax.Array)

    def own_randomness(self) -> AbstractContextManager[None]:
        return nullcontext()  # Keras draws from seeds that are variables: what is written to them stays in the scope

    def trace_context(self) -> Any:
        return get_opaque_trace_state()


def _first_largest(tensor: Tensor) -> Tensor:
    """Where (rows, places, channels) is largest, the first such place: (rows, channels) int32; `argmax` takes longer."""
    places = jnp.arange(tensor.shape[1], dtype="int32")[None, :, None]
    largest = tensor.max(axis=1, keepdims=True)
    return jnp.where(tensor == largest, places, tensor.shape[1] - 1).min(axis=1)


def _cotangent_tap(key: str, connected: set[str]) -> Callable[[Tensor, Tensor], Tensor]:
    """An identity whose backward pass hands the cotangent to its second argument too.

    Its backward rule runs (at trace time) only when the score depends on it: that tells what is connected.
    """

    @jax.custom_vjp  # type: ignore[untyped-decorator]  # jax is not followed
    def identity(tensor: Tensor, delta: Tensor) -> Tensor:  # noqa: ARG001
        return tensor

    def backward(_: None, cotangent: Tensor) -> tuple[Tensor, Tensor]:
        connected.add(key)
        return cotangent, cotangent

    identity.defvjp(lambda tensor, _: (tensor, None), backward)
    return cast("Callable[[Tensor, Tensor], Tensor]", identity)


class JaxWeights:
    """The model's weights as arrays: the current ones, or the last snapshot while it trains."""

    def __init__(self, model: Any) -> None:
        self._model = weakref.ref(model)
        self._lock = threading.Lock()
        self._copy: list[Tensor] | None = None
        self._copied_from: list[Tensor] = []
        self._last: list[Tensor] = []
        self._known: list[Any] = []
        for name in _HOOKED:
            attach(model, name, _Training, self)
        if model.built:
            self.snapshot()

    def mapping(self, values: Any) -> list[tuple[Any, Any]]:
        return list(zip(self._variables(), values, strict=True))

    def turn(self) -> AbstractContextManager[None]:
        return nullcontext()  # arrays do not change, they are replaced

    def read(self) -> list[Tensor]:
        values = self._current()
        return self._snapshot() if values is None else values

    def recover(self, error: RuntimeError | ValueError) -> list[Tensor] | None:
        """A training step took the arrays between reading and using them: use the snapshot."""
        return self._snapshot() if "deleted" in str(error) else None

    def watch(self) -> Callable[[], bool]:
        """By identity: a change puts another array in a variable's place. A snapshot counts as what it was copied from."""

        def now() -> list[Tensor]:
            values = self._current()
            return self._copied_from if values is None else values

        before = now()

        def changed() -> bool:
            after = now()
            return len(before) != len(after) or any(a is not b for a, b in zip(before, after, strict=True))

        return changed

    def _snapshot(self) -> list[Tensor]:
        with self._lock:
            if self._copy is None:
                raise BackendError(
                    "The model is being trained and its weights were never seen before that: on JAX, training "
                    "takes them away until the end of the epoch. Make the Probe or the widget before `fit`, or wait."
                )
            return self._copy

    def snapshot(self) -> None:
        """Copy the weights if they are not the ones already copied; on the training thread."""
        values = self._current()
        if values is None:
            return
        with self._lock:
            same = len(values) == len(self._copied_from)
            if same and all(a is b for a, b in zip(values, self._copied_from, strict=True)):
                return
            self._copy = [jnp.copy(value) for value in values]
            self._copied_from = values

    def close(self) -> None:
        model = self._model()
        if model is not None:
            for name in _HOOKED:
                detach(model, name, self)

    def _variables(self) -> list[Any]:
        model = self._model()
        if model is None:
            raise BackendError("The model was deleted while a Probe still looked at it. Keep a reference to it.")
        if not self._known and model.built:  # Keras gathers the list anew each time it is asked
            self._known = list(model.variables)
        return self._known

    def _current(self) -> list[Tensor] | None:
        """The variables' arrays, or None while training holds them.

        A variable without a value gives a fresh placeholder at every read, or cannot make one, and a
        donated array says that it is deleted: each means that training has the weights.
        """
        values = []
        for variable, last in zip_longest(self._variables(), self._last):
            try:
                value = variable.value
                settled = value is last or value is variable.value
            except TypeError:  # no value and no initializer to make a placeholder with
                return None
            if not settled or value.is_deleted():
                return None
            values.append(value)
        self._last = values
        return values


class _Training(Hook):
    """Keras takes the weights, or has written them back."""

    def after(self, model: Any, watchers: Iterable[JaxWeights]) -> None:
        for watcher in watchers:
            watcher.snapshot()
