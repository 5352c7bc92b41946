"""The model zoo: every kind of Keras model that kerasviz promises to look into, tiny and seeded.

`ZOO["nested"].build()` gives a model whose weights come from a NumPy generator (the same on every backend), and
`ZOO["nested"].inputs(batch)` inputs that fit it. Below 5,000 weights each; nothing is downloaded.
"""

from __future__ import annotations

import math
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import keras
import numpy as np
from keras import layers, ops

from tests.model_layers import CallCounter, DictOutput, Parts, Split, Subclassed

if TYPE_CHECKING:
    from collections.abc import Callable

EVERY_BACKEND = ("tensorflow", "jax", "torch")


@dataclass(frozen=True, slots=True)
class Case:
    """One model of the zoo."""

    make: Callable[[], keras.Model]
    feed: Any  # the shape of one sample, a list or dict of such, or a function (rng, batch) -> inputs
    target: Any = None  # one that gradients() accepts
    backends: tuple[str, ...] = EVERY_BACKEND
    differentiable: bool = True  # whether the input has a gradient
    functional: bool = True  # whether every operation has a symbolic output to compare with
    tolerance: float = 2e-5
    float64: bool = False

    def build(self) -> keras.Model:
        return seeded(self.make())

    def inputs(self, batch: int = 3, seed: int = 7) -> Any:
        rng = np.random.default_rng(seed)
        if callable(self.feed):
            return self.feed(rng, batch)
        dtype = "float64" if self.float64 else "float32"
        draw = lambda shape: rng.standard_normal((batch, *shape)).astype(dtype)  # noqa: E731
        if isinstance(self.feed, dict):
            return {name: draw(shape) for name, shape in self.feed.items()}
        return [draw(shape) for shape in self.feed] if isinstance(self.feed, list) else draw(self.feed)


ZOO: dict[str, Case] = {}


def case(feed: Any, **options: Any) -> Callable[[Callable[[], keras.Model]], Callable[[], keras.Model]]:
    def add(make: Callable[[], keras.Model]) -> Callable[[], keras.Model]:
        ZOO[make.__name__] = Case(make, feed, **options)
        return make

    return add


def seeded(model: Any, seed: int = 1) -> Any:
    """The model with weights from a NumPy generator: the same numbers on every backend, variances positive."""
    rng = np.random.default_rng(seed)
    for variable in model.weights:
        if not str(variable.dtype).startswith(("float", "bfloat")):
            continue
        shape = tuple(variable.shape)
        if "variance" in variable.path:
            value = rng.uniform(0.5, 1.5, shape)
        elif "gamma" in variable.path:
            value = rng.uniform(0.7, 1.3, shape)
        else:
            value = rng.standard_normal(shape) / math.sqrt(max(1, math.prod(shape[:-1])) if len(shape) > 1 else 4)
        variable.assign(value.astype("float32"))
    return model


