"""TensorFlow. Gradients only ever run compiled: an eager tape over some convolutions kills the process.

(tensorflow-cpu 2.21 with oneDNN: kernel 1, stride 2, "same", no bias → SIGSEGV. Compiled it is fine.)
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager, nullcontext
from functools import lru_cache
from typing import Any

import numpy as np
import tensorflow as tf

from kerasviz.backends.base import Differentiated, Mark, Signature, Snapshot, Tensor
from kerasviz.backends.turns import LiveWeights
from kerasviz.errors import NotCompilableError

__all__ = ["TensorFlowBackend"]

_SMALL = 4096  # bytes
_BAD_SCOPE = re.compile(
    r"(?:Node )?'(.*)'(?: is not a valid (?:root )?scope name|: Node name contains invalid)", re.DOTALL
)


class TensorFlowBackend:
    """Functions become concrete functions of one signature; variables are read when they run."""

    name = "tensorflow"
    eager_first = True
    dynamic_batch = True
    traces_each_size = False

    def compile(
        self, function: Callable[..., Any], signature: Signature, snapshot: Callable[[], Snapshot | None]
    ) -> Callable[..., Any]:
        given = [spec for spec in signature if spec is not None]
        positions = [i for i, spec in enumerate(signature) if spec is not None]

        def flat(*tensors: Tensor) -> Any:
            inputs: list[Tensor | None] = [None] * len(signature)
            for position, tensor in zip(positions, tensors, strict=True):
                inputs[position] = tensor
            return function(None, *inputs)

        specs = [tf.TensorSpec(spec.shape, spec.dtype) for spec in given]
        try:
            concrete = tf.function(flat, autograph=False).get_concrete_function(*specs)
        except ValueError as error:
            raise _explain(error) from None

        run = _straight(concrete)

        def compiled(_: None, *tensors: Tensor) -> Any:
            try:
                with _outside():  # also when asked from within somebody's tf.function
                    return run(*(x for x in tensors if x is not None))
            except tf.errors.InvalidArgumentError as error:
                raise _explain(error) from None

        return compiled

    def run(self, function: Callable[..., Any], weights: Any, inputs: Sequence[Any]) -> Any:
        with tf.init_scope():
            return function(weights, *inputs)

    def differentiate(self, score: Callable[[Mark], tuple[Tensor, Any]]) -> Differentiated:
        marked: dict[str, Tensor] = {}
        with tf.GradientTape(watch_accessed_variables=False) as tape:

            def mark(key: str, tensor: Tensor) -> Tensor:
                marked[key] = tf.identity(tensor)
                tape.watch(marked[key])
                return marked[key]

            total, extra = score(mark)
        found = tape.gradient(total, marked)
        connected = frozenset(key for key, gradient in found.items() if gradient is not None)
        gradients = {
            key: tf.zeros_like(marked[key]) if gradient is None else tf.convert_to_tensor(gradient)
            for key, gradient in found.items()
        }
        return Differentiated(gradients, extra, connected)

    def weights(self, model: Any) -> LiveWeights:
        return LiveWeights(model)

    def hold(self, array: np.ndarray, before: Any) -> Any:
        """A variable: a compiled function reads it when it runs."""
        with tf.init_scope():
            if before is None:
                return tf.Variable(array, trainable=False)
            before.assign(array)
            return before

    def to_tensor(self, array: np.ndarray) -> Tensor:
        if array.nbytes <= _SMALL and array.dtype.kind in "iu":  # which class, which sample: mostly as before
            return _constant(array.tobytes(), array.dtype.str, array.shape)
        with _outside():
            return tf.constant(array)

    def to_numpy(self, tensor: Tensor) -> np.ndarray:
        return np.asarray(tensor)  # shares memory; `.numpy()` would copy

    def alias(self, tensor: Tensor) -> Tensor:
        return tf.identity(tensor)

    def argmax(self, tensor: Tensor) -> Tensor:
        return tf.argmax(tensor, axis=-1, output_type=tf.int32)[:, None]  # Keras's own takes eight operations

    def lines(self, tensor: Tensor) -> Tensor:
        """Pooling takes half the time of a reduction where maps are large."""
        _, *grid, _ = tensor.shape
        if len(grid) != 2 or grid[1] is None or tensor.dtype != tf.float32:
            return tf.reduce_max(tensor, axis=-2)
        return tf.squeeze(tf.nn.max_pool2d(tensor, (1, grid[1]), 1, "VALID"), axis=2)

    def position_of(self, tensor: Tensor, lines: Tensor, wanted: Tensor) -> Tensor:
        """Only what is wanted is looked through, mostly next to nothing."""
        shape = tf.shape(tensor)
        channels, length, number = shape[-1], shape[-2], tf.reduce_prod(shape[1:-2])
        where = tf.where(wanted)
        row, channel = tf.unstack(tf.cast(where, tf.int32), axis=1)
        line = _argmax_from(lines, row * (number * channels) + channel, number, channels)
        first = (row * number + line) * (length * channels) + channel
        found = line * length + _argmax_from(tensor, first, length, channels)
        return tf.scatter_nd(where, found, tf.shape(wanted, out_type=tf.int64))

    def squares(self, tensor: Tensor) -> Tensor:
        """Of the norm, which is computed without keeping the squares of everything."""
        return tf.square(tf.math.reduce_euclidean_norm(tensor, axis=list(range(1, len(tensor.shape) - 1))))

    def rows_at(self, tensor: Tensor, places: Tensor) -> Tensor:
        return tf.gather(tensor, places, batch_dims=1)

    def is_dense(self, tensor: Tensor) -> bool:
        return isinstance(tensor, tf.Tensor)

    def own_randomness(self) -> AbstractContextManager[None]:
        return nullcontext()  # Keras draws from seeds that are variables: what is written to them stays in the scope

    def trace_context(self) -> Any:
        return None if tf.executing_eagerly() else id(tf.compat.v1.get_default_graph())


def _argmax_from(tensor: Tensor, first: Tensor, count: Tensor, step: Tensor) -> Tensor:
    """From each of these places in a tensor's numbers on: which of so many, a step apart, is the largest."""
    places = first[:, None] + tf.range(count)[None] * step
    return tf.argmax(tf.gather(tf.reshape(tensor, [-1]), places), axis=1, output_type=tf.int32)


def _outside() -> AbstractContextManager[None]:
    """Outside of any graph that is being made."""
    return nullcontext() if tf.executing_eagerly() else tf.init_scope()


@lru_cache(maxsize=64)
def _constant(data: bytes, dtype: str, shape: tuple[int, ...]) -> Tensor:
    with tf.init_scope():
        return tf.constant(np.frombuffer(data, dtype).reshape(shape))


def _explain(error: Exception) -> Exception:
    """Keras opens a name scope for each layer, and TensorFlow does not take every name when it compiles."""
    name = _BAD_SCOPE.search(str(error))
    if name is None:
        return error
    return NotCompilableError(
        f"The model has a layer named {name.group(1)!r}; when TensorFlow compiles, names may hold only letters, digits "
        "and _ . - / > (model.predict fails for the same reason). Rename the layer: keras.layers.X(..., name=...)."
    )


def _straight(concrete: Any) -> Callable[..., Any]:
    """The function past what makes arguments fit: these do, and with a small model that takes a tenth of the time.

    No tape of somebody else's sees the call, and need not. A TensorFlow without this way in is called as usual.
    """
    run = getattr(getattr(concrete, "inference_fn", None), "call_preflattened", None)
    return concrete if run is None else lambda *tensors: run([*tensors, *concrete.captured_inputs])