def tokens(length: int, size: int) -> Callable[[np.random.Generator, int], np.ndarray]:
    """Whole numbers below `size`; the last third of each row is 0, the padding."""

    def draw(rng: np.random.Generator, batch: int) -> np.ndarray:
        ids = rng.integers(1, size, (batch, length)).astype("int32")
        ids[:, -(length // 3) :] = 0
        return ids

    return draw


# --------------------------------------------------------------------------------------- plain and branched


@case((8, 8, 1))
def sequential_cnn():
    return keras.Sequential(
        [
            keras.Input((8, 8, 1)),
            layers.Conv2D(4, 3, activation="relu", name="conv"),
            layers.MaxPooling2D(name="pool"),
            layers.Flatten(name="flatten"),
            layers.Dense(5, activation="softmax", name="dense"),
        ]
    )


@case((6,))
def branches():
    x = keras.Input((6,), name="x")
    left = layers.Dense(4, activation="relu", name="left")(x)
    right = layers.Dense(4, activation="tanh", name="right")(x)
    merged = layers.Concatenate(name="both")([left, layers.Add(name="sum")([left, right])])
    product = layers.Multiply(name="product")([merged, layers.Dense(8, name="gate")(x)])
    return keras.Model(x, layers.Dense(3, activation="softmax", name="answer")(product))


@case((5,))
def operations():
    """softmax(relu(h) + h * 2): five operations, one layer with weights."""
    x = keras.Input((5,), name="x")
    h = layers.Dense(4, name="h")(x)
    return keras.Model(x, ops.softmax(ops.relu(h) + h * 2))


@case((4,))
def nested():
    inner = keras.Sequential([keras.Input((4,)), layers.Dense(3, "relu", name="dense")], name="inner")
    a = keras.Input((4,))
    middle = keras.Model(a, inner(layers.Dense(4, "tanh", name="dense")(a)) + 1.0, name="middle")
    x = keras.Input((4,), name="x")
    return keras.Model(x, layers.Dense(2, "softmax", name="dense")(middle(x)))


@case((6,), functional=False)
def subclassed():
    model = Subclassed()
    model(np.zeros((1, 6), "float32"))
    return model


@case((4,), functional=False)
def shared():
    twice = keras.Sequential([keras.Input((4,)), layers.Dense(4, "tanh", name="dense")], name="enc")
    layer = layers.Dense(4, activation="tanh", name="shared")
    x = keras.Input((4,), name="x")
    y = layer(layer(layer(x)))
    return keras.Model(x, layers.Dense(3, "softmax", name="answer")(twice(twice(y))))


# ------------------------------------------------------------------------------------- inputs and outputs


@case([(3,), (4,)], target=(1, 0))
def lists():
    a, b = keras.Input((3,), name="a"), keras.Input((4,), name="b")
    h = layers.Concatenate(name="ab")([a, b])
    return keras.Model([a, b], [layers.Dense(2, "softmax", name="first")(h), layers.Dense(1, name="second")(h)])


@case({"image": (4, 4, 1), "meta": (3,)}, target=("kind", 1))
def dicts():
    image, meta = keras.Input((4, 4, 1), name="image"), keras.Input((3,), name="meta")
    h = layers.Concatenate(name="h")([layers.Flatten(name="flat")(image), meta])
    heads = {"kind": layers.Dense(3, "softmax", name="kind")(h), "size": layers.Dense(1, name="size")(h)}
    return keras.Model({"image": image, "meta": meta}, heads)


@case((5,), target=(0, 1))
def tuples():
    x = keras.Input((5,), name="x")
    h = layers.Dense(4, "relu", name="h")(x)
    return keras.Model(x, (layers.Dense(3, name="one")(h), layers.Dense(2, "sigmoid", name="two")(h)))


@case({"a": (2,), "b": (3,)}, target=("kind", 0), functional=False)
def subclassed_dicts():
    model = DictOutput()
    model({"a": np.zeros((1, 2), "float32"), "b": np.zeros((1, 3), "float32")})
    return model


@case((4,), target=(1, 0))
def several_outputs():
    x = keras.Input((4,), name="x")
    low, high = Split(name="split")(x)
    parts = Parts(name="parts")(high)
    return keras.Model(x, [layers.Dense(2, name="low")(low), layers.Dense(2, name="high")(parts["value"])])


# --------------------------------------------------------------------------------- sequences and attention


@case((5, 3))
def recurrent():
    x = keras.Input((5, 3), name="x")
    h = layers.Bidirectional(layers.LSTM(3, return_sequences=True, name="lstm"), name="both")(x)
    h, state_h, _ = layers.LSTM(4, return_sequences=True, return_state=True, name="second")(h)
    last, state = layers.GRU(3, return_state=True, name="gru")(h)
    return keras.Model(x, layers.Dense(3, "softmax", name="answer")(ops.concatenate([last, state, state_h], axis=-1)))


@case((4, 6, 6, 1))
def time_distributed():
    step = keras.Sequential(
        [keras.Input((6, 6, 1)), layers.Conv2D(2, 3, activation="relu", name="conv"), layers.Flatten(name="flat")],
        name="step",
    )
    x = keras.Input((4, 6, 6, 1), name="x")
    y = layers.GRU(3, name="gru")(layers.TimeDistributed(step, name="each")(x))
    return keras.Model(x, layers.Dense(2, "softmax", name="answer")(y))


@case((5, 6), target=(2, 1))
def attention():
    x = keras.Input((5, 6), name="x")
    y = layers.MultiHeadAttention(2, 4, dropout=0.1, name="scores")(x, x)
    y = layers.LayerNormalization(name="norm")(x + y)
    y = layers.MultiHeadAttention(2, 4, name="fused")(y, y)
    return keras.Model(x, layers.Dense(3, name="answer")(y))


@case(tokens(6, 11), differentiable=False)
def masked_embedding():
    x = keras.Input((6,), dtype="int32", name="x")
    y = layers.Embedding(11, 4, mask_zero=True, name="embedding")(x)
    y = layers.LSTM(3, name="lstm")(y)
    return keras.Model(x, layers.Dense(1, "sigmoid", name="answer")(y))


# ------------------------------------------------------------------------------------------- convolutions


@case((12, 3))
def conv1d():
    x = keras.Input((12, 3), name="x")
    y = layers.Conv1D(4, 3, dilation_rate=2, padding="causal", activation="relu", name="causal")(x)
    y = layers.SeparableConv1D(4, 3, strides=2, name="separable")(y)
    y = layers.Conv1DTranspose(2, 3, name="up")(y)
    return keras.Model(x, layers.Dense(2, "softmax", name="answer")(layers.GlobalMaxPooling1D(name="top")(y)))


@case((8, 8, 3))
def conv2d():
    x = keras.Input((8, 8, 3), name="x")
    y = layers.SeparableConv2D(4, 3, padding="same", activation="relu", name="separable")(x)
    y = layers.DepthwiseConv2D(3, depth_multiplier=2, name="depthwise")(y)
    y = layers.Conv2DTranspose(3, 3, strides=2, padding="same", name="up")(y)
    y = layers.ZeroPadding2D(1, name="pad")(y)
    y = layers.AveragePooling2D(2, name="pool")(y)
    return keras.Model(x, layers.Dense(2, "softmax", name="answer")(layers.GlobalAveragePooling2D(name="mean")(y)))


@case((6, 6, 6, 1))
def conv3d():
    x = keras.Input((6, 6, 6, 1), name="x")
    y = layers.Conv3D(2, 3, activation="relu", name="conv")(x)
    y = layers.MaxPooling3D(name="pool")(y)
    return keras.Model(x, layers.Dense(2, "softmax", name="answer")(layers.Flatten(name="flatten")(y)))


@case((3, 8, 8))
def channels_first():
    x = keras.Input((3, 8, 8), name="x")
    y = layers.Conv2D(4, 3, activation="relu", data_format="channels_first", name="conv")(x)
    y = layers.BatchNormalization(axis=1, name="norm")(y)
    y = layers.GlobalAveragePooling2D(data_format="channels_first", name="mean")(y)
    return keras.Model(x, layers.Dense(2, "softmax", name="answer")(y))


@case(lambda rng, batch: rng.standard_normal((batch, 9, 7, 3)).astype("float32"))
def any_size():
    x = keras.Input((None, None, 3), name="x")
    y = layers.Conv2D(4, 3, activation="relu", name="conv")(x)
    return keras.Model(x, layers.Dense(2, "softmax", name="answer")(layers.GlobalMaxPooling2D(name="top")(y)))


@case((8, 8, 4))
def crash_convolution():
    """FACTS 5: an eager gradient through this convolution ends the process on tensorflow-cpu 2.21."""
    x = keras.Input((8, 8, 4), name="x")
    y = layers.Conv2D(8, 1, strides=2, padding="same", use_bias=False, name="conv")(x)
    return keras.Model(x, layers.Dense(2, "softmax", name="answer")(layers.GlobalAveragePooling2D(name="mean")(y)))


# ------------------------------------------------------------------- normalising, random, stateful, precision


@case((6, 6, 4))
def norms():
    x = keras.Input((6, 6, 4), name="x")
    y = layers.BatchNormalization(name="batch")(x)
    y = layers.LayerNormalization(name="layer")(y)
    y = layers.GroupNormalization(2, name="group")(y)
    y = layers.UnitNormalization(name="unit")(y)
    return keras.Model(x, layers.Dense(2, "softmax", name="answer")(layers.Flatten(name="flatten")(y)))


@case((6,))
def random_layers():
    x = keras.Input((6,), name="x")
    y = layers.Dropout(0.5, seed=3, name="dropout")(x)
    y = layers.GaussianNoise(0.3, seed=4, name="noise")(y) + x
    y = layers.Lambda(lambda v: v * v, output_shape=(6,), name="square")(y)
    y = layers.ActivityRegularization(l2=0.1, name="penalty")(y)
    return keras.Model(x, layers.Dense(3, "softmax", activity_regularizer="l2", name="answer")(y))


@case((4,))
def stateful_layer():
    x = keras.Input((4,), name="x")
    return keras.Model(x, layers.Dense(2, "softmax", name="answer")(CallCounter(name="counter")(x)))


@case(lambda rng, batch: rng.integers(0, 256, (batch, 8, 8, 3)).astype("float32"))
def preprocessing():
    x = keras.Input((8, 8, 3), name="x")
    y = layers.Resizing(6, 6, name="resize")(layers.Rescaling(1 / 255, offset=-0.5, name="rescale")(x))
    y = layers.Normalization(mean=[0.1, 0.0, -0.1], variance=[0.2, 0.3, 0.4], name="normalise")(y)
    y = layers.Conv2D(3, 3, activation="relu", name="conv")(y)
    return keras.Model(x, layers.Dense(2, "softmax", name="answer")(layers.Flatten(name="flatten")(y)))


def in_policy(policy: str) -> keras.Model:
    x = keras.Input((8, 8, 2), name="x", dtype="float64" if policy == "float64" else "float32")
    y = layers.Conv2D(4, 3, activation="relu", dtype=policy, name="conv")(x)
    y = layers.GlobalAveragePooling2D(dtype=policy, name="mean")(y)
    last = "float64" if policy == "float64" else "float32"
    return keras.Model(x, layers.Dense(3, "softmax", dtype=last, name="answer")(y))


ZOO["mixed_float16"] = Case(lambda: in_policy("mixed_float16"), (8, 8, 2), tolerance=5e-3)
ZOO["mixed_bfloat16"] = Case(lambda: in_policy("mixed_bfloat16"), (8, 8, 2), tolerance=4e-2)
ZOO["float64"] = Case(lambda: in_policy("float64"), (8, 8, 2), tolerance=1e-12, float64=True)


# ------------------------------------------------------------------------------ text, unbuilt, hostile names

SENTENCES = ("the cat sat", "a dog barked at the cat", "sat sat the")


@case(
    lambda _, batch: np.array([[SENTENCES[i % 3]] for i in range(batch)], dtype=object),
    backends=("tensorflow",),
    differentiable=False,
)
def text():
    vectorize = layers.TextVectorization(
        output_sequence_length=5, vocabulary=["the", "cat", "sat", "dog"], name="vectorize"
    )
    x = keras.Input((1,), dtype="string", name="x")
    y = layers.Embedding(6, 4, mask_zero=True, name="embedding")(vectorize(x))
    return keras.Model(x, layers.Dense(2, "softmax", name="answer")(layers.GlobalAveragePooling1D(name="mean")(y)))


@case((5,), functional=False)
def unbuilt_sequential():
    return keras.Sequential([layers.Dense(4, "relu", name="hidden"), layers.Dense(3, "softmax", name="answer")])


@case((6,), functional=False)
def unbuilt_subclassed():
    return Subclassed()


EVERY_NAME = {  # a layer's name: its path
    "a#1": "a\\#1",
    "x~2": "x\\~2",
    "v.1": "v\\.1",
    "input": "\\input",
    "input:a": "\\input:a",
    "a.b": "a.b",
    "back\\slash": "back\\\\slash",
    "größe 中": "größe 中",
}


def compiles(name: str) -> bool:
    """Whether Keras can compile a layer of this name; on TensorFlow a name is a scope, and `predict` refuses others."""
    return keras.backend.backend() != "tensorflow" or bool(re.fullmatch(r"[A-Za-z0-9.][A-Za-z0-9_./>-]*", name))


HOSTILE = {name: path for name, path in EVERY_NAME.items() if compiles(name)}


@case((4,))
def hostile_names():
    """Names that look like paths; without weights, since Keras on torch refuses a '.' in a weight's name."""
    x = keras.Input((4,), name="x")
    y = layers.Dense(4, "tanh", name="dense")(x)
    for name in HOSTILE:
        y = layers.Rescaling(1.1, name=name)(y)
    return keras.Model(x, layers.Dense(2, "softmax", name="answer")(y))
